"""The whole application, wired: the only module that knows all parts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from flask import Flask, request
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import redirect

from adapter import __version__
from adapter.core import clock
from adapter.core.database import Store, open_store
from adapter.core.errors import LegacyError
from adapter.core.metrics import Stored
from adapter.core.observability import Record, request_id
from adapter.core.settings import Settings
from adapter.core.store import balances, outbox
from adapter.core.worlds import worlds
from adapter.legacy.idempotency import disable_saga, extend_saga, open_calls
from adapter.legacy.operations import registry
from adapter.legacy.store import retention
from adapter.legacy.usage import Usage
from adapter.legacy.view import PATHS, Gateway
from adapter.marketplace.api import browsers
from adapter.marketplace.api.other_services import OtherServices, service_of
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.domain import answer_cleanup, statistics, timers, upload_cleanup
from adapter.marketplace.errors import TurkError
from adapter.marketplace.model import path as model_path
from adapter.marketplace.operations.sorted_pages import sorted_page
from adapter.marketplace.questions.published import data_schema
from adapter.marketplace.store import idempotency
from adapter.marketplace.store import timers as timer_rows
from adapter.notifications import delivery, queue_inbox, topics
from adapter.notifications import retention as notification_retention
from adapter.notifications.store import deliveries
from adapter.pages import downloads, frame, front, schemas
from adapter.pages.console import frame as console_frame
from adapter.pages.console import site as console
from adapter.pages.console.desk import Desk, Findings
from adapter.pages.content import frames
from adapter.pages.content.host import host_pattern
from adapter.pages.store import people, worker_accounts
from adapter.pages.worker import kept_answers, old_links, site
from adapter.server import health
from adapter.server.refusals import NO_SANDBOX, protocol_of
from adapter.server.scheduler import Periodic
from adapter.upstream.base import Upstream
from adapter.upstream.embedded import EmbeddedUpstream
from adapter.upstream.remote import RemoteUpstream

#: (environ, start_response) -> the body of the answer.
WsgiApp = Callable[..., Iterable[bytes]]


def build(settings: Settings, findings: Findings | None = None) -> Flask:
    """Make the application; see adapter.create_app. `findings` are what the console shows of `adapter doctor`."""
    registry.load()
    first, *others = worlds(settings)
    store = open_store(first)
    app = _world(first, store, findings)
    _ = app.extensions["adapter"].upstream.boto3_client  # made now, so that the first call need not wait for it
    sandbox: WsgiApp = _no_sandbox
    stores = [store]
    for each in others:
        stores.append(open_store(each, store))
        beside = _world(each, stores[-1], findings)
        app.extensions["sandbox"], sandbox = beside.extensions["adapter"], beside.wsgi_app
    if not first.in_sandbox:
        app.wsgi_app = _by_name(app.wsgi_app, sandbox)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        number = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=number, x_host=number)  # type: ignore[method-assign]
    if settings.traces_url:
        from adapter.core import traces  # noqa: PLC0415 (only where they are wanted)
        from adapter.core.database.traces import trace_database  # noqa: PLC0415

        traces.start(settings.traces_url)
        for one in stores:
            trace_database(one.engine)
        app.wsgi_app = traces.trace_requests(app.wsgi_app)  # type: ignore[method-assign]
    return app


def close(app: Flask) -> None:
    """Write down what an application still has in memory, before its process ends."""
    for name in ("adapter", "sandbox"):
        if name in app.extensions:
            app.extensions[name].usage.flush()


def _world(settings: Settings, store: Store, findings: Findings | None) -> Flask:
    """The application of one world, production or the sandbox."""
    marketplace = Marketplace(settings, store) if settings.embedded else None
    upstream = upstream_of(settings, store, marketplace)
    gateway = Gateway(settings, store, upstream, delivery.tester(store, settings), Usage(store))
    app = Flask("adapter", static_folder=None)
    # the gateway bounds bodies itself, so that the refusal is XML
    app.config["MAX_CONTENT_LENGTH"] = None
    app.config["MAX_FORM_MEMORY_SIZE"] = None
    app.register_blueprint(health.blueprint(settings, store))
    app.register_blueprint(front.blueprint())
    app.after_request(front.harden)
    app.register_blueprint(schemas.blueprint(data_schema))
    app.register_blueprint(console.blueprint(Desk(settings, store, deliveries, __version__, findings)))
    if settings.embedded:
        app.register_blueprint(downloads.blueprint(store))
        app.register_blueprint(site.blueprint(settings, store))

    def legacy() -> Response:
        if settings.embedded and request.method == "GET" and old_links.is_worker_host(request.host):
            return redirect(old_links.find_path(request.args), 303)
        if _wants_page():
            return Response(front.index_page(settings), content_type="text/html; charset=UTF-8")
        return gateway.legacy(request)

    def failed(error: HTTPException) -> Response:
        if settings.embedded and request.path.lstrip("/").startswith("mturk/"):
            return frame.failed(error)
        if request.path.startswith("/console/"):
            return console_frame.failed(error)
        if _is_person():
            return Response(
                front.error_page(error, settings), error.code or 500, content_type="text/html; charset=UTF-8"
            )
        return gateway.refuse(request, error)

    for path in PATHS:
        app.add_url_rule(path, f"legacy{path}", legacy, methods=["GET", "POST"], provide_automatic_options=False)
    app.register_error_handler(HTTPException, failed)
    app.extensions["adapter"] = gateway
    content = host_pattern(settings) if settings.embedded and settings.content_url else None
    others = OtherServices(store, topics.OPERATIONS if settings.embedded else None)
    app.wsgi_app = _dispatch(content, others, marketplace or _elsewhere, gateway, app.wsgi_app)  # type: ignore[method-assign]
    return app


def upstream_of(settings: Settings, store: Store, marketplace: Marketplace | None = None) -> Upstream:
    """The upstream that the settings name."""
    if not settings.embedded:
        return RemoteUpstream(settings, model_path())

    def statistic(account_id: str, name: str, period: str, count: int, worker_id: str | None) -> list[tuple[int, Any]]:
        try:
            return statistics.statistic(store, account_id, name, period, count, worker_id=worker_id)
        except TurkError as error:
            raise LegacyError(error.code, error.message, ("Parameter", error.parameter or "Statistic")) from error

    def page(*of: Any) -> tuple[list[dict[str, Any]], int] | None:
        try:
            return sorted_page(store, *of)
        except TurkError as error:
            refusal = {"Error": {"Code": error.exact_type, "Message": error.message}, "TurkErrorCode": error.code}
            raise ClientError({**refusal, "Parameter": error.parameter or ""}, "List") from error

    service = marketplace or Marketplace(settings, store)
    return EmbeddedUpstream(model_path(), _traced(settings, service.answer), page, statistic)


def _traced(settings: Settings, answer: Callable[[str, str, bytes], tuple[int, bytes]]) -> Callable[..., Any]:
    """The marketplace's function, each call of it in a span of its own where there are traces."""
    if not settings.traces_url:
        return answer
    from adapter.core.traces import trace_upstream_call  # noqa: PLC0415 (only where they are wanted)

    def traced(account_id: str, name: str, body: bytes) -> tuple[int, bytes]:
        with trace_upstream_call(name):
            return answer(account_id, name, body)

    return traced


