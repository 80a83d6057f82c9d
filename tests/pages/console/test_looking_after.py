"""What operators look after in the console: notifications, access keys, workers, and the installation."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from adapter.core import clock
from adapter.core.store import accounts
from adapter.notifications.delivery import STALE
from adapter.notifications.store import deliveries
from adapter.pages.store import worker_accounts
from tests.legacy_client import Scene, through_flask
from tests.pages.console.test_calls import rows_of
from tests.pages.console.visiting import Browser, Operator


def fail(store, number=1, changed_at=None):
    """Messages that failed; their numbers."""
    new = deliveries.Message(
        "A1", "T1", "REST", "https://r.example.org/hush", "2006-05-05", None, [{"EventType": "x"}], "d", "r.example.org"
    )
    now = changed_at or clock.milliseconds()
    with store.write() as connection:
        numbers = deliveries.add(connection, [new] * number, now, "sending")
    for each in deliveries.listed(store, ["sending"], 1000):
        deliveries.finish(store, each, "failed", now, error="the receptor said 500")
    return numbers


@pytest.fixture
def any_operator(any_settings, any_store):
    from adapter import create_app

    app = create_app(any_settings)
    yield Operator(app, any_store)
    app.extensions["adapter"].store.close()


def test_a_notification_that_failed_is_sent_again(any_operator, any_store, caplog):
    first, second = fail(any_store, 2, changed_at=clock.milliseconds() - 2 * STALE)
    page = any_operator.get("/console/notifications")
    assert "Failed 2" in page.text
    assert "hush" not in page.html
    form = next(
        each for each in page.tree.iter("form") if any(field.get("value") == str(first) for field in each.iter("input"))
    )
    with caplog.at_level(logging.INFO, "adapter.console"):
        done = any_operator.send(form)
    assert "1 is sent again" in done.text
    assert "person=" in caplog.text
    assert [each.seq for each in deliveries.listed(any_store, ["failed"], 9)] == [second]
    # it has a day to arrive, however old it is, and each process may take it once
    assert deliveries.expire(any_store, clock.milliseconds() - STALE, clock.milliseconds()) == 0
    lanes = deliveries.Lanes(Counter(), 4)
    (taken,) = deliveries.claim(any_store, clock.milliseconds() + 1, 9, lanes)
    assert (taken.seq, taken.attempts) == (first, 2)
    assert deliveries.retry(any_store, [first], clock.milliseconds()) == 0


def test_all_that_failed_are_sent_again(operator, store):
    fail(store, 3)
    page = operator.get("/console/notifications?of=failed")
    forms = [each for each in page.tree.iter("form") if any(f.get("name") == "all" for f in each.iter("input"))]
    assert "3 are sent again" in operator.send(forms[0]).text
    assert deliveries.counts(store) == {"pending": 3}


def test_an_access_key_is_disabled_and_enabled(operator, app, store):
    client = Scene(store, through_flask(app)).requester()
    client.call("GetAccountBalance")
    key = client.key.access_key_id
    page = operator.send(operator.get("/console/accounts").form("/console/accounts/key"))
    assert "disabled" in page.text
    assert client.error("GetAccountBalance") == "AWS.NotAuthorized"
    operator.send(page.form("/console/accounts/key"))
    client.call("GetAccountBalance")
    (listed,) = accounts.list_keys(store)
    assert (listed.access_key_id, listed.enabled) == (key, True)


def test_accounts_are_found_by_name_and_id_and_no_secret_is_shown(operator, store):
    ann, bob = accounts.create_account(store, "Ann"), accounts.create_account(store, "Bob")
    page = operator.get("/console/accounts")
    assert {row[0] for row in rows_of(page)} == {"Ann", "Bob", "Olga"}
    assert ann.secret_access_key not in page.html
    for asked in ("ann", ann.account_id, ann.access_key_id.lower()):
        found = operator.get(f"/console/accounts?name={asked}")
        assert ann.account_id in found.text
        assert bob.account_id not in found.text
    assert "None was found" in operator.get("/console/accounts?name=nobody%00").text


def test_workers_are_found_by_part_of_the_name_and_by_id(operator, app, store):
    ada = worker_accounts.create_worker(store, "Ada Lovelace", "correct horse")
    worker_accounts.create_worker(store, "Bert", "correct horse", country="US")
    client = Scene(store, through_flask(app)).requester()
    scene = Scene(store, through_flask(app))
    assignment_id = scene.work(client.hit(), ada.worker_id, q1="a")
    client.call("ApproveAssignment", AssignmentId=assignment_id)
    rows = {row[0]: row for row in rows_of(operator.get("/console/workers"))}
    assert rows["Ada Lovelace"][-3:] == ["1", "1", "0"]
    assert rows["Bert"][3:5] == ["US", "yes"]
    for asked in ("LOVE", ada.worker_id):
        assert [row[0] for row in rows_of(operator.get(f"/console/workers?name={asked}"))] == ["Ada Lovelace"]
    assert "Nobody was found" in operator.get("/console/workers?name=%25").text


def test_a_gateway_in_front_of_another_endpoint_lists_no_workers(new_app, store):
    operator = Operator(new_app(upstream="http://127.0.0.1:9"), store)
    assert "Workers" not in operator.get("/console").links()
    assert operator.get("/console/workers").status == 404


def test_the_installation_is_shown_without_its_secrets(new_app, store, settings):
    operator = Operator(new_app(smtp_url="smtp://user:hush@mail.example.org", fee_percent=7), store)
    page = operator.get("/console/installation")
    assert "production" in page.text
    assert "Schema 00" in page.text
    assert ["ADAPTER_FEE_PERCENT", "7"] in rows_of(page)
    assert ["ADAPTER_SMTP_URL", "(set)"] in rows_of(page)
    assert "hush" not in page.html
    assert str(settings.data) in page.text


def test_changes_need_an_operator_and_the_key_of_the_form(operator, app, store):
    key = accounts.create_account(store, "Ann").access_key_id
    fields = {"access_key_id": key, "to": "disable"}
    assert operator.client.post("/console/accounts/key", data=fields).status_code == 403
    assert Browser(app).client.post("/console/accounts/key", data=fields).status_code == 303
    assert Browser(app).client.post("/console/notifications/retry", data={"all": "1"}).status_code == 303
    assert accounts.find_key(store, key).enabled


@pytest.mark.parametrize("number", ["x", "", "-1", "9" * 30, "²"])
def test_odd_numbers_send_nothing_again(operator, store, number):
    fail(store)
    form = operator.get("/console/notifications").form("/console/notifications/retry")
    page = operator.send(form, number=number)
    assert (page.status, "0 are sent again" in page.text) == (200, True)


def test_a_key_that_is_not_there_is_answered_with_a_page(operator, store):
    accounts.create_account(store, "Ann")
    form = operator.get("/console/accounts").form("/console/accounts/key")
    page = operator.send(form, access_key_id="AKIANONE")
    assert (page.status, "no such access key" in page.text) == (404, True)


def test_checks_are_offered_only_where_the_command_line_serves(operator):
    assert "Check now" not in operator.get("/console/installation?check=1").text
