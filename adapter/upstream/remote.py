"""The upstream elsewhere: an endpoint of the 2017-01-17 API, called through libcurl, which also signs."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import random
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.exceptions as botocore_errors
import certifi
import pycurl
from botocore.utils import get_environ_proxies

from adapter.core.errors import outcome_unknown
from adapter.core.libcurl import TLS_ERRORS, handle_for
from adapter.core.settings import Settings
from adapter.core.store.accounts import Key
from adapter.upstream.base import Caller, Client, Row, boto3_client, note, read_answer, reads, write_down

#: Calls that end in the same state however often they are made.
_REPEATABLE = {"CreateHITType", "UpdateExpirationForHIT", "CreateWorkerBlock", "DeleteWorkerBlock"}
#: What a later try may find in order again.
_PASSING = {429, 500, 502, 503, 504}
_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"}
#: The longest pause between two tries, in seconds.
LONGEST_PAUSE = 20.0

_NOT_SENT = {
    pycurl.E_COULDNT_RESOLVE_PROXY: "proxy",
    **dict.fromkeys(TLS_ERRORS, "tls"),
    pycurl.E_OPERATION_TIMEDOUT: "slow",
}


class UnsafeRepeatError(RuntimeError):
    """A programming error: a call that must not be repeated was to be repeated by itself."""


class RemoteUpstream:
    """Calls another endpoint; a call that is safe to repeat is tried as often as the settings say."""

    sorts = False

    def __init__(self, settings: Settings, model_path: Path) -> None:
        self.events_queue_url: str | None = settings.events_queue_url
        self._attempts = settings.upstream_max_attempts
        self._connections = Connections(settings)
        self._settings = settings
        self._model_path = model_path
        self._trace = _tracer(settings)

    @functools.cached_property
    def boto3_client(self) -> Any:
        """The client of all callers."""
        return boto3_client(
            self._settings.upstream, self._settings.upstream_region, self._model_path, self._send, validate=True
        )

    def client(self, caller: Caller) -> Client:
        """The boto3 client, its calls made for this caller."""
        return Client(self.boto3_client, caller)

    def sorted_page(self, *_: object, **__: object) -> tuple[list[Row], int] | None:
        """None: the modern API sorts nothing."""
        return None

    def statistic(self, *_: object) -> list[tuple[int, Any]] | None:
        """None: the modern API has no statistics."""
        return None

    def _send(self, caller: Caller, model: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        """Make a call; every try notes what it may have changed. Raises botocore's errors of connections."""
        if caller.repeat and not _repeatable(model.name, body):
            raise UnsafeRepeatError(f"{model.name} without a token must not be repeated")
        left = self._attempts if caller.repeat else 1
        tried = 0
        while True:
            left, tried = left - 1, tried + 1
            try:
                status, parsed = self._try(caller, model, body)
            except botocore_errors.BotoCoreError as error:
                if not reads(model.name) and outcome_unknown(error):
                    caller.outcome.in_doubt = True
                if not left:
                    raise
            else:
                note(caller, model.name, status, parsed)
                if not left or (status not in _PASSING and parsed.get("Error", {}).get("Code") not in _THROTTLED):
                    parsed["ResponseMetadata"]["RetryAttempts"] = tried - 1
                    return status, parsed
            time.sleep(min(random.random() * 2 ** (tried - 1), LONGEST_PAUSE))  # noqa: S311 (no secret)

    def _try(self, caller: Caller, model: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        target = f"{model.metadata['targetPrefix']}.{model.name}"
        with self._trace(model.name) as headers:
            try:
                status, content, request_id = self._connections.post(credentials(caller.key), target, body, headers)
            except botocore_errors.BotoCoreError as error:
                write_down(caller, model.name, body, None, type(error).__name__.encode())
                raise
            write_down(caller, model.name, body, status, content)
            return read_answer(model, status, content, request_id)


def _tracer(settings: Settings) -> Callable[[str], AbstractContextManager[Iterable[str]]]:
    """What a call is made within, by the operation's name: it gives further headers."""
    if not settings.traces_url:
        return lambda _: nullcontext(())
    from adapter.core.traces import trace_upstream_call  # noqa: PLC0415 (only where they are wanted)

    return trace_upstream_call


def credentials(key: Key) -> tuple[str, str]:
    """The credentials that calls of a key go upstream with: its own for there, where it has some."""
    if key.upstream_access_key_id and key.upstream_secret_access_key:
        return key.upstream_access_key_id, key.upstream_secret_access_key
    return key.access_key_id, key.secret_access_key


def _repeatable(operation: str, body: bytes) -> bool:
    return reads(operation) or operation in _REPEATABLE or b'"UniqueRequestToken"' in body


@dataclass
class _Exchange:
    """One request's body on its way out and its answer on its way in, as libcurl's callbacks see them."""

    body: io.BytesIO
    #: Whether any of the body was handed out: before that nothing can have been executed.
    sent: bool = False
    content: io.BytesIO = field(default_factory=io.BytesIO)
    request_id: str = ""

    def read(self, size: int) -> bytes:
        """The next part of the body. It is never wound back, so libcurl cannot send it twice by itself."""
        self.sent = True
        return self.body.read(size)

    def header(self, line: bytes) -> None:
        """Take in a line of the answer's headers."""
        name, _, value = line.partition(b":")
        if name.lower() == b"x-amzn-requestid":
            self.request_id = value.strip().decode("latin-1")


class Connections:
    """Handles of libcurl, each with its open connection, for one call at a time; they outlive the calls."""

    def __init__(self, settings: Settings) -> None:
        """Proxies and AWS_CA_BUNDLE (or REQUESTS_CA_BUNDLE) come from the environment, as botocore takes them."""
        self._url = settings.upstream
        self._region = settings.upstream_region
        self._connect_timeout = settings.upstream_connect_timeout
        self._timeout = settings.upstream_read_timeout
        self._proxy = get_environ_proxies(settings.upstream).get(urlsplit(settings.upstream).scheme, "")
        bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
        self._certificates = bundle or certifi.where()
        #: Connections without a call, the last used one at the end; of too many the first is dropped, which closes it.
        self._idle: deque[pycurl.Curl] = deque(maxlen=settings.upstream_pool)

    def post(
        self, credentials: tuple[str, str], target: str, body: bytes, headers: Iterable[str] = ()
    ) -> tuple[int, bytes, str]:
        """Send a signed request once: the status, content and request id of its answer.

        Raises botocore's errors, which tell whether the request was sent: see outcome_unknown.
        """
        access_key_id, secret = credentials
        if not access_key_id.isprintable():
            raise botocore_errors.HTTPClientError(error="an access key id with a line break")
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = self._handle()
        exchange = _Exchange(io.BytesIO(body))
        handle.setopt(pycurl.USERNAME, access_key_id)
        handle.setopt(pycurl.PASSWORD, secret)
        handle.setopt(
            pycurl.HTTPHEADER,
            [
                "Content-Type: application/x-amz-json-1.1",
                f"X-Amz-Target: {target}",
                # libcurl signs the digest that stands here, since it does not see a body that it has to ask for
                f"X-Amz-Content-Sha256: {hashlib.sha256(body).hexdigest()}",
                "Expect:",
                "Accept:",
                *headers,
            ],
        )
        handle.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))
        handle.setopt(pycurl.READFUNCTION, exchange.read)
        handle.setopt(pycurl.WRITEFUNCTION, exchange.content.write)
        handle.setopt(pycurl.HEADERFUNCTION, exchange.header)
        try:
            handle.perform()
        except pycurl.error as error:
            handle.close()
            raise self._error(error, sent=exchange.sent) from error
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        self._idle.append(handle)
        return status, exchange.content.getvalue(), exchange.request_id

    def _handle(self) -> pycurl.Curl:
        handle = handle_for(
            self._url.encode(),
            self._certificates,
            connect_seconds=self._connect_timeout,
            all_seconds=self._timeout,
            proxy=self._proxy,
        )
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.USERAGENT, "mturk-legacy-adapter")
        # a list of a hundred rows comes in two or three pieces instead of ten
        handle.setopt(pycurl.BUFFERSIZE, 128 * 1024)
        handle.setopt(pycurl.AWS_SIGV4, f"aws:amz:{self._region}:mturk-requester")
        return handle

    def _error(self, error: pycurl.error, *, sent: bool) -> botocore_errors.BotoCoreError:
        """What botocore's own transport would raise."""
        place: dict[str, Any] = {"endpoint_url": self._url, "error": error}
        code = error.args[0]
        if sent:
            if code == pycurl.E_OPERATION_TIMEDOUT:
                return botocore_errors.ReadTimeoutError(**place)
            return botocore_errors.ConnectionClosedError(request=None, **place)
        match _NOT_SENT.get(code, "proxy" if self._proxy else ""):
            case "tls":
                return botocore_errors.SSLError(**place)
            case "slow":
                return botocore_errors.ConnectTimeoutError(**place)
            case "proxy":
                return botocore_errors.ProxyConnectionError(proxy_url=_without_password(self._proxy), error=error)
            case _:
                return botocore_errors.EndpointConnectionError(**place)


def _without_password(url: str) -> str:
    return f"{urlsplit(url).scheme}://{urlsplit(url).hostname}:{urlsplit(url).port}" if url else ""
