"""The figures that Prometheus collects; docs/metrics.md says what each of them means.

They belong to the process, as loggers do. `adapter serve` adds up those of its processes by files in the folder that
PROMETHEUS_MULTIPROC_DIR names, for which the library looks when it is imported: here, when the figures are first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
#: The API that a protocol belongs to; what is signed for another service of AWS is of none of them.
_APIS = {"REST": "legacy", "SOAP": "legacy", "-": "legacy", "JSON": "modern", "PAGE": "pages"}
_OTHER_SERVICES = {"STS", "SNS"}
#: Errors by which a caller is told that certainly nothing was done, and those that leave it open or are our own fault.
_UNAVAILABLE = {"ServiceUnavailable", "ThrottlingException"}
_FAILED = {"AWS.ServiceUnavailable", "ServiceFault", "InternalFailure"}


#: The figures that come from a database, by name; one with a label has a value for each.
Stored = Mapping[str, float | Mapping[str, float]]


class Figures:
    """All of them."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge, Histogram  # noqa: PLC0415 (see above)

        self.calls = Counter(
            "adapter_calls",
            "Calls that were answered, one for each line of the log.",
            ("api", "operation", "version", "protocol", "outcome"),
        )
        self.call_seconds = Histogram(
            "adapter_call_seconds",
            "Seconds that calls took in the application.",
            ("api", "operation"),
            buckets=_BUCKETS,
        )
        self.upstream_seconds = Histogram(
            "adapter_upstream_seconds",
            "Seconds that calls of the 2017-01-17 API took which legacy calls made, repetitions included.",
            ("operation", "outcome"),
            buckets=_BUCKETS,
        )
        self.refusals = Counter(
            "adapter_refusals", "Requests that the server itself refused or gave up, by HTTP status.", ("status",)
        )
        self.wait_seconds = Histogram(
            "adapter_wait_seconds", "Seconds that whole requests waited for a thread.", buckets=(0.001, *_BUCKETS[:-2])
        )
        self.threads = Gauge("adapter_threads", "Threads that there are for requests.", multiprocess_mode="livesum")
        self.threads_busy = Gauge("adapter_threads_busy", "Threads that have a request.", multiprocess_mode="livesum")
        self.waiting = Gauge(
            "adapter_requests_waiting", "Whole requests that wait for a thread.", multiprocess_mode="livesum"
        )
        self.connections = Gauge(
            "adapter_connections", "Open connections, idle ones included.", multiprocess_mode="livesum"
        )
        self.job_seconds = Histogram(
            "adapter_job_seconds", "Seconds that rounds of the scheduler's jobs took.", ("job_name",), buckets=_BUCKETS
        )
        self.job_failures = Counter(
            "adapter_job_failures", "Rounds of the scheduler's jobs that failed.", ("job_name",)
        )
        # the library takes ten times as long to find what has these labels
        self.calls_of = cache(self.calls.labels)
        self.call_seconds_of = cache(self.call_seconds.labels)
        self.upstream_seconds_of = cache(self.upstream_seconds.labels)


@cache
def figures() -> Figures:
    """The figures of this process, made when they are first asked for."""
    return Figures()


def count_call(operation: str, version: str, protocol: str, error: str, status: int, seconds: float) -> None:
    """Count a call that was answered."""
    api = _APIS.get(protocol, "other")
    if api == "other" and protocol not in _OTHER_SERVICES:
        protocol = "other"
    found = figures()
    found.calls_of(api, operation, version, protocol, outcome_of(error, status)).inc()
    found.call_seconds_of(api, operation).observe(seconds)


def count_upstream_call(operation: str, outcome: str, seconds: float) -> None:
    """Count a call of the 2017-01-17 API that a legacy call made."""
    figures().upstream_seconds_of(operation, outcome).observe(seconds)


def outcome_of(error: str, status: int) -> str:
    """`ok`; `refused`, which is the caller's to mend; `unavailable`, certainly not done; or `failed`."""
    if error in _UNAVAILABLE:
        return "unavailable"
    if error in _FAILED or (error == "-" and status >= 500):
        return "failed"
    return "ok" if error == "-" and status < 400 else "refused"
