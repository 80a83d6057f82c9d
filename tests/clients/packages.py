"""Old clients as their authors published them: installed at test time, by version, into a cache outside the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from adapter.core.store import accounts
from tests.fixtures_live import environment

DRIVERS = Path(__file__).parent / "drivers"
SECONDS = 300


def cache() -> Path:
    """Where packages are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "mturk-legacy-adapter-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def program(name: str) -> str:
    """The path of a program of this machine; skips the test without it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def npm(name: str, version: str, overrides: dict[str, str] | None = None) -> Path:
    """The folder of an npm package, installed with what it depends on; skips the test where that fails."""
    final = cache() / f"npm-{name}-{version}"
    package = Path("node_modules") / name
    if not (final / package).is_dir():
        with tempfile.TemporaryDirectory(dir=cache()) as temporary:
            folder = Path(temporary) / "made"
            folder.mkdir()
            wanted = {"name": "made", "version": "1.0.0", "dependencies": {name: version}}
            (folder / "package.json").write_text(json.dumps(wanted | {"overrides": overrides or {}}))
            command = [program("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
            if done.returncode != 0:
                pytest.skip(f"npm cannot install {name} {version}: {last_line(done.stderr)}")
            keep(folder, final)
    return final / package


def python_source(name: str, version: str) -> Path:
    """The unpacked source of a release, whatever Python it was written for; skips the test where it cannot be had.

    pip unpacks a source before it asks it for its requirements. Code for Python 2 cannot answer that, and need not.
    """
    final = cache() / f"source-{name}-{version}"
    if not final.is_dir():
        with tempfile.TemporaryDirectory(dir=cache()) as temporary:
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-clean", "--no-build-isolation"]
            command += ["--no-binary", ":all:", "--dest", f"{temporary}/archives", f"{name}=={version}"]
            done = subprocess.run(
                command,
                env=os.environ | {"TMPDIR": temporary},
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            unpacked = [each.parent for each in Path(temporary).glob("pip-download-*/*/setup.py")]
            if not unpacked:
                pytest.skip(f"pip cannot fetch {name} {version}: {last_line(done.stderr)}")
            keep(unpacked[0], final)
    return final


def python_wheels(label: str, *requirements: str) -> Path:
    """A folder with the named releases, all of them wheels for any Python."""
    final = cache() / f"wheels-{label}"
    if not final.is_dir():
        with tempfile.TemporaryDirectory(dir=cache()) as temporary:
            command = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--platform",
                "any",
            ]
            command += ["--python-version", "27", "--implementation", "py", "--abi", "none", "--no-compile"]
            command += ["--target", f"{temporary}/made", *requirements]
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            if done.returncode != 0:
                pytest.skip(f"pip cannot install {' '.join(requirements)}: {last_line(done.stderr)}")
            keep(Path(temporary) / "made", final)
    return final


def keep(made: Path, final: Path) -> None:
    """Move what was installed to its place, unless another process was faster."""
    try:
        made.rename(final)
    except OSError:
        if not final.is_dir():
            raise


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


def requester(store, data: Path) -> dict[str, str]:
    """The environment in which a client works for an account of its own, with the command for scripted workers."""
    key = accounts.create_account(store, "Requester")
    return environment(data=data) | {
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "SIMULATE": json.dumps([sys.executable, "-m", "adapter.cli", "simulate"]),
    }


def in_sandbox(env: dict[str, str]) -> dict[str, str]:
    """The same for a client that is set to the sandbox: its workers are there, too."""
    return env | {"SIMULATE": json.dumps([sys.executable, "-m", "adapter.cli", "--sandbox", "simulate"])}


def run(command: list[str], env: dict[str, str], cwd: Path) -> dict:
    """Run a driver to its end; what it noted."""
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1])
