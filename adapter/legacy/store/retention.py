"""How long the gateway's own rows are kept: lists, tokens and answers, counts of calls, and calls in full."""

from __future__ import annotations

from adapter.core.database import Store
from adapter.core.settings import Settings
from adapter.legacy.store import journal, kept_calls, list_cache, usage

#: Milliseconds for which a list is left after its time, so that a page that is being read does not lose its rows.
GRACE = 60_000


def purge(store: Store, now: int, settings: Settings) -> int:
    """Delete lists of which no page was asked for lately, old journal rows and old counts of calls; returns how many."""
    with store.write() as connection:
        deleted = usage.purge(connection, now - settings.usage_days * usage.DAY, now)
        deleted += kept_calls.purge(connection, now - settings.console_days * usage.DAY, settings.console_calls)
    return deleted + list_cache.purge(store, now - settings.snapshot_seconds * 1000 - GRACE) + journal.purge(store, now)
