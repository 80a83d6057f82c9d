"""Upstream calls over real sockets: every framing of answers, TLS, proxies, signatures, and botocore's own exceptions."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from botocore import exceptions as botocore_errors
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapter.core.errors import outcome_unknown
from adapter.core.settings import Settings
from adapter.core.store.accounts import Key
from adapter.marketplace.model import path as model_path
from adapter.upstream import remote
from adapter.upstream.base import Caller, WriteOutcome
from adapter.upstream.remote import RemoteUpstream, UnsafeRepeatError

BALANCE = b'{"AvailableBalance":"12.34"}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BALANCE), BALANCE)


class Peer:
    """A server that answers each request with the next of some byte strings, and closes when they are used up."""

    def __init__(self, answers, context=None):
        self.answers, self.context = list(answers), context
        self.requests, self.connections = [], 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError):
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            while self.answers:
                piece = client.recv(65536)
                if not piece:
                    break
                self.requests.append(piece)
                answer = self.answers.pop(0)
                if answer is None:
                    threading.Event().wait(5)
                elif callable(answer):
                    answer(client, piece)
                else:
                    client.sendall(answer)
        client.close()


@pytest.fixture
def peer():
    made = []

    def make(*answers, context=None):
        made.append(Peer(answers, context))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture(autouse=True)
def _no_proxies_and_no_pauses(monkeypatch):
    monkeypatch.setattr(remote, "LONGEST_PAUSE", 0.0)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def upstream_of(url, **settings):
    chosen = {"upstream_connect_timeout": 0.5, "upstream_read_timeout": 0.5, **settings}
    return RemoteUpstream(Settings(upstream=url, **chosen), model_path())


def caller(name="AKIDEXAMPLE", **more):
    return Caller(Key("A1", name, "secret", enabled=True), **more)


def client_of(url, **settings):
    return upstream_of(url, **settings).client(caller())


def balance(url):
    return client_of(url).get_account_balance()["AvailableBalance"]


def test_a_request_leaves_in_one_piece_with_the_host_that_its_signature_covers(peer):
    server = peer(WHOLE)
    assert balance(f"http://127.0.0.1:{server.port}") == "12.34"
    (piece,) = server.requests
    head, _, body = piece.partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in head
    assert b"Content-Length: %d" % len(body) in head
    assert b"SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target" in head


def test_the_connection_is_kept_for_the_next_call_of_whichever_account(peer):
    server = peer(WHOLE, WHOLE)
    upstream = upstream_of(f"http://127.0.0.1:{server.port}")
    for name in ("AKIDONE", "AKIDTWO"):
        upstream.client(caller(name)).get_account_balance()
    assert server.connections == 1


def test_of_the_connections_of_calls_at_one_time_no_more_are_kept_than_the_settings_say(peer):
    closed = threading.Event()

    def wait_for_another_call(client, _):
        upstream.client(caller()).get_account_balance()
        client.sendall(WHOLE)

    def answer_and_wait_for_the_end(client, _):
        client.sendall(WHOLE)
        if not client.recv(1):
            closed.set()

    server = peer(wait_for_another_call, answer_and_wait_for_the_end, WHOLE)
    upstream = upstream_of(f"http://127.0.0.1:{server.port}", upstream_pool=1, upstream_read_timeout=60)
    upstream.client(caller()).get_account_balance()
    assert closed.wait(60)
    upstream.client(caller()).get_account_balance()
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BALANCE,
        b"HTTP/1.0 200 OK\r\n\r\n" + BALANCE,
        b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n%b\r\n17\r\n%b\r\n0\r\nTrailer: x\r\n\r\n"
        % (BALANCE[:5], BALANCE[5:]),
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        b"HTTP/1.1 200 OK\nContent-Length: %d\n\n%b" % (len(BALANCE), BALANCE),
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(BALANCE), BALANCE),
    ],
)
def test_every_framing_of_an_answer_is_read_and_the_next_call_works(peer, answer):
    server = peer(answer, WHOLE)
    closes = b"close" in answer or b"HTTP/1.0" in answer
    if closes:
        server.answers[0] = lambda client, _: (client.sendall(answer), client.shutdown(socket.SHUT_RDWR))
    client = client_of(f"http://127.0.0.1:{server.port}")
    assert client.get_account_balance()["AvailableBalance"] == "12.34"
    assert client.get_account_balance()["AvailableBalance"] == "12.34"
    assert server.connections == (2 if closes else 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + BALANCE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + BALANCE,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 400_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_is_no_http_leaves_the_outcome_unknown(peer, answer):
    server = peer(answer)
    with pytest.raises((botocore_errors.ConnectionClosedError, botocore_errors.ClientError)) as caught:
        balance(f"http://127.0.0.1:{server.port}")
    assert outcome_unknown(caught.value)


def test_a_kept_connection_that_closes_under_a_call_does_not_have_it_sent_again(peer):
    server = peer(WHOLE, lambda client, _: client.close(), WHOLE)
    upstream = upstream_of(f"http://127.0.0.1:{server.port}")
    upstream.client(caller()).get_account_balance()
    outcome = WriteOutcome()
    with pytest.raises(botocore_errors.ConnectionClosedError):
        upstream.client(caller(outcome=outcome)).notify_workers(Subject="s", MessageText="m", WorkerIds=["A1"])
    assert (server.connections, len(server.requests), outcome.in_doubt) == (1, 2, True)


def http(body, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    "answer", [http(""), http("null"), http("[]"), http("{}"), http("<html>"), b"HTTP/1.1 204 No\r\n\r\n"]
)
def test_a_success_without_what_was_asked_for_is_a_fault_that_is_tried_again(peer, answer):
    server = peer(answer, WHOLE)
    upstream = upstream_of(f"http://127.0.0.1:{server.port}")
    assert upstream.client(caller(repeat=True)).get_account_balance()["AvailableBalance"] == "12.34"
    server = peer(answer)
    outcome = WriteOutcome()
    client = upstream_of(f"http://127.0.0.1:{server.port}").client(caller(outcome=outcome))
    with pytest.raises(botocore_errors.ClientError, match="could not be read"):
        client.create_qualification_type(Name="n", Description="d", QualificationTypeStatus="Active")
    assert (outcome.happened, outcome.in_doubt) == (False, True)


@pytest.mark.parametrize("status", ["302 Found", "400 Bad Request", "404 Not Found"])
def test_a_redirect_is_not_followed_and_like_any_answer_that_is_not_the_apis_leaves_doubt(peer, status):
    answer = http("", f"{status}\r\nLocation: http://127.0.0.1:1/")
    server = peer(answer, WHOLE)
    upstream = upstream_of(f"http://127.0.0.1:{server.port}")
    assert upstream.client(caller(repeat=True)).get_account_balance()["AvailableBalance"] == "12.34"
    assert len(server.requests) == 2
    server = peer(answer, WHOLE)
    outcome = WriteOutcome()
    client = upstream_of(f"http://127.0.0.1:{server.port}").client(caller(outcome=outcome))
    with pytest.raises(botocore_errors.ClientError, match="could not be read"):
        client.delete_hit(HITId="3HIT")
    assert (len(server.requests), outcome.happened, outcome.in_doubt) == (1, False, True)


def test_a_refusal_is_not_tried_again(peer):
    server = peer(http('{"__type":"RequestError","Message":"no"}', "400 Bad Request"), WHOLE)
    outcome = WriteOutcome()
    with pytest.raises(botocore_errors.ClientError) as caught:
        upstream_of(f"http://127.0.0.1:{server.port}").client(
            caller(outcome=outcome, repeat=True)
        ).get_account_balance()
    assert caught.value.response["Error"]["Code"] == "RequestError"
    assert (len(server.requests), outcome.keeps_token) == (1, False)


@pytest.mark.parametrize("content", ['{"HIT": {}}', '{"HIT": []}', '{"HIT": "3HIT"}', '{"HIT": null}'])
def test_a_success_that_only_names_what_was_asked_for_is_a_fault(peer, content):
    server = peer(http(content))
    outcome = WriteOutcome()
    client = upstream_of(f"http://127.0.0.1:{server.port}").client(caller(outcome=outcome))
    with pytest.raises(botocore_errors.ClientError, match="could not be read"):
        client.create_hit_with_hit_type(HITTypeId="3T", LifetimeInSeconds=60)
    assert (outcome.happened, outcome.in_doubt) == (False, True)


@pytest.mark.parametrize("status", ["429 Slow Down", "500 Oops", "503 Away"])
def test_a_passing_fault_is_tried_again_as_often_as_the_settings_say(peer, status):
    server = peer(*[http("", status)] * 4)
    with pytest.raises(botocore_errors.ClientError):
        upstream_of(f"http://127.0.0.1:{server.port}").client(caller(repeat=True)).get_account_balance()
    assert len(server.requests) == 3


def test_what_a_first_try_may_have_done_stays_in_doubt_when_the_second_is_refused(peer):
    server = peer(http("", "500 Oops"), http('{"__type":"RequestError","Message":"no"}', "400 Bad Request"))
    outcome = WriteOutcome()
    client = upstream_of(f"http://127.0.0.1:{server.port}").client(caller(outcome=outcome, repeat=True))
    with pytest.raises(botocore_errors.ClientError, match="RequestError"):
        client.create_hit_with_hit_type(HITTypeId="3T", LifetimeInSeconds=60, UniqueRequestToken="t")
    assert outcome.in_doubt


def test_a_call_without_a_token_is_never_handed_to_what_repeats(peer):
    server = peer(WHOLE)
    with pytest.raises(UnsafeRepeatError):
        upstream_of(f"http://127.0.0.1:{server.port}").client(caller(repeat=True)).delete_hit(HITId="3H")
    assert server.requests == []


def test_an_error_of_the_upstream_keeps_its_status_and_headers(peer):
    body = b'{"__type":"ServiceFault","Message":"no"}'
    server = peer(b"HTTP/1.1 500 Oops\r\nx-amzn-RequestId: r-1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    with pytest.raises(botocore_errors.ClientError) as caught:
        balance(f"http://127.0.0.1:{server.port}")
    told = caught.value.response["ResponseMetadata"]
    assert (told["HTTPStatusCode"], told["RequestId"]) == (500, "r-1")


def test_silence_is_a_read_time_out(peer):
    server = peer(None)
    with pytest.raises(botocore_errors.ReadTimeoutError):
        balance(f"http://127.0.0.1:{server.port}")


def test_a_closed_port_and_an_unknown_name_are_told_as_never_sent(peer):
    server = peer()
    server.stop()
    for host in (f"127.0.0.1:{server.port}", "nowhere.invalid"):
        with pytest.raises(botocore_errors.EndpointConnectionError):
            balance(f"http://{host}")


def test_an_access_key_with_a_line_break_makes_no_second_header(peer):
    server = peer(WHOLE)
    upstream = upstream_of(f"http://127.0.0.1:{server.port}")
    with pytest.raises(botocore_errors.HTTPClientError):
        upstream.client(caller("AKID\r\nX-Evil: 1")).get_account_balance()
    assert server.requests == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, and a context for a server that shows it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


def test_tls_is_spoken_with_the_certificates_of_aws_ca_bundle(peer, certificate, monkeypatch):
    path, context = certificate
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    server = peer(WHOLE, WHOLE, context=context)
    client = client_of(f"https://127.0.0.1:{server.port}")
    for _ in range(2):
        assert client.get_account_balance()["AvailableBalance"] == "12.34"
    assert server.connections == 1


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(peer, certificate):
    server = peer(WHOLE, context=certificate[1])
    with pytest.raises(botocore_errors.SSLError):
        balance(f"https://127.0.0.1:{server.port}")
    assert server.requests == []


def test_a_proxy_of_the_environment_gets_the_whole_address_and_its_password(peer, monkeypatch):
    proxy = peer(WHOLE)
    monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{proxy.port}")
    assert balance("http://upstream.example") == "12.34"
    assert proxy.requests[0].startswith(b"POST http://upstream.example/ HTTP/1.1\r\nHost: upstream.example\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz" in proxy.requests[0]


def test_through_a_proxy_tls_is_tunnelled(peer, certificate, monkeypatch):
    path, context = certificate
    server = peer(WHOLE, context=context)

    def tunnel(client, _request):
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection(("127.0.0.1", server.port)) as far:

            def pump(source, target):
                with contextlib.suppress(OSError):
                    while data := source.recv(65536):
                        target.sendall(data)

            threading.Thread(target=pump, args=(far, client), daemon=True).start()
            pump(client, far)

    proxy = peer(tunnel)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    assert balance(f"https://127.0.0.1:{server.port}") == "12.34"
    assert proxy.requests[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.".encode())


def test_a_proxy_that_cannot_be_reached_is_told_as_such(peer, monkeypatch):
    gone = peer()
    gone.stop()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{gone.port}")
    with pytest.raises(botocore_errors.ProxyConnectionError):
        balance("http://upstream.example")
