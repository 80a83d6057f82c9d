"""Where Prometheus asks: a port of its own, which every process of the server answers with the figures of all of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from adapter.core.database import Store
from adapter.core.metrics import Stored
from adapter.core.settings import Settings


class Endpoint:
    """The port, opened before the processes fork, so that any of them can answer."""

    def __init__(self, settings: Settings, figures: Callable[[Settings, Store], Stored]) -> None:
        host, port = settings.metrics_host.strip("[]"), settings.metrics_port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self._listener.setblocking(False)  # another process may be faster
        self._settings, self._figures = settings, figures

    def answer(self) -> None:
        """Answer in this process from now on, beside what else it does."""
        from adapter.server.scrapes import make_server  # noqa: PLC0415 (only now, see adapter.core.metrics)

        self._server = make_server(self._settings, self._figures)
        self._server.socket = self._listener
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Stop answering in this process, and leave the port to a successor."""
        self._server.shutdown()
        self._server.server_close()
