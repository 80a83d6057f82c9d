"""One call of the service, as its operations, timers and worker pages see it."""

from __future__ import annotations

from dataclasses import dataclass

from adapter.core.database import Connection, Store
from adapter.core.settings import Settings


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One call: whose it is, the open transaction, and the moment (epoch ms) at which it happens."""

    account_id: str
    connection: Connection
    now: int
    settings: Settings
    store: Store
    request_id: str = ""
