"""The registry of the legacy operations: what is known of each beside its function."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from adapter.core.versions import NEWEST, VERSIONS, shape_of
from adapter.legacy.call import Result

#: The modules beside this one that register operations.
_MODULES = (
    "account",
    "assignments",
    "hits",
    "lifetime",
    "notifications",
    "qualifications",
    "reviews",
    "statistics",
    "workers",
)
HIT_GROUPS = ("Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary")


@dataclass(frozen=True)
class Operation:
    """One legacy operation as the registry knows it."""

    name: str
    function: Callable[..., Result]
    element: str
    since: str
    until: str
    groups: tuple[str, ...]
    default: tuple[str, ...]
    writes: bool
    anonymous: bool
    #: Whether the answer is kept for the second try of a trusted proxy: a write that no token or end state makes one.
    replayed: bool

    @property
    def summary(self) -> tuple[str, str]:
        """What it does, and the modern calls that it is made of, by the first sentence of its function."""
        first = " ".join((self.function.__doc__ or "").strip().split("\n\n")[0].split()).rstrip(".")
        what, _, modern = first.rpartition(": ")
        return what or first, modern if what else ""

    def available(self, version: str) -> bool:
        """Whether this version of the API has the operation.

        What a version older than the oldest published schema had is not known for sure, so those are served leniently.
        """
        shape = shape_of(version)
        return self.since <= max(shape, version) and version <= self.until

    def answered_groups(self, asked: list[str]) -> frozenset[str]:
        """The response groups in force: those asked for, else the defaults (docs/contract.md, Response groups).

        Unknown groups are passed over. `Request` asked alone suppresses everything else, as was recorded.
        """
        known = {each for each in asked if each in self.groups or each == "Request"}
        if not known:
            return frozenset(self.default)
        return frozenset(known) if known == {"Request"} else frozenset(known | {"Minimal"})


OPERATIONS: dict[str, Operation] = {}


def operation(
    name: str,
    *,
    element: str | None = None,
    since: str = VERSIONS[0],
    until: str = NEWEST,
    groups: tuple[str, ...] = ("Minimal",),
    default: tuple[str, ...] = ("Minimal",),
    writes: bool = True,
    repeatable: bool = False,
    anonymous: bool = False,
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Register a function as a legacy operation.

    `element` is the result element where it is not `<name>Result`; `since` and `until` are versions of the API;
    `groups` and `default` are the response groups; `writes` says whether the operation changes anything, `repeatable`
    that a second try of the same call by itself ends in one effect and the same answer.
    """

    def register(function: Callable[..., Result]) -> Callable[..., Result]:
        if name in OPERATIONS:
            raise ValueError(f"{name} is registered twice")
        OPERATIONS[name] = Operation(
            name,
            function,
            element or f"{name}Result",
            since,
            until,
            groups,
            default,
            writes,
            anonymous,
            replayed=writes and not repeatable,
        )
        return function

    return register


def load() -> dict[str, Operation]:
    """The registry, complete."""
    for name in _MODULES:
        importlib.import_module(f"adapter.legacy.operations.{name}")
    return OPERATIONS
