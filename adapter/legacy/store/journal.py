"""The journal of calls that must not happen twice, and of HITs that are being disabled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from adapter.core import clock
from adapter.core.database import Store, UnavailableError
from adapter.legacy.store.tables import disabled_hits, journal

#: A token counts for 24 hours (docs/contract.md, Tokens and values); its row is kept a little longer.
KEPT_MILLISECONDS = 25 * 3600 * 1000
#: How often a note on what has happened is tried; each time has a new connection.
TRIES = 3

T = TypeVar("T")


class Kind(StrEnum):
    """Why a call is written down."""

    #: a client's own token, and the call that first brought it
    TOKEN = "token"  # noqa: S105 - a word
    #: the token of a call whose outcome stayed open, for the next equal call
    LEFT_OPEN = "left open"
    #: an extension of a HIT, to be finished by whoever comes next
    EXTENSION = "extension"
    #: a call that a trusted proxy may send again, and its answer
    ANSWER = "answer"


@dataclass(frozen=True)
class JournalKey:
    """What a journalled call is found by."""

    account_id: str
    kind: Kind
    operation: str
    token: str


@dataclass(frozen=True)
class Entry:
    """One journalled call: what was planned, which legacy call planned it, when, and its result once there is one."""

    call_id: str
    plan: dict[str, Any]
    result: dict[str, Any] | None
    written_at: int
    fresh: bool = False


@dataclass(frozen=True)
class Unfinished:
    """A journalled call of some account that has no result yet."""

    account_id: str
    token: str
    plan: dict[str, Any]


_where = (
    journal.c.account_id == bindparam("account"),
    journal.c.kind == bindparam("why"),
    journal.c.operation == bindparam("name"),
    journal.c.token == bindparam("key"),
)
_columns = (journal.c.call_id, journal.c.plan, journal.c.result, journal.c.written_at)
_find = select(*_columns).where(*_where, journal.c.written_at > bindparam("after"))
_is_there = select(journal.c.written_at).where(*_where, journal.c.written_at > bindparam("after"))
_finish = update(journal).where(*_where).values(result=bindparam("outcome"))
_give_up = update(journal).where(*_where).values(call_id="")
_take = (
    update(journal).where(*_where, journal.c.call_id.in_(("", bindparam("taker")))).values(call_id=bindparam("taker"))
)
_forget = delete(journal).where(*_where)
#: What was never finished is kept as long: its token counts no longer upstream either.
_purge = delete(journal).where(journal.c.written_at <= bindparam("before"))
_abandoned = select(*_columns).where(
    journal.c.account_id == bindparam("account"),
    journal.c.kind == bindparam("why"),
    journal.c.result.is_(None),
    or_(journal.c.call_id == "", journal.c.written_at <= bindparam("before")),
    journal.c.written_at > bindparam("after"),
)
_unfinished = (
    select(journal.c.account_id, journal.c.token, journal.c.plan)
    .where(
        journal.c.kind == bindparam("why"),
        journal.c.result.is_(None),
        journal.c.written_at <= bindparam("before"),
    )
    .order_by(journal.c.written_at)
    .limit(bindparam("most"))
)


def _named(key: JournalKey) -> dict[str, Any]:
    return {"account": key.account_id, "why": key.kind, "name": key.operation, "key": key.token}


def insist(store: Store, note: Callable[[], T]) -> T:
    """Write a note on what has happened already; it must not be lost with a connection to PostgreSQL."""
    for _ in range(0 if store.sqlite else TRIES - 1):
        try:
            return note()
        except UnavailableError:
            continue
    return note()


def begin(store: Store, key: JournalKey, call_id: str, plan: dict[str, Any]) -> Entry:
    """Write down a call before its first attempt, or find what was written down under this key within 24 hours."""
    names = _named(key)
    now = clock.milliseconds()
    try:
        with store.write(key.account_id) as connection:
            row = connection.execute(_find, {**names, "after": now - KEPT_MILLISECONDS}).one_or_none()
            if row is None:
                connection.execute(_forget, names)
                connection.execute(
                    insert(journal),
                    {
                        "account_id": key.account_id,
                        "kind": key.kind,
                        "operation": key.operation,
                        "token": key.token,
                        "call_id": call_id,
                        "plan": plan,
                        "result": None,
                        "written_at": now,
                    },
                )
                return Entry(call_id, plan, None, now, fresh=True)
    except IntegrityError:
        # another replica wrote the same row first
        with store.read() as connection:
            row = connection.execute(_find, {**names, "after": now - KEPT_MILLISECONDS}).one()
    return Entry(*row)


def find(store: Store, key: JournalKey) -> Entry | None:
    """What was written down under this key within 24 hours, or None."""
    with store.read() as connection:
        row = connection.execute(
            _find, {**_named(key), "after": clock.milliseconds() - KEPT_MILLISECONDS}
        ).one_or_none()
    return Entry(*row) if row else None


def _note(store: Store, key: JournalKey, statement: Any, values: dict[str, Any]) -> None:
    def write() -> None:
        with store.write(key.account_id) as connection:
            connection.execute(statement, values)

    insist(store, write)


def finish(store: Store, key: JournalKey, result: dict[str, Any]) -> None:
    """Note that a call is done."""
    _note(store, key, _finish, {**_named(key), "outcome": result})


def give_up(store: Store, key: JournalKey) -> None:
    """Note that the call which wrote this down was answered with an error; what it began is still open."""
    _note(store, key, _give_up, _named(key))


def take(store: Store, key: JournalKey, call_id: str, after: int) -> Entry | None:
    """Take over what another call wrote down after a moment (epoch ms) and gave up; None when there is nothing to take.

    Only one call gets it, and may ask for it again.
    """
    # every call without a token asks, and there is hardly ever an answer; the driver itself takes no enum for a text
    if not store.fetch(_is_there, {**_named(key), "why": key.kind.value, "after": after}):
        return None
    with store.write(key.account_id) as connection:
        row = connection.execute(_find, {**_named(key), "after": after}).one_or_none()
        taken = connection.execute(_take, {**_named(key), "taker": call_id}).rowcount
    return Entry(*row) if row and taken else None


def forget(store: Store, key: JournalKey) -> None:
    """Take back what was written down, because the call was refused and changed nothing."""
    _note(store, key, _forget, _named(key))


def abandoned(store: Store, account_id: str, kind: Kind, before: int) -> list[Entry]:
    """Calls of an account that nobody works on any more: given up, or begun before a moment (epoch ms) and unfinished."""
    terms = {"account": account_id, "why": kind, "before": before, "after": clock.milliseconds() - KEPT_MILLISECONDS}
    with store.read() as connection:
        return [Entry(*row) for row in connection.execute(_abandoned, terms)]


def unfinished(store: Store, kind: Kind, before: int, most: int = 100) -> list[Unfinished]:
    """Calls of all accounts that were begun before a moment (epoch ms) and have no result, the oldest first."""
    with store.read() as connection:
        rows = connection.execute(_unfinished, {"why": kind, "before": before, "most": most})
        return [Unfinished(*row) for row in rows]


def purge(store: Store, now: int) -> int:
    """Delete what is older than a token counts; returns how many."""
    with store.write() as connection:
        return connection.execute(_purge, {"before": now - KEPT_MILLISECONDS}).rowcount


# ---- HITs that are being disabled -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Disabled:
    """A HIT that DisableHIT took; `next_at` is when the job looks again (epoch milliseconds), None once it is done."""

    account_id: str
    hit_id: str
    next_at: int | None
    tries: int


_one = select(disabled_hits.c.hit_id).where(
    disabled_hits.c.account_id == bindparam("account"), disabled_hits.c.hit_id == bindparam("hit")
)
_open = select(disabled_hits.c.hit_id).where(
    disabled_hits.c.account_id == bindparam("account"), disabled_hits.c.next_at.is_not(None)
)
_due = (
    select(disabled_hits)
    .where(disabled_hits.c.next_at <= bindparam("now"))
    .order_by(disabled_hits.c.next_at)
    .limit(bindparam("most"))
)
_claim = (
    update(disabled_hits)
    .where(
        disabled_hits.c.account_id == bindparam("account"),
        disabled_hits.c.hit_id == bindparam("hit"),
        disabled_hits.c.next_at == bindparam("seen"),
    )
    .values(next_at=bindparam("later"), tries=disabled_hits.c.tries + 1)
)
_set = (
    update(disabled_hits)
    .where(disabled_hits.c.account_id == bindparam("account"), disabled_hits.c.hit_id == bindparam("hit"))
    .values(next_at=bindparam("later"), last_error=bindparam("error"))
)


def is_disabled(store: Store, account_id: str, hit_id: str) -> bool:
    """Whether DisableHIT took a HIT."""
    return bool(store.fetch(_one, {"account": account_id, "hit": hit_id}))


def hidden(store: Store, account_id: str) -> frozenset[str]:
    """The HITs that no list shows, because their disabling is still under way."""
    return frozenset(row[0] for row in store.fetch(_open, {"account": account_id}))


def disable(store: Store, account_id: str, hit_id: str, next_at: int) -> None:
    """Write down that a HIT is to be disabled; from now on it is hidden. Repeating changes nothing."""
    with store.write(account_id) as connection:
        if connection.execute(_one, {"account": account_id, "hit": hit_id}).one_or_none() is None:
            connection.execute(
                insert(disabled_hits),
                {
                    "account_id": account_id,
                    "hit_id": hit_id,
                    "next_at": next_at,
                    "tries": 0,
                    "last_error": None,
                    "disabled_at": clock.milliseconds(),
                },
            )


def reschedule(store: Store, account_id: str, hit_id: str, next_at: int | None, error: str | None = None) -> None:
    """Say when a job looks again, or None when it is done."""
    with store.write(account_id) as connection:
        connection.execute(_set, {"account": account_id, "hit": hit_id, "later": next_at, "error": error})


def due(store: Store, now: int, most: int = 100) -> list[Disabled]:
    """Jobs whose time has come."""
    with store.read() as connection:
        rows = connection.execute(_due, {"now": now, "most": most}).all()
    return [Disabled(row.account_id, row.hit_id, row.next_at, row.tries) for row in rows]


def claim(store: Store, job: Disabled, until: int) -> bool:
    """Take a due job, so that no other process runs it before `until`; False when one has it already."""
    with store.write(job.account_id) as connection:
        found = connection.execute(
            _claim, {"account": job.account_id, "hit": job.hit_id, "seen": job.next_at, "later": until}
        )
        return found.rowcount == 1
