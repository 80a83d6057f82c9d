"""The last calls in full: written by the server, read by the console, and deleted by age and number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Text, and_, delete, insert, or_, select, type_coerce

from adapter.core.database import Store
from adapter.core.database.rows import empty_journal, overwrite_deleted
from adapter.legacy.store.tables import kept_calls

#: Of the calls that are kept, the part that may be those of callers who are not known.
STRANGERS_PART = 5

_LISTED = [each for each in kept_calls.c if each.name != "details"]
_details = type_coerce(kept_calls.c.details, Text)


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put calls in; each has the columns of the table."""
    if rows:
        connection.execute(insert(kept_calls), list(rows))


def listed(
    store: Store,
    most: int,
    *,
    account_id: str = "",
    operation: str = "",
    outcome: str = "",
    text: str = "",
    before: tuple[int, str] | None = None,
) -> list[Any]:
    """Calls without their details, the newest first, as far as they are before a (happened_at, call_id).

    `account_id` `-` stands for callers who are not known; `outcome` is an error code, `ok` or `error`; `text` is an id, of
    the call or of something in it.
    """
    query = select(*_LISTED)
    if account_id:
        query = query.where(kept_calls.c.account_id == (None if account_id == "-" else account_id))
    if operation:
        query = query.where(kept_calls.c.operation == operation)
    if outcome in {"ok", "error"}:
        query = query.where((kept_calls.c.outcome == "-") if outcome == "ok" else (kept_calls.c.outcome != "-"))
    elif outcome:
        query = query.where(kept_calls.c.outcome == outcome)
    if text:
        query = query.where(or_(kept_calls.c.call_id == text, _details.contains(text, autoescape=True)))
    if before:
        at, call_id = before
        older = and_(kept_calls.c.happened_at == at, kept_calls.c.call_id < call_id)
        query = query.where(or_(kept_calls.c.happened_at < at, older))
    query = query.order_by(kept_calls.c.happened_at.desc(), kept_calls.c.call_id.desc()).limit(most)
    with store.read() as connection:
        return list(connection.execute(query))


def found(store: Store, call_id: str) -> Any | None:
    """One call with its details, or None."""
    with store.read() as connection:
        return connection.execute(select(kept_calls).where(kept_calls.c.call_id == call_id)).one_or_none()


def clear(store: Store) -> None:
    """Delete all of them, where something in them is to be forgotten: nobody can tell in which of them it stands."""
    with store.write() as connection:
        overwrite_deleted(connection)
        connection.execute(delete(kept_calls))
    empty_journal(store)


def purge(connection: Connection, before: int, most: int) -> int:
    """Delete calls before a moment (epoch ms), and the oldest of more than `most`; returns how many."""
    gone = connection.execute(delete(kept_calls).where(kept_calls.c.happened_at < before)).rowcount
    of_strangers = kept_calls.c.account_id.is_(None)
    for whose, number in ((of_strangers, most // STRANGERS_PART), (~of_strangers, most - most // STRANGERS_PART)):
        beyond = (
            select(kept_calls.c.call_id)
            .where(whose)
            .order_by(kept_calls.c.happened_at.desc(), kept_calls.c.call_id.desc())
            .offset(number)
        )
        gone += connection.execute(delete(kept_calls).where(kept_calls.c.call_id.in_(beyond))).rowcount
    return gone