#: Seconds between two rounds of deleting what need not be kept.
RETENTION_SECONDS = 60.0


def due_jobs(settings: Settings, store: Store) -> dict[str, Callable[[], object]]:
    """What the scheduler does, by name. Each job is short, and safe to run in several processes at once."""
    upstream = upstream_of(settings, store)
    jobs: dict[str, Callable[[], object]] = {
        "disabling": partial(disable_saga.run_due, store, settings, upstream),
        "extensions": partial(extend_saga.run_due, store, settings, upstream),
        "open calls": partial(open_calls.catch_up, store),
        "retention": Periodic(RETENTION_SECONDS, partial(purge, store, settings)),
        "notifications": delivery.Dispatcher(store, settings),
    }
    if settings.embedded:
        jobs["timers"] = partial(timers.run_due, store)
        jobs["uploads"] = upload_cleanup.Leftovers(store)
        jobs["answers"] = Periodic(RETENTION_SECONDS, answer_cleanup.OldAnswers(store))
    elif settings.events_queue_url:
        jobs["events"] = queue_inbox.Inbox(store, settings, upstream)
    return jobs


def purge(store: Store, settings: Settings) -> int:
    """Delete what need not be kept any longer; returns how many rows."""
    now = clock.milliseconds()
    with store.write() as connection:
        deleted = idempotency.purge(connection, now) + worker_accounts.purge(connection, now)
        deleted += people.purge(connection, now)
    return deleted + retention.purge(store, now, settings) + notification_retention.purge(store, now)


