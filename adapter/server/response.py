"""The answer to a request, as WSGI applications give it, written to a socket."""

from __future__ import annotations

import socket
from email.utils import formatdate
from typing import Any

from adapter.server.head import Head

#: Statuses whose answers have no body.
_BODILESS = ("1", "204", "304")


class Response:
    """An answer whose head waits for the first piece of the body, so that both leave in one write."""

    def __init__(self, client: socket.socket, head: Head, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.begun = False
        self._client = client
        self._head = head
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._held: bytes | None = None  # the head until it is sent
        self._left: int | None = None  # bytes of the body to come, where the length is known
        self._chunked = False
        self._bodiless = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """WSGI's start_response."""
        if self.begun and exc_info:
            raise exc_info[1].with_traceback(exc_info[2])
        self._status, self._headers = status, headers
        return self.write

    def write(self, data: bytes) -> None:
        """Send a piece of the body, with the head when it is the first."""
        if not data:
            return
        self._begin()
        if self._bodiless:
            return
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        elif self._chunked:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self._send(data)

    def close(self) -> None:
        """Send what is still held, and the end."""
        self._begin()
        if self._left:
            self.keep_alive = False  # the application gave less than it had announced
        self._send(b"0\r\n\r\n" if self._chunked else b"")

    def _begin(self) -> None:
        if self.begun:
            return
        lines = [f"HTTP/1.{self._head.minor_version} {self._status}", f"Date: {formatdate(usegmt=True)}"]
        for name, value in self._headers:
            lower = name.lower()
            if lower == "content-length":
                self._left = int(value)
            elif lower == "connection":
                self.keep_alive = self.keep_alive and value.lower() != "close"
                continue
            lines.append(f"{name}: {value}")
        self._bodiless = self._head.method == "HEAD" or self._status.startswith(_BODILESS)
        if self._bodiless:
            self._left = None
        elif self._left is None:
            if self._head.minor_version:
                self._chunked = True
                lines.append("Transfer-Encoding: chunked")
            else:
                self.keep_alive = False
        lines.append(f"Connection: {'keep-alive' if self.keep_alive else 'close'}")
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
            raise ValueError("a header of the answer holds a line break")
        self._held = f"{text}\r\n\r\n".encode("latin-1")
        self.begun = True

    def _send(self, data: bytes) -> None:
        if self._held is not None:
            data, self._held = self._held + data, None
        if data:
            self._client.sendall(data)
