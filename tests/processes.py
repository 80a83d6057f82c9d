"""Processes that run this program: each is a copy of one that has imported it, which spares it a second or more of CPU."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

#: Makes the copies; tests that need processes of their own for a function may use it, too.
COPIES = multiprocessing.get_context("forkserver")
COPIES.set_forkserver_preload(
    [
        "adapter.app",
        "adapter.server",
        *(f"adapter.cli.{name}" for name in ("call", "doctor", "main", "server", "simulate", "workers")),
        "adapter.migrations",
        "alembic.command",
        "tests.legacy_client",
    ]
)


def pool(count: int) -> ProcessPoolExecutor:
    """So many copies that run functions. They end by themselves: a signal while one writes its coverage would block it for ever."""
    return ProcessPoolExecutor(count, mp_context=COPIES)


class Running:
    """A process under way, with what tests need of subprocess.Popen."""

    def __init__(self, process) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout=None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return self._process.exitcode

    def send_signal(self, number) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass
class Done:
    """How a process ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def start(command, *, env, cwd, stdout, stderr=None, stdin=os.devnull) -> Running:
    """Start what Python would run by `-m`, a module and arguments; the streams are files, one for both outputs will do."""
    process = COPIES.Process(
        target=_run, args=(command, dict(env), str(cwd), *map(str, (stdin, stdout, stderr or stdout))), daemon=True
    )
    process.start()
    return Running(process)


def run(*command, env, cwd, given="", seconds=120) -> Done:
    """Run such a command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(given)
        running = start(command, env=env, cwd=cwd, stdin=streams[0], stdout=streams[1], stderr=streams[2])
        try:
            code = running.wait(seconds)
        finally:
            running.kill()
        return Done(code, *(each.read_text() for each in streams[1:]))


def _run(command, env, cwd, *streams) -> None:
    """Become that process."""
    for number, path in enumerate(streams):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND if number else os.O_RDONLY, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - open as long as the process lives
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    _, module, *sys.argv[1:] = command
    runpy.run_module(module, run_name="__main__", alter_sys=True)
