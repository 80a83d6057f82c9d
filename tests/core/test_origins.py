"""Which host an address leads a browser to: what these spellings mean was seen in Chromium's `new URL()`."""

from __future__ import annotations

import pytest

from adapter.core.origins import gets_sessions, origin_of
from adapter.core.settings import Settings
from adapter.core.worlds import sandbox_of


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://lab.example/task", "lab.example"),
        ("HTTPS://Lab.Example:8443/", "lab.example"),
        ("http://lab.example./", "lab.example"),
        ("http://user:word@lab.example/", "lab.example"),
        ("http://127.1:9000/", "127.0.0.1"),
        ("http://2130706433:9000/", "127.0.0.1"),
        ("http://0x7f000001/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1"),
        ("http://127.0.0.1./", "127.0.0.1"),
        ("http://%31%32%37.0.0.1/", "127.0.0.1"),
        ("http://１２７。０.0.1/", "127.0.0.1"),  # noqa: RUF001 (that is the point)
        ("http://ｌocal\u00adhost/", "localhost"),  # noqa: RUF001
        ("http://127.0.0.1:9000\\@evil.example/", "127.0.0.1"),
        ("http://\\\\127.0.0.1:9000/", "127.0.0.1"),
        ("http://[0:0::1]:9000/", "::1"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://[x/", ""),
    ],
)
def test_a_host_is_what_browsers_take_it_for(address, host):
    assert origin_of(address)[1] == host


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("HTTP://Lab.Example/a?b#c", ("http", "lab.example", 80)),
        ("https://lab.example", ("https", "lab.example", 443)),
        ("https://lab.example:80/", ("https", "lab.example", 80)),
        ("http://lab.example:99999/", ("", "", 0)),
    ],
)
def test_an_origin_has_a_scheme_a_host_and_a_port(address, origin):
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    ("site_url", "trust", "address", "here", "gets"),
    [
        ("", False, "http://127.0.0.1:9000/", (), True),
        ("", False, "http://localhost:9000/", (), False),
        ("", False, "http://localhost:9000/", ("http://localhost:8000/",), True),
        ("https://work.example", False, "http://work.example:81/", (), True),
        ("https://work.example", False, "https://sub.work.example/", (), False),
        ("https://work.example", False, "http://127.0.0.1:9000/", (), False),
        ("https://work.example", True, "http://work.example:81/", (), False),
    ],
)
def test_a_page_gets_the_sessions_where_its_host_is_that_of_the_worker_pages(site_url, trust, address, here, gets):
    settings = Settings(host="127.0.0.1", site_url=site_url, trust_site_host=trust)
    assert gets_sessions(settings, address, *here) is gets


def test_a_page_in_the_sandbox_gets_the_sessions_of_production_on_its_host():
    settings = sandbox_of(Settings(site_url="https://work.example"))
    for address in ("https://work.example:81/", "https://sandbox.work.example:81/"):
        assert gets_sessions(settings, address)
    assert not gets_sessions(settings, "https://lab.example/")
