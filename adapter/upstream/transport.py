"""How upstream calls travel: urllib3's pools, proxies, TLS and time-outs, with HTTP/1.1 itself spoken in fewer steps.

http.client sends a request in two writes and reads an answer's headers with the parser for e-mail: half of what a small
call costs. Here a request is one write and an answer a few lines read. botocore offers the `before-send` event for this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http.client import BadStatusLine, IncompleteRead, LineTooLong, RemoteDisconnected
from io import BufferedReader
from typing import Any
from urllib.parse import urlsplit

from botocore import exceptions as botocore_errors
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import ProxyConfiguration, get_cert_path, mask_proxy_url
from botocore.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, HTTPHeaderDict, HTTPResponse, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3 import exceptions as urllib3_errors
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Timeout

from adapter.core.settings import Settings
from adapter.upstream.signing import host_of

#: The longest line and the most header fields of an answer.
LINE_BYTES = 65536
MOST_FIELDS = 100
#: Answers of these have no body, whatever their headers say.
_EMPTY = {204, 304}


class Finished:
    """A finished body where botocore expects a stream."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterable[bytes]:
        """The content, in one piece."""
        yield self._content

    def read(self, *_: Any, **__: Any) -> bytes:
        """The content; nothing the second time."""
        content, self._content = self._content, b""
        return content


def body_of(request: AWSPreparedRequest) -> bytes | None:
    """A request's body in bytes."""
    return request.body.encode() if isinstance(request.body, str) else request.body


def headers_of(request: AWSPreparedRequest) -> dict[str, str]:
    """A request's headers as texts; the signature stands in bytes."""
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }


class _Spoken:
    """One exchange after the other over the socket that the urllib3 connection beside this class makes and checks."""

    sock: Any
    timeout: Any
    reader: BufferedReader | None = None

    def connect(self) -> None:
        """Connect, through the proxy and TLS where they belong."""
        super().connect()  # type: ignore[misc]
        self.reader = self.sock.makefile("rb")

    def close(self) -> None:
        """Close; the connection can be used again, which connects anew."""
        reader, self.reader = self.reader, None
        if reader is not None:
            reader.close()
        super().close()  # type: ignore[misc]

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Send a request whole. Raises ValueError for a header that would become two."""
        lines = [f"{method} {url} HTTP/1.1".encode("ascii")]
        for name, value in (headers or {}).items():
            lines.append(
                name.encode("ascii") + b": " + (value if isinstance(value, bytes) else str(value).encode("latin-1"))
            )
        head = b"\r\n".join(lines)
        if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1:
            raise ValueError("a line break in a header")
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.timeout)
        self.sock.sendall(head + b"\r\n\r\n" + (body or b""))

    def getresponse(self) -> HTTPResponse:
        """Read the whole answer. Raises the errors of http.client for one that is malformed or breaks off."""
        if self.reader is None:
            raise RemoteDisconnected("the connection is closed")
        self.sock.settimeout(self.timeout)
        while True:
            version, status, reason = _status(_line(self.reader))
            headers = _headers(self.reader)
            if status >= 200:
                break
        content, ended = _body(self.reader, status, headers)
        connection = headers.get("connection", "").lower()
        if ended or "close" in connection or (version == 10 and "keep-alive" not in connection):
            self.close()
        return HTTPResponse(
            body=content, headers=headers, status=status, reason=reason, version=version, decode_content=False
        )


class _Plain(_Spoken, HTTPConnection):  # type: ignore[misc]
    """Over TCP."""


class _Secure(_Spoken, HTTPSConnection):  # type: ignore[misc]
    """Over TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain  # type: ignore[assignment]


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure  # type: ignore[assignment]


def _line(reader: BufferedReader) -> bytes:
    line = reader.readline(LINE_BYTES + 1)
    if len(line) > LINE_BYTES:
        raise LineTooLong("an answer's line")
    if not line.endswith(b"\n"):
        raise RemoteDisconnected("the upstream closed the connection without an answer")
    return line.rstrip(b"\r\n")


def _status(line: bytes) -> tuple[int, int, str]:
    """Version (10 or 11), status and reason."""
    version, _, rest = line.partition(b" ")
    number, _, reason = rest.strip().partition(b" ")
    if not version.startswith(b"HTTP/1.") or len(number) != 3 or not number.isdigit():
        raise BadStatusLine(line[:100].decode("latin-1"))
    return (10 if version == b"HTTP/1.0" else 11), int(number), reason.decode("latin-1")


