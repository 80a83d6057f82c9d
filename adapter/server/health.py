"""Whether the service is well: `/healthz` and `/readyz`, for probes; neither needs a key."""

from __future__ import annotations

import threading
import time

import requests
from flask import Blueprint, Response, jsonify

from adapter.core.database import Store
from adapter.core.database.health import migrated, obstacle
from adapter.core.settings import Settings

#: Seconds for which one look at the upstream counts, however often probes come.
PROBE_SECONDS = 5.0
PROBE_TIMEOUT = 3.0


def blueprint(settings: Settings, store: Store) -> Blueprint:
    """`/healthz` (the process answers) and `/readyz` (it can do its work)."""
    probes = Blueprint("health", __name__)
    upstream = _Upstream(settings)

    @probes.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", content_type="text/plain; charset=UTF-8")

    @probes.get("/readyz")
    def readyz() -> Response:
        report = {"database": database_state(store), "upstream": upstream.state()}
        answer = jsonify(report)
        answer.status_code = 200 if all(state == "ok" for state in report.values()) else 503
        return answer

    @probes.after_request
    def fresh(answer: Response) -> Response:
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return probes


def database_state(store: Store) -> str:
    """'ok', or what is wrong with the database in words that are safe to show."""
    try:
        return obstacle(store) or ("ok" if migrated(store) else "not migrated")
    except Exception:  # noqa: BLE001 (whatever is wrong, the probe says so)
        return "unreachable or not migrated"


def upstream_state(settings: Settings) -> str:
    """'ok' when calls stay in this process or the endpoint answers HTTP at all, else what is wrong."""
    if settings.embedded:
        return "ok"
    try:
        requests.get(settings.upstream, timeout=PROBE_TIMEOUT, allow_redirects=False, stream=True).close()
    except requests.RequestException as error:
        return f"unreachable ({type(error).__name__})"
    return "ok"


class _Upstream:
    """Remembers the upstream's state for a moment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._state = ""

    def state(self) -> str:
        with self._lock:
            if time.monotonic() - self._looked_at > PROBE_SECONDS:
                self._state = upstream_state(self._settings)
                self._looked_at = time.monotonic()
            return self._state
