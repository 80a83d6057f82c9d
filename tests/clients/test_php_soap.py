"""PHP's SoapClient, which reads our WSDL over HTTP, behind nginx with TLS."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from adapter.core.store import accounts
from adapter.legacy.protocol import wsdl

DRIVER = Path(__file__).parent / "drivers" / "soap_client.php"

pytestmark = pytest.mark.client


@pytest.fixture
def php():
    found = shutil.which("php")
    if not found:
        pytest.skip("php is not installed here (Debian: php-cli, php-soap)")
    modules = subprocess.run([found, "-m"], capture_output=True, text=True, check=True).stdout.split()
    if not {"soap", "openssl"} <= set(modules):
        pytest.skip("php has no SOAP here (Debian: php-soap)")
    return found


@pytest.mark.parametrize("version", ["2008-08-02", "2014-08-15"])
def test_a_working_day_by_php(php, proxied, proxied_store, version):
    key = accounts.create_account(proxied_store, "PHP")
    url = f"{proxied.url}/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.wsdl"
    run = subprocess.run(
        [php, DRIVER, url, key.access_key_id, key.secret_access_key, proxied.ca],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(run.stdout) == {
        "operations": len(wsdl.operations(version)),
        "balance": "10000.000",
        "description": "d & <e>",
        "found": [1, True],
        "assigned": ["True", "True"],
        "score": 9,
        "holders": [2, 2],
        "revoked": ["True", "False"],
        "code": "AWS.MechanicalTurk.InvalidQualificationState",
        "hit": ["Assignable", "0.05", True],
        "hits": [1, True],
        "refused": "AWS.NotAuthorized",
        "fault": "aws:Client.AWS.BadRequest",
    }
