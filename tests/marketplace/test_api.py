"""The service's wire: who is let in, what is understood, and what every failure looks like."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.serving import make_server

from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api import sigv4
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.model import service
from adapter.marketplace.operations import registry
from tests.conftest import call_wsgi, mturk_client

TYPE = "application/x-amz-json-1.1"
TARGET = "MTurkRequesterServiceV20170117."
SAMPLE = b'{"WorkerId": "A2IBQA01NR5N76", "QualificationTypeId": "%s", "IntegerValue": 1, "SendNotification": false}'


def signed(key, name="GetAccountBalance", body=b"{}", url="http://marketplace.test/", region="us-east-1", **more):
    headers = {"Content-Type": TYPE, "X-Amz-Target": TARGET + name, **more}
    request = AWSRequest("POST", url, headers=headers, data=body)
    SigV4Auth(Credentials(key.access_key_id, key.secret_access_key), "mturk-requester", region).add_auth(request)
    return dict(request.headers.items())


def post(app, headers, body=b"{}", url="http://marketplace.test/", method="POST"):
    status, answered, content = call_wsgi(app, method, url, headers, body)
    assert answered["Content-Type"] == TYPE
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answered["x-amzn-RequestId"])
    return status, json.loads(content)


def test_the_sample_request_of_the_reference_is_answered_with_an_empty_result(marketplace, mturk, key):
    made = mturk.create_qualification_type(Name="Sample", Description="d", QualificationTypeStatus="Active")
    body = SAMPLE % made["QualificationType"]["QualificationTypeId"].encode()
    assert post(marketplace, signed(key, "AssociateQualificationWithWorker", body), body) == (200, {})


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-3", "sandbox"])
def test_any_region_is_taken(marketplace, key, region):
    assert post(marketplace, signed(key, region=region))[0] == 200


def test_a_query_and_unsigned_extra_headers_do_no_harm(marketplace, key):
    url = "http://marketplace.test/?b=2&a=%20x&a=1"
    assert post(marketplace, {**signed(key, url=url), "X-Forwarded-For": "1.2.3.4"}, url=url)[0] == 200


def test_a_long_query_and_a_header_signed_many_times_are_refused_before_they_cost_anything(marketplace, key):
    url = "http://marketplace.test/?" + "a&" * 3000
    assert post(marketplace, signed(key, url=url), url=url)[0] == 413
    headers = altered(
        signed(key), "authorization", lambda text: text.replace("SignedHeaders=", "SignedHeaders=" + "host;" * 100)
    )
    status, answer = post(marketplace, headers)
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    assert "named twice" in answer["message"]


def test_a_session_token_is_ignored(marketplace, key):
    headers = signed(key, **{"X-Amz-Security-Token": "anything"})
    assert post(marketplace, headers)[0] == 200


def altered(headers, name, change):
    return {each: change(value) if each.lower() == name else value for each, value in headers.items()}


@pytest.mark.parametrize(
    ("name", "change", "type"),
    [
        ("authorization", lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"), "InvalidSignatureException"),
        ("authorization", lambda text: text.replace("AWS4-HMAC-SHA256", "AWS3"), "IncompleteSignatureException"),
        ("authorization", lambda _: "Basic eDp5", "IncompleteSignatureException"),
        ("authorization", lambda _: "é", "IncompleteSignatureException"),
        ("authorization", lambda text: text.replace("mturk-requester", "mturk"), "InvalidSignatureException"),
        ("authorization", lambda text: text.replace("x-amz-target", "x-amz-other"), "InvalidSignatureException"),
        ("authorization", lambda text: text.replace("Credential=", "Credential=X"), "UnrecognizedClientException"),
        ("x-amz-date", lambda _: "yesterday", "IncompleteSignatureException"),
        ("x-amz-target", lambda text: text + "s", "InvalidSignatureException"),
    ],
)
def test_a_wrong_signature_is_refused(marketplace, key, name, change, type):
    status, answer = post(marketplace, altered(signed(key), name, change))
    assert (status, answer["__type"]) == (400, type)


def test_another_body_than_the_signed_one_is_refused(marketplace, key):
    assert post(marketplace, signed(key), b'{"a": 1}')[1]["__type"] == "InvalidSignatureException"


def test_an_unsigned_request_is_refused(marketplace):
    headers = {"Content-Type": TYPE, "X-Amz-Target": TARGET + "GetAccountBalance"}
    assert post(marketplace, headers)[1]["__type"] == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(("minutes", "status"), [(-14, 200), (14, 200), (-16, 400), (16, 400)])
def test_a_signature_holds_for_fifteen_minutes_either_way(marketplace, key, monkeypatch, minutes, status):
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None))
    headers = signed(key)
    assert f"{moment:%Y%m%dT%H%M}" in headers["X-Amz-Date"]
    assert post(marketplace, headers)[0] == status


def test_a_disabled_key_is_refused_at_once_in_the_same_process(marketplace, mturk, key, store):
    assert mturk.get_account_balance()["AvailableBalance"] == "10000.00"
    accounts.disable_key(store, key.access_key_id)
    assert post(marketplace, signed(key))[1]["__type"] == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "SerializationException"),
        (b"\xff", "SerializationException"),
        (b"[" * 100_000, "SerializationException"),
        (b'{"a": NaN}', "SerializationException"),
        (b'{"a": ' + b"9" * 5000 + b"}", "SerializationException"),
        (b"[]", "RequestError"),
        (b'"text"', "RequestError"),
        (b"", None),
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused(marketplace, key, body, code):
    status, answer = post(marketplace, signed(key, body=body), body)
    assert (status, answer.get("__type")) == (400 if code else 200, code)


def test_what_is_no_operation_is_said_so(marketplace, key):
    assert post(marketplace, signed(key, "Nothing"))[1]["__type"] == "UnknownOperationException"
    assert post(marketplace, signed(key), method="GET")[0] == 405
    assert post(marketplace, signed(key), url="http://marketplace.test/other")[0] == 404
    other = signed(key, **{"Content-Type": "text/plain"})
    assert post(marketplace, other)[1]["__type"] == "SerializationException"


def test_a_body_over_the_limit_is_refused_before_it_is_read(store, tmp_path, key):
    small = Marketplace(Settings(data=tmp_path, max_body=1024), store)
    body = b'{"x": "' + b"y" * 2000 + b'"}'
    assert post(small, signed(key, body=body), body)[0] == 413


def test_a_failure_inside_is_a_service_fault_without_a_trace(marketplace, key, monkeypatch, caplog):
    def fail(_call, _request):
        raise ZeroDivisionError("secret detail")

    broken = registry.ServiceOperation("GetAccountBalance", fail, writes=False)
    monkeypatch.setitem(registry.OPERATIONS, "GetAccountBalance", broken)
    status, answer = post(marketplace, signed(key))
    assert (status, answer["__type"]) == (500, "ServiceFault")
    assert "secret detail" not in json.dumps(answer)
    assert "secret detail" in caplog.text


def test_several_failed_constraints_are_listed_in_one_message(mturk):
    with pytest.raises(ClientError) as caught:
        mturk.get_qualification_score(QualificationTypeId="a b", WorkerId="B")
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: Value 'a b' at 'qualificationTypeId' failed to satisfy ")
    assert "Value 'B' at 'workerId' failed to satisfy constraint: Member must satisfy regular expression" in message
    assert re.search(r" \(\d{13}\)$", message)
    assert caught.value.response["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidParameterValue"


def test_missing_members_are_named_and_unknown_ones_tolerated(marketplace, key):
    body = b'{"Unheard": 1}'
    status, answer = post(marketplace, signed(key, "GetQualificationType", body), body)
    assert status == 400
    assert (
        "Value null at 'qualificationTypeId' failed to satisfy constraint: Member must not be null" in answer["Message"]
    )
    assert answer["TurkErrorCode"] == "AWS.MissingParameters"
    assert answer["Parameter"] == "QualificationTypeId"
    assert post(marketplace, signed(key, "GetAccountBalance", body), body)[0] == 200


def test_exact_error_types_are_sent_when_asked_for(store, tmp_path, key):
    exact = Marketplace(Settings(data=tmp_path, exact_error_types=True), store)
    body = b'{"QualificationTypeId": "a b"}'
    assert post(exact, signed(key, "GetQualificationType", body), body)[1]["__type"] == "ValidationException"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


TEXTS = st.text(max_size=30) | st.sampled_from(
    ["", "1", "0.00", "9" * 40, "0.5", "3X", "A1", "<a/>", "é\u2028\x01", "' OR 1=1 --", "https://sqs.test/1/q", "%_"]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 100) | st.sampled_from([2**31 - 1, 30, 31_536_000])


def valued(name):
    """Values of a shape: most keep its constraints, few make sense."""
    shape = service()["shapes"][name]
    match shape["type"]:
        case "structure":
            members = {member: valued(each["shape"]) for member, each in shape["members"].items()}
            required = {member: members.pop(member) for member in shape.get("required", ())}
            return st.fixed_dictionaries(required, optional=members)
        case "list":
            return st.lists(valued(shape["member"]["shape"]), max_size=3)
        case "string" if "enum" in shape:
            return st.sampled_from(shape["enum"])
        case "string" if "pattern" in shape:
            return st.from_regex(shape["pattern"], fullmatch=True) | TEXTS
        case "string":
            return TEXTS
        case "integer" | "long":
            return st.integers(shape.get("min", -(2**31)), shape.get("max", 2**31 - 1)) | NUMBERS
        case "boolean":
            return st.booleans()
        case _:
            return st.floats(0, 4e9) | NUMBERS


@st.composite
def requests(draw):
    name = draw(st.sampled_from(sorted(registry.OPERATIONS)))
    shape = service()["operations"][name]["input"]["shape"]
    if draw(st.integers(0, 9)):
        return name, draw(valued(shape))
    return name, draw(st.fixed_dictionaries({}, optional=dict.fromkeys(service()["shapes"][shape]["members"], JSON)))


@given(requests())
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_request_makes_the_service_fail(marketplace, key, request_):
    name, members = request_
    body = json.dumps(members).encode()
    status, answer = post(marketplace, signed(key, name, body), body)
    assert status in {200, 400}, answer
    assert status == 200 or answer["TurkErrorCode"].startswith("AWS.")


def test_the_model_is_complete_and_loads_without_botocores_own():
    model = ServiceModel(service(), "mturk")
    assert len(model.operation_names) == 39
    for name in model.operation_names:
        assert model.operation_model(name).input_shape is not None
    assert "documentation" not in json.dumps(service())


def test_the_key_that_signed_is_told_by_the_headers_alone(key):
    headers = {name.lower(): value for name, value in signed(key).items()} | {"host": "marketplace.test"}
    now = datetime.now(UTC).timestamp()
    assert sigv4.verify("POST", "", headers, b"{}", now, lambda _: key) == key


@pytest.fixture
def address(marketplace):
    server = make_server("127.0.0.1", 0, marketplace, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_boto3_works_over_http(address, key):
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=address,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )
    try:
        assert client.get_account_balance()["AvailableBalance"] == "10000.00"
    finally:
        client.close()


@pytest.mark.client
def test_the_unmodified_aws_cli_works_over_http(address, key):
    environment = {
        "PATH": "/usr/bin:/bin",
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }

    def aws(*arguments):
        command = [Path(sys.executable).with_name("aws"), "mturk", "--endpoint-url", address, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout or "null"), done.stderr

    described = ("--name", "CLI", "--description", "Für alle", "--qualification-type-status", "Active")
    code, made, _ = aws("create-qualification-type", *described)
    assert code == 0
    of = ("--qualification-type-id", made["QualificationType"]["QualificationTypeId"])
    worker = ("--worker-id", "A2IBQA01NR5N76")
    assert (
        aws("associate-qualification-with-worker", *of, *worker, "--integer-value", "4", "--no-send-notification")[0]
        == 0
    )
    assert aws("get-qualification-score", *of, *worker)[1]["Qualification"]["IntegerValue"] == 4
    code, _, error = aws("create-qualification-type", *described)
    assert code != 0
    assert "already created a QualificationType with this name" in error


def test_accounts_do_not_share_a_client(marketplace, store):
    one, two = (mturk_client(marketplace, accounts.create_account(store, name)) for name in ("one", "two"))
    one.create_qualification_type(Name="Mine", Description="d", QualificationTypeStatus="Active")
    assert two.list_qualification_types(MustBeRequestable=True)["NumResults"] == 0
