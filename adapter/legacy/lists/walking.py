"""A client's walk through a list: page 1 begins it, and what later pages show follows from it."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from adapter.core.database import Connection
from adapter.legacy.call import Call
from adapter.legacy.lists import changes
from adapter.legacy.lists.changes import Effect
from adapter.legacy.lists.listing import Listing, Row
from adapter.legacy.store import own_writes, snapshots, walks
from adapter.legacy.store.own_writes import OwnWrite
from adapter.legacy.store.snapshots import Keyed, Snapshot
from adapter.legacy.store.walks import Walk, Walker

#: Own writes looked through for rows that are gone already when a walk begins.
MOST_LEFT_OUT = 20_000
#: Seconds for which a process trusts what it knows of walks, and accounts that it knows this of.
TRUSTED = 1.0
REMEMBERED = 10_000


@dataclass(frozen=True)
class View:
    """What the caller wants to see: in which order (empty: the upstream's own), which page, of how many rows."""

    sort: str
    descending: bool
    number: int
    size: int


@dataclass
class Asked:
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


#: Whether anybody of an account walks: until when (monotonic seconds) that holds, and what.
_walking: dict[str, tuple[float, bool]] = {}


def anybody_walks(asked: Asked) -> bool:
    """Whether anybody of the account walks, as far as this process knows: what others began in the last second it may not."""
    account_id, now = asked.walker.account_id, time.monotonic()
    until, found = _walking.get(account_id, (0.0, False))
    if now > until:
        found = walks.any_under_way(asked.call.store, account_id)
        if len(_walking) > REMEMBERED:
            _walking.clear()
        _walking[account_id] = (now + TRUSTED, found)
    return found


def keyed(asked: Asked, rows: list[Row]) -> list[Keyed]:
    """Rows as the store wants them: with sort key and id, without the members that nobody will see."""
    listing = asked.listing
    key = listing.keys.get(asked.view.sort) or (lambda _: 0)
    subject = changes.LISTS[listing.method].subject
    found = [Keyed(key(row), subject(listing, row), row) for row in rows]
    for row in rows:
        for member in listing.without:
            row.pop(member, None)
    return found


def latest(writes: list[OwnWrite]) -> Iterable[OwnWrite]:
    """What was done last to each thing."""
    return {(write.kind, write.subject): write for write in writes}.values()


def through(asked: Asked, made: Snapshot) -> Page | None:
    """The page of a new walk through a snapshot; None when its rows were deleted meanwhile."""
    with asked.call.store.write(asked.walker.account_id) as connection:
        walk = begun(asked, connection, made)
    return page_of(asked, walk)


def begun(asked: Asked, connection: Connection, made: Snapshot) -> Walk:
    """Begin the caller's walk through a snapshot, without the rows that are gone by now."""
    account_id = asked.walker.account_id
    last = own_writes.last(connection, account_id)
    gone = {
        snapshots.number_of(write.subject)
        for write in latest(own_writes.between(connection, account_id, made.since, last, MOST_LEFT_OUT))
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


def walked(asked: Asked) -> Page | None:
    """A later page of the walk that the caller's page 1 began; None without one."""
    with asked.call.store.read() as connection:
        walk = walks.find(connection, asked.walker, asked.call.settings.snapshot_seconds)
    if walk is None:
        return None
    found = page_of(asked, walk)
    if found is not None:
        walks.use(asked.call.store, walk, asked.view.number)
    return found


def page_of(asked: Asked, walk: Walk) -> Page | None:
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
