"""The unmodified AWS CLI and a plain boto3 client speak to the 2017-01-17 side at the same port as the old clients."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.legacy_client import Client, through_http

pytestmark = pytest.mark.client
WORKER = "AZ3456EXAMPLE"


@pytest.fixture(scope="module")
def aws(live):
    """Runs the AWS CLI; gives what it prints, read as JSON."""
    command = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")
    if command is None:
        pytest.skip("the AWS CLI is not installed here")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
    }

    def run(*arguments):
        done = subprocess.run(
            [command, "mturk", *arguments, "--endpoint-url", live.url, "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return json.loads(done.stdout) if done.stdout.strip() else done.stderr

    return run


@pytest.fixture(scope="module")
def old(live):
    """An old client with the same key pair."""
    key = type("Key", (), {"access_key_id": ACCESS_KEY_ID, "secret_access_key": SECRET_ACCESS_KEY})
    return Client(key, through_http(live.url), version="2006-10-31")


def test_the_cli_and_an_old_client_see_the_same(aws, old):
    name = f"Colours {uuid.uuid4().hex[:6]}"
    made = aws(
        "create-qualification-type", "--name", name, "--description", "d", "--qualification-type-status", "Active"
    )
    type_id = made["QualificationType"]["QualificationTypeId"]
    both = ("--qualification-type-id", type_id, "--worker-id", WORKER)
    assert aws("associate-qualification-with-worker", *both, "--integer-value", "1", "--no-send-notification") == ""
    subject = {"QualificationTypeId": type_id, "SubjectId": WORKER}
    assert old.call("GetQualificationScore", **subject).findtext("IntegerValue") == "1"
    old.call("RevokeQualification", **subject)
    assert "status of: Granted" in aws("get-qualification-score", *both)
    assert aws("get-account-balance")["AvailableBalance"].startswith("10000")


def test_a_plain_boto3_client_does_the_same(live, old):
    session = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1")
    modern = session.client("mturk", endpoint_url=live.url)
    type_id = old.qualification_type(f"Numbers {uuid.uuid4().hex[:6]}")
    modern.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=WORKER, IntegerValue=42, SendNotification=False
    )
    score = old.call("GetQualificationScore", QualificationTypeId=type_id, SubjectId=WORKER)
    assert score.findtext("IntegerValue") == "42"
    listed = modern.list_workers_with_qualification_type(QualificationTypeId=type_id)
    assert [each["WorkerId"] for each in listed["Qualifications"]] == [WORKER]


def test_the_sample_request_of_the_2017_reference_gets_200_and_nothing(live, old):
    type_id = old.qualification_type(f"Sample {uuid.uuid4().hex[:6]}")
    body = json.dumps(
        {"WorkerId": WORKER, "QualificationTypeId": type_id, "IntegerValue": 1, "SendNotification": False}
    )
    request = AWSRequest(
        "POST",
        live.url + "/",
        data=body,
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "MTurkRequesterServiceV20170117.AssociateQualificationWithWorker",
        },
    )
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "mturk-requester", "us-east-1").add_auth(request)
    answer = requests.post(live.url + "/", data=body, headers=dict(request.headers.items()), timeout=30)
    assert answer.status_code == 200
    assert answer.json() == {}
