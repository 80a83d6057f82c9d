"""A client's connection: what has arrived on it, and where its current request stands."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapter.core import metrics
from adapter.core.observability import Record, request_id
from adapter.server.body import MEMORY_BYTES, Body
from adapter.server.head import Head, api_headers, read_head
from adapter.server.refusals import INCOMPLETE, Refusal, protocol_of

#: Seconds in which the request line and the headers have to arrive, and those for which a client may pause in a body.
HEAD_SECONDS = 30
PAUSE_SECONDS = 15
#: Most bytes of request line and headers together.
HEAD_BYTES = 2 * 1024 * 1024
#: After the answer: seconds and bytes still read from a client that goes on sending, so that it gets to reading.
LINGER_SECONDS = 5
LINGER_BYTES = 16 * 1024 * 1024
#: A request of more bytes, body and address together, is a large one; a Question of 64 KB never makes one in a POST.
LARGE_BYTES = 256 * 1024


@dataclass(slots=True)
class Request:
    """A request whose head has arrived, and its body as far as it has."""

    head: Head
    body: Body


class Connection:
    """One connection. The loop and a thread have it by turns, never both at once, but for `turn`."""

    def __init__(self, sock: socket.socket, peer: Any, limit: int, body_seconds: float) -> None:
        self.sock = sock
        self.peer = peer
        self.request: Request | None = None
        self.whole = False
        self.arrived = bytearray()
        self.deadline = time.monotonic() + HEAD_SECONDS
        self.queued_at = 0.0
        self.started_at = 0.0
        self.lingering = False
        self.turn = threading.Lock()  # who answers: the thread that runs the call, or the loop that gave it up
        self.answering = False
        self.abandoned = False
        self._limit = limit
        self._body_seconds = body_seconds
        self._last_second = 0.0  # when the whole body has to be there
        self._searched = 0
        self._drained = 0

    @property
    def idle(self) -> bool:
        """Whether nothing of a request has arrived."""
        return self.request is None and not self.arrived

    @property
    def large(self) -> bool:
        """Whether what has arrived is more than a client may have here without being counted."""
        return max(len(self.arrived), self.collected) > MEMORY_BYTES

    @property
    def collected(self) -> int:
        """Bytes of the current body that were collected."""
        return self.request.body.size if self.request else 0

    @property
    def weight(self) -> int:
        """Bytes of the current request when it is a large one, else 0."""
        size = len(self.request.head.environ["RAW_URI"]) + self.request.body.size if self.request else 0
        return size if size > LARGE_BYTES else 0

    def receive(self) -> bool | None:
        """Take what has arrived: True when that was something, None when it was nothing, False at the end."""
        try:
            data = self.sock.recv(65536)
        except (BlockingIOError, TimeoutError):
            return None
        except OSError:
            return False
        self.arrived += data
        return bool(data)

    def advance(self) -> bool:
        """Go on with what has arrived; True when a whole request is there. Raises RefusedError."""
        if self.request is None:
            if self.arrived.startswith((b"\r", b"\n")):  # some clients send a line break behind a body
                self.arrived = self.arrived.lstrip(b"\r\n")
            size = self._head_size()
            if not size:
                return False
            head = read_head(bytes(self.arrived[:size]))
            del self.arrived[:size]
            self.request = Request(head, Body(head.length, self._limit))
            self._last_second = time.monotonic() + self._body_seconds
            if head.expects_continue and not self.arrived and not self.request.body.too_large:
                with contextlib.suppress(OSError):
                    self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.deadline = min(time.monotonic() + PAUSE_SECONDS, self._last_second)
        self.whole = self.request.body.take(self.arrived)
        return self.whole

    def _head_size(self) -> int:
        """The size of the head when its end is there, or when it is too large to wait for one; else 0."""
        for end in (b"\r\n\r\n", b"\n\n"):
            place = self.arrived.find(end, self._searched)
            if place >= 0:
                return place + len(end)
        self._searched = max(len(self.arrived) - 3, 0)
        return len(self.arrived) if len(self.arrived) >= HEAD_BYTES else 0

    def environ(self, request: Request, names: Mapping[str, str]) -> dict[str, Any]:
        """WSGI's view of a request on this connection; `names` are those of the server."""
        host, port = self.peer[:2] if isinstance(self.peer, tuple) else ("", 0)
        return {
            **request.head.environ,
            **names,
            **({"REMOTE_ADDR": host, "REMOTE_PORT": str(port)} if host else {"REMOTE_ADDR": ""}),
            "SCRIPT_NAME": "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": request.body.stream(),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def forget(self) -> None:
        """The request is over; what has arrived behind it begins the next one."""
        if self.request:
            self.request.body.close()
        self.request = None
        self.whole = False
        self.answering = False
        self.started_at = 0.0
        self._searched = 0

    def refuse(self, refusal: Refusal, wait: float = 0) -> None:
        """Send a refusal, for at most these seconds, and log it like a call; the connection is closed after it."""
        head = self.request.head.environ if self.request else api_headers(bytes(self.arrived[:MEMORY_BYTES]))
        protocol = protocol_of(head)
        record = Record(request_id(), protocol=protocol, error=refusal.code)
        answer = refusal.answer(protocol, record.request_id)
        lines = (
            f"HTTP/1.1 {answer.status} {answer.reason}\r\nContent-Type: {answer.content_type}\r\n"
            f"Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n"
        )
        with contextlib.suppress(OSError):  # the client did not wait for it
            self.sock.settimeout(wait)
            self.sock.sendall(lines.encode() + answer.body)
        record.finish(answer.status, logging.WARNING)
        metrics.figures().refusals.labels(answer.status).inc()

    def expire(self) -> None:
        """Say, where it matters, that the rest of the request did not arrive in time."""
        if not self.lingering and not self.idle:
            self.refuse(INCOMPLETE)

    def linger(self) -> bool:
        """End our side; False when the client still sends, and what it sends must be drained for its sake."""
        self.lingering = True
        self.deadline = time.monotonic() + LINGER_SECONDS
        self.forget()
        self.arrived.clear()
        try:
            self.sock.setblocking(False)
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return True
        return self.drain()

    def drain(self) -> bool:
        """Throw away what a client still sends, as closing at once could destroy the answer. True at the end."""
        try:
            while data := self.sock.recv(65536):
                self._drained += len(data)
                if self._drained > LINGER_BYTES:
                    break
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def close(self) -> None:
        """Close it, and forget what it had sent."""
        self.forget()
        self.sock.close()
