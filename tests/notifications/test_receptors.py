"""Events of the embedded marketplace reach the receptors that legacy clients named."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time

import pytest
from boto.mturk.notification import NotificationMessage
from lxml import etree

from adapter.core import clock
from adapter.core.store import accounts
from adapter.marketplace.domain import timers
from adapter.notifications import delivery
from tests.legacy_client import hmac_sha1

NOTIFY = "{http://requester.mturk.amazonaws.com/doc/2006-05-05}"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def verified(parameters: dict, secret: str) -> NotificationMessage:
    """The message as boto 2.49 reads it, its signature checked."""
    message = NotificationMessage(parameters)
    # boto's own verify() passes text to hmac, which only Python 2 takes: the same sum, spelled for both
    text = (message.SERVICE_NAME + message.OPERATION_NAME + message.timestamp).encode()
    expected = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha1).digest()).decode()
    assert message.signature == expected
    return message


def kinds(receptor) -> list[str]:
    """All event types that a REST receptor heard, in order."""
    return [
        value
        for heard in receptor.heard
        for name, value in heard.parameters.items()
        if re.fullmatch(r"Event\.\d+\.EventType", name)
    ]


def test_a_rest_receptor_hears_of_a_submission_with_a_signature_that_boto_verifies(any_world, receptor):
    world = any_world
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", receptor.url, "AssignmentAccepted", "AssignmentSubmitted")
    hit_id = world.hit_of(hit_type_id)
    assignment_id = world.scene.work(hit_id, "AWORKER1")
    world.deliver()
    (heard,) = receptor.heard
    assert heard.method == "GET"
    message = verified(heard.parameters, world.client.key.secret_access_key)
    assert message.version == "2006-05-05"
    assert STAMP.fullmatch(message.timestamp)
    assert [each.event_type for each in message.events] == ["AssignmentAccepted", "AssignmentSubmitted"]
    for event in message.events:
        assert (event.hit_type, event.hit_id, event.assignment_id) == (hit_type_id, hit_id, assignment_id)
        assert STAMP.fullmatch(event.event_time_str)
    names = [pair.partition("=")[0] for pair in heard.target.partition("?")[2].split("&")]
    per_event = ("EventType", "EventTime", "HITTypeId", "HITId", "AssignmentId")
    assert names == [
        *("method", "Signature", "Timestamp", "Version"),
        *(f"Event.{number}.{name}" for number in (1, 2) for name in per_event),
    ]
    assert heard.headers["Content-Type"] == "text/xml"
    assert heard.headers["SOAPAction"] == "http://soap.amazon.com"
    assert heard.headers["User-Agent"] == "Jakarta Commons-HttpClient/2.0final"
    assert heard.headers["Accept"] == "application/soap+xml, application/dime, multipart/related, text/*"
    assert heard.headers["Host"] == f"127.0.0.1:{receptor.port}"
    assert world.states() == ["delivered"]


def test_what_is_delivered_once_is_not_delivered_again(any_world, receptor):
    hit_type_id = any_world.hit_type()
    any_world.tell(hit_type_id, "REST", receptor.url, "AssignmentSubmitted")
    any_world.scene.work(any_world.hit_of(hit_type_id), "AWORKER1")
    for _ in range(3):
        any_world.deliver()
    assert len(receptor.heard) == 1


def test_a_soap_receptor_gets_the_documented_envelope(any_world, receptor):
    world = any_world
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "SOAP", receptor.url, "AssignmentSubmitted", "HITReviewable")
    hit_id = world.hit_of(hit_type_id)
    assignment_id = world.scene.work(hit_id, "AWORKER1")
    world.deliver()
    (heard,) = receptor.heard
    assert (heard.method, heard.target) == ("POST", "/mt/notifications.cgi")
    assert heard.headers["Content-Type"].startswith("text/xml")
    assert heard.headers["SOAPAction"] == "http://soap.amazon.com"
    envelope = etree.fromstring(heard.body)
    soap = "{http://schemas.xmlsoap.org/soap/envelope/}"
    assert envelope.tag == f"{soap}Envelope"
    (notify,) = envelope.find(f"{soap}Body")
    assert notify.tag == f"{NOTIFY}Notify"
    assert [each.tag for each in notify] == [
        NOTIFY + name for name in ("Signature", "Timestamp", "Version", "Event", "Event")
    ]
    timestamp = notify.findtext(f"{NOTIFY}Timestamp")
    text = "AWSMechanicalTurkRequesterNotificationNotify" + timestamp
    assert notify.findtext(f"{NOTIFY}Signature") == hmac_sha1(world.client.key.secret_access_key, text)
    kind = notify.find(f"{NOTIFY}Timestamp").get("{http://www.w3.org/2001/XMLSchema-instance}type")
    assert kind == "xsd:dateTime"
    submitted, reviewable = notify.findall(f"{NOTIFY}Event")
    assert [each.tag.removeprefix(NOTIFY) for each in submitted] == [
        *("EventType", "EventTime", "HITTypeId", "HITId", "AssignmentId")
    ]
    assert submitted.findtext(f"{NOTIFY}AssignmentId") == assignment_id
    assert [each.text for each in reviewable][::2] == ["HITReviewable", hit_type_id]
    assert reviewable.find(f"{NOTIFY}AssignmentId") is None


def test_only_the_events_asked_for_are_told_and_only_while_active(world, receptor):
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", receptor.url, "HITReviewable")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert kinds(receptor) == ["HITReviewable"]
    world.client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Active="false")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert kinds(receptor) == ["HITReviewable"]
    world.client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Active="true")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert kinds(receptor) == ["HITReviewable"] * 2


def test_a_specification_that_was_not_activated_says_nothing(world, receptor):
    hit_type_id = world.hit_type()
    given = {"Destination": receptor.url, "Transport": "REST", "Version": "2006-05-05", "EventType": "HITReviewable"}
    world.client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given)
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert receptor.heard == []


def test_a_new_specification_replaces_the_old_one(world, new_receptor):
    old, new = new_receptor(), new_receptor()
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", old.url, "HITReviewable")
    world.tell(hit_type_id, "REST", new.url, "AssignmentSubmitted")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert old.heard == []
    assert kinds(new) == ["AssignmentSubmitted"]


def test_without_any_event_type_all_events_of_the_version_are_told(world, receptor):
    old = world.client.at("2008-08-02")
    hit_type_id = world.hit_type()
    given = {"Destination": receptor.url, "Transport": "REST", "Version": "2006-05-05"}
    old.call("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert kinds(receptor) == ["AssignmentAccepted", "AssignmentSubmitted", "HITReviewable"]


@pytest.mark.parametrize(("version", "told"), [("2007-06-21", ["AssignmentAutoApproved"]), ("2012-03-25", [])])
def test_an_automatic_approval_has_its_own_event_in_versions_that_know_it(world, receptor, version, told):
    hit_type_id = world.hit_type(AutoApprovalDelayInSeconds="10")
    asked = ("AssignmentAutoApproved", "AssignmentApproved")
    world.tell(hit_type_id, "REST", receptor.url, *asked, client=world.client.at(version))
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    timers.run_due(world.store, clock.milliseconds() + 11_000)
    world.deliver()
    assert kinds(receptor) == told


@pytest.mark.parametrize(("version", "told"), [("2008-08-02", []), ("2014-08-15", ["AssignmentApproved"])])
def test_a_requesters_own_approval_is_no_event_in_old_versions(world, receptor, version, told):
    hit_type_id = world.hit_type()
    asked = ("AssignmentAutoApproved", "AssignmentApproved", "AssignmentRejected")
    world.tell(hit_type_id, "REST", receptor.url, *asked, client=world.client.at(version))
    assignment_id = world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.client.call("ApproveAssignment", AssignmentId=assignment_id)
    world.deliver()
    assert kinds(receptor) == told


def test_what_a_version_does_not_know_is_not_told(world, receptor):
    hit_type_id = world.hit_type()
    asked = ("HITCreated", "AssignmentSubmitted")
    world.tell(hit_type_id, "REST", receptor.url, *asked, client=world.client.at("2013-11-15"))
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert kinds(receptor) == ["AssignmentSubmitted"]


def test_many_events_are_told_in_few_calls_whose_urls_stay_short(world, receptor):
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", receptor.url + "?secret=x%20y", "AssignmentSubmitted")
    hit_id = world.hit_of(hit_type_id, MaxAssignments="30")
    there = {world.scene.work(hit_id, f"AWORKER{number}") for number in range(30)}
    world.deliver()
    told = []
    for heard in receptor.heard:
        assert len(f"http://127.0.0.1:{receptor.port}{heard.target}") < 2000
        assert heard.parameters["secret"] == "x y"
        told += [each.assignment_id for each in verified(heard.parameters, world.client.key.secret_access_key).events]
    assert sorted(told) == sorted(there)
    assert len(receptor.heard) <= 5


def test_the_key_that_set_the_specification_signs_and_when_it_is_disabled_nothing_does(world, receptor):
    other = accounts.add_key(world.store, world.client.key.account_id)
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", receptor.url, "AssignmentSubmitted")
    accounts.disable_key(world.store, world.client.key.access_key_id)
    world.client.key = other
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert "Signature" not in receptor.heard[0].parameters
    world.tell(hit_type_id, "REST", receptor.url, "AssignmentSubmitted")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    verified(receptor.heard[1].parameters, other.secret_access_key)


def test_a_receptor_is_called_once_whatever_comes_of_it(world, new_receptor):
    broken = new_receptor(status=500)
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", broken.url, "AssignmentSubmitted")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    world.deliver()
    assert len(broken.heard) == 1
    assert world.states() == ["failed"]
    assert world.deliveries()[0].error == "the receptor answered with status 500"


def test_more_attempts_are_made_where_the_operator_asks_for_them(world, new_receptor, monkeypatch):
    flaky = new_receptor(statuses=[500, 503])
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", flaky.url, "AssignmentSubmitted")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    dispatcher = world.dispatcher(notification_attempts=3)
    dispatcher.finish()
    assert (len(flaky.heard), world.states()) == (1, ["pending"])
    for hours in (1, 2):
        later = clock.milliseconds() + hours * 3_600_000
        monkeypatch.setattr("adapter.core.clock.milliseconds", lambda moment=later: moment)
        dispatcher.finish()
    dispatcher.close()
    assert (len(flaky.heard), world.states()) == (3, ["delivered"])
    assert len({each.parameters["Event.1.AssignmentId"] for each in flaky.heard}) == 1


def test_a_refusal_of_the_receptor_is_not_repeated(world, new_receptor):
    refusing = new_receptor(status=404)
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", refusing.url, "AssignmentSubmitted")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver(notification_attempts=5)
    assert (len(refusing.heard), world.states()) == (1, ["failed"])


def test_a_redirect_is_not_followed(world, new_receptor):
    aim = new_receptor()
    sends_on = new_receptor(status=302, headers={"Location": aim.url})
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", sends_on.url, "AssignmentSubmitted")
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert aim.heard == []
    assert world.deliveries()[0].error == "the receptor answered with status 302, and redirects are not followed"


def test_a_slow_receptor_does_not_hold_up_the_others(world, new_receptor):
    slow, quick = new_receptor(delay=3), new_receptor()
    slow_type, quick_type = world.hit_type(Title="slow"), world.hit_type(Title="quick")
    world.tell(slow_type, "REST", slow.url, "AssignmentAccepted")
    world.tell(quick_type, "REST", quick.url, "AssignmentAccepted")
    dispatcher = world.dispatcher()
    for number in range(24):
        world.scene.accept(world.hit_of(slow_type), f"AWORKER{number}")
        dispatcher()
    world.scene.accept(world.hit_of(quick_type), "AWORKER")
    began = time.monotonic()
    while not quick.heard and time.monotonic() < began + 30:
        dispatcher()
        time.sleep(0.05)
    assert quick.heard
    assert len(slow.heard) <= 8
    dispatcher.close()


@pytest.mark.slow
def test_hosts_that_are_slow_leave_half_of_the_connections_to_others(world, new_receptor, monkeypatch):
    monkeypatch.setattr(delivery, "THREADS", 8)
    monkeypatch.setattr(delivery, "SLOW_SECONDS", 0.2)
    slow = [new_receptor(delay=1.5) for _ in range(8)]
    lanes = {f"127.0.0.1:{each.port}" for each in slow}
    dispatcher = world.dispatcher()
    types = [world.hit_type(Title=f"slow {number}") for number in range(8)]
    for hit_type_id, receptor in zip(types, slow, strict=True):
        world.tell(hit_type_id, "REST", receptor.url, "HITCreated")
        world.hit_of(hit_type_id)
    dispatcher()  # nobody knows yet that they are slow, so they get all connections
    time.sleep(0.3)
    dispatcher()
    for hit_type_id in types:
        world.hit_of(hit_type_id)
    known_since, most = time.monotonic(), 0
    while sum(len(each.heard) for each in slow) < 16 and time.monotonic() < known_since + 20:
        dispatcher()
        most = max(most, sum(lane in lanes and began > known_since for lane, began in dispatcher._running.values()))
        time.sleep(0.02)
    assert [len(each.heard) for each in slow] == [2] * 8
    assert 0 < most <= 4
    dispatcher.close()


def test_what_waited_for_a_day_is_given_up(world, new_receptor, monkeypatch):
    broken = new_receptor(status=500)
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "REST", broken.url, "HITCreated")
    world.hit_of(hit_type_id)
    world.deliver(notification_attempts=3)
    assert world.states() == ["pending"]
    later = clock.milliseconds() + 25 * 3600 * 1000
    monkeypatch.setattr("adapter.core.clock.milliseconds", lambda: later)
    world.deliver(notification_attempts=3)
    assert (world.states(), len(broken.heard)) == (["failed"], 1)


def test_accounts_hear_nothing_of_each_other(world, receptor):
    hit_type_id = world.hit_type()
    stranger = world.scene.requester()
    given = {"Destination": receptor.url, "Transport": "REST", "Version": "2006-05-05", "EventType": "HITReviewable"}
    code = stranger.error("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")
    assert code == "AWS.MechanicalTurk.InvalidParameterValue"
    world.scene.work(world.hit_of(hit_type_id), "AWORKER1")
    world.deliver()
    assert receptor.heard == []
