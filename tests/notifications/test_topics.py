"""A web server that subscribes to a topic made here confirms it, is told of events, and hears nothing more when it leaves."""

from __future__ import annotations

import json
import re
import time

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from adapter.core.store import accounts
from tests.marketplace.workshop import a_hit

EVENTS = ["AssignmentAccepted", "AssignmentSubmitted", "HITReviewable"]


@pytest.fixture
def clients_of(server):
    """A server, and a function that makes clients of one of its accounts."""
    live = server(workers=1)

    def make(service, key_id=live.access_key_id, secret=live.secret_access_key, host=""):
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=f"http://{host}" if host else live.url,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, proxies={"http": live.url} if host else None),
        )

    make.live = live
    return make


def eventually(find, seconds=30):
    limit = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < limit
        time.sleep(0.1)
    return found


def messages(receptor, kind):
    return [body for each in receptor.heard if (body := json.loads(each.body))["Type"] == kind]


@pytest.mark.parametrize("host", ["", "mturk-requester-sandbox.us-east-1.amazonaws.com"], ids=["production", "sandbox"])
def test_an_application_is_told_of_its_hits_through_a_topic_from_the_first_call_to_the_last(clients_of, receptor, host):
    sns, mturk = clients_of("sns"), clients_of("mturk", host=host)
    topic = sns.create_topic(Name="experiment-7")["TopicArn"]
    assert sns.create_topic(Name="experiment-7")["TopicArn"] == topic
    account = clients_of("sts").get_caller_identity()["Account"]
    assert topic == f"arn:aws:sns:us-east-1:{account}:experiment-7"
    subscription = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receptor.url, ReturnSubscriptionArn=True)
    arn = subscription["SubscriptionArn"]
    pending = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (pending["PendingConfirmation"], pending["TopicArn"], pending["Endpoint"]) == ("true", topic, receptor.url)

    # the endpoint is asked, and confirms by what it was sent
    asked = eventually(lambda: messages(receptor, "SubscriptionConfirmation"))[0]
    assert receptor.heard[0].method == "POST"
    assert receptor.heard[0].headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert sns.confirm_subscription(TopicArn=asked["TopicArn"], Token=asked["Token"])["SubscriptionArn"] == arn
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"

    hit_id = a_hit(mturk)
    kind = mturk.get_hit(HITId=hit_id)["HIT"]["HITTypeId"]
    specification = {"Destination": topic, "Transport": "SNS", "Version": "2014-08-15", "EventTypes": EVENTS}
    mturk.update_notification_settings(HITTypeId=kind, Notification=specification, Active=True)
    mturk.send_test_event_notification(Notification=specification, TestEventType="AssignmentSubmitted")
    told = eventually(lambda: messages(receptor, "Notification"))[0]
    assert told["TopicArn"] == topic
    (event,) = json.loads(told["Message"])["Events"]
    assert event["EventType"] == "AssignmentSubmitted"
    assert event["AssignmentId"]

    assert topic in [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    assert sns.list_topics()["Topics"] == []
    with pytest.raises(ClientError, match="NotFound"):
        sns.get_subscription_attributes(SubscriptionArn=arn)


def test_an_application_that_sets_a_policy_and_opens_the_address_that_it_is_sent_is_told_as_well(clients_of, receptor):
    sns = clients_of("sns")
    topic = sns.create_topic(Name="qa_task")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receptor.url)
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["TopicArn"], attributes["Owner"]) == (topic, topic.split(":")[4])
    assert json.loads(attributes["Policy"])["Statement"][0]["Principal"] == {"Service": "mturk-requester.amazonaws.com"}
    assert (attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]) == ("0", "1")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=attributes["Policy"])
    (asked,) = eventually(lambda: messages(receptor, "SubscriptionConfirmation"))
    address = asked["SubscribeURL"]
    assert address.startswith(clients_of.live.url + "/?Action=ConfirmSubscription&")

    def answer(text):
        return requests.get(text, timeout=30)

    # only as it was sent, and nothing else can be done without a signature
    assert answer(address[:-1] + ("0" if address[-1] != "0" else "1")).status_code == 400
    assert answer(address.replace("qa_task", "other")).status_code == 404
    assert answer(address.partition("&Token=")[0]).status_code == 400
    assert answer(address + "&Action=DeleteTopic").status_code == 200
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "1"
    confirmed = answer(address)
    assert confirmed.headers["Content-Type"].startswith("text/xml")
    assert re.search(f"<SubscriptionArn>{topic}:[0-9a-f-]{{36}}</SubscriptionArn>", confirmed.text)

    kind = clients_of("mturk").get_hit(HITId=a_hit(clients_of("mturk")))["HIT"]["HITTypeId"]
    given = {"Destination": topic, "Transport": "SNS", "Version": "2006-05-05", "EventTypes": EVENTS}
    clients_of("mturk").update_notification_settings(HITTypeId=kind, Notification=given, Active=True)
    clients_of("mturk").send_test_event_notification(Notification=given, TestEventType="AssignmentSubmitted")
    assert eventually(lambda: messages(receptor, "Notification"))


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DisplayName", "d", "AttributeName"),
        ("Policy", "", "no JSON"),
        ("Policy", "[]", "no JSON"),
        ("Policy", "{", "no JSON"),
    ],
)
def test_another_attribute_of_a_topic_and_a_policy_that_is_none_are_refused(world, sns_of, name, value, why):
    topic = sns_of(world)("CreateTopic", Name="t")["TopicArn"]
    with pytest.raises(Exception, match=why):
        sns_of(world)("SetTopicAttributes", TopicArn=topic, AttributeName=name, AttributeValue=value)


