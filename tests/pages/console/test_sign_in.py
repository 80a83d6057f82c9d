"""Who sees the console, and for how long."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import select, update

from adapter import create_app
from adapter.core import clock
from adapter.core.store.accounts import AccountError
from adapter.pages.store import people
from adapter.pages.store.people_tables import people as people_rows
from adapter.pages.store.people_tables import people_links, people_sessions
from tests.pages.console.visiting import PASSWORD, Browser, Operator


@pytest.fixture
def olga(store):
    return people.create_person(store, "Olga@Example.org", people.OPERATOR, PASSWORD)


def cookies(browser):
    return browser.client._cookies.values()


def test_nothing_is_seen_before_signing_in_and_one_is_led_back_afterwards(app, olga):
    browser = Browser(app)
    for path in ("/console", "/console/", "/console/nothing", "/console/nothing/at/all"):
        page = browser.get(path)
        assert (page.status, page.path) == (200, "/console/signin")
        assert olga.name not in page.html
    assert browser.client.post("/console/nothing").status_code == 303
    assert browser.sign_in("olga@example.ORG", at="/console?of=day").path == "/console"
    assert olga.name in browser.get("/console").html
    assert browser.get("/console/nothing").status == 404


def test_signing_in_leads_to_no_other_site(app, olga):
    browser = Browser(app)
    form = browser.get("/console/signin?then=//example.org/").form("/console/signin")
    assert browser.send(form, name=olga.name, password=PASSWORD).path == "/console"


def test_signing_out_ends_the_session_itself(app, operator):
    thief = Browser(app)
    thief.client._cookies.update(operator.client._cookies)
    assert thief.get("/console").path == "/console"
    header = next(
        each for each in operator.get("/console").tree.iter("form") if each.get("action") == "/console/signout"
    )
    assert operator.send(header).path == "/console/signin"
    assert thief.get("/console").path == "/console/signin"


def test_a_form_without_its_key_is_refused(app, operator):
    answer = operator.client.post("/console/signout")
    assert answer.status_code == 403
    assert operator.get("/console").path == "/console"
    assert Browser(app).client.post("/console/signin", data={"name": "a", "password": "b"}).status_code == 403


def test_cookies_are_for_this_host_and_no_script(app, operator):
    (session,) = [each for each in cookies(operator) if each.key == "adapter_person"]
    assert (session.http_only, session.same_site, session.path) == (True, "Lax", "/")
    secure = Browser(app)
    answer = secure.client.get("/console/signin", base_url="https://localhost")
    assert "__Host-adapter_visitor" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]


def test_pages_run_no_script_and_are_kept_by_no_browser(operator):
    headers = operator.get("/console").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_a_session_ends_when_it_is_not_used_and_after_half_a_day_in_any_case(operator, later):
    later(people.IDLE_SECONDS - 60)
    assert operator.get("/console").path == "/console"
    later(people.IDLE_SECONDS - 60)
    assert operator.get("/console").path == "/console"
    later(people.IDLE_SECONDS + 60)
    assert operator.get("/console").path == "/console/signin"


def test_a_session_that_is_used_ends_after_half_a_day(operator, store, later):
    later(people.SESSION_SECONDS + 1)
    with store.write() as connection:
        connection.execute(update(people_sessions).values(seen_at=clock.milliseconds()))
    assert operator.get("/console").path == "/console/signin"


def test_wrong_passwords_slow_down_and_then_not_even_the_right_one_is_tried(app, olga, later):
    later(0)  # no time passes, however slow this machine is
    browser = Browser(app)
    assert [browser.sign_in(olga.name, "wrong").status for _ in range(6)][:5] == [403] * 5
    page = browser.sign_in(olga.name)
    assert page.status == 429
    assert "Wait" in page.text
    assert Browser(app).sign_in("somebody else", "wrong").status == 403


def test_names_that_do_not_exist_are_answered_like_wrong_passwords(app, olga):
    known, unknown = Browser(app).sign_in(olga.name, "wrong"), Browser(app).sign_in("nobody", "wrong")
    assert (known.status, known.text) == (unknown.status, unknown.text)


def test_a_password_is_kept_as_an_argon2id_hash_and_a_token_as_a_digest(operator, store):
    (session,) = [each for each in cookies(operator) if each.key == "adapter_person"]
    with store.read() as connection:
        assert connection.scalar(select(people_rows.c.password)).startswith("$argon2id$")
        assert connection.scalar(select(people_sessions.c.token_hash)) != session.value


def test_a_link_sets_a_password_once_and_ends_all_sessions(app, operator, store):
    token = people.create_link(store, "olga")
    browser = Browser(app)
    form = browser.get(f"/console/password?token={token}").form("/console/password")
    short = browser.send(form, password="short", password_again="short")
    assert (short.status, "at least 12 characters" in short.text) == (400, True)
    differing = browser.send(short.form("/console/password"), password="another password", password_again="a third one")
    assert (differing.status, "differ" in differing.text) == (400, True)
    done = browser.send(
        differing.form("/console/password"), password="another password", password_again="another password"
    )
    assert (done.path, "Your password is set" in done.text) == ("/console/signin", True)
    assert operator.get("/console").path == "/console/signin"
    assert browser.get(f"/console/password?token={token}").status == 404
    assert browser.sign_in("Olga").status == 403
    assert browser.sign_in("Olga", "another password").path == "/console"


def test_an_invited_person_signs_in_only_after_choosing_a_password(app, store):
    people.create_person(store, "new", people.OPERATOR)
    assert Browser(app).sign_in("new", "").status == 403
    people.use_link(store, people.create_link(store, "new"), PASSWORD)
    assert Browser(app).sign_in("new").path == "/console"


def test_a_link_ends_after_three_days_and_when_there_is_a_newer_one(app, store, later):
    people.create_person(store, "new", people.OPERATOR)
    first, second = people.create_link(store, "new"), people.create_link(store, "new")
    assert not people.use_link(store, first, PASSWORD)
    later(people.LINK_SECONDS + 1)
    assert Browser(app).get(f"/console/password?token={second}").status == 404
    assert not people.use_link(store, second, PASSWORD)


def test_what_is_over_is_deleted(store, olga, later):
    people.create_link(store, olga.name)
    people.start_session(store, olga.person_id)
    later(people.LINK_SECONDS + 1)
    with store.write() as connection:
        assert people.purge(connection, clock.milliseconds()) == 2
        assert not list(connection.execute(select(people_links)))


def test_a_removed_person_is_signed_out_at_once(operator, store):
    people.remove_person(store, "OLGA")
    assert operator.get("/console").path == "/console/signin"
    with pytest.raises(AccountError):
        people.remove_person(store, "olga")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/console/signin?then=" + "x" * 40_000, "", 413),
        ("POST", "/console/signin", "name=" + "x" * 40_000, 413),
        ("POST", "/console/signin", "\x00=%ff&form_key=%00", 403),
        ("GET", "/console/password?token=%00%ff", "", 404),
        ("PUT", "/console/signin", "", 405),
    ],
)
def test_what_strangers_send_is_bounded_and_answered_readably(app, method, path, body, status):
    answer = Browser(app).client.open(
        path, method=method, data=body, content_type="application/x-www-form-urlencoded" if body else None
    )
    assert answer.status_code == status
    assert "<h1>" in answer.get_data(as_text=True)


def test_people_of_production_sign_in_to_the_console_of_the_sandbox(settings, store, olga):
    app = create_app(dataclasses.replace(settings, sandbox="names"))
    app.extensions["sandbox"].store.migrate()
    try:
        browser = Browser(lambda environ, start: app({**environ, "HTTP_HOST": "sandbox.localhost"}, start))
        page = browser.sign_in(olga.name)
        assert page.path == "/console"
        assert "Sandbox" in page.html
        assert "Sandbox" not in Operator(app, store).get("/console").html
    finally:
        for name in ("adapter", "sandbox"):
            app.extensions[name].store.close()


def test_a_gateway_in_front_of_another_endpoint_has_a_console(new_app, store):
    operator = Operator(new_app(upstream="http://127.0.0.1:9"), store)
    assert operator.get("/console").status == 200
    assert operator.client.get("/console/static/site.css").status_code == 200
    assert operator.client.get("/console/static/nothing.css").status_code == 404
