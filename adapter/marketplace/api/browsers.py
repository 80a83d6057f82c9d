"""Calls by the SDKs for browsers, from pages on other sites (CORS), allowed as AWS allows them: no cookie counts in a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from adapter.core.observability import request_id

_ANYONE = ("Access-Control-Allow-Origin", "*")
_READABLE = ("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date")


def is_preflight(environ: Mapping[str, Any]) -> bool:
    """Whether a browser asks if a page may send a signed call."""
    return (
        environ["REQUEST_METHOD"] == "OPTIONS"
        and environ["PATH_INFO"] in {"/", ""}
        and "HTTP_ORIGIN" in environ
        and "authorization" in environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "").lower()
    )


def allow(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """It may."""
    headers = [
        ("x-amzn-RequestId", request_id()),
        _ANYONE,
        ("Access-Control-Allow-Headers", environ["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"]),
        ("Access-Control-Allow-Methods", "POST"),
        _READABLE,
        ("Access-Control-Max-Age", "172800"),
        ("Content-Length", "0"),
    ]
    start_response("200 OK", headers)
    return []


def readable(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Callable[..., Any]:
    """The same `start_response`, which lets the page that a call came from read the answer."""
    if "HTTP_ORIGIN" not in environ:
        return start_response
    return lambda status, headers, *more: start_response(status, [*headers, _ANYONE, _READABLE], *more)
