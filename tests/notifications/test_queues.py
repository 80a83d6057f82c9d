"""SQS and SNS, against moto's server over real HTTP."""

from __future__ import annotations

import contextlib
import json
import re

import pytest
from botocore.exceptions import ClientError

from adapter.core.egress import networks_of
from adapter.core.settings import Settings
from adapter.notifications.guarded_http import DeliveryError
from adapter.notifications.transports.queues import Queues
from tests.notifications.test_messages import SUBMITTED, message


def test_the_queues_of_a_requester_get_the_documented_message(any_world, cloud):
    world = any_world
    url = cloud.queue()
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "SQS", url, "AssignmentSubmitted", "HITReviewable", Version="2014-08-15")
    hit_id = world.hit_of(hit_type_id)
    assignment_id = world.scene.work(hit_id, "AWORKER1")
    world.deliver()
    (body,) = cloud.read(url)
    told = json.loads(body)
    assert re.fullmatch("[0-9a-f]{40}", told["EventDocId"])
    assert told["CustomerId"] == world.client.key.account_id
    assert (told["SourceAccount"], told["EventDocVersion"]) == ("123456789012", "2014-08-15")
    submitted, reviewable = told["Events"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", submitted.pop("EventTimestamp"))
    assert submitted == {
        "EventType": "AssignmentSubmitted",
        "HITId": hit_id,
        "AssignmentId": assignment_id,
        "HITTypeId": hit_type_id,
    }
    assert "AssignmentId" not in reviewable
    assert world.states() == ["delivered"]


def test_a_modern_client_of_the_marketplace_is_told_by_topic_and_the_test_event_is_not_filtered(world, cloud, mturk_of):
    topic, url = cloud.topic()
    client = mturk_of(world)
    where = {"Destination": topic, "Transport": "SNS", "Version": "2014-08-15", "EventTypes": ["HITExpired"]}
    client.send_test_event_notification(Notification=where, TestEventType="AssignmentReturned")
    world.deliver(sns_endpoint=cloud.endpoint)
    (body,) = cloud.read(url)
    envelope = json.loads(body)
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", topic)
    assert envelope["Subject"].isdigit()
    (event,) = json.loads(envelope["Message"])["Events"]
    assert event["EventType"] == "AssignmentReturned"
    assert event["AssignmentId"]


def test_a_legacy_test_notification_to_a_queue_arrives(world, cloud):
    url = cloud.queue()
    given = {"Destination": url, "Transport": "SQS", "Version": "2006-05-05", "EventType": "HITExpired"}
    world.client.call("SendTestEventNotification", Notification=given, TestEventType="Ping")
    world.deliver()
    (body,) = cloud.read(url)
    assert json.loads(body)["Events"][0]["EventType"] == "Ping"


def test_a_legacy_receptor_takes_the_place_of_a_queue(world, cloud, receptor):
    url = cloud.queue()
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "SQS", url, "HITCreated")
    world.tell(hit_type_id, "REST", receptor.url, "HITCreated")
    world.hit_of(hit_type_id)
    world.deliver()
    assert (len(receptor.heard), cloud.read(url)) == (1, [])


def test_a_fifo_queue_is_given_group_and_deduplication_so_that_a_repetition_is_absorbed(cloud):
    url = cloud.queue(fifo=True)
    queues = Queues(Settings(), networks_of(Settings()))
    one = message(SUBMITTED, destination=url)
    queues.send(one)
    queues.send(one)
    assert len(cloud.read(url)) == 1


def test_a_queue_that_is_not_there_is_tried_again_and_shown_to_operators(world, cloud):
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "SQS", f"{cloud.endpoint}/123456789012/absent", "HITCreated")
    world.hit_of(hit_type_id)
    world.deliver()
    (delivery,) = world.deliveries()
    assert delivery.state == "pending"
    assert "NonExistentQueue" in delivery.error


def test_a_queue_on_a_private_address_is_not_called(cloud):
    url = cloud.queue()
    queues = Queues(Settings(), networks_of(Settings(host="192.0.2.1")))
    with pytest.raises(DeliveryError, match="not public"):
        queues.send(message(SUBMITTED, destination=url))
    assert cloud.read(url) == []


def test_a_host_that_a_requester_named_never_sees_this_process_own_key_id(new_receptor, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOPERATOR")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-operator")
    spy = new_receptor(status=400)
    queues = Queues(Settings(), networks_of(Settings()))
    with pytest.raises(DeliveryError, match="SQS service answered"):
        queues.send(message(SUBMITTED, destination=spy.url.replace("/mt", "/123456789012")))
    (heard,) = spy.heard
    assert "AKIAOPERATOR" not in str(heard.headers)
    assert "token-of-operator" not in str(heard.headers)


@pytest.mark.parametrize("wrong", ["http://[x/q", "http://a:b/q", "http://\x1b[2J/q", "http://:1/q", "http://é é/q"])
def test_a_queue_that_no_address_leads_to_fails_and_holds_up_nothing(world, receptor, mturk_of, wrong):
    hit_type_id = world.hit_type()
    where = {"Destination": wrong, "Transport": "SQS", "Version": "2014-08-15", "EventTypes": ["HITCreated"]}
    with contextlib.suppress(ClientError):
        mturk_of(world).update_notification_settings(HITTypeId=hit_type_id, Notification=where, Active=True)
        world.hit_of(hit_type_id)
    other = world.hit_type(Title="other")
    world.tell(other, "REST", receptor.url, "HITCreated")
    world.hit_of(other)
    world.deliver()
    assert len(receptor.heard) == 1
    assert world.states().count("delivered") == 1
    assert set(world.states()) <= {"failed", "delivered"}


def test_what_a_strangers_server_says_of_an_error_is_bounded_and_cannot_write_to_a_terminal(new_receptor):
    kind = "\x1b[2J" + "x" * 5000
    spy = new_receptor(status=400, headers={"x-amzn-errortype": kind})
    queues = Queues(Settings(), networks_of(Settings()))
    with pytest.raises(DeliveryError) as raised:
        queues.send(message(SUBMITTED, destination=spy.url.replace("/mt", "/123456789012")))
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) <= 300


@pytest.mark.parametrize(
    ("host", "endpoint", "region"),
    [
        ("sqs.eu-west-1.amazonaws.com", "https://sqs.eu-west-1.amazonaws.com", "eu-west-1"),
        ("queue.amazonaws.com", "https://sqs.us-east-1.amazonaws.com", "us-east-1"),
        ("us-west-2.queue.amazonaws.com", "https://sqs.us-west-2.amazonaws.com", "us-west-2"),
        ("sqs.cn-north-1.amazonaws.com.cn", "https://sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("amazonaws.com.evil.test", "https://amazonaws.com.evil.test", "us-east-1"),
    ],
)
def test_amazons_queues_are_known_by_their_hosts(host, endpoint, region, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOPERATOR")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    client = Queues(Settings(), networks_of(Settings())).queue_client(f"https://{host}/1/q")
    assert client.meta.endpoint_url == endpoint
    assert client.meta.region_name == region
    key = client._request_signer._credentials.access_key
    assert (key == "AKIAOPERATOR") is (not host.endswith("evil.test"))
