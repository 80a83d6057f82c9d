"""Connections go only where they may, and end."""

from __future__ import annotations

import socket
import threading
from types import SimpleNamespace

import pytest

from adapter.core.egress import Networks, networks_of
from adapter.core.settings import Settings, SettingsError
from adapter.notifications import guarded_http
from adapter.notifications.guarded_http import DeliveryError, exchange

PUBLIC = networks_of(Settings(host="192.0.2.1"))
ANY = networks_of(Settings(receptor_networks="any"))

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104 - refused here, not bound
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "not an address",
]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused_however_they_are_written(address):
    assert not PUBLIC.permit(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_addresses_are_permitted(address):
    assert PUBLIC.permit(address)


def test_an_operator_may_allow_networks_or_everything():
    some = networks_of(Settings(host="192.0.2.1", receptor_networks="127.0.0.0/8, 10.0.0.0/8"))
    assert [some.permit(each) for each in ("127.0.0.1", "10.9.9.9", "::ffff:10.1.1.1", "192.168.1.1")] == [
        *(True, True, True, False)
    ]
    assert all(ANY.permit(each) for each in INSIDE[:-1])
    with pytest.raises(SettingsError, match="ADAPTER_RECEPTOR_NETWORKS"):
        networks_of(Settings(receptor_networks="10.0.0.0/33"))


@pytest.mark.parametrize(
    ("settings", "permitted"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost"}, True),
        ({"receptor_networks": "public"}, False),
        ({"trusted_proxies": 1}, False),
        ({"host": "::"}, False),
        ({"host": "10.0.0.1"}, False),
    ],
)
def test_this_machine_is_permitted_by_itself_only_to_a_service_that_nobody_else_can_reach(settings, permitted):
    networks = networks_of(Settings(**settings))
    assert networks.permit("127.0.0.1") is permitted
    assert networks.permit("::1") is permitted
    assert not networks.permit("169.254.169.254")
    assert not networks.permit("10.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.1"])
def test_no_spelling_of_this_machine_reaches_a_receptor_on_it(receptor, host):
    url = f"http://{host}:{receptor.port}/"
    with pytest.raises(DeliveryError) as raised:
        exchange("GET", url, {}, None, PUBLIC)
    assert "not public" in str(raised.value) or "not known" in str(raised.value)
    assert receptor.heard == []


def test_a_name_is_resolved_once_and_the_address_looked_at_is_the_one_connected_to(receptor, monkeypatch):
    real, answers = socket.getaddrinfo, []

    def rebinding(_host, port, *args, **kwargs):
        address = "127.0.0.1" if answers else "93.184.216.34"
        answers.append(address)
        return real(address, port, *args, **kwargs)

    monkeypatch.setattr(guarded_http.socket, "getaddrinfo", rebinding)
    # the address is a public one where nothing listens
    monkeypatch.setattr(guarded_http, "CONNECT_SECONDS", 0.2)
    with pytest.raises(DeliveryError, match=r"no connection|timed out"):
        exchange("GET", f"http://rebinding.test:{receptor.port}/", {}, None, PUBLIC)
    assert len(answers) == 1
    assert receptor.heard == []


def test_of_a_names_addresses_only_those_permitted_are_tried(receptor, monkeypatch):
    real = socket.getaddrinfo
    inside_first = ("10.0.0.1", "127.0.0.1")
    found = [each for host in inside_first for each in real(host, receptor.port, type=socket.SOCK_STREAM)]
    monkeypatch.setattr(guarded_http.socket, "getaddrinfo", lambda *_, **__: found)
    only_here = networks_of(Settings())
    assert exchange("GET", f"http://both.test:{receptor.port}/", {}, None, only_here).status == 200


def test_the_user_and_password_of_a_url_are_sent_as_credentials_and_the_host_without_them(receptor):
    exchange("GET", f"http://me:s%40cret@127.0.0.1:{receptor.port}/a", {}, None, ANY)
    (heard,) = receptor.heard
    assert heard.headers["Authorization"] == "Basic bWU6c0BjcmV0"
    assert heard.headers["Host"] == f"127.0.0.1:{receptor.port}"
    assert heard.target == "/a"


@pytest.fixture
def drip(request):
    """A server that sends these bytes, then one byte at a time for a minute; it notes whether it came to its end."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    site = SimpleNamespace(url=f"http://127.0.0.1:{listening.getsockname()[1]}/", heard_out=False)

    def run():
        made, _ = listening.accept()
        with made:
            made.sendall(request.param)
            for _ in range(1200):
                if ended.wait(0.05):
                    return
                try:
                    made.sendall(b"x")
                except OSError:
                    return
            site.heard_out = True

    threading.Thread(target=run, daemon=True).start()
    yield site
    ended.set()
    listening.close()


@pytest.mark.parametrize("drip", [b""], indirect=True)
def test_an_answer_that_comes_byte_by_byte_is_broken_off(drip, monkeypatch):
    monkeypatch.setattr(guarded_http, "ALL_SECONDS", 0.6)
    with pytest.raises(DeliveryError) as raised:
        exchange("GET", drip.url, {}, None, ANY)
    assert raised.value.sent
    assert not drip.heard_out


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\nX: "], indirect=True)
def test_headers_without_end_are_not_read_to_the_end(drip, monkeypatch):
    monkeypatch.setattr(guarded_http, "ALL_SECONDS", 0.6)
    assert exchange("GET", drip.url, {}, None, ANY).status == 200
    assert not drip.heard_out


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"], indirect=True)
def test_the_body_of_an_answer_is_not_waited_for(drip):
    assert exchange("GET", drip.url, {}, None, ANY).status == 200
    assert not drip.heard_out


def test_no_answer_in_time_may_have_arrived_and_no_connection_has_not(monkeypatch, new_receptor):
    monkeypatch.setattr(guarded_http, "READ_SECONDS", 1)
    slow = new_receptor(delay=20)
    with pytest.raises(DeliveryError, match="no answer in time") as raised:
        exchange("GET", slow.url, {}, None, ANY)
    assert (raised.value.repeat, raised.value.sent) == (True, True)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(DeliveryError, match="no connection") as raised:
        exchange("GET", f"http://127.0.0.1:{port}/", {}, None, ANY)
    assert (raised.value.repeat, raised.value.sent) == (True, False)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/a",
        "http://a b/",
        "http://127.0.0.1:0x1/",
        "dict://127.0.0.1/",
        "http://127.0.0.1/\ud800",
    ],
)
def test_only_web_addresses_are_called(url):
    with pytest.raises(DeliveryError, match=r"no URL|not known"):
        exchange("GET", url, {}, None, ANY)


def test_what_listens_without_tls_is_no_https_receptor(receptor):
    with pytest.raises(DeliveryError, match="TLS failed") as raised:
        exchange("GET", receptor.url.replace("http:", "https:"), {}, None, ANY)
    assert not raised.value.sent
    assert receptor.heard == []


def test_networks_are_shown_in_words():
    assert str(Networks((), anywhere=True)) == "any address"
    assert str(networks_of(Settings())) == "public addresses, 127.0.0.0/8, ::1/128"
