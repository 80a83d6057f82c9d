"""deploy/haproxy.cfg in a real HAProxy: over TLS it passes on what nginx refuses, and its own errors are the caller's."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import quote

import boto3
import pytest
import requests
from botocore.config import Config
from lxml import etree

from tests.deploy.test_nginx import FAULT, HOST, SOAP, _Breaker, sent, signed
from tests.fixtures_live import start_haproxy, start_server

JSON = {"X-Amz-Target": "MTurkRequesterServiceV20170117.GetAccountBalance"}


@pytest.fixture(scope="module")
def fronted(tmp_path_factory):
    """`adapter serve` behind HAProxy, with TLS."""
    folder = tmp_path_factory.mktemp("fronted")
    behind = start_server(folder / "gateway", trusted_proxies=1)
    try:
        front = start_haproxy(folder / "haproxy", behind.port)
        front.behind = behind
        yield front
        front.stop()
    finally:
        behind.stop()


@pytest.mark.parametrize(
    "line",
    [
        "GET ?{query} HTTP/1.1",
        "POST ?{query} HTTP/1.1",
        "GET https://localhost?{query} HTTP/1.1",
        'GET /?{query}&Nothing=<b>"é"</b> HTTP/1.1',
        "GET /?{query}&Nothing={{a}}|^`\\[] HTTP/1.1",
        "GET /?{query}&Nothing=100% HTTP/1.1",
        "GET /?{query}&Nothing=" + "%41" * 340_000 + " HTTP/1.1",
        "GET ?{query} HTTP/1.0",
    ],
)
def test_whatever_request_line_the_gateway_serves_reaches_it_over_tls(fronted, line):
    query = "&".join(f"{name}={quote(value)}" for name, value in signed(fronted, "GetAccountBalance").items())
    status, kind, body = sent(fronted, line.format(query=query).encode("latin-1") + b"\r\n" + HOST + b"\r\n")
    assert status == 200
    assert kind.startswith("text/xml")
    assert b"AvailableBalance" in body


def test_a_modern_client_signs_for_the_address_that_it_sees(fronted):
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=fronted.url,
        aws_access_key_id=fronted.access_key_id,
        aws_secret_access_key=fronted.secret_access_key,
        verify=str(fronted.ca),
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert client.get_account_balance()["AvailableBalance"]


def test_pages_know_the_address_that_the_browser_sees_whatever_the_client_claims(fronted):
    claims = {"Accept": "text/html", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    page = requests.get(fronted.url, headers=claims, verify=fronted.ca, timeout=20)
    assert f"{fronted.url}/" in page.text
    assert "evil.example" not in page.text
    page = requests.get(fronted.url + "/mturk/signup", verify=fronted.ca, timeout=20)
    assert "Secure" in page.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /?q=" + b"a" * 1_300_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n",
    ],
)
def test_what_no_client_of_ours_sends_is_refused_without_asking_the_gateway(fronted, request_bytes):
    before = fronted.behind.log.read_text().count("request_id=")
    assert sent(fronted, request_bytes)[0] == 400
    assert fronted.behind.log.read_text().count("request_id=") == before


def test_what_is_too_large_is_refused_by_the_gateway(fronted):
    answer = requests.post(fronted.url, data=b"x" * (4 * 1024 * 1024 + 1), verify=fronted.ca, timeout=20)
    assert answer.status_code == 413
    assert etree.fromstring(answer.content).findtext(".//Errors/Error/Code") == "AWS.RequestTooLarge"


def test_the_log_holds_no_signature(fronted):
    requests.get(fronted.url, params=signed(fronted, "GetAccountBalance"), verify=fronted.ca, timeout=20)
    latest = time.monotonic() + 10
    while "GET / 200" not in (logged := fronted.log.read_text()) and time.monotonic() < latest:
        time.sleep(0.1)
    assert re.search(r"127\.0\.0\.1 GET / 200 seconds=\d+ .* call=[0-9a-f-]{36}", logged)
    assert "Signature" not in logged


@pytest.fixture(scope="module")
def before_breaker(tmp_path_factory):
    breaker = _Breaker()
    breaker.start()
    front = start_haproxy(tmp_path_factory.mktemp("breaker") / "haproxy", breaker.port)
    front.breaker = breaker
    yield front
    front.stop()
    breaker.close()


def test_old_clients_repeat_only_what_was_never_sent(before_breaker):
    def answer(method, **more):
        return requests.request(method, before_breaker.url, verify=before_breaker.ca, timeout=20, **more)

    before_breaker.breaker.answering = False
    for method in ("GET", "POST"):
        unknown = answer(method)
        assert unknown.status_code == 200
        assert etree.fromstring(unknown.content).findtext(".//Errors/Error/Code") == "AWS.ServiceUnavailable"
    unknown = answer("POST", data="<x/>", headers=SOAP)
    assert unknown.status_code == 200
    assert etree.fromstring(unknown.content).findtext(FAULT) == "aws:Server.AWS.ServiceUnavailable"
    assert answer("POST", data="{}", headers=JSON).status_code == 503

    before_breaker.breaker.close()
    unsent = answer("GET")
    assert unsent.status_code == 503
    assert etree.fromstring(unsent.content).findtext("Errors/Error/Code") == "ServiceUnavailable"
    unsent = answer("POST", data="<x/>", headers=SOAP)
    assert unsent.status_code == 500
    assert etree.fromstring(unsent.content).findtext(FAULT) == "aws:Server.ServiceUnavailable"
    unsent = answer("POST", data="{}", headers=JSON)
    assert (unsent.status_code, json.loads(unsent.content)["__type"]) == (503, "ServiceFault")
