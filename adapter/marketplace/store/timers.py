"""Due times as rows: put one in, take it out, find what is due."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, text

from adapter.marketplace.store.tables import timers

# Written out because SQLAlchemy words ON CONFLICT once per database, while both databases read the same text.
_schedule = text(
    "INSERT INTO timers (account_id, due_at, kind, subject_id) VALUES (:account_id, :due_at, :kind, :subject_id) "
    "ON CONFLICT (kind, subject_id) DO UPDATE SET due_at = excluded.due_at"
)
_cancel = delete(timers).where(timers.c.kind == bindparam("of_kind"), timers.c.subject_id == bindparam("of_subject"))
_first = (
    select(timers)
    .where(timers.c.account_id == bindparam("of_account"), timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at, timers.c.seq)
    .limit(1)
)
_remove = delete(timers).where(timers.c.seq == bindparam("row"))
_accounts = (
    select(timers.c.account_id, timers.c.due_at)
    .where(timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at)
    .limit(bindparam("most"))
)
_overdue = select(func.count(), func.min(timers.c.due_at)).where(timers.c.due_at <= bindparam("now"))


def schedule(connection: Connection, account_id: str, kind: str, subject_id: str, due_at: int) -> None:
    """Have this kind's handler run for the subject at a time (epoch ms); replaces its earlier timer of this kind."""
    connection.execute(_schedule, {"account_id": account_id, "kind": kind, "subject_id": subject_id, "due_at": due_at})


def cancel(connection: Connection, kind: str, subject_id: str) -> None:
    """Forget the subject's timer of this kind; nothing happens when there is none."""
    connection.execute(_cancel, {"of_kind": kind, "of_subject": subject_id})


def first_due(connection: Connection, account_id: str, now: int) -> Row[Any] | None:
    """The account's earliest timer that is due at `now`, or None."""
    return connection.execute(_first, {"of_account": account_id, "now": now}).one_or_none()


def remove(connection: Connection, seq: int) -> None:
    """Take a timer out because its handler runs now."""
    connection.execute(_remove, {"row": seq})


def accounts_due(connection: Connection, now: int, most: int = 1000) -> list[str]:
    """Accounts with due timers, the longest overdue first, from among the `most` earliest timers."""
    return list(dict.fromkeys(connection.scalars(_accounts, {"now": now, "most": most})))


def overdue(connection: Connection, now: int) -> tuple[int, int]:
    """How many timers are due at `now` and have not run, and when the earliest of them was due (epoch ms)."""
    number, earliest = connection.execute(_overdue, {"now": now}).one()
    return number, earliest or now
