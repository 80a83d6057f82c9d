"""Operators sign in by OpenID Connect, at an issuer that answers over real HTTP."""

from __future__ import annotations

import dataclasses
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import OctKey

from adapter import create_app
from adapter.core.settings import SettingsError
from adapter.pages.console import single_sign_on
from adapter.pages.store import people
from tests.pages.console import issuers
from tests.pages.console.visiting import PASSWORD, Browser


@pytest.fixture
def issuer():
    with issuers.running() as one:
        yield one


@pytest.fixture
def app(new_app, issuer):
    return new_app(
        oidc_issuer=issuer.address, oidc_client_id=issuers.CLIENT_ID, oidc_client_secret=issuers.CLIENT_SECRET
    )


@pytest.fixture
def olga(store):
    return people.create_person(store, "Olga@example.org", people.OPERATOR)


def sent_back(browser, at="/console"):
    """Press the button, and follow to the issuer and back: the address to which it sends the browser."""
    link = browser.get(at).links()["Sign in with single sign-on"]
    there = browser.client.get(link)
    assert there.status_code == 303
    back = requests.get(there.headers["Location"], allow_redirects=False, timeout=5)
    assert back.headers["Location"].startswith("http://127.0.0.1:8000/console/oidc/back?")
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def test_whom_the_issuer_knows_is_signed_in_and_led_on(app, olga):
    browser = Browser(app)
    page = browser.get(sent_back(browser, "/console/accounts"))
    assert (page.status, page.path) == (200, "/console/accounts")
    assert olga.name in page.html
    assert [each.key for each in browser.client._cookies.values() if each.key == single_sign_on.COOKIE] == []


def test_whom_nobody_invited_is_told_so(app, store):
    browser = Browser(app)
    page = browser.get(sent_back(browser))
    assert (page.status, issuers.EMAIL in page.text) == (403, True)
    assert browser.get("/console").path == "/console/signin"
    assert people.list_people(store) == []


@pytest.mark.parametrize("name", ["\uff2flga@example.org", "o\u2113ga@example.org", "olga@example.org ", "\u212aim@x"])
def test_a_name_that_only_looks_like_an_operators_signs_nobody_in(app, issuer, name, store):
    people.create_person(store, "Olga@example.org", people.OPERATOR)
    people.create_person(store, "kim@x", people.OPERATOR)
    issuer.claims["email"] = name
    browser = Browser(app)
    assert browser.get(sent_back(browser)).status == 403
    assert browser.get("/console").path == "/console/signin"


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
        {"email": ["olga@example.org"]},
        {"aud": "somebody else"},
        {"aud": None},
        {"iss": "https://elsewhere.example.org"},
        {"exp": 1},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
        {"azp": "somebody else"},
    ],
)
@pytest.mark.usefixtures("olga")
def test_a_token_that_is_not_for_this_sign_in_signs_nobody_in(app, issuer, claims, caplog):
    issuer.claims.update(claims)
    browser = Browser(app)
    page = browser.get(sent_back(browser))
    assert page.status == 403
    assert "the log of the service says why" in page.text
    assert "single sign-on: " in caplog.text
    assert browser.get("/console").path == "/console/signin"


@pytest.mark.usefixtures("olga")
def test_a_token_that_somebody_else_signed_signs_nobody_in(app, issuer):
    issuer.key = issuers.new_key("somebody else's")
    browser = Browser(app)
    assert browser.get(sent_back(browser)).status == 403


@pytest.mark.usefixtures("olga")
def test_a_token_signed_with_a_shared_secret_signs_nobody_in(app, issuer):
    issuer.key = OctKey.import_key(issuers.CLIENT_SECRET * 2)
    issuer.algorithm = "HS256"
    browser = Browser(app)
    assert browser.get(sent_back(browser)).status == 403


@pytest.mark.usefixtures("olga")
def test_new_keys_of_the_issuer_are_found_at_the_next_try(app, issuer):
    browser = Browser(app)
    assert browser.get(sent_back(browser)).path == "/console"
    issuer.key = issuer.published = issuers.new_key("its second")
    other = Browser(app)
    assert other.get(sent_back(other)).status == 403
    assert other.get(sent_back(other)).path == "/console"


@pytest.mark.usefixtures("olga")
def test_an_answer_is_good_once_and_only_for_the_browser_that_asked(app):
    browser, other = Browser(app), Browser(app)
    answer = sent_back(browser)
    assert other.get(answer).status == 400
    sent_back(other)
    assert other.get(answer).status == 400
    assert other.get("/console").path == "/console/signin"
    assert browser.get(answer).path == "/console"
    assert browser.get(answer).status == 400


@pytest.mark.usefixtures("olga")
def test_an_answer_comes_within_ten_minutes_or_not_at_all(app, later):
    browser = Browser(app)
    answer = sent_back(browser)
    later(single_sign_on.SECONDS + 1)
    assert browser.get(answer).status == 400


@pytest.mark.usefixtures("olga")
def test_whoever_the_issuer_refuses_is_not_signed_in(app, issuer, caplog):
    issuer.refuses = True
    browser = Browser(app)
    assert browser.get(sent_back(browser)).status == 403
    assert "access_denied" in caplog.text


@pytest.mark.parametrize(
    "overrides",
    [{"issuer": "https://elsewhere.example.org"}, {"jwks_uri": "http://127.0.0.1:9/"}, {"token_endpoint": None}],
)
def test_an_issuer_that_cannot_be_read_is_answered_with_a_page(app, issuer, overrides):
    issuer.overrides = overrides
    browser = Browser(app)
    assert browser.get(browser.get("/console").links()["Sign in with single sign-on"]).status == 403


@pytest.mark.parametrize("query", ["", "state=x", "state=%00%ff&code=%00"])
def test_an_answer_that_nobody_asked_for_is_refused(app, query):
    browser = Browser(app)
    assert browser.get(f"/console/oidc/back?{query}").status == 400
    browser.client.set_cookie(single_sign_on.COOKIE, "made up")
    assert browser.get(f"/console/oidc/back?{query}").status == 400


def test_another_claim_may_hold_the_name(new_app, issuer, store):
    app = new_app(
        oidc_issuer=issuer.address,
        oidc_client_id=issuers.CLIENT_ID,
        oidc_client_secret=issuers.CLIENT_SECRET,
        oidc_claim="preferred_username",
    )
    people.create_person(store, "olga", people.OPERATOR)
    issuer.claims = {"preferred_username": "olga"}
    browser = Browser(app)
    assert browser.get(sent_back(browser)).path == "/console"


def test_passwords_stay_where_both_ways_are_offered_and_are_alone_where_no_issuer_is_set(app, new_app, store):
    people.create_person(store, "otto", people.OPERATOR, PASSWORD)
    assert Browser(app).sign_in("otto").path == "/console"
    plain = Browser(new_app())
    assert "Sign in with single sign-on" not in plain.get("/console").links()
    assert plain.get("/console/oidc/back?state=x&code=y").path == "/console/signin"


def test_single_sign_on_set_by_halves_is_refused_at_start(settings):
    with pytest.raises(SettingsError, match="ADAPTER_OIDC_CLIENT_ID"):
        create_app(dataclasses.replace(settings, oidc_issuer="https://login.example.org"))


def test_the_issuer_is_asked_with_pkce_and_a_nonce(app):
    browser = Browser(app)
    there = browser.client.get(browser.get("/console").links()["Sign in with single sign-on"])
    asked = parse_qs(urlsplit(there.headers["Location"]).query)
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["scope"] == ["openid email profile"]
