"""Every call of either API leaves exactly one line in the log, whoever refuses it, with the same keys and no secret."""

from __future__ import annotations

import json
import re

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests import processes
from tests.fixtures_live import ask, environment
from tests.legacy_client import NAMESPACE

KEYS = ["request_id", "requester", "operation", "version", "protocol", "upstream_calls", "ms", "status", "error"]
HEAD = "Host: x\r\nConnection: close\r\n"
SOAP = 'SOAPAction: "x"\r\n'
JSON = "X-Amz-Target: MTurkRequesterServiceV20170117.GetAccountBalance\r\n"


@pytest.fixture
def lines(server):
    """Sends something to a server of its own: `lines(send)` gives the lines of calls that it left."""
    live = server(workers=1, request_timeout=4)

    def after(send):
        before = len(live.log.read_text())
        send(live)
        logged = live.log.read_text()[before:]
        assert "SECRET" not in logged
        found = [dict(re.findall(r"(\w+)=(\S+)", line)) for line in logged.splitlines() if "request_id=" in line]
        assert all(list(each) == KEYS for each in found)
        return found

    return after


def raw(request):
    return lambda live: ask(live, request.encode("latin-1"))


def test_every_call_leaves_one_line_whoever_refuses_it(lines):
    envelope = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<Help xmlns="{NAMESPACE}2014-08-15"><Request><About>GetHIT</About></Request></Help></s:Body></s:Envelope>'
    )
    for request, protocol, operation, status, error in (
        ("GET /?Operation=Help&About=GetHIT&Signature=SECRET HTTP/1.1\r\n" + HEAD, "REST", "Help", 200, "-"),
        (
            "GET /?Operation=GetHIT&Signature=SECRET HTTP/1.1\r\n" + HEAD,
            "REST",
            "GetHIT",
            200,
            "AWS.BadCredentialSupplied",
        ),
        ("PUT /SECRET HTTP/1.1\r\n" + HEAD, "-", "-", 404, "AWS.BadRequest"),
        (f"POST / HTTP/1.1\r\n{HEAD}{SOAP}Content-Length: {len(envelope)}\r\n\r\n{envelope}", "SOAP", "Help", 200, "-"),
        ("POST / HTTP/1.1\r\n" + HEAD + JSON, "JSON", "GetAccountBalance", 403, "MissingAuthenticationTokenException"),
        ("GET / HTTP/1.1\r\n" + HEAD + JSON, "JSON", "GetAccountBalance", 405, "UnknownOperationException"),
        ("SECRET\r\n", "REST", "-", 400, "AWS.BadRequest"),
        ("GET /?" + "SECRET" * 200_000 + " HTTP/1.1\r\n" + HEAD, "REST", "-", 414, "AWS.RequestTooLarge"),
        ("POST / HTTP/1.1\r\n" + SOAP + "Transfer-Encoding: zip\r\n", "SOAP", "-", 400, "AWS.BadRequest"),
        ("POST / HTTP/1.1\r\n" + JSON + "Expect: SECRET\r\n", "JSON", "-", 417, "AWS.BadRequest"),
    ):
        (line,) = lines(raw(request if "\r\n\r\n" in request else request + "\r\n"))
        assert (line["protocol"], line["operation"]) == (protocol, operation), request[:60]
        assert (line["status"], line["error"]) == (str(status), error), request[:60]


def test_a_body_that_does_not_arrive_in_time_leaves_a_line(lines):
    (line,) = lines(raw("POST / HTTP/1.1\r\n" + HEAD + "Content-Length: 9\r\n\r\nSECRET"))
    assert (line["status"], line["error"]) == ("408", "AWS.BadRequest")


def test_the_line_of_a_modern_call_names_the_requester_the_operation_and_the_id_of_the_answer(lines):
    answered = []

    def call(live):
        client = boto3.client(
            "mturk",
            region_name="us-east-1",
            endpoint_url=live.url,
            aws_access_key_id=live.access_key_id,
            aws_secret_access_key=live.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )
        answered.append(client.get_account_balance()["ResponseMetadata"]["RequestId"])
        with pytest.raises(ClientError) as refused:
            client.get_hit(HITId="SECRET")
        answered.append(refused.value.response["ResponseMetadata"]["RequestId"])

    balance, hit = lines(call)
    assert [balance["request_id"], hit["request_id"]] == answered
    assert re.fullmatch("A[0-9A-Z]+", balance["requester"])
    assert (balance["operation"], balance["version"]) == ("GetAccountBalance", "2017-01-17")
    assert (balance["status"], balance["error"]) == ("200", "-")
    assert (hit["operation"], hit["requester"]) == ("GetHIT", balance["requester"])
    assert (hit["status"], hit["error"]) == ("400", "AWS.MechanicalTurk.HITDoesNotExist")


def test_the_modern_calls_that_a_legacy_call_makes_are_in_its_own_line(lines):
    def call(live):
        env = environment(data=live.data, port=live.port)
        assert processes.run("-m", "adapter.cli", "call", "GetAccountBalance", cwd=live.data, env=env).returncode == 0

    (line,) = lines(call)
    assert (line["protocol"], line["operation"], line["upstream_calls"]) == ("REST", "GetAccountBalance", "1")


def test_in_front_of_another_endpoint_a_modern_call_that_is_refused_leaves_a_line(server, live):
    gateway = server(workers=1, upstream=live.url)
    ask(gateway, ("POST / HTTP/1.1\r\n" + HEAD + JSON + "\r\n").encode())
    (line,) = [each for each in gateway.log.read_text().splitlines() if "request_id=" in each]
    assert "protocol=JSON" in line
    assert "status=404 error=UnknownOperationException" in line


def test_as_json_every_line_of_every_part_is_an_object_and_that_of_a_call_has_its_values(server):
    first = server(workers=1)
    first.stop()  # what the very first start says is for people
    before = first.log.stat().st_size
    live = server(workers=1, log_format="json", portt="8001")
    ask(live, f"GET /?Operation=Help&About=GetHIT HTTP/1.1\r\n{HEAD}\r\n".encode())
    ask(live, b"SECRET\r\n\r\n")
    live.stop()
    logged = [json.loads(line) for line in live.log.read_text()[before:].splitlines()]
    assert all({"timestamp", "level", "logger", "event", "pid"} <= set(each) for each in logged)
    calls = [each for each in logged if each["logger"] == "adapter.request"]
    assert [list(each)[5 : 5 + len(KEYS)] for each in calls] == [KEYS, KEYS], calls
    assert [(each["operation"], each["status"], each["level"]) for each in calls] == [
        ("Help", 200, "info"),
        ("-", 400, "warning"),
    ]
    assert isinstance(calls[0]["ms"], float)
    assert {"gunicorn.error", "adapter.settings"} <= {each["logger"] for each in logged}
    assert len({each["pid"] for each in logged}) > 1


def test_as_json_an_exception_is_a_member_and_leaves_no_line_of_its_own(server):
    live = server(("-m", "tests.server.failing"), workers=1, log_format="json")
    ask(live, f"GET / HTTP/1.1\r\n{HEAD}\r\n".encode())
    (failed,) = [each for each in map(json.loads, live.log.read_text().splitlines()) if "exception" in each]
    assert (failed["level"], failed["logger"], failed["event"]) == ("error", "adapter.serving", "a request failed")
    assert "in application\n" in failed["exception"]
    assert failed["exception"].endswith("RuntimeError: on purpose")
