"""Signing up, signing in and out, and what keeps others from doing it for a worker."""

from __future__ import annotations

import re
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from adapter.core import clock
from adapter.core.store.accounts import AccountError
from adapter.marketplace.store.worker_tables import workers
from adapter.pages import attempts
from adapter.pages.store import worker_accounts
from adapter.pages.store.tables import worker_accounts as account_rows
from adapter.pages.store.tables import worker_sessions as session_rows
from adapter.pages.worker import accounts as site_accounts
from tests.pages.worker.visiting import PASSWORD

PAGE = {"Accept": "text/html"}


@pytest.fixture
def client(app):
    return Client(app)


def key_of(client, path):
    return re.search(r'name="form_key" value="(\w+)"', client.get(path, headers=PAGE).get_data(as_text=True))[1]


def sign_up(client, name="Ann", password=PASSWORD, **more):
    form = {"form_key": key_of(client, "/mturk/signup"), "name": name, "password": password, "password_again": password}
    return client.post("/mturk/signup", data={**form, **more})


def sign_in(client, name="Ann", password=PASSWORD, **more):
    form = {"form_key": key_of(client, "/mturk/beginsignin"), "name": name, "password": password}
    return client.post("/mturk/beginsignin", data={**form, **more})


def cookies_of(answer):
    return {each.partition("=")[0]: each for each in answer.headers.getlist("Set-Cookie")}


def test_who_signs_up_is_signed_in_and_led_on(client):
    answer = sign_up(client, "Ann Öz", then="/mturk/myhits")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mturk/myhits")
    page = client.get("/mturk/myhits", headers=PAGE).get_data(as_text=True)
    assert "Ann Öz" in page
    assert re.search(r"<code title=\"Worker ID\">A[0-9A-Z]{13}</code>", page)


def test_no_name_or_password_is_composed_beyond_what_is_short(client, monkeypatch):
    lengths = []
    compose = unicodedata.normalize

    def spy(form, text):
        lengths.append(len(text))
        return compose(form, text)

    monkeypatch.setattr(unicodedata, "normalize", spy)
    marks = "a" + "\u0300\u0327" * 1000  # composing these takes as many steps as their number squared
    assert sign_up(client, marks).status_code == 400
    assert sign_up(client, password=marks).status_code == 400
    assert sign_in(client, marks).status_code == 403
    assert sign_in(client, password=marks).status_code == 403
    assert lengths
    assert max(lengths) <= 400


def test_so_many_passwords_at_once_are_compared_and_further_ones_are_asked_for_patience(app, store, monkeypatch):
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    monkeypatch.setattr(attempts, "PASSWORD_WAIT_SECONDS", 0.1)
    going_on, enough = threading.Event(), threading.Semaphore(0)

    def hold(*_):
        enough.release()
        going_on.wait(30)

    monkeypatch.setattr(worker_accounts, "find_worker_by_password", hold)
    with ThreadPoolExecutor(attempts.PASSWORDS_AT_ONCE) as pool:
        held = [pool.submit(sign_in, Client(app), f"Worker {number}") for number in range(attempts.PASSWORDS_AT_ONCE)]
        for _ in held:
            enough.acquire(timeout=30)
        refused = sign_in(Client(app))
        going_on.set()
        assert {each.result().status_code for each in held} == {403}
    assert refused.status_code == 503
    assert "too busy just now" in refused.get_data(as_text=True)


