"""The first page leads workers, requesters and operators on, and its styles are there without the worker pages, too."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from adapter.app import build

BROWSER = {"Accept": "text/html"}


@pytest.fixture
def visit(settings):
    """Visits an installation with settings of its own: `visit("/", upstream=...)`."""

    def get(path, base_url="http://mturk.example:8000", **changes):
        app = build(replace(settings, **changes))
        return app.test_client().get(path, base_url=base_url, headers=BROWSER)

    return get


def test_the_first_page_leads_everybody_on(visit):
    page = visit("/").text
    for address in ("/mturk/findhits", "/mturk/beginsignin", "/mturk/signup", "/console", "/healthz", "/readyz"):
        assert f'href="{address}"' in page
    assert 'host="mturk.example", port=8000, is_secure=False' in page
    assert "service_url=http://mturk.example:8000/?Service=" in page


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("https://mturk.example", 'host="mturk.example", port=443, is_secure=True'),
        ("http://[::1]:8000", 'host="[::1]", port=8000, is_secure=False'),
    ],
)
def test_host_and_port_are_those_that_the_browser_asked(visit, base_url, words):
    assert words in visit("/", base_url).text


def test_nobody_is_led_to_pages_that_are_not_there(visit):
    page = visit("/", upstream="http://127.0.0.1:9", sandbox="never").text
    assert "/mturk/" not in page
    assert "AWS_ENDPOINT_URL_MTURK" not in page
    closed = visit("/", worker_sign_up="closed").text
    assert "/mturk/signup" not in closed


@pytest.mark.parametrize("upstream", ["embedded", "http://127.0.0.1:9"])
def test_the_pages_have_their_styles_and_run_nothing(visit, upstream):
    for path in ("/", "/nowhere"):
        page = visit(path, upstream=upstream, sandbox="never")
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
        assert not re.search(r"<style|<script|style=", page.text)
        for name in re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text):
            style = visit(name, upstream=upstream, sandbox="never")
            assert (style.status_code, style.mimetype) == (200, "text/css")
    assert visit("/static/other.css", upstream=upstream, sandbox="never").status_code == 404
