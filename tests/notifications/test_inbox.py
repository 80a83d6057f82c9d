"""Events of a remote upstream come by the gateway's own queue."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from adapter import create_app
from adapter.app import upstream_of
from adapter.core import clock
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.store.tables import access_keys
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.domain import timers
from adapter.marketplace.store.notification_settings import find_settings
from adapter.notifications import queue_inbox as bridge_inbox
from adapter.notifications.delivery import Dispatcher
from adapter.notifications.queue_inbox import Inbox, read
from adapter.notifications.store import deliveries
from tests import processes
from tests.conftest import data_folder, mturk_client
from tests.fixtures_live import environment
from tests.flaky import flaky
from tests.legacy_client import HIT_TYPE, Client, Scene, through_flask
from tests.notifications.test_receptors import kinds, verified


@dataclass
class Far:
    """A gateway in front of a marketplace that is elsewhere and delivers to queues by itself."""

    settings: Settings
    store: Any
    their_store: Any
    marketplace: Marketplace
    faulty: Any
    app: Any
    client: Client
    scene: Scene
    there: Any

    def hit_type(self, **members) -> str:
        return self.client.call("RegisterHITType", **{**HIT_TYPE, **members}).findtext("HITTypeId")

    def tell(self, hit_type_id: str, destination: str, *events: str, client=None) -> None:
        given = {"Destination": destination, "Transport": "REST", "Version": "2006-05-05", "EventType": list(events)}
        (client or self.client).call("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")

    def inbox(self) -> Inbox:
        return Inbox(self.store, self.settings, upstream_of(self.settings, self.store))

    def pass_on(self, store, settings) -> None:
        dispatcher = Dispatcher(store, settings)
        dispatcher.finish()
        dispatcher.close()

    def theirs(self) -> None:
        """The marketplace delivers to the queue."""
        self.pass_on(self.their_store, self.their_store.settings)

    def ours(self) -> None:
        """The gateway delivers to receptors."""
        self.pass_on(self.store, self.settings)


@pytest.fixture
def far(tmp_path, cloud, any_settings, sqlite_template):
    """With a queue; the gateway's own tables on SQLite, then on PostgreSQL."""
    theirs = Settings(data=data_folder(tmp_path / "theirs", sqlite_template), sqlite_synchronous="NORMAL", threads=8)
    their_store = open_store(theirs)
    marketplace = Marketplace(theirs, their_store)
    with flaky(marketplace) as (faulty, address):
        settings = replace(any_settings, upstream=address, events_queue_url=cloud.queue(), upstream_max_attempts=1)
        store = open_store(settings)
        app = create_app(settings)
        key = accounts.create_account(their_store, "There")
        accounts.import_key(store, "Here", key.access_key_id, key.secret_access_key)
        send = through_flask(app)
        scene = Scene(their_store, send)
        there = mturk_client(marketplace, key)
        made = Far(settings, store, their_store, marketplace, faulty, app, Client(key, send), scene, there)
        yield made
        made.app.extensions["adapter"].store.close()
        store.close()
        their_store.close()


@pytest.fixture
def without_queue(far):
    """The same without a queue."""
    far.settings = replace(far.settings, events_queue_url="")
    far.app.extensions["adapter"].store.close()
    far.app = create_app(far.settings)
    far.client = Client(far.client.key, through_flask(far.app))
    return far


def test_an_event_goes_from_the_upstream_by_the_queue_to_the_receptor(far, cloud, receptor):
    hit_type_id = far.hit_type()
    far.tell(hit_type_id, receptor.url, "AssignmentSubmitted", "HITReviewable")
    with far.their_store.read() as connection:
        row = find_settings(connection, hit_type_id)
    assert (row.destination, row.transport, row.active) == (far.settings.events_queue_url, "SQS", True)
    assert row.event_types == ["AssignmentSubmitted", "HITReviewable"]
    hit_id = far.client.hit(HITTypeId=hit_type_id)
    assignment_id = far.scene.work(hit_id, "AWORKER1")
    far.theirs()
    assert far.inbox()(wait_seconds=5) == 1
    far.ours()
    (heard,) = receptor.heard
    events = verified(heard.parameters, far.client.key.secret_access_key).events
    assert [each.event_type for each in events] == ["AssignmentSubmitted", "HITReviewable"]
    assert (events[0].hit_id, events[0].assignment_id) == (hit_id, assignment_id)
    assert cloud.waiting(far.settings.events_queue_url) == 0


