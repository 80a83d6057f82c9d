"""What is kept of a worker who is to be forgotten: the same rows under a pseudonym, without what says who it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, delete, or_, select, update

from adapter.marketplace.store.tables import assignments, bonuses, uploads
from adapter.marketplace.store.worker_tables import (
    payouts,
    qualification_requests,
    qualifications,
    worker_blocks,
    worker_counters,
    worker_letters,
    worker_messages,
    workers,
)

#: Tables whose rows stay under a pseudonym, with what is emptied in them: texts about or to the worker.
PSEUDONYMOUS: dict[Any, dict[str, Any]] = {
    assignments: {"feedback": None},
    bonuses: {"reason": None},
    payouts: {},
    qualifications: {"reason": None},
    qualification_requests: {"reason": None},
    worker_blocks: {"reason": None},
    worker_counters: {},
    workers: {"name": None, "email": None, "country": None, "subdivision": None, "adult": False, "masters": False},
}
#: Tables whose rows go.
DELETED = (worker_messages, worker_letters)
#: Tables with answers, and when it was decided about these.
DECIDED: dict[Any, tuple[Any, ...]] = {
    assignments: (assignments.c.approved_at, assignments.c.rejected_at),
    qualification_requests: (qualification_requests.c.decided_at,),
}

_uploads = select(uploads.c.upload_id, uploads.c.location).join(
    assignments, assignments.c.assignment_id == uploads.c.assignment_id
)


def uploads_of(connection: Connection, **of: str) -> Sequence[Any]:
    """The files that belong to assignments of a `worker_id` or an `account_id`: upload_id, location."""
    return connection.execute(_uploads.where(*(assignments.c[name] == value for name, value in of.items()))).all()


def is_known(connection: Connection, worker_id: str) -> bool:
    """Whether any row is about this worker."""
    return any(
        connection.execute(select(table.c.worker_id).where(table.c.worker_id == worker_id).limit(1)).first()
        for table in (*PSEUDONYMOUS, *DELETED)
    )


def erase_answers(connection: Connection, worker_id: str, empty: str) -> None:
    """Replace what a worker answered by a document that is `empty`, and forget the worker's uploads."""
    for upload in uploads_of(connection, worker_id=worker_id):
        connection.execute(delete(uploads).where(uploads.c.upload_id == upload.upload_id))
    for table in (assignments, qualification_requests):
        # what was never answered stays so
        emptied = case((table.c.answer.is_(None), None), else_=empty)
        connection.execute(update(table).where(table.c.worker_id == worker_id).values(answer=emptied))


def old_answers(
    connection: Connection, table: Any, after: int, most: int, before: int, empty: str
) -> tuple[int, list[int]]:
    """Of at most so many rows of a table behind a `seq`: those with an answer that was decided about before a moment (epoch ms).

    First comes the last `seq` that was looked at, 0 when these were the last rows. What was decided twice counts from then.
    """
    whole = table.c.answer.is_not(None) & (table.c.answer != empty)
    walked = (
        select(table.c.seq, (_decided(table, before) & whole).label("old"))
        .where(table.c.seq > after)
        .order_by(table.c.seq)
    )
    rows = connection.execute(walked.limit(most)).all()
    return rows[-1].seq if len(rows) == most else 0, [row.seq for row in rows if row.old]


def empty_answers(connection: Connection, table: Any, rows: list[int], before: int, empty: str) -> int:
    """Replace the answers of rows, given by `seq`, by a document that is `empty`; returns how many.

    What was decided again since it was looked at stays.
    """
    old = table.c.seq.in_(rows) & _decided(table, before)
    return connection.execute(update(table).where(old).values(answer=empty)).rowcount


def _decided(table: Any, before: int) -> Any:
    """Whether a row was decided about before a moment, and not since."""
    moments = DECIDED[table]
    return and_(or_(*(each <= before for each in moments)), *(or_(each.is_(None), each <= before) for each in moments))


def give_pseudonym(connection: Connection, worker_id: str, pseudonym: str) -> None:
    """Let all rows about a worker be about the pseudonym, and delete or empty what says who it was."""
    for table in DELETED:
        connection.execute(delete(table).where(table.c.worker_id == worker_id))
    for table, emptied in PSEUDONYMOUS.items():
        connection.execute(update(table).where(table.c.worker_id == worker_id).values(worker_id=pseudonym, **emptied))
