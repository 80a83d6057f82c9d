"""What the gateway need not remember any longer: snapshots, tokens, journal rows, notifications; deleted now and then."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from adapter.store import (
    building,
    deliveries,
    idempotency,
    inbox,
    journal,
    outbox,
    own_writes,
    snapshots,
    walks,
    worker_accounts,
)
from adapter.store.accounts import milliseconds
from adapter.store.engine import Store

#: Seconds between two rounds of one process.
EVERY_SECONDS = 60.0
#: Rows deleted in one transaction, and such transactions in one round, so that nobody waits long.
AT_ONCE, MOST_BATCHES = 1000, 20
#: Milliseconds for which a list is left after its time, so that a page that is being read does not lose its rows.
GRACE = 60_000
_DAY = 24 * 3600 * 1000
#: Milliseconds for which notifications are kept: events since they were taken, messages by what became of them, and
#: names of what came in, which a queue may bring again for 14 days.
KEPT_EVENTS, KEPT_INBOX = 7 * _DAY, 30 * _DAY
KEPT_DELIVERIES = {"delivered": 7 * _DAY, "failed": 30 * _DAY}

LOG = logging.getLogger("adapter.upkeep")


class Upkeep:
    """The worker's job that deletes what has had its time; safe in several processes at once."""

    def __init__(self, store: Store, snapshot_seconds: int) -> None:
        self._store = store
        self._snapshot_seconds = snapshot_seconds
        self._next = 0.0

    def __call__(self) -> int:
        """Do a round if it is time for one; returns how many things were deleted."""
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + EVERY_SECONDS
        now = milliseconds()
        with self._store.write() as connection:
            tokens = idempotency.purge(connection, now) + worker_accounts.purge(connection, now)
        old = purge_lists(self._store, now, self._snapshot_seconds)
        return tokens + old + journal.purge(self._store, now) + purge_notifications(self._store, now)


def purge_lists(store: Store, now: int, seconds: int) -> int:
    """Delete lists of which no page was asked for in so many seconds; returns how many, and how many own writes with them."""
    walks.purge(store, now, seconds)
    building.purge(store, now - GRACE)
    old = snapshots.purge(store, now - seconds * 1000 - GRACE)
    return old + own_writes.purge(store)


def purge_notifications(store: Store, now: int) -> int:
    """Delete events, messages and names whose time (see the constants) is over at `now`, epoch ms; returns how many."""
    purges: dict[str, Callable[[Connection], int]] = {
        "events": lambda connection: outbox.purge_events(connection, now - KEPT_EVENTS, AT_ONCE),
        "names": lambda connection: inbox.purge(connection, now - KEPT_INBOX, AT_ONCE),
        **{
            state: partial(_purge_deliveries, state=state, before=now - kept) for state, kept in KEPT_DELIVERIES.items()
        },
    }
    number = 0
    for what, purge in purges.items():
        gone = 0
        for _ in range(MOST_BATCHES):
            with store.write() as connection:
                deleted = purge(connection)
            gone += deleted
            if deleted < AT_ONCE:
                break
        if gone:
            LOG.info("notifications: %d %s deleted", gone, what)
        number += gone
    return number


def _purge_deliveries(connection: Connection, state: str, before: int) -> int:
    return deliveries.purge(connection, state, before, AT_ONCE)
