"""How an operation of the marketplace is declared, and how one call of it is run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from adapter.settings import Settings
from adapter.store.accounts import milliseconds
from adapter.store.engine import Store
from adapter.store.timers import first_due


@dataclass(frozen=True, slots=True)
class Call:
    """One call: whose it is, the open transaction, and the moment (epoch ms) at which it happens."""

    account_id: str
    connection: Connection
    now: int
    settings: Settings
    store: Store
    request_id: str = ""


Function = Callable[[Call, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A declared operation."""

    name: str
    function: Function
    writes: bool


#: Every operation by its name on the wire.
OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *, writes: bool = False) -> Callable[[Function], Function]:
    """Declare a function as an operation; one that does not write runs in a read-only transaction."""

    def declare(function: Function) -> Function:
        if name in OPERATIONS:
            raise ValueError(f"{name} is declared twice")
        OPERATIONS[name] = Operation(name, function, writes)
        return function

    return declare


def run(store: Store, account_id: str, name: str, request: dict[str, Any], request_id: str = "") -> dict[str, Any]:
    """Run an operation on a validated request; its effects are committed before this returns.

    Raises TurkError, with nothing changed.
    """
    found = OPERATIONS[name]
    with (writing if found.writes else reading)(store, account_id, request_id) as call:
        return found.function(call, request)


@contextlib.contextmanager
def writing(store: Store, account_id: str, request_id: str = "") -> Iterator[Call]:
    """A writing call of an account, with all that was due on it done and committed before."""
    settled = False
    while True:
        with store.write(account_id) as connection:
            call = Call(account_id, connection, milliseconds(), store.settings, store, request_id)
            if settled or first_due(connection, account_id, call.now) is None:
                yield call
                return
            _settle(call)
            settled = True


@contextlib.contextmanager
def reading(store: Store, account_id: str, request_id: str = "") -> Iterator[Call]:
    """A reading call of an account that sees nothing overdue: what is due is done and committed first."""
    settled = False
    while True:
        with store.read() as connection:
            call = Call(account_id, connection, milliseconds(), store.settings, store, request_id)
            if settled or first_due(connection, account_id, call.now) is None:
                yield call
                return
        with store.write(account_id) as connection:
            _settle(replace(call, connection=connection))
        settled = True


def _settle(call: Call) -> None:
    # Timers' handlers are operations' neighbours and need Call, so they are looked up when they run.
    from adapter.marketplace.timers import settle  # noqa: PLC0415

    settle(call)
