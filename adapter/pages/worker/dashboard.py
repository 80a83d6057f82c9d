"""What a worker did, and what became of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from adapter.core.settings import Settings
from adapter.marketplace.store import worker_history, worker_records
from adapter.pages.frame import refuse, render, signed_in, the_store
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.long_lists import page

#: What the list of work can be narrowed to: name in the address, words, statuses of assignments.
VIEWS = {
    "": ("All", worker_history.STATUSES),
    "pending": ("Waiting for approval", ("Submitted",)),
    "approved": ("Approved", ("Approved",)),
    "rejected": ("Rejected", ("Rejected",)),
    "returned": ("Returned or out of time", ("Returned", "Abandoned")),
}


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages of a worker's history."""

    @site.get("/mturk/dashboard")
    @signed_in
    def dashboard(worker: Worker) -> Response:
        view = request.args.get("view", "")
        if view not in VIEWS:
            refuse(404, "There is no such list of your work.")

        def fetch(before: int, most: int) -> Any:
            with the_store().read() as connection:
                return worker_history.list_assignments(connection, worker.worker_id, VIEWS[view][1], before, most)

        found = page(fetch, {"view": view} if view else None, _overdue)
        with the_store().read() as connection:
            totals = _totals(worker_records.totals(connection, worker.worker_id))
            bonuses = worker_history.bonuses_for(connection, [row.assignment_id for row in found.rows])
        return render("dashboard.html", page=found, totals=totals, bonuses=bonuses, views=VIEWS, view=view)


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
