"""The sample call of the 2006-10-31 reference, with curl, before and after the Worker holds the Qualification."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from lxml import etree

from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.legacy_client import SERVICE, Client, hmac_sha1, through_http

pytestmark = pytest.mark.client
WORKER = "AZ3456EXAMPLE"


def sample(url, *options, **changed):
    """What curl prints for RevokeQualification as the reference of 2006 writes it."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed here")
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    parameters = {
        "Service": SERVICE,
        "AWSAccessKeyId": ACCESS_KEY_ID,
        "Version": "2006-10-31",
        "Operation": "RevokeQualification",
        "Signature": hmac_sha1(SECRET_ACCESS_KEY, f"{SERVICE}RevokeQualification{moment}"),
        "Timestamp": moment,
        "SubjectId": WORKER,
        "QualificationTypeId": "789RVWYBAZW00EXAMPLE",
        "Reason": "You have not been using the site",
        **changed,
    }
    fields = [piece for name, value in parameters.items() for piece in ("--data-urlencode", f"{name}={value}")]
    done = subprocess.run([curl, "-sS", "-G", *options, url, *fields], capture_output=True, check=True, timeout=60)
    return done.stdout


@pytest.mark.parametrize("path", ["/onca/xml", "/", "/xml"])
def test_the_sample_call_is_refused_until_the_worker_holds_it_and_then_revokes(live, path):
    key = type("Key", (), {"access_key_id": ACCESS_KEY_ID, "secret_access_key": SECRET_ACCESS_KEY})
    old = Client(key, through_http(live.url), version="2006-10-31")
    unknown = sample(live.url + path)
    assert b"<Code>AWS.MechanicalTurk.QualificationTypeDoesNotExist</Code>" in unknown
    type_id = old.qualification_type(f"Sample of 2006 {path}")
    before = sample(live.url + path, QualificationTypeId=type_id)
    assert b"<Code>AWS.MechanicalTurk.QualificationDoesNotExist</Code>" in before
    old.call("AssignQualification", QualificationTypeId=type_id, WorkerId=WORKER)
    after = sample(live.url + path, QualificationTypeId=type_id)
    assert after.startswith(b'<?xml version="1.0"?>\n<RevokeQualificationResponse><OperationRequest><RequestId>')
    assert after.endswith(
        b"</RequestId></OperationRequest><RevokeQualificationResult><Request><IsValid>True</IsValid></Request>"
        b"</RevokeQualificationResult></RevokeQualificationResponse>\n"
    )


def test_the_sample_call_travels_through_the_proxy(proxied):
    answer = sample(f"{proxied.url}/onca/xml", "--cacert", str(proxied.ca))
    assert etree.fromstring(answer).findtext(".//Code") == "AWS.MechanicalTurk.QualificationTypeDoesNotExist"
