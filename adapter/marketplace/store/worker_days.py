"""A worker's days: what was submitted in a span of time, what became of it, and the bonuses that came in it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from adapter.core.store.tables import accounts
from adapter.marketplace.store.tables import assignments, bonuses, hit_types, hits

#: The days of every time zone begin on a multiple of this (milliseconds), so counts by it add up to anybody's days.
QUARTER_HOUR = 15 * 60 * 1000

_submitted = (
    assignments.c.worker_id == bindparam("of_worker"),
    assignments.c.submitted_at >= bindparam("since"),
    assignments.c.submitted_at < bindparam("until"),
)
_quarter = (assignments.c.submitted_at // QUARTER_HOUR).label("quarter")
_work = (
    select(_quarter, assignments.c.status, func.count().label("number"), func.sum(hits.c.reward).label("rewards"))
    .join_from(assignments, hits, hits.c.hit_id == assignments.c.hit_id)
    .where(*_submitted)
    .group_by(_quarter, assignments.c.status)
)
_granted = (bonuses.c.granted_at // QUARTER_HOUR).label("quarter")
_bonuses = (
    select(_granted, func.sum(bonuses.c.amount).label("amount"))
    .where(
        bonuses.c.worker_id == bindparam("of_worker"),
        bonuses.c.granted_at >= bindparam("since"),
        bonuses.c.granted_at < bindparam("until"),
    )
    .group_by(_granted)
)
# a sum, so that no database walks through all of a worker's years in the order of seq to find one day
_seq = assignments.c.seq + 0
_page = (
    select(
        *(each for each in assignments.c if each.name != "answer"),
        hits.c.reward,
        hit_types.c.title,
        accounts.c.name.label("requester"),
    )
    .join_from(assignments, hits, hits.c.hit_id == assignments.c.hit_id)
    .join(hit_types, hit_types.c.hit_type_id == hits.c.hit_type_id)
    .join(accounts, accounts.c.account_id == assignments.c.account_id)
    .where(*_submitted, _seq < bindparam("before"))
    .order_by(_seq.desc())
    .limit(bindparam("most"))
)


class Work(NamedTuple):
    """Assignments submitted in one quarter of an hour (epoch ms), of one status, and their rewards in dollars."""

    at: int
    status: str
    number: int
    rewards: Decimal


def work_between(connection: Connection, worker_id: str, since: int, until: int) -> list[Work]:
    """What the worker submitted in a span (epoch ms), counted."""
    terms = {"of_worker": worker_id, "since": since, "until": until}
    return [
        Work(row.quarter * QUARTER_HOUR, row.status, row.number, row.rewards)
        for row in connection.execute(_work, terms)
    ]


def bonuses_between(connection: Connection, worker_id: str, since: int, until: int) -> list[tuple[int, Decimal]]:
    """The bonuses that the worker got in a span (epoch ms), added up by quarters of an hour."""
    terms = {"of_worker": worker_id, "since": since, "until": until}
    return [(row.quarter * QUARTER_HOUR, row.amount) for row in connection.execute(_bonuses, terms)]


def list_submitted(
    connection: Connection, worker_id: str, since: int, until: int, before: int, most: int
) -> Sequence[Any]:
    """At most so many assignments that the worker submitted in a span (epoch ms), before a `seq`, the newest first.

    With `reward`, `title` and `requester`, and without the answer.
    """
    terms = {"of_worker": worker_id, "since": since, "until": until, "before": before, "most": most}
    return connection.execute(_page, terms).all()
