"""What a worker did, earned, holds, asked for and was told: of all requesters together, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, FromClause, Row, Select, bindparam, func, select

from adapter.store.schema.accounts import accounts
from adapter.store.schema.marketplace import assignments, bonuses, hit_types, hits
from adapter.store.schema.workers import (
    qualification_requests,
    qualification_types,
    qualifications,
    worker_messages,
)

#: Of an assignment, in the order in which they may follow each other.
STATUSES = ("Accepted", "Submitted", "Approved", "Rejected", "Returned", "Abandoned")
LAST = 2**63 - 1

_requester = accounts.c.name.label("requester")


def _newest_first(query: Select[Any], table: FromClause) -> Select[Any]:
    """A page of the rows that belong to a worker, before a `seq`."""
    return (
        query.where(table.c.worker_id == bindparam("of_worker"), table.c.seq < bindparam("before"))
        .order_by(table.c.seq.desc())
        .limit(bindparam("most"))
    )


_assignments = _newest_first(
    select(
        *(column for column in assignments.c if column.name != "answer"),
        hits.c.reward,
        hit_types.c.title,
        _requester,
    )
    .join_from(assignments, hits, hits.c.hit_id == assignments.c.hit_id)
    .join(hit_types, hit_types.c.hit_type_id == hits.c.hit_type_id)
    .join(accounts, accounts.c.account_id == assignments.c.account_id),
    assignments,
).where(assignments.c.status.in_(bindparam("of_statuses", expanding=True)))
_bonuses = _newest_first(
    select(bonuses, hit_types.c.title, _requester)
    .join_from(bonuses, hits, hits.c.hit_id == bonuses.c.hit_id)
    .join(hit_types, hit_types.c.hit_type_id == hits.c.hit_type_id)
    .join(accounts, accounts.c.account_id == bonuses.c.account_id),
    bonuses,
)
_bonuses_for = (
    select(bonuses)
    .where(bonuses.c.assignment_id.in_(bindparam("of_assignments", expanding=True)))
    .order_by(bonuses.c.seq)
)
_messages = _newest_first(
    select(worker_messages, _requester).join(accounts, accounts.c.account_id == worker_messages.c.account_id),
    worker_messages,
)
_held = _newest_first(
    select(qualifications, qualification_types.c.name, _requester)
    .join_from(
        qualifications,
        qualification_types,
        qualification_types.c.qualification_type_id == qualifications.c.qualification_type_id,
    )
    .join(accounts, accounts.c.account_id == qualifications.c.account_id),
    qualifications,
)
_requests = _newest_first(
    select(
        *(column for column in qualification_requests.c if column.name not in {"test", "answer"}),
        qualification_types.c.name,
        _requester,
    )
    .join_from(
        qualification_requests,
        qualification_types,
        qualification_types.c.qualification_type_id == qualification_requests.c.qualification_type_id,
    )
    .join(accounts, accounts.c.account_id == qualification_requests.c.account_id),
    qualification_requests,
)
_rewards = (
    select(func.sum(hits.c.reward))
    .join_from(assignments, hits, hits.c.hit_id == assignments.c.hit_id)
    .where(assignments.c.worker_id == bindparam("of_worker"), assignments.c.status == "Approved")
)
_extra = select(func.sum(bonuses.c.amount)).where(bonuses.c.worker_id == bindparam("of_worker"))


def list_assignments(
    connection: Connection, worker_id: str, statuses: Sequence[str] = STATUSES, before: int = LAST, most: int = LAST
) -> Sequence[Row[Any]]:
    """At most so many of the worker's assignments in these statuses, before a `seq`.

    With `reward` in dollars, `title` and `requester`, and without the answer.
    """
    terms = {"of_worker": worker_id, "of_statuses": list(statuses), "before": before, "most": most}
    return connection.execute(_assignments, terms).all()


def list_bonuses(connection: Connection, worker_id: str, before: int = LAST, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many bonuses that the worker got, before a `seq`, with `title` and `requester`."""
    return connection.execute(_bonuses, {"of_worker": worker_id, "before": before, "most": most}).all()


def bonuses_for(connection: Connection, assignment_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """The bonuses for these assignments, the oldest first, by assignment."""
    found: dict[str, list[Row[Any]]] = {}
    if assignment_ids:
        for row in connection.execute(_bonuses_for, {"of_assignments": list(assignment_ids)}):
            found.setdefault(row.assignment_id, []).append(row)
    return found


def list_messages(connection: Connection, worker_id: str, before: int = LAST, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many messages to the worker, before a `seq`, with `requester`."""
    return connection.execute(_messages, {"of_worker": worker_id, "before": before, "most": most}).all()


def list_qualifications(
    connection: Connection, worker_id: str, before: int = LAST, most: int = LAST
) -> Sequence[Row[Any]]:
    """At most so many Qualifications of the worker, granted or revoked, before a `seq`, with `name` and `requester`."""
    return connection.execute(_held, {"of_worker": worker_id, "before": before, "most": most}).all()


def list_requests(connection: Connection, worker_id: str, before: int = LAST, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many requests of the worker for Qualifications, before a `seq`, with `name` and `requester`."""
    return connection.execute(_requests, {"of_worker": worker_id, "before": before, "most": most}).all()


def earned(connection: Connection, worker_id: str) -> tuple[Decimal, Decimal]:
    """What the worker earned in all, in dollars: rewards of approved assignments, and bonuses."""
    rewards, extra = (connection.scalar(each, {"of_worker": worker_id}) for each in (_rewards, _extra))
    return rewards or Decimal("0.00"), extra or Decimal("0.00")
