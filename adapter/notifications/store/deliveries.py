"""Messages on their way out: put in, claimed by one process, marked with what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, func, insert, select, update

from adapter.core.database import Store
from adapter.core.database.rows import overwrite_deleted
from adapter.core.store.tables import letters
from adapter.notifications.store.tables import deliveries


@dataclass(frozen=True)
class Message:
    """A message to be delivered. `events` are in the legacy vocabulary; see the table for the rest."""

    account_id: str
    hit_type_id: str
    transport: str
    destination: str
    version: str
    access_key_id: str | None
    events: Sequence[Mapping[str, Any]]
    document_id: str
    lane: str


@dataclass(frozen=True)
class Delivery(Message):
    """A message with its state; times in epoch ms, `attempts` includes the one under way."""

    seq: int
    state: str
    attempts: int
    created_at: int
    changed_at: int
    error: str | None


_columns = [deliveries.c[each.name] for each in fields(Delivery)]
_insert = insert(deliveries)
_pending = and_(deliveries.c.state == "pending", deliveries.c.next_at <= bindparam("now"))
_due = (
    select(*_columns)
    .where(_pending, deliveries.c.lane.not_in(bindparam("full", expanding=True)))
    .order_by(deliveries.c.next_at, deliveries.c.seq)
    .limit(bindparam("most"))
)
_due_unclaimed = _due.with_for_update(skip_locked=True)
_claim = (
    update(deliveries)
    .where(deliveries.c.seq.in_(bindparam("rows", expanding=True)))
    .values(state="sending", attempts=deliveries.c.attempts + 1, changed_at=bindparam("now"))
)
# only the attempt that is still the last one may say what became of it
_finish = (
    update(deliveries)
    .where(
        deliveries.c.seq == bindparam("row"),
        deliveries.c.state == "sending",
        deliveries.c.attempts == bindparam("attempt"),
    )
    .values(
        state=bindparam("new_state"),
        next_at=bindparam("later"),
        changed_at=bindparam("now"),
        error=bindparam("why"),
    )
)
_retry = (
    update(deliveries)
    .where(deliveries.c.seq.in_(bindparam("rows", expanding=True)), deliveries.c.state == "failed")
    .values(state="pending", next_at=bindparam("now"), created_at=bindparam("now"), changed_at=bindparam("now"))
)
_interrupted = (
    select(*_columns)
    .where(deliveries.c.state == "sending", deliveries.c.changed_at < bindparam("before"))
    .order_by(deliveries.c.changed_at)
    .limit(100)
)
_expire = (
    update(deliveries)
    .where(deliveries.c.state == "pending", deliveries.c.created_at < bindparam("before"))
    .values(state="failed", changed_at=bindparam("now"), error=func.coalesce(deliveries.c.error, "it waited too long"))
)
_old = select(deliveries.c.seq).where(
    deliveries.c.state == bindparam("of_state"), deliveries.c.changed_at < bindparam("before")
)
_remove = delete(deliveries).where(deliveries.c.seq.in_(bindparam("rows", expanding=True)))
_listed = (
    select(*_columns)
    .where(deliveries.c.state.in_(bindparam("states", expanding=True)))
    .order_by(deliveries.c.changed_at.desc(), deliveries.c.seq.desc())
    .limit(bindparam("most"))
)
_counts = (
    select(deliveries.c.state, func.count())
    .where(deliveries.c.state.in_(("pending", "sending", "failed")))
    .group_by(deliveries.c.state)
)


def add(connection: Connection, new: Sequence[Message], now: int, state: str = "pending") -> list[int]:
    """Put messages in, due at once; returns their numbers. With state `sending` the caller itself makes the attempt."""
    numbers = []
    for each in new:
        row = asdict(each) | {
            "events": list(each.events),
            "state": state,
            "attempts": int(state == "sending"),
            "next_at": now,
            "created_at": now,
            "changed_at": now,
            "error": None,
        }
        key: Any = connection.execute(_insert, row).inserted_primary_key
        numbers.append(int(key[0]))
    return numbers


@dataclass
class Lanes:
    """What is under way here: how many of each lane, and what else may begin.

    A lane takes up to `most` at once, a slow one a single message, and all slow ones together `room` more.
    """

    busy: Counter[str]
    most: int
    slow: Collection[str] = ()
    room: int = 0

    def full(self) -> list[str]:
        """The lanes in which nothing more may begin."""
        return [lane for lane in {*self.busy, *self.slow} if not self._free(lane)]

    def take(self, lane: str) -> bool:
        """Let one more begin, if it may."""
        if not self._free(lane):
            return False
        self.busy[lane] += 1
        self.room -= lane in self.slow
        return True

    def _free(self, lane: str) -> bool:
        if lane in self.slow:
            return self.room > 0 and not self.busy[lane]
        return self.busy[lane] < self.most


def claim(store: Store, now: int, most: int, lanes: Lanes) -> list[Delivery]:
    """Take the longest waiting messages that are due, at most `most`, none of them taken by another process.

    A lane that is full holds up no other. The claim is written before anything is sent.
    """
    with store.read() as connection:
        if connection.execute(_due, {"now": now, "full": lanes.full(), "most": 1}).first() is None:
            return []
    taken: list[Delivery] = []
    with store.write() as connection:
        while len(taken) < most:
            found = _rows(connection, _due_unclaimed, now=now, full=lanes.full(), most=most - len(taken))
            fitting = [each for each in found if lanes.take(each.lane)]
            if fitting:
                connection.execute(_claim, {"rows": [each.seq for each in fitting], "now": now})
                taken += fitting
            if len(found) == len(fitting):
                break
    return [replace(each, attempts=each.attempts + 1, state="sending") for each in taken]


def finish(store: Store, delivery: Delivery, state: str, now: int, next_at: int = 0, error: str | None = None) -> bool:
    """Say what became of an attempt: `delivered`, `failed`, or `pending` again from `next_at`.

    False when it counted as interrupted meanwhile, and what became of it is settled.
    """
    values = {
        "row": delivery.seq,
        "attempt": delivery.attempts,
        "new_state": state,
        "later": next_at,
        "now": now,
        "why": error,
    }
    with store.write() as connection:
        return connection.execute(_finish, values).rowcount == 1


def interrupted(store: Store, before: int) -> list[Delivery]:
    """Messages that some process began to send before a moment (epoch ms) and has not said what became of them."""
    with store.read() as connection:
        return _rows(connection, _interrupted, before=before)


def expire(store: Store, before: int, now: int) -> int:
    """Give up messages that wait since before a moment (epoch ms); returns how many."""
    with store.write() as connection:
        return connection.execute(_expire, {"before": before, "now": now}).rowcount


def listed(store: Store, states: Collection[str], most: int) -> list[Delivery]:
    """Messages in these states, the latest change first."""
    with store.read() as connection:
        return _rows(connection, _listed, states=list(states), most=most)


def retry(store: Store, rows: Collection[int], now: int) -> int:
    """Let messages that failed be sent once more, as if they were made at `now` (epoch ms); returns how many."""
    with store.write() as connection:
        return connection.execute(_retry, {"rows": list(rows), "now": now}).rowcount


def counts(store: Store) -> dict[str, int]:
    """How many messages there are of each state but `delivered`, of which there may be very many."""
    with store.read() as connection:
        return {row[0]: row[1] for row in connection.execute(_counts)}


def purge(connection: Connection, state: str, before: int, most: int) -> int:
    """Delete messages that have been in a state since before a moment (epoch ms); returns how many."""
    rows = list(connection.scalars(_old.limit(most), {"of_state": state, "before": before}))
    if rows:
        connection.execute(_remove, {"rows": rows})
    return len(rows)


def forget_mail(store: Store, address: str) -> None:
    """Delete all mail to somebody, sent or not."""
    with store.write() as connection:
        overwrite_deleted(connection)
        connection.execute(
            delete(deliveries).where(deliveries.c.transport == "Email", deliveries.c.destination == address)
        )
        connection.execute(delete(letters).where(letters.c.address == address))


def _rows(connection: Connection, query: Select[Any], **terms: Any) -> list[Delivery]:
    found: Sequence[Row[Any]] = connection.execute(query, terms).all()
    return [Delivery(**row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's public name