def test_who_signed_up_signs_in_again_however_the_name_is_written(client, app):
    sign_up(client, "Ann Öz")
    again = Client(app)
    assert sign_in(again, "  aNN   öZ ").status_code == 303
    assert "Ann Öz" in again.get("/mturk/myhits", headers=PAGE).get_data(as_text=True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "A name is needed."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "a\x00b"}, "cannot be shown"),
        ({"name": "TAKEN"}, "This name is taken."),
        ({"password": "short", "password_again": "short"}, "at least 8 characters"),
        ({"password": "x" * 201, "password_again": "x" * 201}, "at most 200 characters"),
        ({"password_again": "another one"}, "The two passwords differ."),
    ],
)
def test_a_sign_up_that_cannot_be_says_why_and_keeps_the_name(client, store, changed, said):
    worker_accounts.create_worker(store, "taken", PASSWORD)
    answer = sign_up(client, **{"name": "Ann", **changed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert said in page
    assert PASSWORD not in page


def test_what_hits_choose_workers_by_is_kept_as_it_was_said(client, store):
    answer = sign_up(client, country=" us ", subdivision="ca", adult="on")
    assert answer.status_code == 303
    with store.read() as connection:
        (row,) = connection.execute(select(workers))
    assert (row.country, row.subdivision, row.adult, row.masters) == ("US", "CA", True, False)


def test_a_country_that_is_none_is_refused_and_shown_again(client):
    answer = sign_up(client, country="Austria", adult="on")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Choose a country from the list." in page
    assert '<option value="AUSTRIA" selected>' in page
    assert re.search(r'name="adult" value="on" checked', page)


def test_a_wrong_password_and_an_unknown_name_are_told_alike(client, store):
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    wrong, unknown = sign_in(client, password="not this one"), sign_in(client, name="Nobody")
    assert wrong.status_code == unknown.status_code == 403
    assert "do not belong together" in wrong.get_data(as_text=True)
    assert "do not belong together" in unknown.get_data(as_text=True)


@pytest.fixture
def later(monkeypatch):
    """Lets so many seconds pass."""
    clocks = [clock.milliseconds]

    def wait(seconds):
        before = clocks[-1]
        clocks.append(lambda: before() + int(seconds * 1000))
        monkeypatch.setattr(clock, "milliseconds", clocks[-1])

    return wait


def fail(client, times=worker_accounts.FREE_FAILURES, name="Ann", **more):
    return [sign_in(client, name=name, password="wrong one", **more).status_code for _ in range(times)]


def from_address(address):
    return {"environ_base": {"REMOTE_ADDR": address}}


def seconds_of(answer):
    words = re.search(r"Wait (.+) and try again", answer.get_data(as_text=True))[1]
    return sum(
        int(number) * {"minute": 60, "second": 1}[unit] for number, unit in re.findall(r"(\d+) (\w+?)s?\b", words)
    )


def sent_from(client, address, password=PASSWORD, name="Ann"):
    form = {"form_key": key_of(client, "/mturk/beginsignin"), "name": name, "password": password}
    return client.post("/mturk/beginsignin", data=form, **from_address(address))


def test_after_some_failures_each_further_one_makes_a_longer_pause(client, store, later):
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    assert set(fail(client)) == {403}
    pauses = []
    for _ in range(14):
        answer = sign_in(client, password="wrong one")
        assert answer.status_code == 429
        pauses.append(seconds_of(answer))
        later(pauses[-1])
        assert fail(client, 1) == [403]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]
    # from an address that is not known the right password waits too, or it could be guessed meanwhile
    assert sign_in(client).status_code == 429
    later(900)
    assert sign_in(client).status_code == 303


def test_tries_during_a_pause_do_not_make_it_longer(client, store, later, monkeypatch):
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    now = clock.milliseconds()
    monkeypatch.setattr(clock, "milliseconds", lambda: now)  # however long these take here
    fail(client)
    assert fail(client, 20) == [429] * 20
    later(1)
    assert sign_in(client).status_code == 303


def test_who_guesses_at_a_name_makes_nobody_wait_at_another_address(client, app, store):
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    for _ in range(30):
        sent_from(client, "192.0.2.1", "wrong one")
    assert sent_from(client, "192.0.2.1").status_code == 429
    assert sent_from(Client(app), "192.0.2.2").status_code == 303


def test_the_right_password_is_never_refused_at_an_address_from_which_the_worker_signed_in_before(
    client, app, new_app, store
):
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    assert sent_from(Client(app), "192.0.2.1").status_code == 303
    # others there try this name and too many others, and the server is started anew
    assert {sent_from(client, "192.0.2.1", "wrong one").status_code for _ in range(30)} == {403}
    for number in range(attempts.MOST_FAILURES_OF_ADDRESS + 1):
        answer = sent_from(client, "192.0.2.1", "wrong one", f"Nobody {number}")
    assert answer.status_code == 429
    assert sent_from(Client(new_app()), "192.0.2.1").status_code == 303


def test_an_address_is_known_for_the_name_that_signed_in_there_alone(client, app, store):
    for name in ("Ann", "Bob"):
        worker_accounts.create_worker(store, name, PASSWORD)
    assert sent_from(Client(app), "192.0.2.1", name="Bob").status_code == 303
    for _ in range(worker_accounts.FREE_FAILURES):
        sent_from(client, "192.0.2.1", "wrong one")
    assert sent_from(client, "192.0.2.1").status_code == 429


def test_all_addresses_of_one_ipv6_network_are_one(client, store):
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    answers = [sent_from(client, f"2001:db8::{number}", "wrong one").status_code for number in range(1, 8)]
    assert answers == [403] * 5 + [429] * 2
    assert sent_from(client, "2001:db8:0:1::1").status_code == 303


def test_an_address_that_is_only_claimed_counts_for_nothing_and_a_proxys_does(app, new_app, store):
    worker_accounts.create_worker(store, "Ann", PASSWORD)

    def statuses(client):
        found = []
        for number in range(7):
            form = {"form_key": key_of(client, "/mturk/beginsignin"), "name": "Ann", "password": "wrong one"}
            claimed = {"X-Forwarded-For": f"198.51.100.{number}"}
            found.append(client.post("/mturk/beginsignin", data=form, headers=claimed).status_code)
        return found

    assert statuses(Client(app)) == [403] * 5 + [429] * 2
    assert statuses(Client(new_app(trusted_proxies=1))) == [403] * 7


def test_an_address_is_forgotten_after_a_time_with_a_new_password_and_behind_newer_ones(any_store, later):
    def known(address):
        return worker_accounts.is_known_address(any_store, "ANN", address)

    worker = worker_accounts.create_worker(any_store, "Ann", PASSWORD)
    for number in range(worker_accounts.MOST_ADDRESSES + 2):
        later(1)
        worker_accounts.start_session(any_store, worker.worker_id, f"address {number}")
        worker_accounts.start_session(any_store, worker.worker_id, f"address {number}")
    assert [known(f"address {number}") for number in (0, 1, 2, 21)] == [False, False, True, True]
    worker_accounts.set_password(any_store, "Ann", "another password")
    assert not known("address 21")
    worker_accounts.start_session(any_store, worker.worker_id, "address 1")
    later(worker_accounts.ADDRESS_SECONDS + 1)
    assert not known("address 1")


def test_counts_do_not_pile_up_without_a_bound(any_store, monkeypatch):
    monkeypatch.setattr(worker_accounts, "MOST_COUNTS", 3)
    for number in range(8):
        worker_accounts.seconds_to_wait(any_store, f"somebody {number}")
    with any_store.write() as connection:
        assert worker_accounts.purge(connection, clock.milliseconds()) == 5


def test_tries_at_once_are_counted_one_by_one(any_store, monkeypatch):
    now = clock.milliseconds()
    monkeypatch.setattr(clock, "milliseconds", lambda: now)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: worker_accounts.seconds_to_wait(any_store, "somebody"), range(24)))
    assert waits.count(0) == worker_accounts.FREE_FAILURES


