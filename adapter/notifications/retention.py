"""How long events and messages are kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from adapter.core.database import Store
from adapter.core.store import outbox
from adapter.notifications.store import deliveries, inbox

#: Rows deleted in one transaction, and such transactions in one round, so that nobody waits long.
AT_ONCE, MOST_BATCHES = 1000, 20
_DAY = 24 * 3600 * 1000
#: Milliseconds for which the names of what came in are kept, as a queue may bring it again for 14 days.
KEPT_INBOX = 30 * _DAY

LOG = logging.getLogger("adapter.retention")


def purge(store: Store, now: int) -> int:
    """Delete events that were taken, messages and names whose time is over at `now`, epoch ms; returns how many."""
    delivered = now - store.settings.notification_days * _DAY
    failed = now - store.settings.notification_failed_days * _DAY
    purges: dict[str, Callable[..., int]] = {
        "events": partial(outbox.purge_events, before=delivered),
        "names": partial(inbox.purge, before=now - KEPT_INBOX),
        "delivered": partial(deliveries.purge, state="delivered", before=delivered),
        "failed": partial(deliveries.purge, state="failed", before=failed),
    }
    number = 0
    for what, purge in purges.items():
        gone = 0
        for _ in range(MOST_BATCHES):
            with store.write() as connection:
                deleted = purge(connection, most=AT_ONCE)
            gone += deleted
            if deleted < AT_ONCE:
                break
        if gone:
            LOG.info("notifications: %d %s deleted", gone, what)
        number += gone
    return number
