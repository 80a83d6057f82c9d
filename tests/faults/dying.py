"""A process that makes one legacy call and is killed (SIGKILL) where a named function is called for the n-th time."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

from tests import processes
from tests.legacy_client import Client, flatten, through_flask

ROOT = Path(__file__).parent.parent.parent


def die(world, at: str, operation: str, members: dict, how: dict, number: int = 1) -> None:
    """Make the call in a process of its own that dies at `module:function`, before it runs for the n-th time.

    `how` it is sent: see one_call.
    """
    spec = {
        "settings": {name: value for name, value in asdict(world.settings).items() if name != "data"},
        "data": str(world.settings.data),
        "key": [world.key.access_key_id, world.key.secret_access_key],
        "at": at,
        "number": number,
        "operation": operation,
        "members": members,
        "how": how,
    }
    ended = processes.run("-m", "tests.faults.dying", json.dumps(spec), env=os.environ, cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:] + ended.stdout[-2000:]


def _main() -> None:
    spec = json.loads(sys.argv[1])
    from adapter import create_app
    from adapter.core.settings import Settings

    app = create_app(Settings(**spec["settings"], data=Path(spec["data"])))
    module_name, _, function_name = spec["at"].partition(":")
    module = importlib.import_module(module_name)
    real, seen = getattr(module, function_name), []

    def deadly(*args, **kwargs):
        seen.append(1)
        if len(seen) == spec["number"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(module, function_name, deadly)
    access_key_id, secret = spec["key"]
    key = SimpleNamespace(access_key_id=access_key_id, secret_access_key=secret)
    answer = Client(key, through_flask(app)).raw(spec["operation"], flatten(spec["members"]), **spec["how"])
    sys.stdout.buffer.write(answer.body)


if __name__ == "__main__":
    _main()
