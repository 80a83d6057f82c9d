"""A process of the server: accepts connections in one loop and runs their requests in a pool of threads."""

from __future__ import annotations

import contextlib
import gc
import logging
import resource
import selectors
import signal
import socket
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.workers.base import Worker as Base  # what gunicorn documents as the class to extend

from adapter.core import metrics
from adapter.server.connection import HEAD_SECONDS, LINGER_SECONDS, Connection
from adapter.server.head import RefusedError
from adapter.server.refusals import OVERLOADED, UNKNOWN
from adapter.server.response import Response

LOG = logging.getLogger("adapter.serving")

#: Bytes that unfinished requests may take in memory and in temporary files; past them large ones are not taken.
WAITING_BYTES = 1024 * 1024 * 1024
WAITING_HEADS = 64 * 1024 * 1024
#: Seconds for which a thread waits for the next request of its client while most threads are idle.
NEXT_SECONDS = 0.02
#: Bytes per thread of large requests that are worked on at once: what strangers send must not fill the memory.
LARGE_BYTES_PER_THREAD = 512 * 1024
#: Requests that may wait per thread, and the seconds one may wait before it is refused instead of begun.
WAITING_PER_THREAD = 7
PATIENCE_SECONDS = 10
#: Requests after which what exists is hidden from the garbage collector: clients and templates are made by then.
WARM_REQUESTS = (1, 50)
#: Seconds for which no connection is accepted once the system has no file for one left.
FULL_SECONDS = 1
#: Seconds between two tries of due work that failed as a whole.
AGAIN_SECONDS = 5


