"""deploy/adapter.service is complete and closed, as systemd itself judges it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures_live import ROOT

UNIT = ROOT / "deploy" / "adapter.service"
PROGRAM = "/opt/adapter/bin/adapter"


@pytest.fixture
def analyze():
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed here")

    def run(*arguments):
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)

    return run


def test_systemd_finds_nothing_to_say_about_the_unit(analyze, tmp_path):
    unit = tmp_path / UNIT.name
    # where the documentation installs the program; here it lies elsewhere
    text = UNIT.read_text()
    assert f"ExecStart={PROGRAM} serve\n" in text
    unit.write_text(text.replace(PROGRAM, str(Path(sys.executable).with_name("adapter"))))
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_gives_the_service_little_more_than_it_needs(analyze):
    # tenths of systemd's scale from 0, nothing exposed, to 10
    done = analyze("security", "--offline=true", "--threshold=20", "--no-pager", str(UNIT))
    assert done.returncode == 0, done.stdout


def test_the_unit_starts_with_the_machine():
    assert "\n[Install]\nWantedBy=multi-user.target\n" in UNIT.read_text()
