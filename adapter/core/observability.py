"""What operators see: a request id for every call, and one log line for each."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field

from adapter.core import metrics
from adapter.core.transcript import Transcript

LOG = logging.getLogger("adapter.request")
_LINE = " ".join(
    f"{name}=%({name})s"
    for name in (
        "request_id",
        "requester",
        "operation",
        "version",
        "protocol",
        "upstream_calls",
        "ms",
        "status",
        "error",
    )
)


def request_id() -> str:
    """A random UUID as text; this spelling costs a third of uuid.uuid4()."""
    raw = os.urandom(16).hex()
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{'89ab'[int(raw[16], 16) & 3]}{raw[17:20]}-{raw[20:]}"


@dataclass
class Record:
    """What one call did; becomes one log line. But for the transcript it holds no secret and no parameter's value."""

    request_id: str
    protocol: str = "REST"
    operation: str = "-"
    version: str = "-"
    requester: str = "-"
    #: The address that the call came from; not part of the line, as proxies log it.
    caller: str = ""
    error: str = "-"
    upstream_calls: int = 0
    started: float = field(default_factory=time.perf_counter)
    #: How long it took, once it is finished.
    milliseconds: int = 0
    #: For the console, where it keeps calls; no part of the line.
    transcript: Transcript | None = field(default=None, repr=False)

    def finish(self, status: int, level: int = logging.INFO) -> None:
        """Count the call and write its line."""
        seconds = time.perf_counter() - self.started
        self.milliseconds = round(seconds * 1000)
        metrics.count_call(self.operation, self.version, self.protocol, self.error, status, seconds)
        if LOG.isEnabledFor(level):
            values = {
                "request_id": self.request_id,
                "requester": self.requester,
                "operation": self.operation,
                "version": self.version,
                "protocol": self.protocol,
                "upstream_calls": self.upstream_calls,
                "ms": round(seconds * 1000, 1),
                "status": status,
                "error": self.error,
            }
            LOG.log(level, _LINE, values)