class ServingProcess(Base):  # type: ignore[misc]
    """One of gunicorn's processes: it serves, or does the due work when no other process of the service does.

    No connection has a thread before a whole request has arrived, so that no client holds one by sending slowly; what
    could only be queued for too long is refused, and every refusal has the shape of the caller's API.
    """

    def init_process(self) -> None:
        """Prepare the process, then run it until it is told to stop."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection with a large body takes two
        sys.setswitchinterval(0.05)  # many threads that mostly compute: a third less time lost in handing over
        self.poller = selectors.DefaultSelector()
        reader, self.waker = socket.socketpair()
        self.waker.setblocking(False)
        reader.setblocking(False)
        self.poller.register(reader, selectors.EVENT_READ, partial(_empty, reader))
        self.poller.register(self.app.lifeline, selectors.EVENT_READ, self._orphaned)
        self.connections: set[Connection] = set()
        self.running: set[Connection] = set()
        self.finished: deque[tuple[Connection, bool]] = deque()
        self.large: dict[Connection, int] = {}
        self.held: deque[Connection] = deque()
        self.listening = False
        self.accept_from = 0.0
        self.jobs = 0
        self.served = 0
        self.serving = False
        self.ticked_at = 0.0
        self.names = _names(self.sockets[0].getsockname())
        self.most_jobs = self.cfg.threads * (1 + WAITING_PER_THREAD)
        super().init_process()

    def load_wsgi(self) -> None:
        """Make the application of this process; one for due work needs none."""
        if self.app.take_due_work():
            return
        super().load_wsgi()
        gc.collect()
        gc.freeze()

    def run(self) -> None:
        """Serve, or do the due work, until told to stop; a process that finds the due work left alone takes it over."""
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        if not self.app.has_due_work:
            self._serve()
        if self.app.has_due_work and self.alive:
            self._do_due_work()

    def _orphaned(self) -> None:
        """The parent is gone: the port must be free for its successor at once."""
        LOG.warning("the parent process is gone; this one ends")
        self.poller.unregister(self.app.lifeline)
        self.alive = False
        self._close_listeners()
        self.app.close_metrics()

    def _close_listeners(self) -> None:
        self._listen(False)
        for each in self.sockets:
            each.close()

    # Due work.

    def _do_due_work(self) -> None:
        self._close_listeners()
        stopping = threading.Event()
        thread = threading.Thread(target=self._repeat_due_work, args=(stopping,), name="due work")
        thread.start()
        while self.alive:
            self.notify()
            self._turn()
        stopping.set()
        while thread.is_alive():
            self.notify()
            thread.join(1)

    def _repeat_due_work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                self.app.do_due_work(stopping)
            except Exception:
                LOG.exception("the due work failed; it is begun again in %d seconds", AGAIN_SECONDS)
                stopping.wait(AGAIN_SECONDS)

    # The loop: nothing here may wait for a client.

    def _serve(self) -> None:
        self.pool = ThreadPoolExecutor(self.cfg.threads)
        self.serving = True
        while self.alive and not self.app.has_due_work:
            self.notify()
            full = len(self.connections) >= self.cfg.worker_connections or time.monotonic() < self.accept_from
            self._listen(not full)
            self._turn()
        self._end_serving()

    def _end_serving(self) -> None:
        """Finish what is under way; nobody waits for idle connections, and briefly for requests that are still arriving."""
        self.serving = False
        self._close_listeners()
        now = time.monotonic()
        for each in self.connections - self.running:
            if each.idle:
                self._end(each)
            else:
                each.deadline = min(each.deadline, now + LINGER_SECONDS)
        while self.connections and time.monotonic() < now + self.cfg.graceful_timeout:
            self.notify()
            self._turn()
        self.pool.shutdown(wait=False)

    def _turn(self) -> None:
        """One round of the loop: at most a second."""
        for key, _ in self.poller.select(1.0):
            key.data()
        while self.finished:
            connection, keep = self.finished.popleft()
            self.jobs -= 1
            self.large.pop(connection, None)
            self._after_request(connection, keep)
        self._begin_held()
        if time.monotonic() - self.ticked_at > 0.5:
            self.ticked_at = time.monotonic()
            self._expire(self.ticked_at)
            self._measure()
            self.app.take_due_work()

    def _measure(self) -> None:
        busy = sum(1 for each in tuple(self.running) if each.started_at)
        figures = metrics.figures()
        figures.threads.set(self.cfg.threads if self.serving else 0)
        figures.threads_busy.set(busy)
        figures.waiting.set(max(0, self.jobs - busy))
        figures.connections.set(len(self.connections))

    def _listen(self, wanted: bool) -> None:
        if wanted != self.listening:
            for each in self.sockets:
                if wanted:
                    each.setblocking(False)
                    self.poller.register(each, selectors.EVENT_READ, partial(self._accept, each))
                else:
                    self.poller.unregister(each)
            self.listening = wanted

    def _accept(self, listener: Any) -> None:
        if not self.listening:
            return  # the parent ended in this very round
        try:
            client, peer = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was faster, or the client has gone again
        except OSError as error:
            LOG.error("no connection can be accepted: %s", error)  # noqa: TRY400 (no trace is needed)
            self.accept_from = time.monotonic() + FULL_SECONDS
            return
        client.setblocking(False)
        if client.family in {socket.AF_INET, socket.AF_INET6}:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(client, peer, self.app.body_limit, self.cfg.timeout)
        self.connections.add(connection)
        self.poller.register(client, selectors.EVENT_READ, partial(self._receive, connection))

    def _receive(self, connection: Connection) -> None:
        """Collect a request; only a whole one gets a thread."""
        was_idle = connection.idle
        received = connection.receive()
        if received is None:
            return
        if not received:
            self._end(connection)
            return
        if was_idle:
            connection.deadline = time.monotonic() + HEAD_SECONDS
        self._advance(connection)

    def _advance(self, connection: Connection) -> None:
        try:
            if connection.advance():
                self.poller.unregister(connection.sock)
                self._enqueue(connection)
            elif connection.large and self._crowded():
                raise RefusedError(OVERLOADED)
        except RefusedError as error:
            connection.refuse(error.refusal)
            self.poller.unregister(connection.sock)
            self._linger(connection)
        except OSError:
            LOG.exception("a body could not be kept")
            connection.refuse(OVERLOADED)
            self._end(connection)

    def _crowded(self) -> bool:
        waiting = [each for each in self.connections if each not in self.running]
        heads = sum(len(each.arrived) for each in waiting)
        return heads > WAITING_HEADS or sum(each.collected for each in waiting) > WAITING_BYTES

    def _enqueue(self, connection: Connection) -> None:
        """Give a whole request to a thread, or refuse it when too many wait already."""
        if self.jobs >= self.most_jobs:
            connection.refuse(OVERLOADED)
            self._linger(connection)
            return
        self.jobs += 1
        self.running.add(connection)
        connection.queued_at = time.monotonic()
        if connection.weight:
            self.held.append(connection)
        else:
            self.pool.submit(self._run, connection)

    def _begin_held(self) -> None:
        """Give large requests to threads as far as they fit beside those that have one; at least four always fit."""
        most = self.cfg.threads * LARGE_BYTES_PER_THREAD
        while self.held:
            weight = min(self.held[0].weight, most // 4)
            # one that waited for too long only gets a thread to be refused
            waits = time.monotonic() - self.held[0].queued_at < PATIENCE_SECONDS
            if waits and sum(self.large.values()) + weight > most:
                return
            self.large[self.held[0]] = weight
            self.pool.submit(self._run, self.held.popleft())

    def _after_request(self, connection: Connection, keep: bool) -> None:
        """Keep the connection for its next request, or say goodbye without waiting for it."""
        self.running.discard(connection)
        if not keep or not self.serving:
            self._linger(connection)
            return
        connection.sock.setblocking(False)
        if connection.whole:
            self._enqueue(connection)
            return
        if connection.request is None:
            connection.deadline = time.monotonic() + (self.cfg.keepalive if connection.idle else HEAD_SECONDS)
        self.poller.register(connection.sock, selectors.EVENT_READ, partial(self._receive, connection))

    def _linger(self, connection: Connection) -> None:
        if connection.linger() or not self.serving:
            self._close(connection)
        else:
            self.poller.register(connection.sock, selectors.EVENT_READ, partial(self._drain, connection))

    def _drain(self, connection: Connection) -> None:
        if connection.drain():
            self._end(connection)

    def _end(self, connection: Connection) -> None:
        self.poller.unregister(connection.sock)
        self._close(connection)

    def _close(self, connection: Connection) -> None:
        self.connections.discard(connection)
        connection.close()

    def _expire(self, now: float) -> None:
        """End what has lasted too long."""
        for connection in [each for each in self.connections if each.deadline < now and each not in self.running]:
            connection.expire()
            self._end(connection)
        for connection in tuple(self.running):
            if connection.started_at and connection.started_at + self.cfg.timeout < now:
                self._abandon(connection)

    def _abandon(self, connection: Connection) -> None:
        """Answer for a call that hangs. Nobody knows what it did, so the answer must make no old client repeat it."""
        with connection.turn:
            if connection.answering or connection.abandoned:
                return
            connection.abandoned = True
        LOG.error("a call was given up after %d seconds", self.cfg.timeout)
        connection.refuse(UNKNOWN)
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_WR)
        if sum(1 for each in self.running if each.abandoned) * 2 >= self.cfg.threads:
            LOG.error("half of the threads hang: this process is replaced")
            self.alive = False

    # The threads.

    def _run(self, connection: Connection) -> None:
        keep = False
        try:
            keep = self._answer_all(connection)
        except Exception:
            LOG.exception("a connection was lost")
        finally:
            self.finished.append((connection, keep))
            with contextlib.suppress(BlockingIOError):
                self.waker.send(b"\0")

    def _answer_all(self, connection: Connection) -> bool:
        """Answer a request, and those that the client sent right behind it; True to keep the connection."""
        waited = time.monotonic() - connection.queued_at
        metrics.figures().wait_seconds.observe(waited)
        if waited > PATIENCE_SECONDS:
            connection.refuse(OVERLOADED, wait=5)
            return False
        try:
            while self._answer(connection):
                connection.forget()
                if connection.arrived:
                    if connection.advance() and not connection.weight:
                        continue
                    return True
                if not self.serving or self.jobs * 2 > self.cfg.threads:
                    return True
                # most clients ask again at once; waiting here for a moment spares the way through the loop
                connection.sock.settimeout(NEXT_SECONDS)
                received = connection.receive()
                if not received or not connection.advance() or connection.weight:
                    return received is not False
        except RefusedError as error:
            connection.refuse(error.refusal, wait=5)
        return False

    def _answer(self, connection: Connection) -> bool:
        """Run the application on a request and send its answer; True to keep the connection."""
        request = connection.request
        if request is None:
            return False
        head, body = request.head, request.body
        connection.started_at = time.monotonic()
        response = Response(connection.sock, head, self.serving and head.keep_alive and not body.too_large)
        try:
            pieces = self.wsgi(connection.environ(request, self.names), response.start)
            try:
                if not self._takes_turn(connection):
                    return False
                connection.sock.settimeout(self.cfg.timeout)  # for one piece of the answer, however slowly it is read
                for piece in pieces:
                    response.write(piece)
                response.close()
            finally:
                if hasattr(pieces, "close"):
                    pieces.close()
        except Exception as error:
            if response.begun and isinstance(error, OSError):
                LOG.debug("the client did not take its answer: %s", error)
            elif response.begun:
                LOG.exception("an answer broke off")
            elif self._takes_turn(connection):
                LOG.exception("a request failed")
                connection.refuse(UNKNOWN, wait=5)
            return False
        finally:
            self.served += 1
            if self.served in WARM_REQUESTS:
                gc.freeze()
        return response.keep_alive

    @staticmethod
    def _takes_turn(connection: Connection) -> bool:
        with connection.turn:
            connection.answering = not connection.abandoned
        return connection.answering


def _empty(reader: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while reader.recv(4096):
            pass


def _names(address: Any) -> dict[str, str]:
    """WSGI's names of the server, which a request without a Host is answered with."""
    host, port = address[:2] if isinstance(address, tuple) else ("localhost", 80)
    return {"SERVER_NAME": host, "SERVER_PORT": str(port)}
