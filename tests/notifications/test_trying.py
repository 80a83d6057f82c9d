"""SendTestEventNotification, and what SetHITTypeNotification refuses."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from tests.conftest import new_settings
from tests.notifications.conftest import make_world
from tests.notifications.test_receptors import verified

TURK = "AWS.MechanicalTurk."
ENDPOINT = TURK + "InvalidTransportEndpoint"


def spoken(destination, transport="REST", **more):
    return {"Destination": destination, "Transport": transport, "Version": "2006-05-05", **more}


@pytest.mark.parametrize("transport", ["REST", "SOAP"])
def test_a_receptor_is_tried_at_once_and_not_filtered_by_events(any_world, receptor, transport):
    given = spoken(receptor.url, transport, EventType="HITExpired")
    any_world.client.call("SendTestEventNotification", Notification=given, TestEventType="AssignmentReturned")
    (heard,) = receptor.heard
    assert (b"AssignmentReturned" in heard.body) is (transport == "SOAP")
    if transport == "REST":
        message = verified(heard.parameters, any_world.client.key.secret_access_key)
        (event,) = message.events
        assert event.event_type == "AssignmentReturned"
        assert event.hit_id
        assert event.hit_type
        assert event.assignment_id
    assert any_world.states() == ["delivered"]


def test_without_a_test_event_type_it_is_the_first_event_of_the_specification_else_a_ping(world, receptor):
    world.client.call("SendTestEventNotification", Notification=spoken(receptor.url, EventType="HITExpired"))
    world.client.call("SendTestEventNotification", Notification=spoken(receptor.url))
    kinds = [each.parameters["Event.1.EventType"] for each in receptor.heard]
    assert kinds == ["HITExpired", "Ping"]
    assert "Event.1.AssignmentId" not in receptor.heard[1].parameters


def test_the_caller_hears_that_a_receptor_cannot_be_reached_and_it_is_not_tried_again(world, new_receptor):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    broken = new_receptor(status=500)
    for destination in (nobody, broken.url):
        code = world.client.error("SendTestEventNotification", Notification=spoken(destination), TestEventType="Ping")
        assert code == ENDPOINT
    world.deliver(notification_attempts=5)
    assert len(broken.heard) == 1
    assert world.states() == ["failed", "failed"]


@pytest.fixture(scope="module")
def untold(tmp_path_factory, sqlite_template):
    """A world in which nothing is ever sent; for all tests here that keep it so."""
    made = make_world(new_settings("sqlite", None, tmp_path_factory.mktemp("untold"), sqlite_template))
    yield made
    made.close()


@pytest.mark.parametrize("operation", ["SetHITTypeNotification", "SendTestEventNotification"])
@pytest.mark.parametrize(
    ("transport", "destination"),
    [
        ("REST", "example.com/x"),
        ("REST", "ftp://example.com/"),
        ("REST", "http://"),
        ("REST", "http://example.com:99999/"),
        ("REST", "http://example.com:0/"),
        ("REST", "http://exa mple.com/"),
        ("REST", "http://example.com/\r\nX: y"),
        ("SOAP", "http://[::1/"),
        ("Email", "nobody"),
        ("Email", "a@b@c"),
        ("Email", "me@example.com\r\nBcc: you@example.com"),
        ("Email", "me@example.com,you@example.com"),
        ("SQS", "queue"),
        ("SNS", "topic"),
    ],
)
def test_a_destination_that_cannot_be_one_is_refused_at_once(untold, operation, transport, destination):
    members = {"Notification": spoken(destination, transport, EventType="HITExpired")}
    if operation == "SetHITTypeNotification":
        members |= {"HITTypeId": untold.hit_type(), "Active": "true"}
    assert untold.client.error(operation, **members) == ENDPOINT
    assert untold.deliveries() == []


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]"])
def test_a_receptor_that_may_not_be_called_can_be_set_and_not_tried(world, host):
    given = spoken(f"http://{host}/", EventType="HITCreated")
    hit_type_id = world.hit_type()
    world.client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")
    world.hit_of(hit_type_id)
    world.deliver()
    assert world.states() == ["failed"]
    assert world.client.error("SendTestEventNotification", Notification=given) == ENDPOINT


def test_a_name_that_this_machine_does_not_know_is_no_failure_of_the_receptor(world):
    world.client.call("SendTestEventNotification", Notification=spoken("http://receptor.invalid/"))
    assert [(each.state, each.error) for each in world.deliveries()] == [
        ("failed", "the name of the destination is not known")
    ]


def test_a_service_that_others_can_reach_calls_nobody_on_its_own_machine(settings, receptor):
    world = make_world(replace(settings, host="192.0.2.1"))
    try:
        hit_type_id = world.hit_type()
        for host in ("127.0.0.1", "localhost", "[::1]", "x.localhost"):
            given = spoken(f"http://{host}:{receptor.port}/", EventType="HITCreated")
            assert world.client.error("SendTestEventNotification", Notification=given) == ENDPOINT
        # a name is looked at when it is called: this one means this machine, whatever it looks like
        given = spoken(f"http://2130706433:{receptor.port}/", EventType="HITCreated")
        world.client.call("SetHITTypeNotification", HITTypeId=hit_type_id, Notification=given, Active="true")
        world.hit_of(hit_type_id)
        world.deliver()
        assert world.states() == ["failed"]
        assert world.client.error("SendTestEventNotification", Notification=given) == ENDPOINT
        assert receptor.heard == []
    finally:
        world.close()


def test_a_mail_is_accepted_without_a_mail_server_and_recorded_as_failed(world, caplog):
    world.client.call("SendTestEventNotification", Notification=spoken("me@example.com", "Email"))
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "Email", "me@example.com", "HITCreated")
    world.hit_of(hit_type_id)
    world.deliver()
    assert world.states() == ["failed", "failed"]
    assert {each.error for each in world.deliveries()} == {"no mail server is set (ADAPTER_SMTP_URL)"}
    assert "no mail server is set" in caplog.text
    assert "me@example.com" not in caplog.text
