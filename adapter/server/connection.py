"""A client's connection: its request is read within bounds, and is either whole or an error."""

from __future__ import annotations

import errno
import re
import threading
import time
from typing import Any

from gunicorn.http.body import LengthReader
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import TConn

#: Seconds that a client may pause within a request.
PAUSE_SECONDS = 15
#: Most bytes of request line and headers together; the parser refuses what is longer.
HEAD_BYTES = 2 * 1024 * 1024
_ENDS = re.compile(rb"\r\n\r\n|\n\n")
#: How Java before version 7 asks for `http://host?Service=...`.
_PATHLESS = re.compile(rb"\A(GET|POST) \?")


class SlowRequestError(OSError):
    """The rest of a request did not arrive in time; an OSError, as a lost connection is."""

    def __init__(self) -> None:
        super().__init__(errno.ETIMEDOUT, "the request did not arrive in time")


class ShortBodyError(ConnectionResetError):
    """The client went away before the announced end of the body, which must not be read as if it were whole."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the request body ended early")


class _BoundedUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads from the socket until a deadline."""

    deadline = float("inf")

    def chunk(self) -> bytes:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise SlowRequestError
        self.sock.settimeout(min(left, PAUSE_SECONDS))
        try:
            data: bytes = self.sock.recv(self.mxchunk)
        except TimeoutError:
            raise SlowRequestError from None
        return data


class WholeBody:
    """A body that is either read to its end or fails; after a failure nothing more is read from the connection."""

    def __init__(self, reader: Any, connection: Connection) -> None:
        self._reader = reader
        self._connection = connection

    def read(self, size: int) -> bytes:
        """The next bytes; raises ShortBodyError when the client went away before the announced end."""
        try:
            expected = min(size, self._reader.length) if isinstance(self._reader, LengthReader) else 0
            data: bytes = self._reader.read(size)
            if len(data) < expected:
                raise ShortBodyError
        except OSError:
            self._connection.broken = True
            raise
        return data


class WholeResponse(Response):  # type: ignore[misc]
    """An answer whose head waits for the first piece of the body, so that both leave in one write."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.headers_sent = False
        self._held = b""

    def send_headers(self) -> None:
        """Make the head; it is sent with what comes next."""
        if self.headers_sent:
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        self._held = "".join(lines).encode("latin-1")
        self.headers_sent = True

    def sendfile(self, respiter: Any) -> bool:  # noqa: ARG002 (the parent's)
        """Files go out in pieces like everything else."""
        return False

    def close(self) -> None:
        """Send what is still held, and the end."""
        self.send_headers()
        self._emit(b"0\r\n\r\n" if self.chunked else b"")

    def _emit_body(self, data: bytes) -> None:
        self._emit(b"%X\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def _emit(self, data: bytes) -> None:
        data, self._held = self._held + data, b""
        if data:
            self.sock.sendall(data)


class Connection(TConn):  # type: ignore[misc]
    """A client's connection, and where its current request stands."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.queued_at = 0.0
        self.started_at = 0.0
        self.turn = threading.Lock()  # who answers: the thread that runs the call, or the loop that gave it up
        self.answering = False
        self.abandoned = False
        self.broken = False  # where the next request would begin is not known
        self.drained = 0
        self.head = bytearray()
        self.last_head = b""
        self.unreader: _BoundedUnreader

    def begin(self, seconds: float) -> None:
        """Prepare for the next request, whose head has to arrive within these seconds."""
        self.sock.setblocking(True)
        if self.parser is None:
            self.init()
            self.unreader = _BoundedUnreader(self.sock)
            self.parser.unreader = self.unreader  # type: ignore[attr-defined]
        self.last_head = _PATHLESS.sub(rb"\1 /?", bytes(self.head), count=1)
        self.unreader.unread(self.last_head)
        self.head.clear()
        self.allow(seconds)
        self.answering = False

    def receive(self) -> bool | None:
        """Take what has arrived into `head`: True when a whole head is there, None when not yet, False at the end."""
        try:
            data = self.sock.recv(65536)
        except (BlockingIOError, TimeoutError):
            return None
        except OSError:
            return False
        before = max(len(self.head) - 3, 0)
        self.head += data
        if not data:
            return False
        return True if len(self.head) >= HEAD_BYTES or _ENDS.search(self.head, before) else None

    def allow(self, seconds: float) -> None:
        """Set the time in which the next part of the request has to arrive."""
        self.unreader.deadline = time.monotonic() + seconds
