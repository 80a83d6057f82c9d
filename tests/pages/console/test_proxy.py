"""Operators who have signed in to a proxy in front, which says who they are in a header."""

from __future__ import annotations

import dataclasses

import pytest

from adapter import create_app
from adapter.core.settings import SettingsError
from adapter.pages.store import people
from tests.pages.console.visiting import Browser, Operator

HEADER = "X-Forwarded-User"


@pytest.fixture
def app(new_app):
    return new_app(trusted_proxies=1, console_user_header=HEADER)


def behind_proxy(app, **headers):
    """A browser behind a proxy that sends these headers."""
    sent = {f"HTTP_{name.upper()}": value for name, value in {"x_forwarded_for": "192.0.2.7", **headers}.items()}
    return Browser(lambda environ, start: app({**environ, **sent}, start))


@pytest.mark.parametrize("name", ["olga@example.org", "OLGA@example.org"])
def test_whom_the_proxy_names_is_signed_in_if_known(app, store, name):
    people.create_person(store, "Olga@example.org", people.OPERATOR)
    browser = behind_proxy(app, x_forwarded_user=name)
    page = browser.get("/console")
    assert (page.status, page.path) == (200, "/console")
    assert "Olga@example.org" in page.html
    assert "Sign out" not in page.html


def test_a_name_with_accents_is_read_as_utf_8(app, store):
    people.create_person(store, "Zoë", people.OPERATOR)
    assert behind_proxy(app, x_forwarded_user="Zoë".encode().decode("latin-1")).get("/console").path == "/console"


@pytest.mark.parametrize("name", ["mallory", "olga,mallory", "<script>", "\xff"])
def test_a_name_that_nobody_invited_gets_in_nowhere_and_is_told_so(app, store, name):
    people.create_person(store, "olga", people.OPERATOR)
    page = behind_proxy(app, x_forwarded_user=name).get("/console/accounts")
    assert page.path == "/console/signin"
    assert "may not use the console" in page.text
    assert "<form" not in page.html


def test_forms_of_those_whom_a_proxy_names_need_their_key_too(app, store):
    people.create_person(store, "olga", people.OPERATOR)
    browser = behind_proxy(app, x_forwarded_user="olga")
    assert browser.client.post("/console/notifications/retry").status_code == 403
    page = browser.get("/console/notifications")
    assert page.status == 200


def test_without_the_header_people_sign_in_by_password_as_ever(app, store):
    people.create_person(store, "otto", people.OPERATOR, "correct horse battery")
    browser = behind_proxy(app)
    assert browser.get("/console").path == "/console/signin"
    assert browser.sign_in("otto").path == "/console"


def test_a_request_that_came_past_the_proxy_is_not_believed(app, store):
    people.create_person(store, "olga", people.OPERATOR)
    direct = Browser(lambda environ, start: app({**environ, "HTTP_X_FORWARDED_USER": "olga"}, start))
    assert direct.get("/console").path == "/console/signin"


def test_the_header_means_nothing_where_it_is_not_set(new_app, store):
    app = new_app(trusted_proxies=1)
    people.create_person(store, "olga", people.OPERATOR)
    assert behind_proxy(app, x_forwarded_user="olga").get("/console").path == "/console/signin"
    assert Operator(app, store, "otto").get("/console").path == "/console"


def test_a_header_that_anybody_can_send_is_refused_at_start(settings):
    with pytest.raises(SettingsError, match="ADAPTER_TRUSTED_PROXIES"):
        create_app(dataclasses.replace(settings, console_user_header=HEADER))
