"""Where Prometheus asks: a port of its own, which every process of the server answers with the figures of all of them."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http.server import ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import MetricsHandler
from prometheus_client.multiprocess import MultiProcessCollector

from adapter.core.database import Store, open_store
from adapter.core.settings import Settings

LOG = logging.getLogger("adapter.metrics")

#: Seconds for which a client of the port may keep a thread waiting.
CLIENT_SECONDS = 10

#: What is looked up in the database when Prometheus asks: help, and the label of what has one.
STORED = {
    "adapter_timers_overdue": ("Timers of the marketplace that are due and have not run.", ()),
    "adapter_timers_overdue_seconds": ("How long the earliest of them is due.", ()),
    "adapter_events_waiting": ("Events that no message was made of yet.", ()),
    "adapter_events_waiting_seconds": ("How long ago the earliest of them happened.", ()),
    "adapter_deliveries": ("Notifications by state; `failed` are the dead letters.", ("state",)),
    "adapter_accounts_below_balance": ("Accounts that may spend less than ADAPTER_BALANCE_ALARM.", ()),
}
#: Their values; of what has a label, a value for each of it.
Figures = Mapping[str, float | Mapping[str, float]]


class Endpoint:
    """The port, opened before the processes fork, so that any of them can answer."""

    def __init__(self, settings: Settings, figures: Callable[[Store], Figures]) -> None:
        host, port = settings.metrics_host.strip("[]"), settings.metrics_port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self._listener.setblocking(False)  # another process may be faster
        self._settings, self._figures = settings, figures

    def answer(self) -> None:
        """Answer in this process from now on, beside what else it does."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(_Stored(partial(self._figures, open_store(self._settings))))
        self._server = ThreadingHTTPServer(("", 0), _Handler.factory(registry), bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = self._listener
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Stop answering in this process, and leave the port to a successor."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(MetricsHandler):
    timeout = CLIENT_SECONDS


class _Stored:
    """What the database tells."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """The figures, or only that the database does not tell them."""
        try:
            found = self._figures()
        except Exception:
            LOG.exception("the database does not tell the figures")
            found = {}
        yield GaugeMetricFamily("adapter_database_up", "Whether the database told the figures.", float(bool(found)))
        for name, value in found.items():
            help_text, labels = STORED[name]
            metric = GaugeMetricFamily(name, help_text, labels=labels)
            for label, each in value.items() if isinstance(value, Mapping) else [(None, value)]:
                metric.add_metric([label] if label is not None else [], each)
            yield metric
