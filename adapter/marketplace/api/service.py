"""The 2017-01-17 service as a WSGI application: signed JSON in, an operation, JSON out."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import orjson

from adapter.core.database import Store, UnavailableError, UnknownCommitError
from adapter.core.observability import Record, request_id
from adapter.core.settings import Settings
from adapter.core.store.balances import InsufficientFundsError
from adapter.marketplace.api.sigv4 import signer_of
from adapter.marketplace.api.validation import validate
from adapter.marketplace.errors import TurkError, WireError
from adapter.marketplace.operations import registry
from adapter.marketplace.operations.registry import OPERATIONS, run

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET = "MTurkRequesterServiceV20170117."
#: Bytes of a query that are looked at: the API has no use for one, but a signature covers it.
MOST_QUERY = 4096
BUSY = "The service is busy. Please try again later."
INSUFFICIENT_FUNDS = "This Requester has insufficient funds in their account to complete this transaction."

log = logging.getLogger(__name__)


class Marketplace:
    """The service over one store; a WSGI callable."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        registry.load()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, and log it; every failure is JSON with a `__type`."""
        record = Record(request_id(), protocol="JSON", version="2017-01-17")
        # SDKs repeat by themselves what is answered with 500, which must not be done twice
        status, body = self._answer(lambda: self._receive(environ, record), record, unknown=400)
        record.finish(status)
        headers = [
            ("Content-Type", CONTENT_TYPE),
            ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", record.request_id),
        ]
        if status == 405:
            headers.append(("Allow", "POST"))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def answer(self, account_id: str, name: str, body: bytes) -> tuple[int, bytes]:
        """Run an operation for an account, from a caller in this process: HTTP status and JSON, as over HTTP."""
        return self._answer(lambda: (name, account_id, _parse(body)), Record(request_id()), unknown=500)

    def _answer(
        self, received: Callable[[], tuple[str, str, Any]], record: Record, *, unknown: int
    ) -> tuple[int, bytes]:
        """Run what was received: the operation's name, the account and the parsed body. Raises nothing.

        `unknown` is the status where a connection was lost in a COMMIT and nobody knows whether it took effect.
        """
        answer: dict[str, Any]
        try:
            name, account_id, request = received()
            answer = run(self.store, account_id, name, validate(name, request), record.request_id)
            status = 200
        except TurkError as error:
            status, answer = 400, self._refusal(error)
        except WireError as error:
            status, answer = error.status, {"__type": error.type, "message": error.message, "Message": error.message}
        except InsufficientFundsError:
            status, answer = 400, self._refusal(TurkError("InsufficientFunds", INSUFFICIENT_FUNDS))
        except UnavailableError as error:
            # SDKs repeat what was throttled
            log.error("request %s: the database: %s", record.request_id, error)  # noqa: TRY400 (no trace is needed)
            status, answer = 400, {"__type": "ThrottlingException", "message": BUSY, "Message": BUSY}
        except Exception as error:
            log.exception("request %s failed", record.request_id)
            status = unknown if isinstance(error, UnknownCommitError) else 500
            answer = {
                "__type": "ServiceFault",
                "Message": _stamped("There was an error with this request."),
                "TurkErrorCode": "AWS.ServiceUnavailable",
            }
        if status != 200:
            record.error = answer.get("TurkErrorCode") or answer["__type"]
        return status, orjson.dumps(answer)

    def _receive(self, environ: dict[str, Any], record: Record) -> tuple[str, str, Any]:
        """The operation's name, the account that asks, and the parsed body; the record learns both names."""
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        name = target.removeprefix(TARGET)
        if name in OPERATIONS:
            record.operation = name
        method = environ["REQUEST_METHOD"]
        if method != "POST":
            raise WireError("UnknownOperationException", f"{method} is not supported; the API is called by POST.", 405)
        if environ.get("PATH_INFO", "/") not in {"/", ""}:
            raise WireError("UnknownOperationException", "The API is called at the path /.", 404)
        if len(environ.get("QUERY_STRING", "")) > MOST_QUERY:
            raise WireError("RequestEntityTooLargeException", "The query is too long; the API has none.", 413)
        body = self._body(environ)
        key = signer_of(environ, body, self.store)
        record.requester = key.account_id
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if kind != CONTENT_TYPE:
            raise WireError("SerializationException", f"The Content-Type must be {CONTENT_TYPE}.")
        if not target.startswith(TARGET) or name not in OPERATIONS:
            raise WireError("UnknownOperationException", "X-Amz-Target names no operation of this API.")
        return name, key.account_id, _parse(body)

    def _body(self, environ: dict[str, Any]) -> bytes:
        most = self.settings.max_body
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = -1
        if length < 0:
            raise WireError("SerializationException", "Content-Length is not a number.")
        if length > most:
            raise WireError("RequestEntityTooLargeException", f"A request has at most {most} bytes.", 413)
        if not length and environ.get("wsgi.input_terminated"):
            body: bytes = environ["wsgi.input"].read(most + 1)
            if len(body) > most:
                raise WireError("RequestEntityTooLargeException", f"A request has at most {most} bytes.", 413)
            return body
        body = environ["wsgi.input"].read(length) if length else b""
        if len(body) != length:
            raise WireError("SerializationException", "The body is shorter than its Content-Length.")
        return body

    def _refusal(self, error: TurkError) -> dict[str, str]:
        answer = {
            "__type": error.exact_type if self.settings.exact_error_types else "RequestError",
            "Message": _stamped(error.message),
            "TurkErrorCode": error.code,
        }
        if error.parameter:
            answer["Parameter"] = error.parameter
        return answer


def _stamped(message: str) -> str:
    """The message as the service ends it, with the time in milliseconds."""
    return f"{message} ({time.time_ns() // 1_000_000})"


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant) if body else {}
    except (ValueError, RecursionError):
        raise WireError("SerializationException", "The body is not valid JSON.") from None
