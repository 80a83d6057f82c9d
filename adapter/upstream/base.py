"""A boto3 client per access key: time-outs, retries, the API model, and the road to the marketplace in process or remote."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
import orjson
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from adapter.core.errors import never_executed, outcome_unknown
from adapter.core.settings import Settings
from adapter.upstream import signing
from adapter.upstream.transport import Finished, Transport, body_of, headers_of

WSGIApp = Callable[..., Iterable[bytes]]
#: (account, boto3 method, arguments, SortProperty, descending, offset, limit, ids of HITs to leave out) -> rows and total;
#: None: not for this list.
SortedPage = Callable[
    [str, str, dict[str, Any], str, bool, int, int, Collection[str]], tuple[list[dict[str, Any]], int] | None
]

#: (account, Statistic, TimePeriod, Count, WorkerId or None) -> (day in epoch milliseconds, value) pairs.
Statistic = Callable[[str, str, str, int, str | None], list[tuple[int, Any]]]

#: The address that in-process calls are signed for; nothing listens there.
EMBEDDED_URL = "http://marketplace.invalid"
#: Calls that change nothing, or that end in the same state however often they are made.
_REPEATABLE = {"CreateHITType", "UpdateExpirationForHIT", "CreateWorkerBlock", "DeleteWorkerBlock", "GetFileUploadURL"}


#: Calls whose answer may be empty although it has members.
_MAY_BE_EMPTY = {"NotifyWorkers"}


class Effects(threading.local):
    """What the upstream calls of this thread have changed since reset(): the ground on which a 503 is sent or not."""

    happened = False
    in_doubt = False

    def reset(self) -> None:
        """Begin a new legacy call."""
        self.happened = self.in_doubt = False

    def settle(self) -> None:
        """The state was read: what was in doubt did not happen."""
        self.in_doubt = False

    @property
    def possible(self) -> bool:
        """Whether something was changed, or may have been."""
        return self.happened or self.in_doubt


EFFECTS = Effects()


class UnsafeRepeatError(RuntimeError):
    """A programming error: a call that must not be repeated went to a client that repeats."""


class Upstream:
    """Hands out clients; one per access key and retry policy, reused, least recently used dropped."""

    def __init__(
        self,
        settings: Settings,
        marketplace: WSGIApp | None,
        model_path: Path | None = None,
        sorted_page: SortedPage | None = None,
        statistic: Statistic | None = None,
    ) -> None:
        """`marketplace` is the embedded service; without one every call goes to `settings.upstream`.

        `model_path` is searched for the API model after botocore's own data, so that the model is there when botocore
        stops shipping it. `sorted_page` and `statistic` are the embedded service's own ways to what the modern API cannot
        say: a sorted, numbered page of a list, and a requester's statistics.
        """
        self.sorted_page = sorted_page
        self.statistic = statistic
        self._settings = settings
        self._marketplace = marketplace
        self._lock = threading.Lock()
        self._clients: OrderedDict[tuple[str, str, bool], Any] = OrderedDict()
        core = botocore.session.Session()
        if model_path is not None:
            core.get_component("data_loader").search_paths.append(str(model_path))
        # environment and ~/.aws must not change what the gateway does
        core.set_config_variable("config_file", "/dev/null")
        core.set_config_variable("credentials_file", "/dev/null")
        self._session = boto3.Session(botocore_session=core)
        bundle = core.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
        self._send = _InProcess(marketplace) if marketplace is not None else Transport(settings, bundle)

    @property
    def embedded(self) -> bool:
        """Whether calls stay in this process."""
        return self._marketplace is not None

    def client(self, access_key_id: str, secret: str, *, repeat: bool) -> Any:
        """The client of an access key. With `repeat` it retries by itself and refuses calls for which that is unsafe."""
        name = (access_key_id, secret, repeat)
        with self._lock:
            if name in self._clients:
                self._clients.move_to_end(name)
                return self._clients[name]
            client = self._make(access_key_id, secret, repeat=repeat)
            self._clients[name] = client
            while len(self._clients) > self._settings.upstream_clients:
                self._clients.popitem(last=False)
            return client

    def _make(self, access_key_id: str, secret: str, *, repeat: bool) -> Any:
        settings = self._settings
        attempts = settings.upstream_max_attempts if repeat and not self.embedded else 1
        client = self._session.client(
            "mturk",
            region_name=settings.upstream_region,
            endpoint_url=EMBEDDED_URL if self.embedded else settings.upstream,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret,
            config=Config(
                connect_timeout=settings.upstream_connect_timeout,
                read_timeout=settings.upstream_read_timeout,
                retries={"mode": settings.upstream_retry_mode, "total_max_attempts": attempts},
                max_pool_connections=settings.upstream_pool,
                signature_version=signing.NAME,
                # computing the default costs a tenth of a small call
                user_agent="mturk-legacy-adapter",
                parameter_validation=True,
                ignore_configured_endpoint_urls=True,
            ),
        )
        events = client.meta.events
        events.register("before-parse.mturk", _parse_json)
        # before botocore's own handler, which so repeats what could not be read
        events.register_first("needs-retry.mturk", _watch)
        if repeat:
            events.register("before-call.mturk", _refuse_unsafe)
        events.register_first("before-send.mturk", self._send)
        return client


def _refuse_unsafe(model: Any, params: dict[str, Any], **_: Any) -> None:
    name = model.name
    if (
        name.startswith(("Get", "List"))
        or name in _REPEATABLE
        or b'"UniqueRequestToken"' in _bytes(params.get("body", b""))
    ):
        return
    raise UnsafeRepeatError(f"{name} without a token must go through the client that does not repeat")


def _watch(
    operation: Any, response: tuple[Any, dict[str, Any]] | None, caught_exception: Exception | None, **_: Any
) -> None:
    """Look at every attempt, also those that botocore repeats: note what it may have changed.

    An answer that lacks all that it should have becomes an error: botocore would report success with nothing in it.
    """
    if response is not None and response[0].status_code < 300 and not _readable(operation, *response):
        http, parsed = response
        http.status_code = 500
        parsed.clear()
        parsed["Error"] = {"Code": "ServiceFault", "Message": "The upstream's answer could not be read."}
        parsed["ResponseMetadata"] = {"HTTPStatusCode": 500}
    if operation.name.startswith(("Get", "List")):
        return
    if caught_exception is not None:
        EFFECTS.in_doubt = EFFECTS.in_doubt or outcome_unknown(caught_exception)
    elif response is not None:
        http, parsed = response
        if http.status_code < 300:
            EFFECTS.happened = True
        elif http.status_code >= 500 and not never_executed(str(parsed.get("Error", {}).get("Code", ""))):
            EFFECTS.in_doubt = True


def _readable(operation: Any, http: Any, parsed: dict[str, Any]) -> bool:
    members = operation.output_shape.members if operation.output_shape is not None else {}
    if operation.name in _MAY_BE_EMPTY or not members:
        try:
            return isinstance(json.loads(http.content or b"{}"), dict)
        except ValueError:
            return False
    return any(name in parsed for name in members)


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)


def _parse_json(
    operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Read what botocore's parser would lose or spend long on.

    Of an error it keeps TurkErrorCode and Parameter, which botocore drops for types that are not modelled. Of a list
    it takes the JSON as it is (times stay epoch seconds), but for nulls, and leaves botocore an empty body, because the
    shape walk costs five times as much as everything else together (botocore merges customized_response_dict into the
    answer).
    """
    body = response_dict.get("body")
    if not body:
        return
    if response_dict.get("status_code", 200) >= 300:
        try:
            error = json.loads(body)
        except ValueError:
            return
        if isinstance(error, dict):
            for name in ("TurkErrorCode", "Parameter"):
                if error.get(name):
                    customized_response_dict[name] = str(error[name])
        return
    if operation_model.output_shape is None:
        return
    try:
        parsed = _loads(body)
    except ValueError:
        return
    if isinstance(parsed, dict):
        customized_response_dict.update(parsed)
        response_dict["body"] = b"{}"


