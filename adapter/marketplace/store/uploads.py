"""Files that workers uploaded for their answers, as rows; the bytes lie elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from adapter.marketplace.store.tables import assignments, uploads

_answer = (
    uploads.c.assignment_id == bindparam("of_assignment"),
    uploads.c.question_identifier == bindparam("of_question"),
)
_find = select(uploads).where(*_answer)
_by_id = select(uploads).where(uploads.c.upload_id == bindparam("of_upload"))
_forget = delete(uploads).where(*_answer)
_drop = delete(uploads).where(uploads.c.upload_id == bindparam("of_upload"))
_walked = (
    select(
        uploads.c.seq,
        uploads.c.upload_id,
        uploads.c.location,
        assignments.c.released_at,
        assignments.c.approved_at,
        assignments.c.rejected_at,
    )
    .join(assignments, assignments.c.assignment_id == uploads.c.assignment_id)
    .where(uploads.c.seq > bindparam("after"))
    .order_by(uploads.c.seq)
    .limit(bindparam("most"))
)
_insert = insert(uploads)


def find_upload(connection: Connection, assignment_id: str, question_identifier: str) -> Row[Any] | None:
    """The file uploaded for this question of the assignment, or None."""
    return connection.execute(_find, {"of_assignment": assignment_id, "of_question": question_identifier}).one_or_none()


def get_upload(connection: Connection, upload_id: str) -> Row[Any] | None:
    """The upload with this id, or None."""
    return connection.execute(_by_id, {"of_upload": upload_id}).one_or_none()


def keep_upload(connection: Connection, row: dict[str, Any]) -> None:
    """Put in an upload, a dict of the table's columns; replaces the one of the same assignment and question."""
    connection.execute(_forget, {"of_assignment": row["assignment_id"], "of_question": row["question_identifier"]})
    connection.execute(_insert, row)


def drop_upload(connection: Connection, upload_id: str) -> None:
    """Forget an upload."""
    connection.execute(_drop, {"of_upload": upload_id})


def walk_uploads(connection: Connection, after: int, most: int) -> Sequence[Any]:
    """At most so many uploads after a `seq`, the oldest first, with the times at which the assignment was given up or decided."""
    return connection.execute(_walked, {"after": after, "most": most}).all()
