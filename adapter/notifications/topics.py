"""The calls of SNS by which a requester has its own web server told of events: topics and subscriptions to them.

A topic belongs to all worlds of an installation, as SNS knows no sandbox; a message lies in the world that it comes from.
"""

from __future__ import annotations

import json
import re
import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

from adapter.core import clock
from adapter.core.database import Connection, Store
from adapter.core.ids import account_number
from adapter.marketplace.api.other_services import QueryCall
from adapter.marketplace.errors import WireError
from adapter.notifications.routing import lane_of
from adapter.notifications.store import deliveries, topics
from adapter.notifications.store.deliveries import Message

#: Topics in one answer of ListTopics, and subscriptions to one topic.
PAGE, MOST_SUBSCRIPTIONS = 100, 100
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LONGEST_ENDPOINT = 2048
#: Who publishes, in the policies of topics: the service that this one stands for.
_PUBLISHER = "mturk-requester.amazonaws.com"


def is_own(account_id: str, topic_arn: str) -> bool:
    """Whether a topic is, or was, one that this account made here, and not one of AWS's."""
    return topic_arn.split(":")[4:5] == [account_number(account_id)]


def is_subscription(arn: str) -> bool:
    """Whether this names a subscription and not a topic."""
    return arn.count(":") == 6


def create_topic(call: QueryCall) -> dict[str, Any]:
    """Make a topic, or find the one of this name."""
    name = call.given("Name")
    if not _NAME.fullmatch(name):
        raise _invalid("Topic Name")
    arn = f"arn:aws:sns:{call.region}:{account_number(call.key.account_id)}:{name}"
    with call.store.home.write(call.key.account_id) as connection:
        if not topics.has_topic(connection, call.key.account_id, arn):
            topics.add_topic(connection, call.key.account_id, arn)
    return {"TopicArn": arn}


def delete_topic(call: QueryCall) -> dict[str, Any]:
    """Delete a topic with its subscriptions; one that does not exist is deleted."""
    arn = call.given("TopicArn")
    with call.store.home.write(call.key.account_id) as connection:
        if topics.has_topic(connection, call.key.account_id, arn):
            topics.remove_topic(connection, arn)
    return {}


def list_topics(call: QueryCall) -> dict[str, Any]:
    """The caller's topics, a page at a time."""
    with call.store.home.read() as connection:
        found = topics.list_topics(connection, call.key.account_id, call.given("NextToken", ""), PAGE + 1)
    more = {"NextToken": found[PAGE - 1]} if len(found) > PAGE else {}
    return {"Topics": {"member": [{"TopicArn": each} for each in found[:PAGE]]}, **more}


def subscribe(call: QueryCall) -> dict[str, Any]:
    """Subscribe an endpoint to a topic; it is asked to confirm that, again if it was asked before."""
    topic_arn, protocol, endpoint = call.given("TopicArn"), call.given("Protocol"), call.given("Endpoint", "")
    if protocol not in {"http", "https"}:
        raise _invalid(f"Protocol {protocol[:32]}: only http and https are answered here")
    if not endpoint.startswith(protocol + "://") or not _is_address(endpoint):
        raise _invalid("Endpoint")
    with call.store.home.write(call.key.account_id) as connection:
        _need_topic(connection, call.key.account_id, topic_arn)
        known = topics.list_subscriptions(connection, topic_arn)
        same = next((each for each in known if each.endpoint == endpoint), None)
        arn = same.subscription_arn if same else f"{topic_arn}:{uuid.uuid4()}"
        if same is None:
            if len(known) >= MOST_SUBSCRIPTIONS:
                raise WireError("SubscriptionLimitExceeded", f"A topic has at most {MOST_SUBSCRIPTIONS}.", 403)
            topics.add_subscription(connection, arn, topic_arn, endpoint, secrets.token_hex(32))
        confirmed = same is not None and same.confirmed
    if not confirmed:
        with call.store.write(call.key.account_id) as connection:
            # without events it asks for the confirmation
            deliveries.add(connection, [message_to(call.key.account_id, arn, endpoint, [])], clock.milliseconds())
    shown = confirmed or call.given("ReturnSubscriptionArn", "").lower() == "true"
    return {"SubscriptionArn": arn if shown else "pending confirmation"}


def get_topic_attributes(call: QueryCall) -> dict[str, Any]:
    """A topic, its policy, and how many are subscribed to it."""
    arn = call.given("TopicArn")
    with call.store.home.read() as connection:
        _need_topic(connection, call.key.account_id, arn)
        confirmed = [each.confirmed for each in topics.list_subscriptions(connection, arn)]
    may = {"Effect": "Allow", "Principal": {"Service": _PUBLISHER}, "Action": "SNS:Publish", "Resource": arn}
    attributes = {
        "TopicArn": arn,
        "Owner": account_number(call.key.account_id),
        "DisplayName": "",
        "Policy": json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [may]}),
        "SubscriptionsConfirmed": confirmed.count(True),
        "SubscriptionsPending": confirmed.count(False),
        "SubscriptionsDeleted": 0,
    }
    return _attributes(attributes)


