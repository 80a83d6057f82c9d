"""Ruby's soap4r, whose driver is made from the WSDL that the server gives."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from adapter.core.store import accounts

DRIVER = Path(__file__).parent / "drivers" / "soap4r.rb"

pytestmark = pytest.mark.client


@pytest.fixture
def ruby():
    found = shutil.which("ruby")
    if not found:
        pytest.skip("ruby is not installed here")
    if subprocess.run([found, "-W0", "-rsoap/wsdlDriver", "-e", "1"], capture_output=True, check=False).returncode != 0:
        pytest.skip("ruby has no soap4r here (Debian: ruby-soap4r)")
    return found


@pytest.mark.parametrize("version", ["2008-08-02", "2014-08-15"])
def test_a_working_day_by_soap4r(ruby, live, live_store, version):
    key = accounts.create_account(live_store, "Ruby")
    command = [ruby, "-W0", DRIVER, f"http://127.0.0.1:{live.port}", version, key.access_key_id, key.secret_access_key]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {
        "valid": "True",
        "title": "Café & <more>",
        "question": True,
        "reward": "0.05",
        "listed": ["1", "1", 1],
        "balance": "$9,999.94",
        "blocked": ["True", "True"],
        "disabled": "True",
        "unknown": "AWS.MechanicalTurk.HITDoesNotExist",
        "refused": "AWS.NotAuthorized",
    }
