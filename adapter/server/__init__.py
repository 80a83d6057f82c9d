"""The production server: how it is configured, started and stopped, and the processes it consists of."""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from adapter.core.settings import Settings, SettingsError
from adapter.server.worker import WAITING_PER_THREAD, Worker

LOG = logging.getLogger("adapter.serving")

#: Idle seconds after which a connection is closed; longer than a reverse proxy keeps its own (60 in deploy/nginx.conf).
KEEPALIVE_SECONDS = 75
GRACEFUL_SECONDS = 30
#: Seconds that the companion process has to end: a notification that is being sent takes as long.
COMPANION_SECONDS = 20


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's parent process, which also keeps one companion process (`adapter scheduler`) alive beside its workers."""

    def __init__(self, app: BaseApplication, companion: Sequence[str]) -> None:
        self._companion_command = companion
        self._companion: subprocess.Popen[bytes] | None = None
        self._companion_started = 0.0
        self._companion_resume = 0.0
        self._companion_pause = 0.5
        super().__init__(app)

    def manage_workers(self) -> None:
        """Once a second: start what is missing."""
        super().manage_workers()
        if not self._companion_command:
            return
        now = time.monotonic()
        if self._companion is not None:
            if self._companion.poll() is None:
                return
            lived = now - self._companion_started
            self._companion_pause = 1.0 if lived > 60 else min(self._companion_pause * 2, 60.0)
            LOG.error("the companion process ended; it is started again in %.0f seconds", self._companion_pause)
            self._companion = None
            self._companion_resume = now + self._companion_pause
        if now >= self._companion_resume:
            self._companion_started = now
            self._companion = subprocess.Popen(self._companion_command)  # noqa: S603 (our own command line)

    def stop(self, graceful: bool = True) -> None:
        """Stop all processes."""
        latest = time.monotonic() + COMPANION_SECONDS
        if self._companion:
            self._companion_command = ()
            self._companion.terminate()
        super().stop(graceful)
        if self._companion:
            try:
                self._companion.wait(max(1.0, latest - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._companion.kill()


class _Application(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, make: Callable[[], Any], companion: Sequence[str]) -> None:
        self.settings, self.make, self.companion = settings, make, companion
        super().__init__()

    def load_config(self) -> None:
        for name, value in configuration(self.settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self.make()

    def run(self) -> None:
        Master(self, self.companion).run()


def configuration(settings: Settings) -> dict[str, Any]:
    """The settings of gunicorn that follow from ours. Nothing else configures it: no file, no GUNICORN_CMD_ARGS."""
    threads = settings.threads
    memory = Path("/dev/shm")  # noqa: S108 (heartbeat files only; a slow disk must not stop the heart)
    return {
        "bind": address(settings),
        "worker_class": Worker,
        "workers": settings.workers or len(os.sched_getaffinity(0)),
        "threads": threads,
        # connections, idle ones included; further ones wait in the kernel
        "worker_connections": max(1000, threads * 2 * (1 + WAITING_PER_THREAD)),
        "backlog": 1024,
        "timeout": settings.request_timeout,
        "graceful_timeout": GRACEFUL_SECONDS,
        "keepalive": KEEPALIVE_SECONDS,
        # 0 lets the C parser bound the line at 1 MB; a Question of 64 KB takes up to 200 KB of a GET
        "limit_request_line": 0,
        "http_parser": "fast",
        # X-Forwarded-* are believed in one place only: where `trusted_proxies` says so
        "secure_scheme_headers": {},
        "forwarder_headers": "",
        "forwarded_allow_ips": "",
        "accesslog": None,
        "loglevel": settings.log_level.lower(),
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


def serve(settings: Settings, make: Callable[[], Any], companion: Sequence[str] = ()) -> None:
    """Serve the WSGI application that `make` returns (called once in every worker process) until told to stop.

    Raises SettingsError when the C parser is missing, without which a request line would have no bound.
    """
    if importlib.util.find_spec("gunicorn_h1c") is None:
        raise SettingsError("the package gunicorn_h1c is missing: install gunicorn[fast]")
    os.environ.pop("SCRIPT_NAME", None)  # gunicorn would take it for a prefix of every path
    _Application(settings, make, companion).run()