def set_topic_attributes(call: QueryCall) -> dict[str, Any]:
    """Take a policy, which changes nothing: this service publishes to a topic made here, and nobody else, whatever it says."""
    with call.store.home.read() as connection:
        _need_topic(connection, call.key.account_id, call.given("TopicArn"))
    if call.given("AttributeName") != "Policy":
        raise _invalid("AttributeName: only a Policy can be set here")
    try:
        policy = json.loads(call.given("AttributeValue", ""))
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict):
        raise _invalid("Policy: it is no JSON object")
    return {}


def confirm_subscription(call: QueryCall) -> dict[str, Any]:
    """Let the endpoint that was sent this token be told of what is published; it need not sign, as the token is its own."""
    topic_arn, token = call.given("TopicArn"), call.given("Token")
    with call.store.home.read() as connection:
        account_id = call.key.account_id or topics.owner_of(connection, topic_arn)
        _need_topic(connection, account_id, topic_arn)
    with call.store.home.write(account_id) as connection:
        _need_topic(connection, account_id, topic_arn)
        for each in topics.list_subscriptions(connection, topic_arn):
            if secrets.compare_digest(each.token.encode(), token.encode()):
                topics.confirm(connection, each.subscription_arn)
                return {"SubscriptionArn": each.subscription_arn}
    raise _invalid("Token")


def unsubscribe(call: QueryCall) -> dict[str, Any]:
    """Cancel a subscription; one that does not exist is cancelled."""
    arn = call.given("SubscriptionArn")
    with call.store.home.write(call.key.account_id) as connection:
        found = topics.find_subscription(connection, arn)
        if found is not None and found.account_id == call.key.account_id:
            topics.remove_subscription(connection, arn)
    return {}


def get_subscription_attributes(call: QueryCall) -> dict[str, Any]:
    """A subscription, and whether it still waits for its confirmation."""
    with call.store.home.read() as connection:
        found = topics.find_subscription(connection, call.given("SubscriptionArn"))
    if found is None or found.account_id != call.key.account_id:
        raise WireError("NotFound", "Subscription does not exist", 404)
    attributes = {
        "SubscriptionArn": found.subscription_arn,
        "TopicArn": found.topic_arn,
        "Owner": account_number(found.account_id),
        "Protocol": urlsplit(found.endpoint).scheme,
        "Endpoint": found.endpoint,
        "PendingConfirmation": "false" if found.confirmed else "true",
        "RawMessageDelivery": "false",
    }
    return _attributes(attributes)


def message_to(
    account_id: str, subscription_arn: str, endpoint: str, message: list[Any], of: Message | None = None
) -> Message:
    """A message to one subscription; its lane is the endpoint's, so that a slow one holds up no other."""
    return Message(
        account_id,
        of.hit_type_id if of else "",
        "SNS",
        subscription_arn,
        of.version if of else "",
        None,
        message,
        of.document_id if of else secrets.token_hex(20),
        lane_of("REST", endpoint),
    )


def publish(store: Store, message: Message) -> bool:
    """Pass a message on to those who are subscribed to its topic; False when the topic is no more."""
    with store.home.read() as connection:
        if not topics.has_topic(connection, message.account_id, message.destination):
            return False
        confirmed = [each for each in topics.list_subscriptions(connection, message.destination) if each.confirmed]
    new = [
        message_to(message.account_id, each.subscription_arn, each.endpoint, list(message.events), message)
        for each in confirmed
    ]
    with store.write(message.account_id) as connection:
        deliveries.add(connection, new, clock.milliseconds())
    return True


def _need_topic(connection: Connection, account_id: str, topic_arn: str) -> None:
    if not topics.has_topic(connection, account_id, topic_arn):
        raise WireError("NotFound", "Topic does not exist", 404)


def _attributes(named: dict[str, Any]) -> dict[str, Any]:
    return {"Attributes": {"entry": [{"key": name, "value": value} for name, value in named.items()]}}


def _is_address(text: str) -> bool:
    try:
        named = bool(urlsplit(text).hostname)
    except ValueError:
        return False
    return named and len(text) <= _LONGEST_ENDPOINT and text.isprintable() and " " not in text


def _invalid(what: str) -> WireError:
    return WireError("InvalidParameter", f"Invalid parameter: {what}")


#: What is answered, by the name of the action; the rest of SNS is not here.
OPERATIONS = {
    "CreateTopic": create_topic,
    "DeleteTopic": delete_topic,
    "ListTopics": list_topics,
    "GetTopicAttributes": get_topic_attributes,
    "SetTopicAttributes": set_topic_attributes,
    "Subscribe": subscribe,
    "ConfirmSubscription": confirm_subscription,
    "Unsubscribe": unsubscribe,
    "GetSubscriptionAttributes": get_subscription_attributes,
}