def test_the_same_document_twice_is_told_once(far, cloud, receptor):
    hit_type_id = far.hit_type()
    far.tell(hit_type_id, receptor.url, "HITExpired")
    body = json.dumps(
        {
            "Events": [
                {
                    "EventType": "HITExpired",
                    "EventTimestamp": "2019-08-09T21:17:16Z",
                    "HITId": "3HIT",
                    "HITTypeId": hit_type_id,
                }
            ],
            "EventDocId": "9928a491605538bb160590bb57b0596a9fbbcbba",
            "EventDocVersion": "2014-08-15",
        }
    )
    cloud.put(far.settings.events_queue_url, body)
    cloud.put(far.settings.events_queue_url, body)
    cloud.put(far.settings.events_queue_url, json.dumps({"Type": "Notification", "Message": body}))
    far.inbox().finish()
    far.ours()
    assert kinds(receptor) == ["HITExpired"]
    assert receptor.heard[0].parameters["Event.1.EventTime"] == "2019-08-09T21:17:16Z"
    assert cloud.waiting(far.settings.events_queue_url) == 0


def test_what_dies_before_the_message_is_deleted_is_absorbed_when_it_comes_again(far, cloud, receptor, monkeypatch):
    hit_type_id = far.hit_type()
    far.tell(hit_type_id, receptor.url, "AssignmentSubmitted")
    far.scene.work(far.client.hit(HITTypeId=hit_type_id), "AWORKER1")
    far.theirs()
    url = far.settings.events_queue_url
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    dying = far.inbox()
    monkeypatch.setattr(dying._queue, "delete_message", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dying(wait_seconds=5)
    assert cloud.waiting(url) == 1
    monkeypatch.undo()
    limit = time.monotonic() + 40
    while cloud.waiting(url) and time.monotonic() < limit:
        far.inbox()(wait_seconds=2)
    far.ours()
    assert kinds(receptor) == ["AssignmentSubmitted"]


def test_what_cannot_be_taken_in_now_stays_in_the_queue(far, cloud, monkeypatch):
    hit_type_id = far.hit_type()
    far.tell(hit_type_id, "http://127.0.0.1:9/", "AssignmentSubmitted")
    far.scene.work(far.client.hit(HITTypeId=hit_type_id), "AWORKER1")
    far.theirs()
    monkeypatch.setattr(bridge_inbox.outbox, "add_events", lambda *_: 1 / 0)
    assert far.inbox()(wait_seconds=5) == 1
    assert cloud.waiting(far.settings.events_queue_url) == 1
    assert deliveries.counts(far.store) == {}


@pytest.mark.parametrize(("automatic", "told"), [(True, ["AssignmentAutoApproved"]), (False, [])])
def test_an_old_client_hears_only_of_approvals_that_happened_by_themselves(far, receptor, automatic, told):
    hit_type_id = far.hit_type(AutoApprovalDelayInSeconds="10")
    far.tell(hit_type_id, receptor.url, "AssignmentAutoApproved", client=far.client.at("2008-08-02"))
    assignment_id = far.scene.work(far.client.hit(HITTypeId=hit_type_id), "AWORKER1")
    if automatic:
        timers.run_due(far.their_store, clock.milliseconds() + 11_000)
    else:
        far.there.approve_assignment(AssignmentId=assignment_id)
    far.theirs()
    assert far.inbox()(wait_seconds=5) == 1
    far.ours()
    assert kinds(receptor) == told


def test_when_the_upstream_refuses_or_fails_no_specification_is_left(far, receptor):
    given = {"Destination": receptor.url, "Transport": "REST", "Version": "2006-05-05", "EventType": "HITExpired"}
    code = far.client.error("SetHITTypeNotification", HITTypeId="3NOSUCHTYPE", Notification=given, Active="true")
    assert code.startswith("AWS.MechanicalTurk.")
    hit_type_id = far.hit_type()
    far.faulty.faults["UpdateNotificationSettings"] = ["fault"]
    assert far.client.error("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")
    far.faulty.faults.clear()
    # the specification alone is switched, and there is none
    assert far.client.error("SetHITTypeNotification", HITTypeId=hit_type_id, Active="true")


def test_switching_a_receptor_off_and_on_goes_upstream_too(far, receptor):
    hit_type_id = far.hit_type()
    far.tell(hit_type_id, receptor.url, "AssignmentSubmitted")
    for active in (False, True):
        far.client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Active=str(active).lower())
        with far.their_store.read() as connection:
            assert find_settings(connection, hit_type_id).active is active