def figures(settings: Settings, store: Store) -> Stored:
    """What the database of a world tells Prometheus: what waits to be done, and accounts that run out of money."""
    now = clock.milliseconds()
    states = deliveries.counts(store)
    with store.read() as connection:
        events, happened_at = outbox.backlog(connection, now)
        found: dict[str, float | dict[str, float]] = {
            "adapter_events_waiting": events,
            "adapter_events_waiting_seconds": (now - happened_at) / 1000,
            "adapter_deliveries": {state: states.get(state, 0) for state in ("pending", "sending", "failed")},
        }
        if settings.embedded:
            overdue, due_at = timer_rows.overdue(connection, now)
            found |= {"adapter_timers_overdue": overdue, "adapter_timers_overdue_seconds": (now - due_at) / 1000}
        if settings.embedded and settings.balance_alarm and not settings.in_sandbox:
            below = balances.count_below(connection, Decimal(settings.balance_alarm))
            found["adapter_accounts_below_balance"] = below
    return found


def _by_name(production: WsgiApp, sandbox: WsgiApp) -> WsgiApp:
    """Hands what is asked for under a name of the sandbox to that world, and everything else to production."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked = sandbox if "sandbox" in environ.get("HTTP_HOST", "").lower() else production
        return asked(environ, start_response)

    return answer


def _no_sandbox(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The refusal of what is meant for a sandbox where there is none: it must not be done for real money."""
    record = Record(request_id(), protocol=protocol_of(environ), error=NO_SANDBOX.code)
    page = NO_SANDBOX.answer(record.protocol, record.request_id)
    record.finish(page.status)
    return Response(page.body, page.status, content_type=page.content_type)(environ, start_response)


#: What is asked of the host of requesters' HTML, beside our own styles and scripts.
CONTENT_PATHS = (frames.QUESTION, *kept_answers.EXTERNAL_SUBMIT)


def _dispatch(
    content: re.Pattern[str] | None, others: WsgiApp, modern: WsgiApp, gateway: Gateway, pages: WsgiApp
) -> WsgiApp:
    """Finds who answers: `content` are the hosts of requesters' HTML, `others` the other services of AWS.

    A plain call goes straight to the gateway, as Flask's dispatch costs a twelfth of one.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if content and content.fullmatch(environ.get("HTTP_HOST", "")):
            # no page of ours and no call of an API is answered there
            if environ["PATH_INFO"] in CONTENT_PATHS or environ["PATH_INFO"].startswith("/mturk/static/"):
                return pages(environ, start_response)
            return Response("There is no such page.\n", 404, content_type="text/plain")(environ, start_response)
        if browsers.is_preflight(environ):
            return browsers.allow(environ, start_response)
        if service_of(environ) is not None:
            return others(environ, browsers.readable(environ, start_response))
        if "HTTP_X_AMZ_TARGET" in environ:
            return modern(environ, browsers.readable(environ, start_response))
        if _is_legacy_call(environ):
            return gateway.legacy(Request(environ))(environ, start_response)
        return pages(environ, start_response)

    return answer


def _is_legacy_call(environ: dict[str, Any]) -> bool:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if path not in PATHS and ("//" in path or path.endswith("/")):
        # an address with a slash too many, of which Flask would make a redirect that old clients do not follow
        path = "/" + "/".join(part for part in path.split("/") if part)
    if path not in PATHS or method not in {"GET", "POST"}:
        return False
    return method == "POST" or bool(
        environ["QUERY_STRING"] and not old_links.is_worker_host(environ.get("HTTP_HOST", ""))
    )


def _elsewhere(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The answer to a call of the 2017-01-17 API where another endpoint is the upstream: in JSON, so that none is lost.

    An SDK takes a success that it cannot read for an empty one.
    """
    record = Record(request_id(), protocol="JSON", error="UnknownOperationException")
    message = "The 2017-01-17 API is not answered here: this gateway's upstream is another endpoint. Call that one."
    body = json.dumps({"__type": record.error, "Message": message})
    record.finish(404)
    return Response(body, 404, content_type="application/x-amz-json-1.1")(environ, start_response)


def _is_person() -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _wants_page() -> bool:
    """A browser looks at the bare address: no call of the API comes as a GET for HTML without any parameter."""
    return request.method == "GET" and not request.query_string and _is_person()
