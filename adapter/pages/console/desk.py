"""What the pages of the console work with, wired by the application."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from adapter.core.database import Store
from adapter.core.settings import Settings


class Deliveries(Protocol):
    """Messages on their way to requesters; adapter.notifications.store.deliveries is one."""

    def listed(self, store: Store, states: Collection[str], most: int) -> list[Any]:
        """Messages in these states, the latest change first."""

    def retry(self, store: Store, rows: Collection[int], now: int) -> int:
        """Let messages that failed be sent once more; returns how many."""

    def counts(self, store: Store) -> dict[str, int]:
        """How many messages there are of each state but `delivered`."""


Findings = Callable[[], list[tuple[str, bool, str]]]


@dataclass(frozen=True)
class Desk:
    """One world as its operators see it."""

    settings: Settings
    store: Store
    deliveries: Deliveries
    version: str
    #: What `adapter doctor` finds: (check, whether it is well, finding); where the command line serves.
    findings: Findings | None = None
