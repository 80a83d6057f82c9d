"""The transactions that calls run in: whatever was due on the account is done before."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from adapter.core import clock
from adapter.core.database import Store
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.timers import settle
from adapter.marketplace.store.timers import first_due


@contextlib.contextmanager
def writing(store: Store, account_id: str, request_id: str = "") -> Iterator[ServiceCall]:
    """A writing call of an account, with all that was due on it done and committed before."""
    settled = False
    while True:
        with store.write(account_id) as connection:
            call = ServiceCall(account_id, connection, clock.milliseconds(), store.settings, store, request_id)
            if settled or first_due(connection, account_id, call.now) is None:
                yield call
                return
            settle(call)
            settled = True


@contextlib.contextmanager
def reading(store: Store, account_id: str, request_id: str = "") -> Iterator[ServiceCall]:
    """A reading call of an account that sees nothing overdue: what is due is done and committed first."""
    settled = False
    while True:
        with store.read() as connection:
            call = ServiceCall(account_id, connection, clock.milliseconds(), store.settings, store, request_id)
            if settled or first_due(connection, account_id, call.now) is None:
                yield call
                return
        with store.write(account_id) as connection:
            settle(replace(call, connection=connection))
        settled = True
