"""Answers to signed requests for other services of AWS: who is calling, topics, and that the rest is not here.

A program whose AWS_ENDPOINT_URL names this service sends all of them here. What nobody answered would look like an empty
success to an SDK, or like a fault of the network; so each is refused in the words of its own protocol.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from adapter.core.database import Store, UnavailableError
from adapter.core.ids import account_number
from adapter.core.observability import Record, request_id
from adapter.core.store.accounts import Key
from adapter.marketplace.api.sigv4 import SERVICE, signer_of
from adapter.marketplace.errors import WireError

HERE = (
    "This endpoint is a Mechanical Turk requester API and answers no calls of the service '{service}'{but}. "
    "Name it by AWS_ENDPOINT_URL_MTURK instead of AWS_ENDPOINT_URL, so that other services are called where they are."
)
#: The longest body of a call that is answered here.
MOST_BYTES = 64 * 1024
#: How the query begins by which an endpoint confirms its subscription, all that SNS answers unsigned.
CONFIRMS = "Action=ConfirmSubscription&"
_NAMESPACES = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
}
_SIGNED = re.compile(r"\s*AWS4-[A-Z0-9-]+\s+Credential=[^,\s]*?(?:/([a-z0-9-]{1,64}))?/([a-z0-9-]{1,64})/aws4_request")
_PRESIGNED = re.compile(
    r"(?:^|&)X-Amz-Credential=[^&]{1,256}?(?:%2F|/)([a-z0-9-]{1,64})(?:%2F|/)aws4_request", re.IGNORECASE
)
#: What the query protocol calls the refusals of signatures.
_CODES = {
    "IncompleteSignatureException": "IncompleteSignature",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidClientTokenId",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueryCall:
    """A call of a service of the query protocol; one that nobody signed has a key without an account."""

    store: Store
    key: Key
    region: str
    parameters: Mapping[str, str] = field(repr=False)

    def given(self, name: str, default: str | None = None) -> str:
        """A parameter. Raises WireError where one without a default is missing."""
        value = self.parameters.get(name, default)
        if value is None:
            raise WireError("InvalidParameter", f"Invalid parameter: {name} is missing")
        return value


Operations = Mapping[str, Callable[[QueryCall], dict[str, Any]]]


def service_of(environ: Mapping[str, Any]) -> str | None:
    """The other service that a request was signed for, if it was, or that is meant by the unsigned one of SNS."""
    found = _SIGNED.match(environ.get("HTTP_AUTHORIZATION", ""))
    if found is not None:
        service = found[2]
    elif "X-Amz-Credential=" in environ["QUERY_STRING"]:
        presigned = _PRESIGNED.search(environ["QUERY_STRING"])
        service = presigned[1] if presigned else SERVICE
    elif _confirms(environ):
        service = "sns"
    else:
        return None
    return None if service == SERVICE else service


class OtherServices:
    """What is signed for other services, over one store; a WSGI callable. Topics are answered where events come from."""

    def __init__(self, store: Store, topics: Operations | None) -> None:
        self._store = store
        self._answered: dict[str, Operations] = {"sts": {"GetCallerIdentity": _caller_identity}}
        if topics is not None:
            self._answered["sns"] = topics

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request; every failure is one that its SDK understands."""
        service = service_of(environ) or SERVICE
        record = Record(request_id(), protocol=service.upper())
        try:
            status, kind, body = 200, "text/xml", self._answer(environ, service, record)
        except Exception as error:  # noqa: BLE001 (whatever it is, the SDK is told)
            refused = _refusal_of(error, record.request_id)
            status, record.error = refused.status, refused.type
            kind, body = _refusal(environ, service, refused, record.request_id)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-RequestId", record.request_id)]
        if kind.startswith("application/"):
            headers.append(("x-amzn-ErrorType", record.error))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        record.finish(status)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: dict[str, Any], service: str, record: Record) -> bytes:
        answered = self._answered.get(service, {})
        unsigned = "HTTP_AUTHORIZATION" not in environ and _confirms(environ)
        if not answered or not (unsigned or (environ["REQUEST_METHOD"] == "POST" and _is_form(environ))):
            raise WireError("InvalidAction", HERE.format(service=service, but=""))
        body = environ["QUERY_STRING"].encode() if unsigned else _body(environ)
        key = Key("", "", "") if unsigned else signer_of(environ, body, self._store, service)
        record.requester = key.account_id or record.requester
        try:
            parameters = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1000))
        except ValueError:
            raise WireError("MalformedQueryString", "The body is no form in UTF-8.") from None
        action = "ConfirmSubscription" if unsigned else parameters.get("Action", "")
        if action not in answered:
            raise WireError("InvalidAction", HERE.format(service=service, but=f" but {', '.join(answered)}"))
        record.operation = action
        scope = _SIGNED.match(environ.get("HTTP_AUTHORIZATION", ""))
        result = answered[action](QueryCall(self._store, key, (scope and scope[1]) or "us-east-1", parameters))
        inner = _xml(action + "Result", result) if result else ""
        inner += _xml("ResponseMetadata", {"RequestId": record.request_id})
        return f'<{action}Response xmlns="{_NAMESPACES[service]}">{inner}</{action}Response>'.encode()


