"""What the gateway need not remember any longer: old snapshots, tokens and journal rows, deleted now and then."""

from __future__ import annotations

import time

from adapter.store import idempotency, journal, snapshots
from adapter.store.accounts import milliseconds
from adapter.store.engine import Store

#: Seconds between two rounds of one process.
EVERY_SECONDS = 60.0


class Upkeep:
    """The worker's job that deletes what has had its time; safe in several processes at once."""

    def __init__(self, store: Store, snapshot_seconds: int) -> None:
        self._store = store
        self._snapshot_seconds = snapshot_seconds
        self._next = 0.0

    def __call__(self) -> int:
        """Do a round if it is time for one; returns how many rows were deleted.

        A snapshot is kept for twice its life, so that a page that is being read does not lose its rows.
        """
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + EVERY_SECONDS
        now = milliseconds()
        with self._store.write() as connection:
            tokens = idempotency.purge(connection, now)
        old = snapshots.purge(self._store, now - 2 * self._snapshot_seconds * 1000)
        return tokens + old + journal.purge(self._store, now)