def _loads(body: bytes) -> Any:
    """JSON, also such as only the lenient reader takes (half a surrogate pair, as a text cut in two leaves it).

    Members that are null are left out, as botocore leaves them out: some endpoints write all that a structure may have.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = json.loads(body)
    return _without_nulls(found) if b"null" in body else found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value if each is not None] if isinstance(value, list) else value


class _InProcess:
    """A before-send handler: passes the signed HTTP request to a WSGI app and returns its answer as botocore's own."""

    def __init__(self, app: WSGIApp) -> None:
        self._app = app

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        body = body_of(request) or b""
        url = urlsplit(request.url)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": url.path or "/",
            "QUERY_STRING": url.query,
            "SERVER_NAME": url.hostname or "",
            "SERVER_PORT": str(url.port or 80),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": url.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "HTTP_HOST": url.netloc,
        }
        for name, value in headers_of(request).items():
            key = name.upper().replace("-", "_")
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
        started: list[Any] = []
        content = b"".join(self._app(environ, lambda status, fields, _exc=None: started.extend((status, fields))))
        return AWSResponse(request.url, int(started[0].split()[0]), _Headers(started[1]), Finished(content))


class _Headers(dict[str, str]):
    """Response headers, looked up without regard to case."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__((name.lower(), value) for name, value in fields)

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())
