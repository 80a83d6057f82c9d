"""Requests that are signed for other services of AWS are answered in those services' own protocols, by real boto3."""

from __future__ import annotations

import re

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from lxml import etree

SAYS = "This endpoint is a Mechanical Turk requester API"


@pytest.fixture
def client_of(live):
    def make(service, secret=live.secret_access_key):
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=live.url,
            aws_access_key_id=live.access_key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    return make


@pytest.mark.parametrize(
    ("service", "operation", "given"),
    [
        ("s3", "list_buckets", {}),
        ("s3", "put_object", {"Bucket": "b", "Key": "k/é", "Body": b"x" * 100_000}),
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}),
        ("s3", "delete_object", {"Bucket": "b", "Key": "k"}),
        ("ec2", "describe_instances", {}),
        ("iam", "get_user", {}),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "session"}),
        ("sns", "list_subscriptions", {}),
        ("sqs", "list_queues", {}),
        ("rds", "describe_db_instances", {}),
        ("cloudwatch", "list_metrics", {}),
        ("dynamodb", "list_tables", {}),
        ("secretsmanager", "list_secrets", {}),
        ("lambda", "list_functions", {}),
        ("route53", "list_hosted_zones", {}),
        ("kms", "list_keys", {}),
        ("ses", "get_send_quota", {}),
    ],
)
def test_a_service_that_is_not_here_is_refused_so_that_its_sdk_can_say_so(client_of, service, operation, given):
    with pytest.raises(ClientError) as caught:
        getattr(client_of(service), operation)(**given)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Code"] == "InvalidAction"
    message = caught.value.response["Error"]["Message"]
    assert message.startswith(SAYS)
    assert f"'{service}'" in message or service in {"cloudwatch", "ses"}
    assert "AWS_ENDPOINT_URL_MTURK" in message


def test_whether_a_bucket_is_there_is_no_answer_that_means_no_such_bucket(client_of):
    with pytest.raises(ClientError) as caught:
        client_of("s3").head_bucket(Bucket="b")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_presigned_address_of_another_service_is_refused(live):
    request = AWSRequest("GET", f"{live.url}/bucket/key")
    SigV4QueryAuth(Credentials(live.access_key_id, live.secret_access_key), "s3", "us-east-1").add_auth(request)
    answer = requests.get(request.url, timeout=20)
    assert answer.status_code == 400
    assert etree.fromstring(answer.content).findtext("Message").startswith(SAYS)


def test_who_is_calling_is_told_and_is_the_same_each_time(client_of):
    told = client_of("sts").get_caller_identity()
    assert re.fullmatch(r"\d{12}", told["Account"])
    assert re.fullmatch(r"A\w{13}", told["UserId"])
    assert told["Arn"] == f"arn:aws:iam::{told['Account']}:root"
    assert client_of("sts").get_caller_identity()["Account"] == told["Account"]
    assert client_of("mturk").get_account_balance()["AvailableBalance"]


def test_a_wrong_secret_is_refused_as_sts_refuses_it(client_of, live):
    with pytest.raises(ClientError) as caught:
        client_of("sts", secret="wrong").get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    nobody = boto3.client(
        "sts", region_name="us-east-1", endpoint_url=live.url, aws_access_key_id="AKIANOBODY", aws_secret_access_key="x"
    )
    with pytest.raises(ClientError) as caught:
        nobody.get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"


@pytest.mark.parametrize("body", [b"", b"Action=%ff", b"Action=Nonsense", b"&" * 3000, b"Action=" + b"a" * 70_000])
def test_what_is_no_call_of_sts_is_a_refusal_in_its_words(live, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", live.url + "/", data=body, headers=headers)
    SigV4Auth(Credentials(live.access_key_id, live.secret_access_key), "sts", "us-east-1").add_auth(request)
    answer = requests.post(live.url + "/", data=body, headers=dict(request.headers), timeout=20)
    assert 400 <= answer.status_code < 500
    root = etree.fromstring(answer.content)
    assert root.tag == "ErrorResponse"
    assert root.findtext("Error/Code")


def test_each_leaves_one_line_in_the_log(client_of, live):
    before = live.log.read_text().count("operation=GetCallerIdentity")
    client_of("sts").get_caller_identity()
    line = [each for each in live.log.read_text().splitlines() if "operation=GetCallerIdentity" in each]
    assert len(line) == before + 1
    assert "protocol=STS" in line[-1]
    assert "status=200" in line[-1]


def test_legacy_calls_are_taken_as_ever(live):
    answer = requests.get(f"{live.url}/?Operation=Help&X-Amz-Credential=none", timeout=20)
    assert b"<HelpResponse>" in answer.content
