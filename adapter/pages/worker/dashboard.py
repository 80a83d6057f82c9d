"""What a worker did, all of it and day by day, and what became of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from adapter.core import clock
from adapter.core.settings import Settings
from adapter.marketplace.domain.system_qualifications import ENOUGH_SUBMITTED, SYSTEM_TYPES
from adapter.marketplace.store import worker_days, worker_history, worker_records
from adapter.pages.frame import refuse, render, signed_in, the_store
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.days import date_of, days_between, span
from adapter.pages.worker.long_lists import page

#: What the list of work can be narrowed to: name in the address, words, statuses of assignments.
VIEWS = {
    "": ("All", worker_history.STATUSES),
    "pending": ("Waiting for approval", ("Submitted",)),
    "approved": ("Approved", ("Approved",)),
    "rejected": ("Rejected", ("Rejected",)),
    "returned": ("Returned or out of time", ("Returned", "Abandoned")),
}
#: Days in the table; every other day has a page, too.
DAYS = 45
APPROVAL_RATE = "000000000000000000L0"
_NO_SUCH_DAY = "There is no such day. A day is written like 2014-05-31."


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages of a worker's history."""

    @site.get("/mturk/dashboard")
    @signed_in
    def dashboard(worker: Worker) -> Response:
        view = request.args.get("view", "")
        if view not in VIEWS:
            refuse(404, "There is no such list of your work.")
        found = page(
            worker_history.list_assignments,
            worker.worker_id,
            VIEWS[view][1],
            given={"view": view} if view else None,
            overdue=_overdue,
        )
        today = date_of(clock.milliseconds(), worker.zone)
        first = today - timedelta(days=DAYS - 1)
        with the_store().read() as connection:
            totals = _totals(worker_records.totals(connection, worker.worker_id))
            rate = SYSTEM_TYPES[APPROVAL_RATE].value(connection, worker.worker_id)
            bonuses = worker_history.bonuses_for(connection, [row.assignment_id for row in found.rows])
            whole = not view and not found.newest
            days = days_between(connection, worker.worker_id, first, today, worker.zone) if whole else []
        known = {"days": days, "most_days": DAYS, "rate": rate, "enough": ENOUGH_SUBMITTED, "whole": whole}
        return render("dashboard.html", page=found, totals=totals, bonuses=bonuses, views=VIEWS, view=view, **known)

    @site.get("/mturk/dashboard/<day>")
    @signed_in
    def one_day(worker: Worker, day: str) -> Response:
        on = _date(day)
        try:
            since, until = span(on, worker.zone)
        except (OverflowError, ValueError):
            refuse(404, _NO_SUCH_DAY)
        found = page(worker_days.list_submitted, worker.worker_id, since, until, overdue=_overdue)
        with the_store().read() as connection:
            counted = days_between(connection, worker.worker_id, on, on, worker.zone)
            bonuses = worker_history.bonuses_for(connection, [row.assignment_id for row in found.rows])
        return render("day.html", page=found, on=on, counted=counted[0] if counted else None, bonuses=bonuses)


def _date(text: str) -> date:
    try:
        if len(text) != len("2014-05-31"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        refuse(404, _NO_SUCH_DAY)


def _totals(counted: dict[str, int]) -> dict[str, str]:
    """The worker's numbers as the dashboard shows them; the rate only once something is decided."""
    decided = counted["approved"] + counted["rejected"]
    rate = f"{Decimal(counted['approved'] * 100) / decided:.1f} %" if decided else "none yet"
    return {
        "Submitted": f"{counted['submitted']:,}",
        "Approved": f"{counted['approved']:,}",
        "Rejected": f"{counted['rejected']:,}",
        "Waiting": f"{counted['submitted'] - decided:,}",
        "Approval rate": rate,
    }


def _overdue(row: Any, now: int) -> bool:
    if row.status == "Accepted":
        return bool(row.deadline_at <= now)
    return row.status == "Submitted" and row.auto_approval_at is not None and bool(row.auto_approval_at <= now)
