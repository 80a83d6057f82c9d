"""What the pages of the console work with, wired by the application."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from adapter.core.database import Store
from adapter.core.settings import Settings


class Deliveries(Protocol):
    """Messages on their way to requesters; adapter.notifications.store.deliveries is one."""

    def listed(self, store: Store, states: Collection[str], most: int) -> list[Any]:
        """Messages in these states, the latest change first."""

    def counts(self, store: Store) -> dict[str, int]:
        """How many messages there are of each state but `delivered`."""


@dataclass(frozen=True)
class Desk:
    """One world as its operators see it."""

    settings: Settings
    store: Store
    deliveries: Deliveries
