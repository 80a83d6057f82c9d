"""The scripts know a .venv that was made elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tests.fixtures_live import ROOT


def make_venv(checkout):
    """What the scripts say while they make sure of a .venv in this checkout."""
    command = ". scripts/common.sh && make_venv && .venv/bin/python -m pip --version"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert str(checkout / ".venv") in done.stdout
    return done.stderr


def test_a_venv_that_came_with_a_moved_checkout_is_renewed_once(tmp_path):
    first = tmp_path / "first place"
    (first / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "common.sh", first / "scripts")
    assert "making .venv" in make_venv(first)
    assert make_venv(first) == ""
    (first / ".venv" / "mine").touch()
    second = tmp_path / "second"
    first.rename(second)
    assert "belongs to another place" in make_venv(second)
    assert make_venv(second) == ""
    assert not (second / ".venv" / "mine").exists()
