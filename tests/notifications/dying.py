"""A process that delivers notifications, and is killed (SIGKILL) where a named function is called for the n-th time."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from tests import processes

ROOT = Path(__file__).parent.parent.parent


def deliverer(settings, at: str = "", number: int = 1) -> processes.Running:
    """Start a process that delivers all that is due; with `module:function` it dies there."""
    spec = {
        "settings": {name: value for name, value in asdict(settings).items() if name != "data"},
        "data": str(settings.data),
        "at": at,
        "number": number,
    }
    command = ("-m", "tests.notifications.dying", json.dumps(spec))
    return processes.start(command, env=os.environ, cwd=ROOT, stdout=_log(settings))


def _log(settings) -> Path:
    return settings.data / "deliverer.log"


def die(settings, at: str, number: int = 1) -> None:
    """Deliver in a process of its own that dies there."""
    assert ended(deliverer(settings, at, number), settings) == -signal.SIGKILL


def ended(process: processes.Running, settings) -> int:
    """Wait for the end of a process; its exit code."""
    code = process.wait(120)
    assert code in {0, -signal.SIGKILL}, _log(settings).read_text()[-3000:]
    return code


def _main() -> None:
    spec = json.loads(sys.argv[1])
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
