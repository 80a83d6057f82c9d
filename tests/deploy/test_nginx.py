"""deploy/nginx.conf in a real nginx: TLS, what is passed on, and its own errors in the caller's protocol."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import ssl
import threading
import time
from urllib.parse import quote

import boto3
import pytest
import requests
from botocore.config import Config
from lxml import etree

from adapter.legacy.protocol.request import SERVICE
from adapter.legacy.protocol.signature import sign
from adapter.server import KEEPALIVE_SECONDS
from tests.fixtures_live import ROOT, start_nginx


def signed(live, operation, **parameters):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "Service": SERVICE,
        "Version": "2014-08-15",
        "Operation": operation,
        "AWSAccessKeyId": live.access_key_id,
        "Timestamp": moment,
        "Signature": sign(live.secret_access_key, f"{SERVICE}{operation}{moment}"),
        **parameters,
    }


def test_a_legacy_call_passes_as_get_and_as_post(proxied):
    for send in (
        lambda call: requests.get(proxied.url + "/onca/xml", params=call, verify=proxied.ca, timeout=20),
        lambda call: requests.post(proxied.url, data=call, verify=proxied.ca, timeout=20),
    ):
        answer = send(signed(proxied, "GetAccountBalance"))
        assert answer.status_code == 200
        assert etree.fromstring(answer.content).findtext("GetAccountBalanceResult/Request/IsValid") == "True"


def test_a_long_get_reaches_the_gateway(proxied):
    call = signed(proxied, "GetAccountBalance", Nothing="é" * 32_768)
    answer = requests.get(proxied.url, params=call, verify=proxied.ca, timeout=20)
    assert answer.status_code == 200
    assert b"AvailableBalance" in answer.content


def test_a_modern_client_signs_for_the_address_that_it_sees(proxied):
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=proxied.url,
        aws_access_key_id=proxied.access_key_id,
        aws_secret_access_key=proxied.secret_access_key,
        verify=str(proxied.ca),
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert client.get_account_balance()["AvailableBalance"]


def test_clients_and_people_come_by_amazons_names(proxied, monkeypatch):
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, port, *more, **named: resolve("127.0.0.1", port, *more, **named)
    )
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=f"https://mturk-requester.us-east-1.amazonaws.com:{proxied.port}",
        aws_access_key_id=proxied.access_key_id,
        aws_secret_access_key=proxied.secret_access_key,
        verify=str(proxied.ca),
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert client.get_account_balance()["AvailableBalance"]
    for link in ("/", "/projects?ref=w_hl"):
        page = requests.get(f"https://worker.mturk.com:{proxied.port}{link}", verify=proxied.ca, timeout=20)
        assert page.url == f"https://worker.mturk.com:{proxied.port}/mturk/findhits"
        assert page.status_code == 200


def test_probes_and_pages_pass(proxied):
    assert requests.get(proxied.url + "/readyz", verify=proxied.ca, timeout=20).json()["database"] == "ok"
    page = requests.get(proxied.url, headers={"Accept": "text/html"}, verify=proxied.ca, timeout=20)
    assert f"{proxied.url}/" in page.text  # scheme, host and port as the browser sees them


@pytest.mark.parametrize(("more", "code"), [(1, "AWS.RequestTooLarge"), (2_000_000, "AWS.BadRequest")])
def test_a_body_over_the_limit_is_refused_as_xml_with_413_first_by_the_gateway(proxied, more, code):
    answer = requests.post(proxied.url, data=b"x" * (4 * 1024 * 1024 + more), verify=proxied.ca, timeout=20)
    assert answer.status_code == 413
    assert etree.fromstring(answer.content).findtext(".//Errors/Error/Code") == code


def test_a_request_line_over_the_limit_is_refused_first_by_the_gateway(proxied):
    status, _, body = sent(proxied, b"GET /?q=" + b"a" * 1_060_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status == 414
    assert etree.fromstring(body).findtext("Errors/Error/Code") == "AWS.RequestTooLarge"


def sent(proxied, data):
    """The status, content type and body of what is answered to these bytes."""
    context = ssl.create_default_context(cafile=str(proxied.ca))
    received = b""
    with context.wrap_socket(
        socket.create_connection((proxied.host, proxied.port)), server_hostname="localhost"
    ) as client:
        client.settimeout(10)
        client.sendall(data)
        while piece := client.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    (kind,) = re.findall(rb"(?im)^content-type: *([^\r]*)", head)
    return int(head.split()[1]), kind.decode(), body


HOST = b"Host: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /?q=" + b"a" * 1_300_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 1_300_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"GET ?Service=A HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/9.1\r\n" + HOST + b"\r\n", 505),
        (b"GET /?Title=\xe6\xbc\xa2 HTTP/9.1\r\n" + HOST + b"\r\n", 505),
        (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: zip\r\n\r\n", 501),
    ],
)
def test_whatever_cannot_be_read_is_refused_as_xml(proxied, request_bytes, status):
    answered, kind, body = sent(proxied, request_bytes)
    assert answered == status
    assert kind.startswith("text/xml")
    assert etree.fromstring(body).findtext("Errors/Error/Code") == "AWS.BadRequest"
    # boto under Python 2 fails on errors that are not
    assert body.isascii()


@pytest.mark.parametrize(
    ("rest", "status"),
    [(b"Transfer-Encoding: zip\r\n\r\n", 501), (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400)],
)
def test_what_nginx_refuses_is_a_fault_for_soap_and_json_for_a_modern_client(proxied, rest, status):
    answered, kind, body = sent(proxied, b"POST / HTTP/1.1\r\n" + HOST + b"SOAPAction: x\r\n" + rest)
    assert (answered, kind) == (status, "text/xml")
    assert etree.fromstring(body).findtext(FAULT) == "aws:Client.AWS.BadRequest"
    answered, kind, body = sent(proxied, b"POST / HTTP/1.1\r\n" + HOST + b"X-Amz-Target: x\r\n" + rest)
    assert (answered, kind) == (status, "application/x-amz-json-1.1")
    assert json.loads(body)["__type"] == "RequestError"


def test_nginx_closes_an_idle_connection_to_the_gateway_before_the_gateway_does():
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    upstream = re.search(r"upstream gateway \{(.*?)\n    \}", text, re.DOTALL)[1]
    assert int(re.search(r"keepalive_timeout (\d+)s;", upstream)[1]) + 10 <= KEEPALIVE_SECONDS


def test_characters_that_http_does_not_allow_in_a_query_reach_the_gateway(proxied):
    query = "&".join(f"{name}={quote(value)}" for name, value in signed(proxied, "GetAccountBalance").items())
    line = f'GET /?{query}&Nothing=<b>"é" HTTP/1.1\r\n'.encode("latin-1")
    answered, _, body = sent(proxied, line + HOST + b"\r\n")
    assert answered == 200
    assert b"AvailableBalance" in body


def test_the_pages_of_refusals_cannot_be_asked_for(proxied):
    assert requests.get(proxied.url + "/.refused/rest", verify=proxied.ca, timeout=20).status_code == 404


def test_the_access_log_names_the_call_as_the_gateway_does(proxied):
    answer = requests.get(proxied.url, params=signed(proxied, "GetAccountBalance"), verify=proxied.ca, timeout=20)
    identifier = etree.fromstring(answer.content).findtext("OperationRequest/RequestId")
    latest = time.monotonic() + 10
    while (logged := (proxied.data / "access.log").read_text()).count(identifier) == 0 and time.monotonic() < latest:
        time.sleep(0.1)
    assert f"request_id={identifier}" in logged


def test_the_access_log_holds_no_signature(proxied):
    requests.get(proxied.url, params=signed(proxied, "GetAccountBalance"), verify=proxied.ca, timeout=20)
    logged = (proxied.data / "access.log").read_text()
    assert "request_id=" in logged
    assert "Signature" not in logged


class _Breaker(threading.Thread):
    """A gateway that takes a request and breaks the connection without an answer."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answering = True

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.recv(65536)
                if self.answering:
                    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(5)


