"""The production server: how it is configured, started and stopped, and the processes it consists of."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from adapter.core.metrics import figures
from adapter.core.settings import Settings
from adapter.server.metrics import Endpoint
from adapter.server.process import WAITING_PER_THREAD, ServingProcess

#: Idle seconds after which a connection is closed; longer than a reverse proxy keeps its own (60 in deploy/nginx.conf).
KEEPALIVE_SECONDS = 75
GRACEFUL_SECONDS = 30


class _Application(BaseApplication):  # type: ignore[misc]
    """What gunicorn's processes run. One of them, whichever is first to lock a file, does the due work.

    The kernel gives the lock back when that process ends, however it ends; then the next process takes it.
    """

    def __init__(
        self,
        settings: Settings,
        make: Callable[[], Any],
        due_work: Callable[[threading.Event], None] | None,
        metrics: Endpoint | None,
    ) -> None:
        self.settings, self.make, self.metrics = settings, make, metrics
        self.do_due_work = due_work
        self.has_due_work = False
        #: the largest body that any address takes
        self.body_limit = max(settings.max_body, settings.max_upload)
        #: readable when the parent process is gone, as that alone holds the other end
        self.lifeline, self._parents_end = os.pipe()
        self._lock = tempfile.TemporaryFile()  # noqa: SIM115 (held until the process ends)
        super().__init__()

    def load_config(self) -> None:
        for name, value in configuration(self.settings, self.do_due_work is not None).items():
            self.cfg.set(name, value)
        self.cfg.set("post_fork", self._after_fork)
        if self.metrics:
            self.cfg.set("child_exit", _forget)

    def load(self) -> Any:
        return self.make()

    def take_due_work(self) -> bool:
        """Whether the due work is this process's, which it is from now on when it was nobody's."""
        if self.do_due_work is not None and not self.has_due_work:
            try:
                fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            self.has_due_work = True
        return self.has_due_work

    def close_metrics(self) -> None:
        """Leave the port of the metrics to a successor of this server."""
        if self.metrics:
            self.metrics.close()

    def _after_fork(self, _parent: Any, _process: Any) -> None:
        os.close(self._parents_end)
        if self.metrics:
            self.metrics.answer()


class _OurLog(Logger):  # type: ignore[misc]
    """gunicorn's lines among ours, and in their form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def _forget(_parent: Any, process: Any) -> None:
    """Keep the counters of a process that has ended, and drop its gauges."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 (see adapter.core.metrics)

    mark_process_dead(process.pid)  # type: ignore[no-untyped-call]


def configuration(settings: Settings, due_work: bool) -> dict[str, Any]:
    """The settings of gunicorn that follow from ours. Nothing else configures it: no file, no GUNICORN_CMD_ARGS."""
    threads = settings.threads
    memory = Path("/dev/shm")  # noqa: S108 (heartbeat files only; a slow disk must not stop the heart)
    return {
        "bind": address(settings),
        "worker_class": ServingProcess,
        "workers": (settings.workers or len(os.sched_getaffinity(0))) + due_work,
        "threads": threads,
        # connections, idle ones included; further ones wait in the kernel
        "worker_connections": max(1000, threads * 2 * (1 + WAITING_PER_THREAD)),
        "backlog": 1024,
        "timeout": settings.request_timeout,
        "graceful_timeout": GRACEFUL_SECONDS,
        "keepalive": KEEPALIVE_SECONDS,
        "loglevel": settings.log_level.lower(),
        "logger_class": _OurLog if settings.log_format == "json" else Logger,
        "control_socket_disable": True,
        "worker_tmp_dir": str(memory) if os.access(memory, os.W_OK) else None,
        "proc_name": "adapter",
    }


def address(settings: Settings) -> str:
    """Where to listen, as gunicorn spells it: host:port, [IPv6]:port or unix:path."""
    host = settings.host
    if host.startswith("unix:"):
        return host
    return f"[{host}]:{settings.port}" if ":" in host and not host.startswith("[") else f"{host}:{settings.port}"


def serve(
    settings: Settings,
    make: Callable[[], Any],
    due_work: Callable[[threading.Event], None] | None = None,
    metrics: Endpoint | None = None,
) -> None:
    """Serve the WSGI application that `make` returns (called once in every process) until told to stop.

    `due_work` runs in a process of its own beside them, until the event is set; it is begun again when it ends. Every
    process answers at `metrics`, too.
    """
    figures()  # made now, so that the processes share the memory
    _Application(settings, make, due_work, metrics).run()
