"""A process that delivers notifications, and is killed (SIGKILL) where a named function is called for the n-th time."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def deliverer(settings, at: str = "", number: int = 1) -> subprocess.Popen:
    """Start a process that delivers all that is due; with `module:function` it dies there."""
    spec = {
        "settings": {name: value for name, value in asdict(settings).items() if name != "data"},
        "data": str(settings.data),
        "at": at,
        "number": number,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.dying"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
    )
    process.stdin.write(json.dumps(spec).encode())
    process.stdin.close()
    return process


def die(settings, at: str, number: int = 1) -> None:
    """Deliver in a process of its own that dies there."""
    process = deliverer(settings, at, number)
    assert ended(process) == -signal.SIGKILL


def ended(process: subprocess.Popen) -> int:
    """Wait for the end of a process; its exit code."""
    output = process.stdout.read()
    process.stdout.close()
    code = process.wait(120)
    assert code in {0, -signal.SIGKILL}, output.decode()[-3000:]
    return code


def _main() -> None:
    spec = json.load(sys.stdin)
    from adapter.core.database import open_store
    from adapter.core.settings import Settings
    from adapter.notifications.delivery import Dispatcher

    settings = Settings(**spec["settings"], data=Path(spec["data"]))
    if spec["at"]:
        module_name, _, function_name = spec["at"].partition(":")
        module = importlib.import_module(module_name)
        real, seen, lock = getattr(module, function_name), [], threading.Lock()

        def deadly(*args, **kwargs):
            with lock:
                seen.append(1)
                if len(seen) == spec["number"]:
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        setattr(module, function_name, deadly)
    store = open_store(settings)
    dispatcher = Dispatcher(store, settings)
    dispatcher.finish()
    dispatcher.close()
    store.close()


if __name__ == "__main__":
    _main()
