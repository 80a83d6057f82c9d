"""Pages of a list that is longer than a page: one scan for all of them, shared by all processes, right after own writes.

Page 1 begins a walk: it shows the list as it is, and what the later pages of the same client show follows from it. A
list that the upstream gives in one answer is asked for anew at every page 1. A longer one is scanned once by whoever
comes first, and may answer page 1 again for a few seconds, in which only workers can have changed it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection

from adapter.errors import unavailable
from adapter.operations import Call, changes
from adapter.operations.changes import Effect
from adapter.operations.listings import MOST, Listing, Row, answers
from adapter.store import building, own_writes, snapshots, walks
from adapter.store.accounts import milliseconds
from adapter.store.own_writes import OwnWrite
from adapter.store.snapshots import Keyed, Snapshot
from adapter.store.walks import Walk, Walker

#: Own writes looked through before a kept list is given up, and left out of a new walk.
MOST_WRITES = 1_000
MOST_LEFT_OUT = 20_000
#: Seconds between two looks at a list that somebody else scans, and for which a process trusts what it knows of walks.
LOOK = 0.1
TRUSTED = 1.0
#: How often a page is tried again whose rows were deleted meanwhile.
TRIES = 3

Batches = Iterator[tuple[list[Row], bool]]


@dataclass(frozen=True)
class View:
    """What the caller wants to see: in which order (empty: the upstream's own), which page, of how many rows."""

    sort: str
    descending: bool
    number: int
    size: int


@dataclass
class _Asked:
    """A call for a page: whose, of which list; when it came (epoch ms), and the last own write by then, once it is read."""

    call: Call
    listing: Listing
    view: View
    walker: Walker
    came_at: int
    came_after: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The list, for what this process remembers."""
        return self.walker.account_id, self.walker.listing

    @property
    def patience(self) -> float:
        """Seconds left to wait for somebody else's scan."""
        return self.call.record.started + self.call.settings.request_timeout / 2 - time.perf_counter()


Page = tuple[list[Row], int]


def page(call: Call, listing: Listing, view: View) -> Page:
    """The rows of a page and the number of rows in the whole list.

    Raises LegacyError (503) when somebody else scans the list for longer than this call can wait.
    """
    walker = Walker(
        call.account_id,
        listing.name(view.sort),
        f"{view.size}{'-' if view.descending else '+'}",
        hashlib.sha256(call.record.caller.encode()).hexdigest()[:16],
    )
    asked = _Asked(call, listing, view, walker, milliseconds())
    if view.number > 1 and (found := _walked(asked)) is not None:
        return found
    length = _lengths.get(asked.key)
    if length is None:
        # one thread looks how long the list is, the others wait for what it finds
        with _turn(asked) as waited:
            if not waited:
                return _looked(asked)
        length = _lengths.get(asked.key)
    return _shared(asked) if length == "long" else _looked(asked)


# ---- what this process remembers --------------------------------------------------------------------------------------

#: Whether a list came in one answer ("short") when it was last looked at.
_lengths: dict[tuple[str, str], str] = {}
#: Whether anybody of an account walks: until when (monotonic seconds) that holds, and what.
_walking: dict[str, tuple[float, bool]] = {}
_turns: dict[tuple[str, str], threading.RLock] = {}
_lock = threading.Lock()
#: Entries kept of each; above that all are forgotten, which costs a look.
_REMEMBERED = 10_000


def _remember(asked: _Asked, length: str) -> None:
    if len(_lengths) > _REMEMBERED:
        _lengths.clear()
    _lengths[asked.key] = length


@contextmanager
def _turn(asked: _Asked) -> Iterator[bool]:
    """One thread of this process at a time is at a list; yields whether another was at it when this one came."""
    with _lock:
        if len(_turns) > _REMEMBERED:
            _turns.clear()
        lock = _turns.setdefault(asked.key, threading.RLock())
    waited = not lock.acquire(blocking=False)
    if waited and not lock.acquire(timeout=max(asked.patience, 0)):
        raise unavailable()
    try:
        yield waited
    finally:
        lock.release()


def _anybody_walks(asked: _Asked) -> bool:
    account_id, now = asked.walker.account_id, time.monotonic()
    until, found = _walking.get(account_id, (0.0, False))
    if now > until:
        found = walks.under_way(asked.call.store, account_id)
        if len(_walking) > _REMEMBERED:
            _walking.clear()
        _walking[account_id] = (now + TRUSTED, found)
    return found


# ---- a list in one answer ---------------------------------------------------------------------------------------------


def _looked(asked: _Asked) -> Page:
    """Ask the upstream; a list that goes on after the first answer is shared with whoever asks for it."""
    asked_at = milliseconds()
    batches = answers(asked.call, asked.listing)
    rows, more = next(batches)
    while more and len(rows) < MOST:
        # a token may come with the last rows
        further, more = next(batches)
        rows = rows + further
    if not more:
        return _whole(asked, rows, asked_at)
    _remember(asked, "long")
    return _shared(asked, chain([(rows, True)], batches), asked_at)


def _whole(asked: _Asked, rows: list[Row], asked_at: int) -> Page:
    """A page of a list that came in one answer. What fits on page 1 is not kept: there is nothing to walk through."""
    _remember(asked, "short")
    view, call = asked.view, asked.call
    key = asked.listing.keys.get(view.sort)
    if len(rows) <= view.size:
        if _anybody_walks(asked):
            walks.end(call.store, asked.walker)
        if view.number > 1:
            return [], len(rows)
        ordered = sorted(rows, key=key) if key else rows
        return (ordered[::-1] if view.descending else ordered), len(rows)
    keyed = _keyed(asked, rows)
    with call.store.write(call.account_id) as connection:
        made = snapshots.keep(connection, call.account_id, asked.walker.listing, keyed, asked_at)
        walk = _begun(asked, connection, made)
        snapshots.drop_short(connection, call.account_id, made, asked.walker.listing)
    if walk.last_write > walk.since:
        return _page_of(asked, walk) or ([], walk.total)
    keyed.sort(key=lambda each: each.key)
    first = (view.number - 1) * view.size
    chosen = (keyed[::-1] if view.descending else keyed)[first : first + view.size]
    return [each.row for each in chosen], walk.total


def _keyed(asked: _Asked, rows: list[Row]) -> list[Keyed]:
    """Rows as the store wants them: with sort key and id, without the members that nobody will see."""
    listing = asked.listing
    key = listing.keys.get(asked.view.sort) or (lambda _: 0)
    subject = changes.LISTS[listing.method].subject
    keyed = [Keyed(key(row), subject(listing, row), row) for row in rows]
    for row in rows:
        for member in listing.without:
            row.pop(member, None)
    return keyed


# ---- a list that takes a scan -----------------------------------------------------------------------------------------


def _shared(asked: _Asked, begun: Batches | None = None, asked_at: int | None = None) -> Page:
    """A page from the snapshot that is kept, from the one somebody makes now, or from one that this call makes.

    `begun` are the answers to a scan that this call began at `asked_at` (epoch ms).
    """
    for _ in range(TRIES):
        made: Snapshot | tuple[list[Row], int] | None = _ready(asked)[0]
        if made is None:
            made = _awaited(asked, begun, asked_at)
            begun = asked_at = None
        if isinstance(made, Snapshot):
            with asked.call.store.write(asked.call.account_id) as connection:
                walk = _begun(asked, connection, made)
            if made.made_at >= asked.came_at:
                snapshots.drop_superseded(asked.call.store, asked.walker.account_id, made, asked.walker.listing)
            found = _page_of(asked, walk)
        else:
            found = _whole(asked, *made)
        if found is not None:
            return found
    raise unavailable()


def _awaited(asked: _Asked, begun: Batches | None, asked_at: int | None) -> Snapshot | tuple[list[Row], int]:
    """The snapshot of whoever scans the list; or this call's own scan, of which what comes in one answer is no snapshot."""
    call = asked.call
    with _turn(asked):
        while True:
            made, busy = _ready(asked)
            if made is not None:
                return made
            if not busy:
                held = building.claim(call.store, asked.walker.account_id, asked.walker.listing, asked_at)
                if held is not None:
                    return _built(asked, held, begun)
            if asked.patience < 0:
                return _stale(asked)
            time.sleep(LOOK)


def _built(asked: _Asked, held: building.Claim, begun: Batches | None) -> Snapshot | tuple[list[Row], int]:
    """Scan the list, now that nobody else may, unless somebody has just done so."""
    call, store = asked.call, asked.call.store
    with building.alive(store, held):
        made, _ = _ready(asked)
        if made is not None:
            building.release(store, held)
            return made
        asked_at = milliseconds()
        batches = begun or answers(call, asked.listing)
        rows, more = next(batches)
        while more and len(rows) < MOST:
            further, more = next(batches)
            rows = rows + further
        if not more and len(rows) <= MOST:
            building.release(store, held)
            return rows, asked_at
        _remember(asked, "long")
        rest = (each for each, _ in batches) if more else iter(())
        return building.fill(store, held, (_keyed(asked, each) for each in chain([rows], rest)))


def _ready(asked: _Asked) -> tuple[Snapshot | None, bool]:
    """The snapshot that may answer this call now, if there is one; and whether somebody scans the list."""
    call, walker = asked.call, asked.walker
    with call.store.read() as connection:
        found = snapshots.newest(connection, walker.account_id, walker.listing)
        if asked.came_after is None:
            asked.came_after = own_writes.last(connection, walker.account_id)
        if found is not None and _is_fresh(asked, found) and _is_right(asked, connection, found):
            return found, False
        return None, building.busy(connection, walker.account_id, walker.listing)


def _is_fresh(asked: _Asked, made: Snapshot) -> bool:
    """Whether workers cannot have changed much: made since the call came, or in the last seconds.

    One that took long may answer for as long again, so that the upstream is scanned for half of the time at most.
    """
    settings = asked.call.settings
    least = 0.0 if asked.call.upstream.embedded else settings.list_fresh_seconds
    lives = min(max(least * 1000, made.took), settings.snapshot_seconds * 1000)
    return made.made_at >= asked.came_at or milliseconds() - made.made_at <= lives


def _is_right(asked: _Asked, connection: Connection, made: Snapshot) -> bool:
    """Whether no own write before this call came brought a row or changed one; rows that are gone can be left out."""
    writes = own_writes.between(connection, asked.walker.account_id, made.since, asked.came_after or 0, MOST_WRITES + 1)
    if len(writes) > MOST_WRITES:
        return False
    changed = [write for write in _latest(writes) if changes.effect(asked.listing, write) is Effect.CHANGED]
    if any(changes.may_add(asked.listing, write) for write in changed):
        return False
    if not changed:
        return True
    order = snapshots.order(connection, made.snapshot_id)
    return order is not None and not {snapshots.number_of(each.subject) for each in changed} & set(order[1])


def _latest(writes: list[OwnWrite]) -> Iterable[OwnWrite]:
    """What was done last to each thing."""
    return {(write.kind, write.subject): write for write in writes}.values()


def _stale(asked: _Asked) -> Snapshot:
    """The kept list when nobody has a new one in time: right after own writes, though workers may have been busy since.

    Raises LegacyError (503) without one.
    """
    walker = asked.walker
    with asked.call.store.read() as connection:
        found = snapshots.newest(connection, walker.account_id, walker.listing)
        oldest = milliseconds() - asked.call.settings.snapshot_seconds * 1000
        if found is not None and found.made_at > oldest and _is_right(asked, connection, found):
            return found
    raise unavailable()


# ---- walks ------------------------------------------------------------------------------------------------------------


def _begun(asked: _Asked, connection: Connection, made: Snapshot) -> Walk:
    """Begin the caller's walk through a snapshot, without the rows that are gone by now."""
    account_id = asked.walker.account_id
    last = own_writes.last(connection, account_id)
    gone = {
        snapshots.number_of(write.subject)
        for write in _latest(own_writes.between(connection, account_id, made.since, last, MOST_LEFT_OUT))
        if changes.effect(asked.listing, write) is Effect.GONE
    }
    left: array[int] | None = None
    if gone and (order := snapshots.order(connection, made.snapshot_id)) is not None:
        positions, subjects = order
        left = array("I", [each for each in positions if subjects[each] not in gone])
        if len(left) == len(positions):
            left = None
    _walking[account_id] = (time.monotonic() + TRUSTED, True)
    return walks.begin(connection, asked.walker, made, left, last)


def _walked(asked: _Asked) -> Page | None:
    """A later page of the walk that the caller's page 1 began; None without one."""
    with asked.call.store.read() as connection:
        walk = walks.find(connection, asked.walker, asked.call.settings.snapshot_seconds)
    if walk is None:
        return None
    found = _page_of(asked, walk)
    if found is not None:
        walks.use(asked.call.store, walk, asked.view.number)
    return found


def _page_of(asked: _Asked, walk: Walk) -> Page | None:
    """A page of a walk: its rows as they are now, without those that have gone; None when the rows were deleted meanwhile."""
    view, listing, store = asked.view, asked.listing, asked.call.store
    offset = (view.number - 1) * view.size
    count = min(view.size, walk.total - offset)
    if count <= 0:
        return [], walk.total
    subject = changes.LISTS[listing.method].subject
    written: dict[str, OwnWrite] = {}
    with store.read() as connection:
        positions = walks.cut(connection, walk, walk.total - offset - count if view.descending else offset, count)
        found = snapshots.rows_at(connection, walk.snapshot_id, positions)
        if walk.last_write > walk.since:
            subjects = [subject(listing, row) for _, row in found.values()]
            kind = changes.LISTS[listing.method].kind
            written = own_writes.about(connection, walk.of.account_id, kind, subjects, walk.since)
    if len(positions) < count or len(found) < count:
        return None
    rows: list[Row] = []
    fresh: list[tuple[int, int, Row]] = []
    for position in reversed(positions) if view.descending else positions:
        seen, row = found[position]
        write = written.get(subject(listing, row))
        now: Row | None = row
        if write is not None and write.seq > seen:
            now = None if changes.effect(listing, write) is Effect.GONE else changes.present(asked.call, listing, row)
            if now is not None:
                fresh.append((position, write.seq, now))
        if now is not None and now.get("HITId") not in listing.hidden:
            rows.append(now)
    snapshots.refresh(store, walk.snapshot_id, fresh)
    return rows, walk.total
