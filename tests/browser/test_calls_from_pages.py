"""Web pages on other sites call the 2017-01-17 API with an SDK for browsers, as they could at AWS."""

from __future__ import annotations

import json

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ASKED = "Content-Type,X-Amz-Target,Authorization,amz-sdk-invocation-id,amz-sdk-request,x-amz-security-token"
READABLE = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
#: Calls with these headers, as the page's script sends them, and tells what it may read.
FETCH = """const [url, calls, tell] = arguments;
Promise.all(calls.map(async function ([headers, body]) {
  try {
    const answer = await fetch(url, { method: "POST", headers, body });
    return [answer.status, await answer.json(), (answer.headers.get("x-amzn-RequestId") || "").length];
  } catch (error) { return error.name; }
})).then(tell);"""


def signed(live, operation, body, secret=None):
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"MTurkRequesterServiceV20170117.{operation}",
        "X-Amz-User-Agent": "aws-sdk-js/2.1693.0 callback",
    }
    request = AWSRequest("POST", live.url, headers=headers, data=body)
    keys = Credentials(live.access_key_id, secret or live.secret_access_key)
    SigV4Auth(keys, "mturk-requester", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def test_a_browser_that_asks_first_is_answered_as_was_recorded_from_aws(live):
    headers = {
        "Origin": "https://foo.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ASKED,
    }
    answer = requests.options(live.url, headers=headers, timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")
    found = {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}
    assert found == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": ASKED,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Expose-Headers": READABLE,
        "Access-Control-Max-Age": "172800",
    }
    assert answer.headers["x-amzn-RequestId"]


@pytest.mark.parametrize("secret", [None, "wrong"])
def test_only_an_answer_to_a_page_says_that_a_page_may_read_it(live, secret):
    headers = signed(live, "GetAccountBalance", b"{}", secret)
    plain = requests.post(live.url, headers=headers, data=b"{}", timeout=30)
    paged = requests.post(live.url, headers={**headers, "Origin": "null"}, data=b"{}", timeout=30)
    assert not [name for name in plain.headers if name.startswith("Access-Control-")]
    assert paged.status_code == plain.status_code
    assert paged.headers["Access-Control-Allow-Origin"] == "*"
    assert paged.headers["Access-Control-Expose-Headers"] == READABLE
    assert "Access-Control-Allow-Credentials" not in paged.headers


@pytest.mark.parametrize(
    ("path", "asked"),
    [("/", "content-type"), ("/mturk/findhits", "authorization"), ("/console/", "authorization")],
)
def test_no_page_of_this_site_and_no_old_call_is_opened_to_other_sites(live, path, asked):
    origin = {"Origin": "https://foo.example"}
    ask = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked}
    for answer in (
        requests.options(live.url + path, headers=ask, timeout=30),
        requests.get(live.url + path, headers=origin, timeout=30),
    ):
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.client
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_page_in_a_real_browser_reads_results_and_errors(live, shared_browser, lab):
    lab.pages["/tool"] = "<title>A requester's own tool</title>"
    shared_browser.get(lab.url + "/tool")
    calls = [("GetAccountBalance", "{}"), ("GetHIT", json.dumps({"HITId": "3" + "A" * 29}))]
    given = [[signed(live, operation, body.encode()), body] for operation, body in calls]
    balance, missing = shared_browser.execute_async_script(FETCH, live.url, given)
    assert balance[0] == 200
    assert float(balance[1]["AvailableBalance"]) >= 0
    assert missing[0] == 400
    assert missing[1]["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"
    assert balance[2] == missing[2] == 36
