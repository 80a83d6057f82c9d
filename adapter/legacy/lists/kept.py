"""Pages of a list that is longer than a page: one scan for all of them, shared by all processes, right after own writes.

Page 1 begins a walk: it shows the list as it is, and what the later pages of the same client show follows from it. A
list that the upstream gives in one answer is asked for anew at every page 1. A longer one is scanned once by whoever
comes first, and may answer page 1 again for a few seconds, in which only workers can have changed it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain

from adapter.core.database import Connection
from adapter.core.errors import unavailable
from adapter.core.store.accounts import milliseconds
from adapter.legacy.call import Call
from adapter.legacy.lists import changes, walking
from adapter.legacy.lists.changes import Effect
from adapter.legacy.lists.listing import MOST, Listing, Row, answers
from adapter.legacy.lists.walking import Asked, Page, View
from adapter.legacy.store import building, own_writes, snapshots, walks
from adapter.legacy.store.snapshots import Snapshot
from adapter.legacy.store.walks import Walker

#: Own writes looked through before a kept list is given up.
MOST_WRITES = 1_000
#: Seconds between two looks at a list that somebody else scans.
LOOK = 0.1
#: The share of a process's threads that may wait for scans.
MOST_WAITING = 0.75
#: How often a page is tried again whose rows were deleted meanwhile.
TRIES = 3

Batches = Iterator[tuple[list[Row], bool]]


class _NoTurnError(Exception):
    """Others are at the list, and this call cannot wait for them any longer, or not at all."""


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
    asked = Asked(call, listing, view, walker, milliseconds())
    if view.number > 1 and (found := walking.walked(asked)) is not None:
        return found
    try:
        return _new(asked)
    except _NoTurnError:
        found = walking.through(asked, _stale(asked))
    if found is None:
        raise unavailable()
    return found


def _new(asked: Asked) -> Page:
    """A page of a new walk. Raises _NoTurnError when others are at the list for too long."""
    length = _lengths.get(asked.key)
    if length is None:
        # one thread looks how long the list is, the others wait for what it finds
        with suppress(_NoTurnError), _turn(asked) as waited:
            if not waited:
                return _looked(asked)
        length = _lengths.get(asked.key)
    return _shared(asked) if length == "long" else _looked(asked)


# ---- what this process remembers --------------------------------------------------------------------------------------

#: Whether a list came in one answer ("short") when it was last looked at.
_lengths: dict[tuple[str, str], str] = {}
_turns: dict[tuple[str, str], threading.RLock] = {}
_lock = threading.Lock()
_waiting = 0
#: Entries kept of each; above that all are forgotten, which costs a look.
_REMEMBERED = 10_000


def _remember(asked: Asked, length: str) -> None:
    if len(_lengths) > _REMEMBERED:
        _lengths.clear()
    _lengths[asked.key] = length


@contextmanager
def _turn(asked: Asked) -> Iterator[bool]:
    """One thread of this process at a time is at a list; yields whether another was at it when this one came."""
    with _lock:
        if len(_turns) > _REMEMBERED:
            _turns.clear()
        lock = _turns.setdefault(asked.key, threading.RLock())
    waited = not lock.acquire(blocking=False)
    if waited and not _wait(lock, asked):
        raise _NoTurnError
    try:
        yield waited
    finally:
        lock.release()


def _wait(lock: threading.RLock, asked: Asked) -> bool:
    """Wait for a lock; not at all where that would leave too few threads to other calls. Whether it was got."""
    global _waiting  # noqa: PLW0603 (a count of this process)
    with _lock:
        if _waiting >= asked.call.settings.threads * MOST_WAITING:
            return False
        _waiting += 1
    try:
        return lock.acquire(timeout=max(asked.patience, 0))
    finally:
        with _lock:
            _waiting -= 1


# ---- a list in one answer ---------------------------------------------------------------------------------------------


def _looked(asked: Asked) -> Page:
    """Ask the upstream; a list that goes on after the first answer is shared with whoever asks for it."""
    asked_at = milliseconds()
    batches = answers(asked.call, asked.listing)
    rows, more = _beginning(batches)
    if not more:
        return _whole(asked, rows, asked_at)
    _remember(asked, "long")
    return _shared(asked, chain([(rows, True)], batches), asked_at)


def _beginning(batches: Batches) -> tuple[list[Row], bool]:
    """The first rows, as many as one answer holds, and whether there may be more: a token may come with the last rows."""
    rows, more = next(batches)
    while more and len(rows) < MOST:
        further, more = next(batches)
        rows = rows + further
    return rows, more


def _whole(asked: Asked, rows: list[Row], asked_at: int) -> Page:
    """A page of a list that came in one answer. What fits on page 1 is not kept: there is nothing to walk through."""
    _remember(asked, "short")
    view, call = asked.view, asked.call
    key = asked.listing.keys.get(view.sort)
    if len(rows) <= view.size:
        if walking.anybody_walks(asked) and walks.is_under_way(call.store, asked.walker):
            walks.end(call.store, asked.walker)
        if view.number > 1:
            return [], len(rows)
        ordered = sorted(rows, key=key) if key else rows
        return (ordered[::-1] if view.descending else ordered), len(rows)
    keyed = walking.keyed(asked, rows)
    with call.store.write(call.account_id) as connection:
        made = snapshots.keep(connection, call.account_id, asked.walker.listing, keyed, asked_at)
        walk = walking.begun(asked, connection, made)
        snapshots.drop_short(connection, call.account_id, made, asked.walker.listing)
    if walk.own_order:
        # some of these rows have gone in the meantime
        return walking.page_of(asked, walk) or ([], walk.total)
    keyed.sort(key=lambda each: each.key)
    first = (view.number - 1) * view.size
    chosen = (keyed[::-1] if view.descending else keyed)[first : first + view.size]
    return [each.row for each in chosen], walk.total


# ---- a list that takes a scan -----------------------------------------------------------------------------------------


def _shared(asked: Asked, begun: Batches | None = None, asked_at: int | None = None) -> Page:
    """A page from the snapshot that is kept, from the one somebody makes now, or from one that this call makes.

    `begun` are the answers to a scan that this call began at `asked_at` (epoch ms).
    """
    for _ in range(TRIES):
        made: Snapshot | tuple[list[Row], int] | None = _ready(asked)[0]
        if made is None:
            made = _awaited(asked, begun, asked_at)
            begun = asked_at = None
        if isinstance(made, Snapshot):
            found = walking.through(asked, made)
            if made.made_at >= asked.came_at:
                snapshots.drop_superseded(asked.call.store, asked.walker.account_id, made, asked.walker.listing)
        else:
            found = _whole(asked, *made)
        if found is not None:
            return found
    raise unavailable()


def _awaited(asked: Asked, begun: Batches | None, asked_at: int | None) -> Snapshot | tuple[list[Row], int]:
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
                raise _NoTurnError
            time.sleep(LOOK)


def _built(asked: Asked, held: building.Claim, begun: Batches | None) -> Snapshot | tuple[list[Row], int]:
    """Scan the list, now that nobody else may, unless somebody has just done so."""
    call, store = asked.call, asked.call.store
    with building.alive(store, held):
        made, _ = _ready(asked)
        if made is not None:
            building.release(store, held)
            return made
        asked_at = milliseconds()
        batches = begun or answers(call, asked.listing)
        rows, more = _beginning(batches)
        if not more and len(rows) <= MOST:
            building.release(store, held)
            return rows, asked_at
        _remember(asked, "long")
        rest = (each for each, _ in batches) if more else iter(())
        return building.fill(store, held, (walking.keyed(asked, each) for each in chain([rows], rest)))


def _ready(asked: Asked) -> tuple[Snapshot | None, bool]:
    """The snapshot that may answer this call now, if there is one; and whether somebody scans the list."""
    call, walker = asked.call, asked.walker
    with call.store.read() as connection:
        found = snapshots.newest(connection, walker.account_id, walker.listing)
        if asked.came_after is None:
            asked.came_after = own_writes.last(connection, walker.account_id)
        if found is not None and _is_fresh(asked, found) and _is_right(asked, connection, found):
            return found, False
        return None, building.busy(connection, walker.account_id, walker.listing)


def _is_fresh(asked: Asked, made: Snapshot) -> bool:
    """Whether workers cannot have changed much: made since the call came, or in the last seconds.

    One that took long may answer for as long again, so that the upstream is scanned for half of the time at most.
    """
    settings = asked.call.settings
    least = settings.list_fresh_seconds
    lives = min(max(least * 1000, made.took), settings.snapshot_seconds * 1000)
    return made.made_at >= asked.came_at or milliseconds() - made.made_at <= lives


def _is_right(asked: Asked, connection: Connection, made: Snapshot) -> bool:
    """Whether no own write before this call came brought a row or changed one; rows that are gone can be left out."""
    writes = own_writes.between(connection, asked.walker.account_id, made.since, asked.came_after or 0, MOST_WRITES + 1)
    if len(writes) > MOST_WRITES:
        return False
    changed = [write for write in walking.latest(writes) if changes.effect(asked.listing, write) is Effect.CHANGED]
    if any(changes.may_add(asked.listing, write) for write in changed):
        return False
    if not changed:
        return True
    order = snapshots.order(connection, made.snapshot_id)
    return order is not None and not {snapshots.number_of(each.subject) for each in changed} & set(order[1])


def _stale(asked: Asked) -> Snapshot:
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
