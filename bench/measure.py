"""What the benchmarks share: processes under test, their CPU time and memory, clients, interleaved runs, tables."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import boto3

ROOT = Path(__file__).parent.parent
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SERVICE = "AWSMechanicalTurkRequester"


# ---- processes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """A process that listens, with all that it started."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """CPU seconds, user and system, of the process and all its descendants."""
        return sum(process_cpu(pid) for pid in tree(self.process.pid))

    def rss(self) -> int:
        """Resident bytes of the process and all its descendants; shared pages count in each."""
        return sum(resident(pid) for pid in tree(self.process.pid))

    def largest(self) -> int:
        """Resident bytes of the largest of these processes."""
        return max(resident(pid) for pid in tree(self.process.pid))


def process_cpu(pid: int) -> float:
    """CPU seconds that a process has used, in nanosecond steps, its ended threads included; 0.0 when it is gone."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # the kernel's number for the CPU clock of another process
    except OSError:
        return 0.0


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def resident(pid: int) -> int:
    """Resident bytes of a process now."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, IndexError):
        return 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(
    command: Sequence[str], port: int, data: Path, environ: Mapping[str, str], source: Path = ROOT
) -> Iterator[Server]:
    """A process of a source tree that listens on a port, for as long as the block lasts."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "bench.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=source, env=dict(environ), stdout=output, stderr=output
        )
    try:
        limit = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"{command} does not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)
        yield Server(process, port, data)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def environment(source: Path = ROOT, **settings: object) -> dict[str, str]:
    """This process's environment with no setting of the project but these, for the modules of a source tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ADAPTER_")}
    kept["PYTHONPATH"] = str(source)
    return kept | {f"ADAPTER_{name.upper()}": str(value) for name, value in settings.items()}


@contextlib.contextmanager
def gateway(source: Path = ROOT, *, settled: bool = True, **settings: object) -> Iterator[Server]:
    """`adapter serve` of a source tree, with one known key pair, on an empty database, with these settings.

    It listens; when `settled` it also has nothing left to do of its start.
    """
    with tempfile.TemporaryDirectory(prefix="adapter-bench-") as folder:
        port = free_port()
        chosen = {
            "port": port,
            "data": folder,
            "root_access_key_id": ACCESS_KEY_ID,
            "root_secret_access_key": SECRET_ACCESS_KEY,
            **settings,
        }
        with running(
            ("-m", "adapter.cli", "serve"), port, Path(folder), environment(source, **chosen), source
        ) as server:
            if settled:
                _settle(server)
            yield server


def _settle(server: Server) -> None:
    """Wait until a server that has just started, with all its processes, has nothing more to do."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        before = server.cpu()
        time.sleep(0.5)
        if server.cpu() - before < 0.01:
            return


@contextlib.contextmanager
def stub(*, rows: int = 100, total: int = 0, milliseconds: int = 0) -> Iterator[Server]:
    """A fast upstream with canned answers: lists of `rows` rows a page, `total` rows in all (0: one page)."""
    with tempfile.TemporaryDirectory(prefix="adapter-bench-") as folder:
        port = free_port()
        command = ("-m", "bench.stub", str(port), str(rows), str(total), str(milliseconds))
        with running(command, port, Path(folder), environment()) as server:
            yield server


# ---- clients -----------------------------------------------------------------------------------------------------------


class LegacyClient:
    """An old client over one kept connection; signs as Signature Version 0 or 1 with HMAC-SHA1."""

    def __init__(self, port: int, version: str = "2012-03-25") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._version = version

    def __call__(self, operation: str, **parameters: object) -> bytes:
        """The answer's XML. Raises RuntimeError when it is none of success."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        signed = hmac.new(SECRET_ACCESS_KEY.encode(), f"{SERVICE}{operation}{moment}".encode(), hashlib.sha1).digest()
        body = urlencode(
            {
                "Service": SERVICE,
                "Version": self._version,
                "Operation": operation,
                "AWSAccessKeyId": ACCESS_KEY_ID,
                "Timestamp": moment,
                "Signature": base64.b64encode(signed).decode(),
                **{name.replace("__", "."): str(value) for name, value in parameters.items()},
            }
        )
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/", body, kind)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200 or b"<Error>" in content:
            raise RuntimeError(f"{operation}: {answer.status} {content[:600]!r}")
        return content


def boto3_client(url: str):
    """A plain boto3 client with boto3's defaults."""
    return boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )


# ---- measuring ---------------------------------------------------------------------------------------------------------

#: What a contender does once, and the CPU seconds used so far by all that it is to be charged for.
Contender = tuple[Callable[[], object], Callable[[], float]]


def cpu_per_call(contender: Contender, calls: int) -> float:
    """CPU milliseconds per call."""
    call, used = contender
    before = used()
    for _ in range(calls):
        call()
    return (used() - before) / calls * 1000


def interleaved(
    contenders: Mapping[str, Contender], *, calls: int, rounds: int, after_round: Callable[[], object] = lambda: None
) -> dict[str, list[float]]:
    """CPU milliseconds per call of each contender, one figure a round; all contenders run in each round.

    Rounds alternate their order, and one unmeasured round comes first. `after_round` is called after each of them.
    """
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        order = list(contenders) if number % 2 else list(reversed(contenders))
        for name in order:
            figure = cpu_per_call(contenders[name], max(3, calls // 4) if number == 0 else calls)
            if number:
                figures[name].append(figure)
        after_round()
    return figures


def median(figures: Sequence[float]) -> float:
    return statistics.median(figures)


def spread(figures: Sequence[float]) -> str:
    """The median with the lowest and highest figure."""
    return f"{median(figures):.3f} ({min(figures):.3f} to {max(figures):.3f})"


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    lines = [[str(cell) for cell in line] for line in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def judged(name: str, value: float, limit: float) -> bool:
    """Print whether a figure keeps its limit; True when it does."""
    kept = value <= limit
    print(f"{'kept' if kept else 'MISSED'}  {name}: {value:.2f}, at most {limit:.2f}")
    return kept
