"""What operators see: a request id for every call, one log line for each, and counters for `/metrics`."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

LOG = logging.getLogger("adapter.request")


def request_id() -> str:
    """A random UUID as text; this spelling costs a third of uuid.uuid4()."""
    raw = os.urandom(16).hex()
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{'89ab'[int(raw[16], 16) & 3]}{raw[17:20]}-{raw[20:]}"


@dataclass
class Record:
    """What one call did; becomes one log line. It never holds a secret or a parameter's value."""

    request_id: str
    protocol: str = "REST"
    operation: str = "-"
    version: str = "-"
    requester: str = "-"
    error: str = "-"
    upstream_calls: int = 0
    started: float = field(default_factory=time.perf_counter)

    def finish(self, status: int) -> None:
        """Write the line and count the call."""
        took = (time.perf_counter() - self.started) * 1000
        METRICS.count(self.protocol, self.operation, self.error, took)
        if LOG.isEnabledFor(logging.INFO):
            LOG.info(
                "request_id=%s requester=%s operation=%s version=%s protocol=%s upstream_calls=%d ms=%.1f status=%d error=%s",
                self.request_id,
                self.requester,
                self.operation,
                self.version,
                self.protocol,
                self.upstream_calls,
                took,
                status,
                self.error,
            )


class Metrics:
    """Counters of this process, in the Prometheus text format."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str, str]] = Counter()
        self._milliseconds: Counter[tuple[str, str]] = Counter()

    def count(self, protocol: str, operation: str, error: str, milliseconds: float) -> None:
        """Add one call; operations are names of the registry or '-', so the label set is bounded."""
        with self._lock:
            self._calls[protocol, operation, error] += 1
            self._milliseconds[protocol, operation] += round(milliseconds)

    def text(self) -> str:
        """All counters as Prometheus reads them."""
        lines = ["# TYPE adapter_calls_total counter"]
        with self._lock:
            for (protocol, operation, error), number in sorted(self._calls.items()):
                lines.append(
                    f'adapter_calls_total{{protocol="{protocol}",operation="{operation}",error="{error}"}} {number}'
                )
            lines.append("# TYPE adapter_milliseconds_total counter")
            for (protocol, operation), number in sorted(self._milliseconds.items()):
                lines.append(f'adapter_milliseconds_total{{protocol="{protocol}",operation="{operation}"}} {number}')
        return "\n".join(lines) + "\n"


METRICS = Metrics()