def subscribed(world, sns_of, url):
    """A topic of a world's requester with a confirmed subscription: its ARN, and the subscription's."""
    sns = sns_of(world)
    topic = sns("CreateTopic", Name="t")["TopicArn"]
    arn = sns("Subscribe", TopicArn=topic, Protocol="http", Endpoint=url, ReturnSubscriptionArn="true")[
        "SubscriptionArn"
    ]
    return topic, arn


@pytest.fixture
def sns_of():
    """Calls of SNS in this process, by the account of a world's requester or another."""
    from adapter.marketplace.api.other_services import QueryCall
    from adapter.notifications.topics import OPERATIONS

    def make(world, key=None):
        key = key or world.client.key
        return lambda action, **given: OPERATIONS[action](QueryCall(world.store, key, "us-east-1", given))

    return make


def test_events_reach_every_confirmed_subscription_once_and_no_other(any_world, sns_of, new_receptor):
    world, sns = any_world, sns_of(any_world)
    told, quiet, left = new_receptor(), new_receptor(), new_receptor()
    topic, _ = subscribed(world, sns_of, told.url)
    subscribed(world, sns_of, quiet.url)
    _, leaving = subscribed(world, sns_of, left.url)
    world.deliver()
    for each in (told, left):
        (asked,) = messages(each, "SubscriptionConfirmation")
        sns("ConfirmSubscription", TopicArn=topic, Token=asked["Token"])
    sns("Unsubscribe", SubscriptionArn=leaving)
    hit_type_id = world.hit_type()
    world.tell(hit_type_id, "SNS", topic, "AssignmentSubmitted", "HITReviewable", Version="2014-08-15")
    hit_id = world.hit_of(hit_type_id)
    world.scene.work(hit_id, "AWORKER1")
    world.deliver()
    (body,) = messages(told, "Notification")
    assert [each["EventType"] for each in json.loads(body["Message"])["Events"]] == [
        "AssignmentSubmitted",
        "HITReviewable",
    ]
    assert messages(quiet, "Notification") == messages(left, "Notification") == []
    assert set(world.states()) == {"delivered"}


def test_an_endpoint_that_fails_hears_the_same_message_again(world, sns_of, new_receptor):
    receptor = new_receptor(statuses=[200, 500, 200])
    topic, _ = subscribed(world, sns_of, receptor.url)
    world.deliver()
    sns_of(world)(
        "ConfirmSubscription", TopicArn=topic, Token=messages(receptor, "SubscriptionConfirmation")[0]["Token"]
    )
    given = {"Destination": topic, "Transport": "SNS", "Version": "2006-05-05", "EventType": "HITExpired"}
    world.client.call("SendTestEventNotification", Notification=given, TestEventType="Ping")
    world.deliver()
    eventually(lambda: world.deliver() or "pending" not in world.states())
    first, second = messages(receptor, "Notification")
    assert first["MessageId"] == second["MessageId"]


def test_topics_and_subscriptions_of_others_are_out_of_reach(world, sns_of, receptor):
    topic, arn = subscribed(world, sns_of, receptor.url)
    stranger = sns_of(world, accounts.create_account(world.store, "stranger"))
    stranger("DeleteTopic", TopicArn=topic)
    stranger("Unsubscribe", SubscriptionArn=arn)
    for action, given in (
        ("Subscribe", {"TopicArn": topic, "Protocol": "http", "Endpoint": receptor.url}),
        ("ConfirmSubscription", {"TopicArn": topic, "Token": "x"}),
        ("GetSubscriptionAttributes", {"SubscriptionArn": arn}),
        ("GetTopicAttributes", {"TopicArn": topic}),
        ("SetTopicAttributes", {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": "{}"}),
    ):
        with pytest.raises(Exception, match="does not exist"):
            stranger(action, **given)
    assert stranger("ListTopics")["Topics"]["member"] == []
    assert sns_of(world)("GetSubscriptionAttributes", SubscriptionArn=arn)


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("email", "a@b.example"),
        ("http", "https://a.example/"),
        ("https", "https://"),
        ("http", "http://a b/"),
        ("http", "http://[/"),
        ("http", "http://a.example/" + "a" * 3000),
    ],
)
def test_an_endpoint_that_cannot_be_told_is_refused(world, sns_of, protocol, endpoint):
    topic = sns_of(world)("CreateTopic", Name="t")["TopicArn"]
    with pytest.raises(Exception, match="Invalid parameter"):
        sns_of(world)("Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint)


def test_a_topic_that_was_deleted_is_told_nobody_and_aws_is_not_asked(world, sns_of):
    topic = sns_of(world)("CreateTopic", Name="t")["TopicArn"]
    sns_of(world)("DeleteTopic", TopicArn=topic)
    given = {"Destination": topic, "Transport": "SNS", "Version": "2006-05-05", "EventType": "HITExpired"}
    world.client.call("SendTestEventNotification", Notification=given, TestEventType="Ping")
    world.deliver()
    (failed,) = world.deliveries()
    assert (failed.state, failed.error) == ("failed", "the topic does not exist")


def test_topics_come_in_pages(world, sns_of):
    sns = sns_of(world)
    names = {f"t{number}" for number in range(205)}
    for name in names:
        sns("CreateTopic", Name=name)
    found, following = [], ""
    for _ in range(3):
        page = sns("ListTopics", NextToken=following)
        found += [each["TopicArn"].rpartition(":")[2] for each in page["Topics"]["member"]]
        following = page.get("NextToken")
    assert following is None
    assert sorted(found) == sorted(names)
