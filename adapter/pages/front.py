"""Pages for people and probes: what this address is, and whether it is well."""

from __future__ import annotations

import threading
import time

import requests
from flask import Blueprint, Response, jsonify, request
from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.exceptions import HTTPException

from adapter.core.database import Store
from adapter.core.database.health import migrated, obstacle
from adapter.core.settings import Settings

#: The pages need nothing from elsewhere and run no script.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
#: Seconds for which one look at the upstream counts, however often probes come.
PROBE_SECONDS = 5.0
PROBE_TIMEOUT = 3.0

_pages = Environment(
    loader=PackageLoader("adapter.pages", "templates/front"), autoescape=True, undefined=StrictUndefined
)


def blueprint(settings: Settings, store: Store) -> Blueprint:
    """`/healthz` (the process answers) and `/readyz` (it can do its work); neither needs a key."""
    pages = Blueprint("console", __name__)
    upstream = _Upstream(settings)

    @pages.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", content_type="text/plain; charset=UTF-8")

    @pages.get("/readyz")
    def readyz() -> Response:
        report = {"database": database_state(store), "upstream": upstream.state()}
        answer = jsonify(report)
        answer.status_code = 200 if all(state == "ok" for state in report.values()) else 503
        return answer

    @pages.after_request
    def fresh(answer: Response) -> Response:
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @pages.after_app_request
    def harden(answer: Response) -> Response:
        if answer.mimetype == "text/html" and "Content-Security-Policy" not in answer.headers:
            answer.headers.extend(SECURITY_HEADERS)
        return answer

    return pages


def index_page(settings: Settings) -> str:
    """The page at `/` for a browser: what answers here, and how an old client is pointed to it."""
    address = (settings.site_url or request.url_root).rstrip("/")
    return _pages.get_template("index.html").render(
        address=address, host=request.host, secure=request.is_secure, embedded=settings.embedded
    )


def error_page(error: HTTPException) -> str:
    """The page for a browser that asked for something that is not there."""
    return _pages.get_template("error.html").render(code=error.code or 500, name=error.name)


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