def test_what_was_set_before_there_was_a_queue_is_reported_to_it_from_then_on(without_queue, cloud, receptor):
    far = without_queue
    hit_type_id = far.hit_type()
    far.tell(hit_type_id, receptor.url, "AssignmentSubmitted")
    far.settings = replace(far.settings, events_queue_url=cloud.queue())
    for _ in range(2):
        far.inbox().finish()
    assert far.faulty.calls.count("UpdateNotificationSettings") == 1
    far.scene.work(far.client.hit(HITTypeId=hit_type_id), "AWORKER1")
    far.theirs()
    far.inbox()(wait_seconds=5)
    far.ours()
    assert kinds(receptor) == ["AssignmentSubmitted"]


def test_an_account_whose_key_cannot_be_read_keeps_no_event_of_others_away(without_queue, cloud, receptor):
    far = without_queue
    key = accounts.create_account(far.their_store, "There, too")
    theirs = accounts.import_key(far.store, "Here, too", key.access_key_id, key.secret_access_key).account_id
    other = Client(key, through_flask(far.app))
    far.tell(other.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId"), receptor.url, "HITExpired", client=other)
    far.tell(far.hit_type(), receptor.url, "HITExpired")
    with far.store.write() as connection:
        connection.execute(update(access_keys).where(access_keys.c.account_id == theirs).values(secret="nonsense"))
    far.settings = replace(far.settings, events_queue_url=cloud.queue())
    far.inbox().finish()
    assert far.faulty.calls.count("UpdateNotificationSettings") == 1


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["Events", "EventDocId", "Message", "EventType", "HITId", "EventTimestamp"]), inner
                )
            ),
        ).map(json.dumps),
    )
)
def test_whatever_is_in_the_queue_is_read_or_passed_over(body):
    found = read(body)
    assert found is None or (isinstance(found[0], str) and all(each.hit_type_id for each in found[1]))


def test_a_message_that_is_nested_too_deeply_is_no_notification():
    assert read("[" * 100_000) is None
    assert read(json.dumps({"Message": "[" * 100_000})) is None


def test_rubbish_in_the_queue_is_dropped_and_holds_nothing_up(far, cloud):
    for body in ("no json", "[]", '{"Events": 1}', '{"Events": [1, {"EventType": "HITExpired"}]}', '{"Message": "x"}'):
        cloud.put(far.settings.events_queue_url, body)
    far.inbox().finish()
    assert cloud.waiting(far.settings.events_queue_url) == 0
    assert deliveries.counts(far.store) == {}


def test_without_a_queue_a_receptor_is_taken_and_tried_and_log_and_doctor_say_that_nothing_comes(
    without_queue, receptor, caplog
):
    far = without_queue
    hit_type_id = far.hit_type()
    far.faulty.calls.clear()
    far.tell(hit_type_id, receptor.url, "AssignmentSubmitted")
    assert far.faulty.calls == []
    assert "no message will arrive: there is no events queue" in caplog.text
    given = {"Destination": receptor.url, "Transport": "REST", "Version": "2006-05-05", "EventType": "Ping"}
    far.client.call("SendTestEventNotification", Notification=given)
    assert kinds(receptor) == ["Ping"]
    settings = {name: getattr(far.settings, name) for name in ("data", "database_url", "upstream")}
    told = processes.run("-m", "adapter.cli", "doctor", env=environment(**settings), cwd=far.settings.data).stdout
    assert "1 HIT types are to be reported to receptors or by e-mail, and no events come in" in told


def test_without_a_queue_a_receptor_takes_the_place_of_a_queue_that_the_upstream_served(without_queue, cloud, receptor):
    far = without_queue
    hit_type_id = far.hit_type()
    given = {"Destination": cloud.queue(), "Transport": "SQS", "Version": "2006-05-05", "EventType": "HITExpired"}
    far.client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")
    far.tell(hit_type_id, receptor.url, "HITExpired")
    with far.their_store.read() as connection:
        assert find_settings(connection, hit_type_id).active is False