def _confirms(environ: Mapping[str, Any]) -> bool:
    query: str = environ["QUERY_STRING"]
    return environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] in {"/", ""} and query.startswith(CONFIRMS)


def _caller_identity(call: QueryCall) -> dict[str, Any]:
    number = account_number(call.key.account_id)
    return {"Arn": f"arn:aws:iam::{number}:root", "UserId": call.key.account_id, "Account": number}


def _is_form(environ: Mapping[str, Any]) -> bool:
    kind: str = environ.get("CONTENT_TYPE", "")
    return kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def _body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise WireError("RequestEntityTooLarge", f"A request has at most {MOST_BYTES} bytes.", 413)
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


def _refusal_of(error: Exception, number: str) -> WireError:
    """What a caller is told of a failure."""
    if isinstance(error, WireError):
        status = 403 if error.type in {"InvalidSignatureException", "UnrecognizedClientException"} else error.status
        return WireError(_CODES.get(error.type, error.type), error.message, status)
    if isinstance(error, UnavailableError):
        log.error("request %s: the database: %s", number, error)
        return WireError("ServiceUnavailable", "The service is busy. Please try again later.", 503)
    log.error("request %s failed", number, exc_info=error)
    return WireError("InternalFailure", "There was an error with this request.", 500)


def _refusal(environ: Mapping[str, Any], service: str, error: WireError, number: str) -> tuple[str, bytes]:
    """The type and body of a refusal in the protocol of its service."""
    code, message = error.type, error.message
    if service.startswith("s3"):
        body = _xml("Error", {"Code": code, "Message": message, "RequestId": number})
        return "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()
    if service == "ec2":
        told = {"Errors": {"Error": {"Code": code, "Message": message}}, "RequestID": number}
        return "text/xml", _xml("Response", told).encode()
    if "HTTP_X_AMZ_TARGET" not in environ and (_is_form(environ) or service in {"route53", "cloudfront"}):
        told = {"Error": {"Type": "Sender", "Code": code, "Message": message}, "RequestId": number}
        return "text/xml", _xml("ErrorResponse", told).encode()
    return "application/json", json.dumps({"__type": code, "code": code, "message": message}).encode()


def _xml(name: str, value: Any) -> str:
    """An element of texts, of elements by name, or one of the kind for each of a list."""
    if isinstance(value, list):
        return "".join(_xml(name, each) for each in value)
    inner = "".join(_xml(*each) for each in value.items()) if isinstance(value, dict) else escape(str(value))
    return f"<{name}>{inner}</{name}>"
