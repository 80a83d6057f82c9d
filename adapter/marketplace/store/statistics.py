"""Counts and sums of what an account's HITs, assignments, money and reviews came to, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
)

from adapter.core.statistic_definitions import DAY_MILLISECONDS
from adapter.core.store.tables import ledger
from adapter.marketplace.store.tables import assignments, hits, review_results


@dataclass(frozen=True)
class _Source:
    """Where a number comes from: what is added up, dated by `at`; money is in cents."""

    table: FromClause
    owner: ColumnElement[Any]
    at: ColumnElement[Any]
    value: ColumnElement[Any]
    condition: tuple[ColumnElement[bool], ...] = ()
    of_worker: bool = True


_one = literal(1, BigInteger)
_free = hits.c.max_assignments - hits.c.accepted - hits.c.submitted - hits.c.approved - hits.c.rejected
_open = hits.c.accepted + hits.c.submitted + case((hits.c.expired_at.is_(None), _free), else_=0)


def _of_hits(
    value: ColumnElement[Any], *condition: ColumnElement[bool], at: ColumnElement[Any] = hits.c.created_at
) -> _Source:
    return _Source(hits, hits.c.account_id, at, value, condition, of_worker=False)


def _of_assignments(at: ColumnElement[Any], *statuses: str) -> _Source:
    condition = (assignments.c.status.in_(statuses),) if statuses else ()
    return _Source(assignments, assignments.c.account_id, at, _one, condition)


def _of_ledger(kind: str, column: ColumnElement[Any]) -> _Source:
    joined = ledger.join(assignments, assignments.c.assignment_id == ledger.c.subject_id)
    return _Source(joined, ledger.c.account_id, ledger.c.created_at, _cents(column), (ledger.c.kind == kind,))


def _of_reviews(level: str, key: str, value: ColumnElement[Any], *condition: ColumnElement[bool]) -> _Source:
    joined = review_results.join(assignments, assignments.c.assignment_id == review_results.c.subject_id)
    wanted = (review_results.c.level == level, review_results.c.key == key, *condition)
    return _Source(joined, review_results.c.account_id, assignments.c.submitted_at, value, wanted)


def _cents(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, BigInteger)


_living = hits.c.disposed_at.is_(None)
_number = cast(review_results.c.value, Integer)

_SOURCES: dict[str, _Source] = {
    "hits_created": _of_hits(_one),
    "hits_completed": _of_hits(_one, at=hits.c.reviewable_at),
    "hits_assignable": _of_hits(_one, hits.c.status == "Assignable"),
    "hits_reviewable": _of_hits(_one, hits.c.status == "Reviewable", at=hits.c.reviewable_at),
    "available": _of_hits(_free, _living, hits.c.expired_at.is_(None)),
    "reward_liability": _of_hits(_cents(hits.c.reward) * _open, _living),
    "fee_liability": _of_hits(_cents(hits.c.fee) * _open, _living),
    "offered": _of_hits(hits.c.max_assignments),
    "offered_reward": _of_hits(_cents(hits.c.reward) * hits.c.max_assignments),
    "accepted": _of_assignments(assignments.c.accepted_at),
    "pending": _of_assignments(assignments.c.submitted_at, "Submitted"),
    "approved": _of_assignments(assignments.c.approved_at, "Approved"),
    "rejected": _of_assignments(assignments.c.rejected_at, "Rejected"),
    "returned": _of_assignments(assignments.c.released_at, "Returned"),
    "abandoned": _of_assignments(assignments.c.released_at, "Abandoned"),
    "reward_paid": _of_ledger("assignment", ledger.c.workers),
    "reward_fee_paid": _of_ledger("assignment", ledger.c.fees),
    "bonus_paid": _of_ledger("bonus", ledger.c.workers),
    "bonus_fee_paid": _of_ledger("bonus", ledger.c.fees),
    "known_correct": _of_reviews("Assignment", "KnownAnswerCorrect", _one, review_results.c.value == "1"),
    "known_incorrect": _of_reviews("Assignment", "KnownAnswerCorrect", _one, review_results.c.value == "0"),
    "plurality_correct": _of_reviews("HIT", "PluralityAnswersCorrect", _number),
    "plurality_incorrect": _of_reviews("HIT", "PluralityAnswersIncorrect", _number),
}


def _statement(source: _Source) -> Select[Any]:
    day = source.at // DAY_MILLISECONDS
    return (
        select(day.label("day"), func.sum(source.value).label("total"))
        .select_from(source.table)
        .where(
            source.owner == bindparam("of_account"),
            source.at >= bindparam("since"),
            source.at < bindparam("until"),
            *source.condition,
        )
        .group_by(day)
    )


_STATEMENTS = {name: _statement(source) for name, source in _SOURCES.items()}
_OF_WORKER = {
    name: statement.where(assignments.c.worker_id == bindparam("of_worker"))
    for name, statement in _STATEMENTS.items()
    if _SOURCES[name].of_worker
}

#: What can be asked for one worker alone.
WORKER_SOURCES = frozenset(_OF_WORKER)


def by_day(
    connection: Connection, account_id: str, source: str, since: int, until: int, worker_id: str | None = None
) -> dict[int, int]:
    """The sums of a source from `since` to before `until` (epoch ms), by the number of the UTC day since 1970.

    Days without anything are left out; money is in cents. Raises KeyError for a source unknown, or with a worker for
    one that is not about workers.
    """
    terms = {"of_account": account_id, "since": since, "until": until}
    if worker_id is None:
        rows = connection.execute(_STATEMENTS[source], terms)
    else:
        rows = connection.execute(_OF_WORKER[source], {**terms, "of_worker": worker_id})
    return {int(row.day): int(row.total) for row in rows}
