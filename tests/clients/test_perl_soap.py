"""Perl's SOAP::Lite, which writes the type of each value beside it, and base64 for what is not ASCII."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

from adapter.core.store import accounts
from tests.legacy_client import A_HIT, elements

DRIVER = Path(__file__).parent / "drivers" / "soap_lite.pl"


@pytest.fixture
def perl():
    found = shutil.which("perl")
    if not found:
        pytest.skip("perl is not installed here")
    if subprocess.run([found, "-MSOAP::Lite", "-e", "1"], capture_output=True, check=False).returncode != 0:
        pytest.skip("perl has no SOAP::Lite here (Debian: libsoap-lite-perl)")
    return found


@pytest.mark.client
@pytest.mark.parametrize("version", ["2008-08-02", "2014-08-15"])
def test_a_working_day_by_soap_lite(perl, live, live_store, version):
    key = accounts.create_account(live_store, "Perl")
    command = [perl, DRIVER, f"http://127.0.0.1:{live.port}", version, key.access_key_id, key.secret_access_key]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    assert dict(line.split("=", 1) for line in run.stdout.splitlines()) == {
        "valid": "True",
        "title": "Café & <more>",
        "question": "same",
        "reward": "0.05",
        "total": "1",
        "listed": "1",
        "balance": "$9,999.88",
        "notified": "1",
        "disabled": "True",
        "unknown": "AWS.MechanicalTurk.HITDoesNotExist",
        "refused": "AWS.NotAuthorized",
        "fault": "aws:Client.AWS.BadRequest",
    }


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("xsd:base64Binary", base64.b64encode("Ünï".encode()).decode(), "Ünï"),
        ("base64", base64.b64encode("Ünï".encode("latin-1")).decode(), "Ünï"),
        ("xsd:base64Binary", "VOlz\ndA==\n", "Tést"),
        ("xsd:base64Binary", "no base64!", "no base64!"),
        ("xsd:string", "VOlzdA==", "VOlzdA=="),
        ("xsd:int", "5", "5"),
    ],
)
def test_a_text_is_decoded_where_its_type_says_so(scene, kind, sent, kept):
    client = scene.requester(scheme="soap", path="/")
    members = {name: value for name, value in A_HIT.items() if name != "Title"}
    text = elements(members) + f'<Title {XSI} xsi:type="{kind}">{sent}</Title>'
    made = client.soap("CreateHIT", wrapper=f"<Request>{text}</Request>").root
    hit_id = next(made.iter("{*}HITId")).text
    assert client.call("GetHIT", HITId=hit_id).findtext("Title") == kept
