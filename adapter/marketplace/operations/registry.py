"""How an operation of the marketplace is declared, found and run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapter.core.database import Store
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.transactions import reading, writing

#: Modules that declare operations or timers when they are imported.
MODULES = (
    "operations.account",
    "operations.qualification_types",
    "operations.qualification_requests",
    "operations.qualifications",
    "operations.hit_types",
    "operations.hits",
    "operations.lists",
    "operations.notification_settings",
    "operations.extension",
    "operations.review_and_disposal",
    "operations.assignments",
    "operations.bonuses",
    "operations.blocks",
    "operations.messages",
    "operations.review_results",
    "operations.files",
    "domain.qualification_tests",
    "domain.review_decisions",
    "domain.review_policies",
    "domain.assignment_lifecycle",
    "domain.hit_lifecycle",
    "domain.qualifications",
)

Function = Callable[[ServiceCall, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ServiceOperation:
    """A declared operation."""

    name: str
    function: Function
    writes: bool


#: Every operation by its name on the wire.
OPERATIONS: dict[str, ServiceOperation] = {}


def operation(name: str, *, writes: bool = False) -> Callable[[Function], Function]:
    """Declare a function as an operation; one that does not write runs in a read-only transaction."""

    def declare(function: Function) -> Function:
        if name in OPERATIONS:
            raise ValueError(f"{name} is declared twice")
        OPERATIONS[name] = ServiceOperation(name, function, writes)
        return function

    return declare


def run(store: Store, account_id: str, name: str, request: dict[str, Any], request_id: str = "") -> dict[str, Any]:
    """Run an operation on a validated request; its effects are committed before this returns.

    Raises TurkError, with nothing changed.
    """
    found = OPERATIONS[name]
    with (writing if found.writes else reading)(store, account_id, request_id) as call:
        return found.function(call, request)


def load() -> None:
    """Import every module that declares operations or timers."""
    for name in MODULES:
        importlib.import_module(f"adapter.marketplace.{name}")
