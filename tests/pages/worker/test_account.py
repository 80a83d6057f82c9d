"""A worker's own account: changing it, mailed links, and leaving."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from adapter.core.store import outbox
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.store.worker_tables import workers
from adapter.pages.store import worker_accounts, worker_profiles
from adapter.pages.worker import account as site_account
from adapter.pages.worker.places import countries, time_zones
from tests.marketplace.workshop import a_hit, done
from tests.pages.worker.visiting import PASSWORD, Visitor

NEW = "another good password"


@pytest.fixture
def mailing(new_app, store):
    """Visitors of a site that sends mail."""
    app = new_app(smtp_url="smtp://127.0.0.1:9", site_url="https://lab.example/")
    return lambda name="Ada": Visitor(app, store, name)


def form(page, action="/mturk/account"):
    return page.form(action)


def profile(store, visitor):
    return worker_profiles.find_profile(store, visitor.worker_id)


def mails(store):
    """What was put to be mailed, taken away."""
    with store.write() as connection:
        return outbox.take_letters(connection, 100)


def link_in(mail):
    return re.search(r"https://lab\.example(/mturk/\S+)", mail.text)[1]


def signs_in(store, name, password):
    return worker_accounts.find_worker_by_password(store, name, password) is not None


def test_countries_and_time_zones_are_those_of_the_world():
    assert countries()["AT"] == "Austria"
    assert len(countries()) > 200
    assert {"UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata"} <= set(time_zones())
    assert all(worker_accounts.zone_of(each) for each in time_zones())


def test_what_is_known_of_a_worker_is_shown_and_changed(visitor, store):
    shown = visitor.send(form(visitor.get("/mturk/account")), name="Ada Lovelace", subdivision="wi", adult="on")
    assert "Your account is changed." in shown.text
    known = profile(store, visitor)
    assert (known.name, known.subdivision, known.adult, known.time_zone) == ("Ada Lovelace", "WI", True, "UTC")
    fields = [("time_zone", "Asia/Tokyo"), ("country", "AT"), ("name", "Ada")]
    key = re.search(r'name="form_key" value="(\w+)"', shown.html)[1]
    shown = visitor.post("/mturk/account", [("form_key", key), *fields])
    assert re.search(r"Now it is \S+ \S+ JST", shown.text)
    known = profile(store, visitor)
    assert (known.country, known.subdivision, known.adult, known.time_zone) == ("AT", None, False, "Asia/Tokyo")
    chosen = [each.text for each in shown.tree.iter("option") if each.get("selected") is not None]
    assert chosen == ["Asia/Tokyo", "Austria"]


def test_the_state_is_chosen_from_a_list_in_the_united_states_and_written_elsewhere(visitor, store):
    page = visitor.get("/mturk/account")
    key = re.search(r'name="form_key" value="(\w+)"', page.html)[1]

    def save(**fields):
        page = visitor.post("/mturk/account", [("form_key", key), ("name", "Ada"), *fields.items()])
        assert "Your account is changed." in page.text
        return page, profile(store, visitor).subdivision

    page, subdivision = save(country="US", state="WI", subdivision="BY")
    assert subdivision == "WI"
    chosen = [each.text for each in page.tree.iter("option") if each.get("selected") is not None]
    assert chosen == ["UTC", "United States", "Wisconsin"]
    page, subdivision = save(country="DE", state="WI", subdivision="by")
    assert (subdivision, 'name="subdivision" value="BY"' in page.html) == ("BY", True)
    # a program that knows only the one field, and a code that the list does not have
    assert save(country="US", subdivision="ca")[1] == "CA"
    worker_profiles.change_profile(store, visitor.worker_id, "Ada", "", country="US", subdivision="ZZ")
    visitor.send(form(visitor.get("/mturk/account")))
    assert profile(store, visitor).subdivision == "ZZ"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "Bea"}, "This name is taken"),
        ({"name": " "}, "A name is needed"),
        ({"name": "Ada", "country": "ZZ"}, "Choose a country from the list"),
        ({"name": "Ada", "subdivision": "Wien!"}, "state or province as its code"),
        ({"name": "Ada", "country": "US", "state": "Wisconsin"}, "state or province as its code"),
        ({"name": "Ada", "time_zone": "../../etc/passwd"}, "Choose a time zone from the list"),
        ({"name": "Ada", "time_zone": "Mars/Olympus"}, "Choose a time zone from the list"),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(visitor, new_visitor, store, fields, problem):
    new_visitor("Bea")
    key = re.search(r'name="form_key" value="(\w+)"', visitor.get("/mturk/account").html)[1]
    before = profile(store, visitor)
    shown = visitor.post("/mturk/account", [("form_key", key), *fields.items()])
    assert shown.status == 400
    assert problem in shown.text
    assert profile(store, visitor) == before


def test_a_new_password_needs_the_old_one_and_signs_out_everywhere_else(visitor, app, store):
    elsewhere = Client(app)
    key = re.search(r'value="(\w+)"', elsewhere.get("/mturk/beginsignin").get_data(as_text=True))[1]
    elsewhere.post("/mturk/beginsignin", data={"form_key": key, "name": "Ada", "password": PASSWORD})
    passwords = form(visitor.get("/mturk/account"), "/mturk/account/password")
    wrong = visitor.send(passwords, password="a wrong password", new_password=NEW, password_again=NEW)
    assert (wrong.status, "That is not your password." in wrong.text) == (403, True)
    passwords = form(wrong, "/mturk/account/password")
    differ = visitor.send(passwords, password=PASSWORD, new_password=NEW, password_again=NEW + "x")
    assert (differ.status, "The two new passwords differ." in differ.text) == (400, True)
    passwords = form(differ, "/mturk/account/password")
    assert (
        "Your password is changed."
        in visitor.send(passwords, password=PASSWORD, new_password=NEW, password_again=NEW).text
    )
    assert signs_in(store, "Ada", NEW)
    assert elsewhere.get("/mturk/account").status_code == 303


def test_passwords_of_an_open_session_cannot_be_guessed_without_end(visitor):
    page = visitor.get("/mturk/account")
    tried = []
    for _ in range(worker_accounts.FREE_FAILURES + 1):
        page = visitor.send(form(page, "/mturk/account/password"), password="wrong one")
        tried.append("That was tried too often" in page.text)
    assert tried == [False] * worker_accounts.FREE_FAILURES + [True]


def test_an_address_gets_mail_once_its_link_is_opened_and_confirmed(mailing, store):
    visitor = mailing()
    emails = form(visitor.get("/mturk/account"), "/mturk/account/email")
    assert "on its way" in visitor.send(emails, email="ada@example.com", password=PASSWORD).text
    assert profile(store, visitor).email is None
    (mail,) = mails(store)
    assert mail.address == "ada@example.com"
    asked = visitor.get(link_in(mail))
    assert profile(store, visitor).email is None, "mail programs open links by themselves"
    assert "Messages are mailed to you" in visitor.send(asked.form("/mturk/confirm")).text
    assert profile(store, visitor).email == "ada@example.com"
    assert visitor.get(link_in(mail)).status == 404
    emails = form(visitor.get("/mturk/account"), "/mturk/account/email")
    assert "No mail is sent to you any more." in visitor.send(emails, email="", password=PASSWORD).text
    assert profile(store, visitor).email is None


@pytest.mark.parametrize("email", ["ada", "a@b@c", "a@b, c@d", "a b@c", "a@b\r\nBcc: x@y", "@b", "x" * 65 + "@b"])
def test_what_is_no_address_gets_no_link(mailing, store, email):
    visitor = mailing()
    emails = form(visitor.get("/mturk/account"), "/mturk/account/email")
    shown = visitor.send(emails, email=email, password=PASSWORD)
    assert (shown.status, "Write one e-mail address" in shown.text) == (400, True)
    assert mails(store) == []


def test_links_are_bounded_by_the_day(mailing, store, monkeypatch):
    monkeypatch.setattr(site_account, "MOST_LINKS", 1)
    visitor = mailing()
    emails = form(visitor.get("/mturk/account"), "/mturk/account/email")
    sent = [visitor.send(emails, email="ada@example.com", password=PASSWORD).status for _ in range(2)]
    assert (sent, len(mails(store))) == ([200, 429], 1)
    other = mailing("Bea")
    emails = form(other.get("/mturk/account"), "/mturk/account/email")
    assert other.send(emails, email="ADA@example.com", password=PASSWORD).status == 429


def test_without_a_mail_server_no_address_is_asked_for(visitor):
    shown = visitor.get("/mturk/account")
    assert "This site sends no e-mail" in shown.text
    assert "their" not in [each.get("name") for each in shown.tree.iter("input")]
    assert "they can set a new password for you" in visitor.get("/mturk/forgotten").text


@pytest.fixture
def reachable(mailing, store):
    visitor = mailing("Ada {token}")
    worker_accounts.change_worker(store, "Ada {token}", email="ada@example.com")
    return visitor


@pytest.mark.parametrize("name", ["ADA {token}", "ada@example.com"])
def test_a_forgotten_password_is_set_by_a_mailed_link_once(reachable, store, name):
    sent = reachable.send(reachable.get("/mturk/forgotten").form("/mturk/forgotten"), name=name)
    assert "a link is on its way" in sent.text
    (mail,) = mails(store)
    assert mail.address == "ada@example.com"
    asked = reachable.get(link_in(mail))
    short = reachable.send(asked.form("/mturk/reset"), new_password="short", password_again="short")
    assert "at least 8 characters" in short.text
    shown = reachable.send(short.form("/mturk/reset"), new_password=NEW, password_again=NEW)
    assert "Your password is set." in shown.text
    assert signs_in(store, "Ada {token}", NEW)
    assert reachable.get(link_in(mail)).status == 404


def test_who_has_no_account_or_address_gets_no_mail_and_the_same_page(reachable, mailing, store):
    mailing("Bea")
    shown = {}
    for name in ("Ada {token}", "Bea", "Nobody", "nobody@example.com", "'; --", "\x00"):
        page = reachable.get("/mturk/forgotten")
        shown[name] = reachable.send(page.form("/mturk/forgotten"), name=name).text
    assert len(set(shown.values())) == 1
    assert len(mails(store)) == 1


def test_a_link_works_for_an_hour_and_the_newest_alone(reachable, store, later):
    for _ in range(2):
        reachable.send(reachable.get("/mturk/forgotten").form("/mturk/forgotten"), name="Ada {token}")
    first, second = (link_in(each) for each in mails(store))
    assert (reachable.get(first).status, reachable.get(second).status) == (404, 200)
    assert reachable.get(second.replace("reset", "confirm")).status == 404
    later(3601)
    assert reachable.get(second).status == 404
    assert "no longer works" in reachable.get("/mturk/reset?token=%00%ff").text


def test_a_link_in_the_earlier_mailbox_sets_no_password_once_another_address_is_confirmed(reachable, store):
    reachable.send(reachable.get("/mturk/forgotten").form("/mturk/forgotten"), name="Ada {token}")
    (earlier,) = mails(store)
    emails = form(reachable.get("/mturk/account"), "/mturk/account/email")
    reachable.send(emails, email="new@example.com", password=PASSWORD)
    (mail,) = mails(store)
    assert reachable.get(link_in(earlier)).status == 200
    reachable.send(reachable.get(link_in(mail)).form("/mturk/confirm"))
    assert reachable.get(link_in(earlier)).status == 404


def test_who_leaves_is_told_first_what_is_lost_and_is_forgotten_then(visitor, mturk, store):
    paid = done(store, a_hit(mturk, Reward="2.00"), visitor.worker_id)
    mturk.approve_assignment(AssignmentId=paid)
    waiting = done(store, a_hit(mturk, Reward="0.30"), visitor.worker_id)
    held = a_hit(mturk)
    assignment_lifecycle.accept(store, visitor.worker_id, held)
    shown = visitor.get(visitor.get("/mturk/account").links()["What happens then, and how to do it"])
    for words in ("still owed $2.00", "1 HIT worth $0.30 waits for approval", "1 HIT that you have accepted goes back"):
        assert words in shown.text
    assert "Tick the box" in visitor.send(form(shown, "/mturk/account/leave"), password=PASSWORD).text
    assert "not your password" in visitor.send(form(shown, "/mturk/account/leave"), password="wrong", sure="on").text
    assert visitor.send(form(shown, "/mturk/account/leave"), password=PASSWORD, sure="on").status == 200
    assert not signs_in(store, "Ada", PASSWORD)
    with store.read() as connection:
        assert "Ada" not in connection.scalars(select(workers.c.name)).all()
    answers = [mturk.get_assignment(AssignmentId=each)["Assignment"] for each in (paid, waiting)]
    assert all(each["Answer"] and each["WorkerId"] != visitor.worker_id for each in answers)
    assert mturk.get_hit(HITId=held)["HIT"]["NumberOfAssignmentsAvailable"] == 1


def test_strangers_are_asked_to_sign_in_first(app):
    for path in ("/mturk/account", "/mturk/account/leave"):
        assert app.test_client().get(path).headers["Location"].startswith("/mturk/beginsignin?then=")