def test_other_spellings_of_a_name_are_tries_for_the_same(client):
    spellings = ("Ann Öz", " ANN  öz", "ann\u00a0o\u0308z", "\uff21nn Öz", "ANN ÖZ", "ann öz")
    assert [sign_in(client, name=each).status_code for each in spellings] == [403] * 5 + [429]


def test_who_has_an_account_does_not_get_further_tries_by_signing_in(client, app, store, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_FAILURES_OF_ADDRESS", 3)
    worker_accounts.create_worker(store, "Mallory", PASSWORD)
    statuses = []
    for number in range(5):
        statuses.append(sent_from(client, "192.0.2.1", name=f"Victim {number}").status_code)
        assert sent_from(Client(app), "192.0.2.1", name="Mallory").status_code == 303
    assert statuses == [403, 403, 403, 429, 429]


def test_tries_from_one_address_are_bounded(client, monkeypatch):
    monkeypatch.setattr(attempts, "MOST_FAILURES_OF_ADDRESS", 3)
    assert [sign_in(client, name=f"Nobody {each}").status_code for each in range(4)] == [403, 403, 403, 429]


def test_sign_ups_from_one_address_are_bounded(client, app, monkeypatch):
    monkeypatch.setattr(site_accounts, "MOST_SIGN_UPS_OF_ADDRESS", 1)
    assert sign_up(client, "One").status_code == 303
    assert sign_up(Client(app), "Two").status_code == 429


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example/mturk/", "/mturk/\\evil", "/", "/mturk/ö"])
def test_signing_in_leads_only_to_pages_of_this_site(client, then):
    assert sign_up(client, then=then).headers["Location"] == "/mturk/findhits"


def test_signing_out_ends_the_session_in_the_database_too(client, store):
    token = re.match(r"mturk_worker=([^;]+)", cookies_of(sign_up(client))["mturk_worker"])[1]
    client.post("/mturk/signout", data={"form_key": key_of(client, "/mturk/findhits")})
    assert client.get("/mturk/myhits").status_code == 303
    client.set_cookie("mturk_worker", token)
    assert client.get("/mturk/myhits").status_code == 303
    with store.read() as connection:
        assert connection.scalars(select(session_rows.c.token_hash)).all() == []


def test_a_session_ends_by_itself(client, monkeypatch):
    sign_up(client)
    assert client.get("/mturk/myhits").status_code == 200

    later = clock.milliseconds() + worker_accounts.SESSION_SECONDS * 1000 + 1
    monkeypatch.setattr(clock, "milliseconds", lambda: later)
    assert client.get("/mturk/myhits").status_code == 303


def test_only_hashes_of_passwords_and_tokens_are_stored(client, store):
    token = re.match(r"mturk_worker=([^;]+)", cookies_of(sign_up(client))["mturk_worker"])[1]
    with store.read() as connection:
        rows = [*connection.execute(select(account_rows)), *connection.execute(select(session_rows))]
    assert len(rows) == 2
    assert not any(secret in str(value) for row in rows for value in row for secret in (PASSWORD, token))


def test_the_cookies_are_kept_from_scripts_and_other_sites_and_from_plain_http_where_there_is_tls(app):
    plain = cookies_of(sign_up(Client(app)))["mturk_worker"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    client = Client(app)
    client.open = partial(client.open, base_url="https://localhost")
    page = client.get("/mturk/signup")
    # this prefix keeps neighbours in the same domain, and plain http, from setting a cookie of this name
    assert "Secure" in cookies_of(page)["__Host-mturk_visitor"]
    client.set_cookie("mturk_visitor", "laid out by a neighbour")
    session = cookies_of(sign_up(client, "Sam"))["__Host-mturk_worker"]
    assert "Secure" in session
    assert "Path=/" in session
    assert "Domain" not in session
    assert client.get("/mturk/myhits").status_code == 200
    client.post("/mturk/signout", data={"form_key": key_of(client, "/mturk/findhits")})
    assert client.get("/mturk/myhits").status_code == 303


@pytest.mark.parametrize("given", [None, "ö", "0" * 64])
def test_a_form_that_another_site_made_is_refused(client, given):
    sign_up(client)
    for path in ("signup", "beginsignin", "signout", "accept", "return", "submit?assignmentId=X"):
        answer = client.post(f"/mturk/{path}", data={} if given is None else {"form_key": given})
        assert answer.status_code == 403
        assert "not made by this site" in answer.get_data(as_text=True)


def test_a_form_made_for_one_session_is_refused_in_another(client, app):
    foreign = key_of(client, "/mturk/signup")
    sign_up(client)
    other = Client(app)
    sign_up(other, "Other")
    assert other.post("/mturk/signout", data={"form_key": foreign}).status_code == 403


def test_with_closed_sign_up_only_known_workers_see_anything(new_app, store):
    app = new_app(worker_sign_up="closed")
    client = Client(app)
    page = client.get("/mturk/signup", headers=PAGE)
    assert "Ask whoever runs this site" in page.get_data(as_text=True)
    assert client.get("/mturk/findhits").headers["Location"] == "/mturk/beginsignin?then=%2Fmturk%2Ffindhits"
    assert client.get("/mturk/preview?groupId=X").status_code == 303
    worker_accounts.create_worker(store, "Ann", PASSWORD)
    assert "Sign up" not in client.get("/mturk/beginsignin").get_data(as_text=True)
    assert sign_in(client).status_code == 303
    assert client.get("/mturk/findhits").status_code == 200
    form = {"name": "New", "password": PASSWORD, "password_again": PASSWORD}
    refused = client.post("/mturk/signup", data={**form, "form_key": key_of(client, "/mturk/findhits")})
    assert refused.status_code == 403


def test_a_new_password_ends_all_sessions(client, store):
    sign_up(client)
    worker_accounts.set_password(store, "ann", "another password")
    assert client.get("/mturk/myhits").status_code == 303
    assert sign_in(client).status_code == 403
    assert sign_in(client, password="another password").status_code == 303
    with pytest.raises(AccountError, match="no worker called"):
        worker_accounts.set_password(store, "Nobody", "another password")


def test_old_sessions_give_way_to_new_ones(any_store):
    worker = worker_accounts.create_worker(any_store, "Ann", PASSWORD)
    tokens = [
        worker_accounts.start_session(any_store, worker.worker_id) for _ in range(worker_accounts.MOST_SESSIONS + 2)
    ]
    now = clock.milliseconds()
    alive = [worker_accounts.worker_of_session(any_store, token, now) for token in tokens]
    assert sum(each is not None for each in alive) == worker_accounts.MOST_SESSIONS
    assert alive[-1] == worker


def test_sessions_and_counts_that_are_over_are_deleted(any_store):
    worker = worker_accounts.create_worker(any_store, "Ann", PASSWORD)
    worker_accounts.start_session(any_store, worker.worker_id)
    assert [worker_accounts.count_attempt(any_store, "somebody", 60) for _ in range(3)] == [1, 2, 3]
    now = clock.milliseconds()
    with any_store.write() as connection:
        assert worker_accounts.purge(connection, now) == 0
        assert worker_accounts.purge(connection, now + worker_accounts.SESSION_SECONDS * 1000 + 1000) == 2
