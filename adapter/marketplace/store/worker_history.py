"""What a worker did, earned, holds, asked for and was told: of all requesters together, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, Table, bindparam, func, select

from adapter.core.database import keyset
from adapter.core.store.tables import accounts
from adapter.marketplace.store.tables import assignments, bonuses, hit_types, hits
from adapter.marketplace.store.worker_tables import (
    qualification_requests,
    qualification_types,
    qualifications,
    worker_messages,
)

#: Of an assignment, in the order in which they may follow each other.
STATUSES = ("Accepted", "Submitted", "Approved", "Rejected", "Returned", "Abandoned")
LAST = 2**63 - 1

_DIALECTS = ("sqlite", "postgresql")

_requester = accounts.c.name.label("requester")


def _page(table: Table, dialect: str, *conditions: ColumnElement[bool], without: Collection[str] = ()) -> Subquery:
    """At most so many rows of a worker before a `seq`: what belongs to them is looked up for these alone."""
    bounds, order = keyset.place(table, dialect, {"worker_id": "of_worker"}, descending=True)
    columns = [each for each in table.c if each.name not in without]
    return select(*columns).where(*bounds, *conditions).order_by(*order).limit(bindparam("most")).subquery()


def _with_requester(page: Subquery, *more: Any) -> Select[Any]:
    return (
        select(page, *more, _requester)
        .join(accounts, accounts.c.account_id == page.c.account_id)
        .order_by(page.c.seq.desc())
    )


def _with_hit(page: Subquery, *more: Any) -> Select[Any]:
    return (
        _with_requester(page, *more, hit_types.c.title)
        .join(hits, hits.c.hit_id == page.c.hit_id)
        .join(hit_types, hit_types.c.hit_type_id == hits.c.hit_type_id)
    )


def _with_type(page: Subquery) -> Select[Any]:
    return _with_requester(page, qualification_types.c.name).join(
        qualification_types, qualification_types.c.qualification_type_id == page.c.qualification_type_id
    )


_in_status = assignments.c.status.in_(bindparam("of_statuses", expanding=True))
_assignments = {
    each: _with_hit(_page(assignments, each, _in_status, without={"answer"}), hits.c.reward) for each in _DIALECTS
}
_bonuses = {each: _with_hit(_page(bonuses, each)) for each in _DIALECTS}
_messages = {each: _with_requester(_page(worker_messages, each)) for each in _DIALECTS}
_held = {each: _with_type(_page(qualifications, each)) for each in _DIALECTS}
_requests = {each: _with_type(_page(qualification_requests, each, without={"test", "answer"})) for each in _DIALECTS}
_bonuses_for = (
    select(bonuses)
    .where(bonuses.c.assignment_id.in_(bindparam("of_assignments", expanding=True)))
    .order_by(bonuses.c.seq)
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
    return _listed(connection, _assignments, worker_id, before, most, of_statuses=list(statuses))


def list_bonuses(connection: Connection, worker_id: str, before: int = LAST, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many bonuses that the worker got, before a `seq`, with `title` and `requester`."""
    return _listed(connection, _bonuses, worker_id, before, most)


def bonuses_for(connection: Connection, assignment_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """The bonuses for these assignments, the oldest first, by assignment."""
    found: dict[str, list[Row[Any]]] = {}
    if assignment_ids:
        for row in connection.execute(_bonuses_for, {"of_assignments": list(assignment_ids)}):
            found.setdefault(row.assignment_id, []).append(row)
    return found


def list_messages(connection: Connection, worker_id: str, before: int = LAST, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many messages to the worker, before a `seq`, with `requester`."""
    return _listed(connection, _messages, worker_id, before, most)


def list_qualifications(
    connection: Connection, worker_id: str, before: int = LAST, most: int = LAST
) -> Sequence[Row[Any]]:
    """At most so many Qualifications of the worker, granted or revoked, before a `seq`, with `name` and `requester`."""
    return _listed(connection, _held, worker_id, before, most)


def list_requests(connection: Connection, worker_id: str, before: int = LAST, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many requests of the worker for Qualifications, before a `seq`, with `name` and `requester`."""
    return _listed(connection, _requests, worker_id, before, most)


def _listed(
    connection: Connection, queries: dict[str, Select[Any]], worker_id: str, before: int, most: int, **more: Any
) -> Sequence[Row[Any]]:
    terms = {"of_worker": worker_id, "before": before, "most": most, **more}
    return connection.execute(queries[connection.dialect.name], terms).all()


def earned(connection: Connection, worker_id: str) -> tuple[Decimal, Decimal]:
    """What the worker earned in all, in dollars: rewards of approved assignments, and bonuses."""
    rewards, extra = (connection.scalar(each, {"of_worker": worker_id}) for each in (_rewards, _extra))
    return rewards or Decimal("0.00"), extra or Decimal("0.00")
