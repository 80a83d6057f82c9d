"""What happens by itself at a due time: handlers by kind, run late but dated on time, once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from adapter.core import clock
from adapter.core.database import Store
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.store import timers as rows

Handler = Callable[[ServiceCall, str], None]

#: A timer whose handler failed is tried again after this long; it must not stop the account's other work.
RETRY_MILLISECONDS = 60_000

HANDLERS: dict[str, Handler] = {}

log = logging.getLogger(__name__)


def timer(kind: str) -> Callable[[Handler], Handler]:
    """Declare the handler of a kind of timer; it is called with the subject's id and `call.now` = the due time."""

    def declare(handler: Handler) -> Handler:
        if kind in HANDLERS:
            raise ValueError(f"timer {kind} is declared twice")
        HANDLERS[kind] = handler
        return handler

    return declare


def schedule(call: ServiceCall, kind: str, subject_id: str, due_at: int) -> None:
    """Have this kind's handler run for the subject at a time (epoch ms); replaces its earlier timer of this kind."""
    rows.schedule(call.connection, call.account_id, kind, subject_id, due_at)


def cancel(call: ServiceCall, kind: str, subject_id: str) -> None:
    """Forget the subject's timer of this kind, if there is one."""
    rows.cancel(call.connection, kind, subject_id)


def settle(call: ServiceCall) -> int:
    """Run all of the account's timers due at `call.now` in the order of their due times; returns how many ran.

    A handler may schedule and cancel others; they take their place in the order.
    """
    ran = 0
    while (row := rows.first_due(call.connection, call.account_id, call.now)) is not None:
        rows.remove(call.connection, row.seq)
        try:
            with call.connection.begin_nested():
                HANDLERS[row.kind](replace(call, now=row.due_at), row.subject_id)
        except Exception:
            log.exception("timer %s of %s failed; it is tried again later", row.kind, row.subject_id)
            rows.schedule(call.connection, call.account_id, row.kind, row.subject_id, call.now + RETRY_MILLISECONDS)
        else:
            ran += 1
    return ran


def run_due(store: Store, now: int | None = None) -> int:
    """Run the due timers of all accounts, each account in its own transaction; returns how many ran.

    Safe in several processes at once: whoever holds the account runs its timers, the others find none left.
    """
    ran = 0
    while True:
        moment = clock.milliseconds() if now is None else now
        with store.read() as connection:
            due = rows.accounts_due(connection, moment)
        if not due:
            return ran
        for account_id in due:
            with store.write(account_id) as connection:
                ran += settle(ServiceCall(account_id, connection, moment, store.settings, store))
