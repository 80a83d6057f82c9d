"""How long the gateway's own rows are kept: lists, tokens and answers."""

from __future__ import annotations

from adapter.core.database import Store
from adapter.legacy.store import journal, list_cache

#: Milliseconds for which a list is left after its time, so that a page that is being read does not lose its rows.
GRACE = 60_000


def purge(store: Store, now: int, snapshot_seconds: int) -> int:
    """Delete lists of which no page was asked for in so many seconds, and old journal rows; returns how many."""
    return list_cache.purge(store, now - snapshot_seconds * 1000 - GRACE) + journal.purge(store, now)
