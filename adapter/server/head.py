"""The head of an HTTP request: request line and headers, checked and turned into what WSGI hands to an application."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import gunicorn_h1c

from adapter.server.refusals import CODING, EXPECTATION, HEADERS, LINE, MALFORMED, Refusal

#: Bytes of a request line; a Question of 64 KB takes up to 200 KB of a GET.
LINE_BYTES = 1024 * 1024
#: Bytes of the path in it.
PATH_BYTES = 8190
#: Headers of a request, bytes of one, and of all of them.
FIELDS = 100
FIELD_BYTES = 8190
HEADER_BYTES = 64 * 1024
#: How Java before version 7 asks for `http://host?Service=...`, which the parser does not know.
_PATHLESS = re.compile(rb"\A(GET|POST) \?")
_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,18}")
#: The headers that tell which API a client speaks.
_API_HEADERS = re.compile(rb"(?im)^(soapaction|x-amz-target|content-type)[ \t]*:([^\r\n]*)")
#: Headers of which a second one would let two readers understand two different requests.
_SINGLE = {"HTTP_HOST", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}
_REFUSALS: tuple[tuple[type[Exception], Refusal], ...] = (
    (gunicorn_h1c.LimitRequestLine, LINE),
    (gunicorn_h1c.LimitRequestHeaders, HEADERS),
    (gunicorn_h1c.IncompleteError, HEADERS),  # no end was found within the bounds
    (gunicorn_h1c.ParseError, MALFORMED),
)


class RefusedError(Exception):
    """The request is not served; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(slots=True)
class Head:
    """Request line and headers. `environ` has WSGI's names; `length` is None when the body comes in chunks."""

    environ: dict[str, str]
    method: str
    minor_version: int
    length: int | None
    expects_continue: bool
    keep_alive: bool


def read_head(data: bytes) -> Head:
    """The head that these bytes are, up to and with the empty line. Raises RefusedError."""
    try:
        request = gunicorn_h1c.parse_request(
            _PATHLESS.sub(rb"\1 /?", data, count=1),
            limit_request_line=LINE_BYTES,
            limit_request_fields=FIELDS,
            limit_request_field_size=FIELD_BYTES,
        )
    except Exception as error:
        raise RefusedError(next(each for kind, each in _REFUSALS if isinstance(error, kind))) from error
    if len(data) - len(request["path"]) > HEADER_BYTES:
        raise RefusedError(HEADERS)
    environ = _headers(request["headers"])
    method = request["method"].decode("latin-1")
    minor = request["minor_version"]
    target = request["path"].decode("latin-1").partition("#")[0]
    environ["REQUEST_METHOD"] = method
    environ["RAW_URI"] = target
    environ["SERVER_PROTOCOL"] = f"HTTP/1.{minor}"
    origin = _ORIGIN.match(target)  # as sent to a proxy
    path, _, environ["QUERY_STRING"] = target[origin.end() if origin else 0 :].partition("?")
    if origin and (host := origin[0].partition("//")[2].rpartition("@")[2]):
        environ["HTTP_HOST"] = host  # whatever Host says (RFC 9112, section 3.2.2)
    if len(path) > PATH_BYTES:
        raise RefusedError(LINE)
    # `POST https://host?Service=... HTTP/1.1` has no path
    environ["PATH_INFO"] = unquote_to_bytes(path.encode("latin-1")).decode("latin-1") or "/"
    expects = environ.get("HTTP_EXPECT", "").lower()
    if expects not in {"", "100-continue"}:
        raise RefusedError(EXPECTATION)
    wish = environ.get("HTTP_CONNECTION", "").lower()
    wishes = {each.strip() for each in wish.split(",")} if wish else set()
    return Head(
        environ=environ,
        method=method,
        minor_version=minor,
        length=_length(environ, minor),
        expects_continue=bool(expects) and minor > 0,
        keep_alive="close" not in wishes and (minor > 0 or "keep-alive" in wishes),
    )


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    environ: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        if b"_" in raw_name:
            continue  # X_Forwarded_For would become the same name as X-Forwarded-For
        name = "HTTP_" + raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if name in environ:
            if name in _SINGLE:
                raise RefusedError(MALFORMED)
            value = f"{environ[name]},{value}"
        environ[name] = value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{name}" in environ:
            environ[name] = environ.pop(f"HTTP_{name}")
    return environ


def _length(environ: dict[str, str], minor: int) -> int | None:
    """The length of the body, or None when it comes in chunks. What could be read in two ways is refused."""
    sent = environ.get("CONTENT_LENGTH")
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is not None:
        if coding.lower() != "chunked":
            raise RefusedError(CODING)
        if sent is not None or not minor:
            raise RefusedError(MALFORMED)
        return None
    if sent is None:
        return 0
    if not _LENGTH.fullmatch(sent):
        raise RefusedError(MALFORMED)
    return int(sent)


def api_headers(data: bytes) -> dict[str, str]:
    """The headers that tell which API a client speaks, from a head that may be malformed, under their WSGI names."""
    found = {
        name.decode().upper().replace("-", "_"): value.decode("latin-1") for name, value in _API_HEADERS.findall(data)
    }
    return {name if name == "CONTENT_TYPE" else f"HTTP_{name}": value for name, value in found.items()}
