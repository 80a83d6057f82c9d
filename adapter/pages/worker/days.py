"""Days of a worker's own time zone, and what was done in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from adapter.core.database import Connection
from adapter.marketplace.store import worker_days

ZERO = Decimal("0.00")


@dataclass
class Day:
    """What was submitted on a day and what became of it; bonuses are those that came on it. Money is in dollars."""

    date: date
    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    pending: int = 0
    earnings: Decimal = ZERO
    bonuses: Decimal = ZERO


_STATUSES = {"Submitted": "pending", "Approved": "approved", "Rejected": "rejected"}


def span(day: date, zone: tzinfo) -> tuple[int, int]:
    """When a day begins and ends in a time zone, in epoch ms."""
    begins, ends = (
        datetime.combine(day + timedelta(days=more), time(), zone).astimezone(UTC).timestamp() for more in (0, 1)
    )
    return int(begins * 1000), int(ends * 1000)


def date_of(milliseconds: int, zone: tzinfo) -> date:
    """The date of a moment (epoch ms) in a time zone."""
    return datetime.fromtimestamp(milliseconds / 1000, zone).date()


def days_between(connection: Connection, worker_id: str, first: date, last: date, zone: tzinfo) -> list[Day]:
    """The days from `first` to `last` on which a worker submitted something or got a bonus, the newest first."""
    since, until = span(first, zone)[0], span(last, zone)[1]
    found: dict[date, Day] = {}

    def day_of(moment: int) -> Day:
        on = date_of(moment, zone)
        return found.setdefault(on, Day(on))

    for work in worker_days.work_between(connection, worker_id, since, until):
        day = day_of(work.at)
        name = _STATUSES[work.status]
        setattr(day, name, getattr(day, name) + work.number)
        day.submitted += work.number
        if work.status == "Approved":
            day.earnings += work.rewards
    for moment, amount in worker_days.bonuses_between(connection, worker_id, since, until):
        day_of(moment).bonuses += amount
    return sorted(found.values(), key=lambda each: each.date, reverse=True)