@pytest.fixture(scope="module")
def breaker():
    thread = _Breaker()
    thread.start()
    yield thread
    thread.close()


@pytest.fixture(scope="module")
def before_breaker(breaker, tmp_path_factory):
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed here")
    front = start_nginx(nginx, tmp_path_factory.mktemp("breaker") / "nginx", breaker.port)
    yield front
    front.stop(signal.SIGQUIT)


SOAP = {"Content-Type": "text/xml", "SOAPAction": '"http://soap.amazon.com"'}
FAULT = ".//{http://schemas.xmlsoap.org/soap/envelope/}Fault/faultcode"


def test_a_call_that_may_have_happened_never_gets_a_status_on_which_old_clients_repeat_it(before_breaker, breaker):
    breaker.answering = False
    for method in ("GET", "POST"):
        answer = requests.request(method, before_breaker.url, verify=before_breaker.ca, timeout=20)
        assert answer.status_code == 200
        assert (
            etree.fromstring(answer.content).findtext("OperationRequest/Errors/Error/Code") == "AWS.ServiceUnavailable"
        )
    answer = requests.post(before_breaker.url, data="<x/>", headers=SOAP, verify=before_breaker.ca, timeout=20)
    assert answer.status_code == 200
    assert etree.fromstring(answer.content).findtext(FAULT) == "aws:Server.AWS.ServiceUnavailable"


def test_a_call_that_was_never_sent_gets_503_or_a_fault_so_that_old_clients_repeat_it(before_breaker, breaker):
    breaker.close()
    answer = requests.get(before_breaker.url, verify=before_breaker.ca, timeout=20)
    assert answer.status_code == 503
    assert etree.fromstring(answer.content).findtext("Errors/Error/Code") == "ServiceUnavailable"
    answer = requests.post(before_breaker.url, data="<x/>", headers=SOAP, verify=before_breaker.ca, timeout=20)
    assert answer.status_code == 500
    assert etree.fromstring(answer.content).findtext(FAULT) == "aws:Server.ServiceUnavailable"
    target = {"X-Amz-Target": "MTurkRequesterServiceV20170117.GetAccountBalance"}
    answer = requests.post(before_breaker.url, data="{}", headers=target, verify=before_breaker.ca, timeout=20)
    assert (answer.status_code, answer.json()["__type"]) == (503, "ServiceFault")
