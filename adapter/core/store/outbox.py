"""Rows written in the transaction of the change they tell of: events, and mail to people."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from adapter.core.store.tables import events, letters


@dataclass(frozen=True)
class Event:
    """Something that happened, `happened_at` in epoch ms. A test event goes to its `specification` and nowhere else."""

    account_id: str
    event_type: str
    hit_type_id: str
    hit_id: str
    assignment_id: str | None
    happened_at: int
    specification: dict[str, Any] | None = None
    seq: int = 0


@dataclass(frozen=True)
class Letter:
    """A mail. Without an address it goes where the account has its notifications mailed to."""

    subject: str
    text: str
    address: str | None = None
    account_id: str = ""
    hit_type_id: str = ""


_letters = select(letters).order_by(letters.c.seq).limit(bindparam("most"))
_letters_taken = _letters.with_for_update(skip_locked=True)
_remove_letters = delete(letters).where(letters.c.seq.in_(bindparam("rows", expanding=True)))
_columns = [events.c[each.name] for each in fields(Event)]
_undelivered = select(*_columns).where(events.c.delivered_at.is_(None)).order_by(events.c.seq).limit(bindparam("most"))
_waiting = select(func.count(), func.min(events.c.happened_at)).where(events.c.delivered_at.is_(None))
_taken = _undelivered.with_for_update(skip_locked=True)
_mark = update(events).where(events.c.seq.in_(bindparam("rows", expanding=True))).values(delivered_at=bindparam("now"))
_oldest = select(events.c.seq, events.c.delivered_at).order_by(events.c.seq).limit(bindparam("most"))
_remove = delete(events).where(events.c.seq.in_(bindparam("rows", expanding=True)))


def add_events(connection: Connection, *new: Event) -> None:
    """Put events into the outbox."""
    for each in new:
        row = asdict(each)
        del row["seq"]
        connection.execute(insert(events), row)


def waiting(connection: Connection) -> bool:
    """Whether there is an event that nobody has taken."""
    return connection.execute(_undelivered, {"most": 1}).first() is not None


def backlog(connection: Connection, now: int) -> tuple[int, int]:
    """How many events nobody has taken, and when the earliest of them happened (epoch ms)."""
    number, earliest = connection.execute(_waiting).one()
    return number, earliest or now


def take_events(connection: Connection, now: int, most: int) -> list[Event]:
    """Take the oldest events for delivery, once each: they count as taken when this transaction is committed."""
    found = [Event(*row) for row in connection.execute(_taken, {"most": most})]
    if found:
        connection.execute(_mark, {"rows": [each.seq for each in found], "now": now})
    return found


def purge_events(connection: Connection, before: int, most: int) -> int:
    """Delete the oldest events, if they were taken before a moment (epoch ms); returns how many."""
    oldest = connection.execute(_oldest, {"most": most})
    rows = [row.seq for row in oldest if row.delivered_at is not None and row.delivered_at < before]
    if rows:
        connection.execute(_remove, {"rows": rows})
    return len(rows)


def add_letter(connection: Connection, letter: Letter, at: int) -> None:
    """Put mail into the outbox, at a moment (epoch ms)."""
    connection.execute(insert(letters), asdict(letter) | {"created_at": at})


def letters_wait(connection: Connection) -> bool:
    """Whether there is mail that nobody has taken."""
    return connection.execute(_letters, {"most": 1}).first() is not None


def take_letters(connection: Connection, most: int) -> list[Letter]:
    """Take the oldest mail for delivery, once each: it counts as taken when this transaction is committed."""
    rows = connection.execute(_letters_taken, {"most": most}).all()
    if rows:
        connection.execute(_remove_letters, {"rows": [each.seq for each in rows]})
    return [Letter(each.subject, each.text, each.address, each.account_id, each.hit_type_id) for each in rows]