def _headers(reader: BufferedReader) -> HTTPHeaderDict:
    found = HTTPHeaderDict()
    for _ in range(MOST_FIELDS + 1):
        line = _line(reader)
        if not line:
            return found
        name, _, value = line.partition(b":")
        # a folded line, which nobody may send any more, becomes a field with no name that anyone looks at
        found.add(name.decode("latin-1"), value.strip().decode("latin-1"))
    raise LineTooLong("an answer's headers")


def _body(reader: BufferedReader, status: int, headers: HTTPHeaderDict) -> tuple[bytes, bool]:
    """The content, and whether the end of the connection was its end."""
    if status in _EMPTY:
        return b"", False
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return b"".join(_chunks(reader)), False
    length = headers.get("content-length")
    if length is None:
        return reader.read(), True
    if not (length.isascii() and length.isdigit()):
        raise BadStatusLine("Content-Length is no number")
    return _exactly(reader, int(length)), False


def _chunks(reader: BufferedReader) -> Iterable[bytes]:
    while True:
        size = _line(reader).partition(b";")[0].strip()
        try:
            length = int(size, 16)
        except ValueError:
            raise BadStatusLine("the size of a chunk is no number") from None
        if length <= 0:
            break
        yield _exactly(reader, length)
        _line(reader)
    while _line(reader):
        pass


def _exactly(reader: BufferedReader, length: int) -> bytes:
    content = reader.read(length)
    if len(content) < length:
        raise IncompleteRead(content, length - len(content))
    return content


class Transport:
    """A `before-send` handler: sends the signed request and returns its answer, or raises what botocore itself would.

    All clients of the process share one pool of connections to the one upstream.
    """

    def __init__(self, settings: Settings, ca_bundle: str | None) -> None:
        """Proxies come from the environment, as botocore's do; `ca_bundle` replaces the certificates it ships."""
        url = urlsplit(settings.upstream)
        self._url = settings.upstream
        proxies = ProxyConfiguration(get_environ_proxies(settings.upstream))
        self._proxy = proxies.proxy_url_for(settings.upstream)
        options: dict[str, Any] = {
            "maxsize": settings.upstream_pool,
            "timeout": Timeout(connect=settings.upstream_connect_timeout, read=settings.upstream_read_timeout),
        }
        if url.scheme == "https":
            options |= {"cert_reqs": "CERT_REQUIRED", "ca_certs": ca_bundle or get_cert_path(True)}
        manager = (
            ProxyManager(self._proxy, proxy_headers=proxies.proxy_headers_for(self._proxy), **options)
            if self._proxy
            else PoolManager(**options)
        )
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        self._pool = manager.connection_from_url(settings.upstream)
        self._absolute = bool(self._proxy) and url.scheme == "http"
        self._host = host_of(settings.upstream)

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Make one attempt."""
        url = urlsplit(request.url)
        target = request.url if self._absolute else (url.path or "/") + (f"?{url.query}" if url.query else "")
        body = body_of(request)
        headers = {"Host": self._host, "Accept-Encoding": "identity", **request.headers}
        try:
            answer = self._pool.urlopen(
                request.method, target, body, headers, retries=False, redirect=False, assert_same_host=False
            )
        except Exception as error:
            raise self._error(error, request) from error
        return AWSResponse(request.url, answer.status, answer.headers, Finished(answer.data))

    def _error(self, error: Exception, request: AWSPreparedRequest) -> Exception:
        """Botocore's exception for one of urllib3's; the same as its own transport raises."""
        place: dict[str, Any] = {"endpoint_url": self._url, "error": error}
        made: Exception
        match error:
            case urllib3_errors.SSLError():
                made = botocore_errors.SSLError(**place)
            case urllib3_errors.NewConnectionError():
                made = botocore_errors.EndpointConnectionError(**place)
            case urllib3_errors.ProxyError():
                made = botocore_errors.ProxyConnectionError(proxy_url=mask_proxy_url(self._proxy or ""), error=error)
            case urllib3_errors.ConnectTimeoutError():
                made = botocore_errors.ConnectTimeoutError(**place)
            case urllib3_errors.ReadTimeoutError():
                made = botocore_errors.ReadTimeoutError(**place)
            case urllib3_errors.ProtocolError():
                made = botocore_errors.ConnectionClosedError(request=request, **place)
            case _:
                made = botocore_errors.HTTPClientError(error=error)
        return made
