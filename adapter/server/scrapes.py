"""What Prometheus is answered: the figures of all processes of the server, and those that the databases tell."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from http.server import ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import MetricsHandler
from prometheus_client.multiprocess import MultiProcessCollector

from adapter.core.database import Store, open_store
from adapter.core.metrics import Stored
from adapter.core.settings import Settings
from adapter.core.worlds import worlds

LOG = logging.getLogger("adapter.metrics")

#: Seconds for which a client of the port may keep a thread waiting.
CLIENT_SECONDS = 10

#: What is looked up in the database of each world when Prometheus asks: help, and the label of what has one beside `world`.
STORED = {
    "adapter_timers_overdue": ("Timers of the marketplace that are due and have not run.", ()),
    "adapter_timers_overdue_seconds": ("How long the earliest of them is due.", ()),
    "adapter_events_waiting": ("Events that no message was made of yet.", ()),
    "adapter_events_waiting_seconds": ("How long ago the earliest of them happened.", ()),
    "adapter_deliveries": ("Notifications by state; `failed` are the dead letters.", ("state",)),
    "adapter_accounts_below_balance": ("Accounts that may spend less than ADAPTER_BALANCE_ALARM.", ()),
}


def make_server(settings: Settings, figures: Callable[[Settings, Store], Stored]) -> ThreadingHTTPServer:
    """What answers; it has no socket yet."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(_Stored(map(open_store, worlds(settings)), figures))
    server = ThreadingHTTPServer(("", 0), _Handler.factory(registry), bind_and_activate=False)
    server.socket.close()
    return server


class _Handler(MetricsHandler):
    timeout = CLIENT_SECONDS


class _Stored:
    """What the databases tell, that of each world."""

    def __init__(self, stores: Iterable[Store], figures: Callable[[Settings, Store], Stored]) -> None:
        self._stores = list(stores)
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """The figures of each world; of one whose database cannot be read, only that."""
        up = GaugeMetricFamily("adapter_database_up", "Whether the database told the figures.", labels=["world"])
        found = {name: GaugeMetricFamily(name, text, labels=["world", *more]) for name, (text, more) in STORED.items()}
        for store in self._stores:
            world = "sandbox" if store.settings.in_sandbox else "production"
            try:
                told = self._figures(store.settings, store)
            except Exception:
                LOG.exception("the database does not tell the figures")
                told = {}
            up.add_metric([world], float(bool(told)))
            for name, value in told.items():
                for label, each in value.items() if isinstance(value, Mapping) else [(None, value)]:
                    found[name].add_metric([world] if label is None else [world, label], each)
        return [up, *found.values()]
