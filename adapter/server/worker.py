"""The worker of the production server: gunicorn's threaded one, bounded at every edge."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent import futures
from functools import partial
from selectors import EVENT_READ
from types import SimpleNamespace
from typing import Any

from gunicorn.http import errors as http_errors
from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from adapter.server.connection import Connection, SlowRequestError, WholeBody, WholeResponse
from adapter.server.refusals import INCOMPLETE, OVERLOADED, UNKNOWN, Refusal, refusal_of

LOG = logging.getLogger("adapter.serving")

#: Seconds in which the request line and the headers have to arrive.
HEAD_SECONDS = 30
#: Bytes above which an unfinished head is large, and the bytes that all unfinished heads may take when one is.
LARGE_HEAD = 64 * 1024
WAITING_HEADS = 64 * 1024 * 1024
#: Seconds for which a thread waits for the next request of its client while most threads are idle.
NEXT_SECONDS = 0.02
#: Requests that may wait per thread, and the seconds one may wait before it is refused instead of begun.
WAITING_PER_THREAD = 7
PATIENCE_SECONDS = 10
#: Refusals that may wait for their turn; past them a connection is closed without a word.
WAITING_REFUSALS = 1000
#: After the answer: seconds and bytes still read from a client that goes on sending, so that it gets to reading.
LINGER_SECONDS = 5
LINGER_BYTES = 16 * 1024 * 1024
#: Requests after which what exists is hidden from the garbage collector: clients and templates are made by then.
WARM_REQUESTS = (1, 50)


#: The headers that tell which API a client speaks.
_TELLING = re.compile(rb"(?im)^(soapaction|x-amz-target|content-type)[ \t]*:([^\r\n]*)")


class Worker(ThreadWorker):  # type: ignore[misc]
    """Accepts connections in one loop and runs their requests in a pool of threads.

    Unlike its parent it gives no thread to a connection before a request arrives, lets no client hold a thread by
    sending or reading slowly, never waits for a client in the loop, refuses with HTTP 503 what it could only queue for
    too long, and answers its own refusals in the shape of the legacy API.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_jobs = self.cfg.threads * (1 + WAITING_PER_THREAD)
        self.jobs = 0
        self.refusals = 0
        self.running: set[Connection] = set()
        self.lingering: list[Connection] = []
        self.current = threading.local()
        self.refusers: futures.ThreadPoolExecutor
        self.plain = _plain(self.cfg)

    def init_process(self) -> None:
        """Prepare the process, then run the loop."""
        sys.setswitchinterval(0.05)  # many threads that mostly compute: a third less time lost in handing over
        self.refusers = futures.ThreadPoolExecutor(max_workers=2)
        super().init_process()

    def load_wsgi(self) -> None:
        """Make the application of this process; nothing of it is shared with another."""
        super().load_wsgi()
        self.wsgi: Callable[..., Any] = partial(self._call, self.wsgi)
        gc.collect()
        gc.freeze()

    def _call(self, app: Callable[..., Any], environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ["PATH_INFO"] = environ["PATH_INFO"] or "/"  # `POST https://host?Service=... HTTP/1.1` has none
        answer = app(environ, start_response)
        connection: Connection = self.current.connection
        with connection.turn:
            if connection.abandoned:
                raise ConnectionResetError(errno.ECONNRESET, "given up meanwhile")
            connection.answering = True
        connection.sock.settimeout(self.cfg.timeout)  # for one piece of the answer, however slowly it is read
        return answer

    # The loop: nothing here may wait for a client.

    def accept(self, listener: Any) -> None:
        """Take a new connection; it gets a thread when its first bytes arrive."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}:
                raise
            return
        if client.family in {socket.AF_INET, socket.AF_INET6}:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.nr_conns += 1
        connection = Connection(self.plain, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + HEAD_SECONDS
        self.pending_conns.append(connection)
        self.poller.register(client, EVENT_READ, partial(self._receive, connection))

    def _receive(self, conn: Connection, _socket: Any) -> None:
        """Collect the head of a request; only a whole one gets a thread, so that slow clients cost none."""
        waiting = self.keepalived_conns if conn in self.keepalived_conns else self.pending_conns
        complete = conn.receive()
        if len(conn.head) > LARGE_HEAD and sum(len(each.head) for each in self.pending_conns) > WAITING_HEADS:
            complete = False
        if complete is None:
            if waiting is self.keepalived_conns and conn.head:
                waiting.remove(conn)
                conn.timeout = time.monotonic() + HEAD_SECONDS
                self.pending_conns.append(conn)
            return
        waiting.remove(conn)
        self.poller.unregister(conn.sock)
        if complete:
            self.enqueue_req(conn)
        else:
            self._close(conn)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or stop to accept; at the end of the process idle connections are closed: nobody waits for them."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for idle in (self.keepalived_conns, self.pending_conns):
            while idle:
                conn = idle.popleft()
                self.poller.unregister(conn.sock)
                self._close(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Give the connection's next request to a thread, or refuse it when too many wait already."""
        conn.queued_at = time.monotonic()
        if self.jobs < self.most_jobs:
            self.jobs += 1
            job = self.tpool.submit(self.handle, conn)
            job.add_done_callback(lambda done: self.method_queue.defer(self._finish_job, conn, done))
        elif self.refusals < WAITING_REFUSALS:
            self.refusals += 1
            job = self.refusers.submit(self.refuse, conn)
            job.add_done_callback(lambda done: self.method_queue.defer(self._finish_refusal, conn, done))
        else:
            self.nr_conns -= 1
            conn.close()

    def _finish_job(self, conn: Connection, done: futures.Future[bool]) -> None:
        self.jobs -= 1
        self.finish_request(conn, done)

    def _finish_refusal(self, conn: Connection, done: futures.Future[bool]) -> None:
        self.refusals -= 1
        self.finish_request(conn, done)

    def finish_request(self, conn: Connection, fs: futures.Future[bool]) -> None:
        """Keep the connection for its next request, or say goodbye without waiting for it."""
        if self.alive and not fs.cancelled() and fs.exception() is None and fs.result():
            conn.sock.setblocking(False)
            conn.set_timeout()
            self.keepalived_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))
            return
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.timeout = time.monotonic() + LINGER_SECONDS
        if not self._drain(conn):
            if not self.alive:
                self._close(conn)
                return
            self.lingering.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_lingering_readable, conn))

    def _drain(self, conn: Connection) -> bool:
        """Throw away what a client still sends, as closing at once could destroy the answer. True when closed."""
        try:
            while data := conn.sock.recv(65536):
                conn.drained += len(data)
                if conn.drained > LINGER_BYTES:
                    break
        except BlockingIOError:
            return False
        except OSError:
            pass
        self._close(conn)
        return True

    def _on_lingering_readable(self, conn: Connection, _socket: Any) -> None:
        self.poller.unregister(conn.sock)
        if self._drain(conn):
            self.lingering.remove(conn)
        else:
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_lingering_readable, conn))

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Once a second or so: end what has lasted too long."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].timeout < now:
            conn = self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            if conn.head:
                send(conn.sock, INCOMPLETE, wait=0)
            self._close(conn)
        for conn in [each for each in self.lingering if each.timeout < now]:
            self.lingering.remove(conn)
            self.poller.unregister(conn.sock)
            self._close(conn)
        for conn in [each for each in tuple(self.running) if each.started_at + self.cfg.timeout < now]:
            self._abandon(conn)

    def _abandon(self, conn: Connection) -> None:
        """Answer for a call that hangs. Nobody knows what it did, so the answer must make no old client repeat it."""
        with conn.turn:
            if conn.answering or conn.abandoned:
                return
            conn.abandoned = True
        LOG.error("a call was given up after %d seconds", self.cfg.timeout)
        send(conn.sock, UNKNOWN, wait=0)
        with contextlib.suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        stuck = sum(1 for each in tuple(self.running) if each.abandoned)
        if stuck * 2 >= self.cfg.threads:
            LOG.error("half of the threads hang: this process is replaced")
            self.alive = False

    # The threads.

    def handle(self, conn: Connection) -> bool:
        """Read a request and run it, and those that the client sent right behind it; True to keep the connection."""
        if time.monotonic() - conn.queued_at > PATIENCE_SECONDS:
            return self.refuse(conn)
        while self._handle_one(conn):
            if conn.unreader.buf.getbuffer().nbytes:
                continue
            if not self.alive or self.jobs * 2 > self.cfg.threads:
                return True
            # most clients ask again at once; waiting here for a moment spares the way through the loop
            conn.sock.settimeout(NEXT_SECONDS)
            complete = conn.receive()
            if complete is None:
                return True
            if not complete:
                return False
        return False

    def _handle_one(self, conn: Connection) -> bool:
        request = None
        self.current.connection = conn
        try:
            conn.begin(HEAD_SECONDS)
            request = next(conn.parser)
            conn.started_at = time.monotonic()
            self.running.add(conn)
            request.body.reader = WholeBody(request.body.reader, conn)
            conn.allow(self.cfg.timeout)
            keep = self.handle_request(request, conn)
            return self._keepalive_after(conn, keep) and not (conn.abandoned or conn.broken)
        except (StopIteration, http_errors.NoMoreData, ConnectionError):
            pass  # the client went away
        except Exception as error:  # noqa: BLE001 (whatever it is, the client gets an answer)
            self.handle_error(request, conn.sock, conn.client, error)
        finally:
            self.running.discard(conn)
            conn.last_head = b""
            if self.nr in WARM_REQUESTS:
                gc.freeze()
        return False

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Run the application on a request and send its answer; True to keep the connection."""
        made = wsgi.create(req, conn.sock, conn.client, conn.server, conn.cfg, response_class=WholeResponse)
        response: WholeResponse = made[0]
        environ: dict[str, Any] = made[1]
        environ["wsgi.multithread"] = True
        self.nr += 1
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            response.force_close()
        pieces = self.wsgi(environ, response.start_response)
        try:
            for piece in pieces:
                response.write(piece)
            response.close()
        except OSError:
            raise
        except Exception:
            if not response.headers_sent:
                raise
            LOG.exception("an answer broke off")
            return False
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        return not response.should_close()

    def refuse(self, conn: Connection) -> bool:
        """Answer that the service is busy; nothing of the call has been done, so it may be repeated."""
        headers: dict[str, str] = {}
        try:
            conn.begin(2)
            headers = dict(next(conn.parser).headers)
        except Exception:  # noqa: BLE001 (it is refused in any case)
            LOG.debug("refused unread")
        send(conn.sock, OVERLOADED, headers)
        LOG.warning("refused a request: all threads are busy")
        return False

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002 (the parent's)
        """Answer for a request that cannot be served, in the caller's protocol and without its text in the log."""
        peer = addr[0] if isinstance(addr, tuple) and addr else "-"
        refusal = INCOMPLETE if isinstance(exc, SlowRequestError) else refusal_of(exc)
        told = _TELLING.findall(self.current.connection.last_head)
        headers = {name.decode().upper(): value.decode("latin-1") for name, value in told}
        if refusal is UNKNOWN:
            LOG.error("a request from %s failed: %s", peer, type(exc).__name__, exc_info=exc)
        else:
            LOG.warning("refused a request from %s: %s", peer, type(exc).__name__)
        send(client, refusal, headers)


def _plain(cfg: Any) -> SimpleNamespace:
    """Settings of gunicorn as attributes; its own way to look one up would cost each request a fiftieth of its time."""
    computed = ("is_ssl", "sendfile", "forwarded_allow_networks", "proxy_allow_networks")
    return SimpleNamespace(**{name: getattr(cfg, name) for name in (*cfg.settings, *computed)})


def send(client: socket.socket, refusal: Refusal, headers: dict[str, str] | None = None, wait: float = 5) -> None:
    """Send a refusal; the connection is closed after it."""
    answer = refusal.answer(headers or {})
    head = (
        f"HTTP/1.1 {answer.status} {answer.reason}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        client.settimeout(wait)
        client.sendall(head.encode() + answer.body)
    except OSError:
        LOG.debug("the client did not wait for its refusal")
