"""A 2017-01-17 endpoint over real HTTP that can be told to fail: the marketplace behind a wire that breaks."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.conftest import call_wsgi

#: Seconds that a `slow` answer takes; the gateway under test must wait less.
SLOW = 1.5


@dataclass(frozen=True)
class Executed:
    """Executed, then answered so; with `length` another Content-Length is promised than comes before the connection ends."""

    status: int
    content: bytes
    length: int | None = None


class Faulty:
    """`faults[operation]` are the next faults of an operation, in order; after them it works.

    before: closed unread of effect; after: executed, then closed; slow: executed, answered too late; throttle, html,
    garbage, empty, fault: answers instead of executing, or after it with a "+" in front; late: executed only after the
    gateway gave up; a dict: a JSON error answered with status 400; a pair of status and bytes: that answer; a
    function: called between the execution and the answer.
    `executed` are the operations that reached the marketplace and succeeded.
    """

    def __init__(self, app):
        self.app = app
        self.faults: dict[str, list] = defaultdict(list)
        self.calls: list[str] = []
        self.executed: list[str] = []
        self.bodies: list[dict] = []

    def next_fault(self, operation: str):
        waiting = self.faults[operation] or self.faults["*"]
        return waiting.pop(0) if waiting else None


def error(kind: str, message: str, **more: str) -> tuple[int, bytes]:
    return 400, json.dumps({"__type": kind, "Message": message, **more}).encode()


ANSWERS = {
    "throttle": error("ThrottlingException", "Rate exceeded"),
    "html": (503, b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"),
    "empty": (200, b"{}"),
    "garbage": (200, b'{"QualificationTypes": [{"broken'),
    "fault": (500, json.dumps({"__type": "ServiceFault", "Message": "Amazon has a problem"}).encode()),
    "denied": error("AccessDeniedException", "User is not authorized to perform this"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # head and content in one packet: the second of two waits for the first to be acknowledged
    wbufsize = -1

    def do_POST(self):
        faulty: Faulty = self.server.faulty
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        faulty.calls.append(operation)
        faulty.bodies.append(json.loads(body or b"{}"))
        fault = faulty.next_fault(operation)
        if fault == "before":
            self._drop()
            return
        if isinstance(fault, dict):
            self._answer(400, json.dumps(fault).encode())
            return
        if isinstance(fault, tuple) or fault in ANSWERS:
            self._answer(*(fault if isinstance(fault, tuple) else ANSWERS[fault]))
            return
        if fault == "late":
            time.sleep(SLOW)
        status, _, content = call_wsgi(
            faulty.app, "POST", f"http://{self.headers['Host']}{self.path}", dict(self.headers.items()), body
        )
        if status == 200:
            faulty.executed.append(operation)
        if isinstance(fault, str) and fault.startswith("+"):
            status, content = ANSWERS[fault[1:]]
        if callable(fault):
            fault()
        if fault == "after":
            self._drop()
            return
        if fault == "slow":
            time.sleep(SLOW)
        if isinstance(fault, Executed):
            self._answer(fault.status, fault.content, fault.length)
            return
        self._answer(status, content)

    def _answer(self, status, content, length=None):
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)
        if length is not None:
            self.wfile.flush()
            self._drop()

    def _drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that went away is part of the tests."""


@contextmanager
def flaky(app):
    """Serve a marketplace that can be told to fail; gives its controls and its URL."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.faulty = Faulty(app)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.faulty, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
