"""Messages to the endpoints that are subscribed to a topic of this service, as SNS sends them."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from adapter.core.egress import Networks
from adapter.marketplace.api.other_services import CONFIRMS
from adapter.notifications.guarded_http import DeliveryError, exchange
from adapter.notifications.messages import document
from adapter.notifications.store.deliveries import Message

#: Ids of messages are made of those of documents, so that an endpoint knows a repetition.
_IDS = uuid.UUID("6f1c3b1e-5a0e-4d0a-9c63-2f8f3f0f7c11")


def send(message: Message, subscription: Any, networks: Networks, address: str) -> None:
    """Post a message, or the request for a confirmation, at this service's address, when there is no event in it.

    Raises DeliveryError.
    """
    message_id = str(uuid.uuid5(_IDS, message.document_id))
    if message.events:
        kind = "Notification"
        more = {"Subject": str(time.time_ns() // 1_000_000), "Message": document(message)}
    else:
        kind = "SubscriptionConfirmation"
        text = f"You have chosen to subscribe to the topic {subscription.topic_arn}.\n"
        text += "To confirm the subscription, visit the SubscribeURL included in this message."
        given = urlencode({"TopicArn": subscription.topic_arn, "Token": subscription.token}, safe=":")
        more = {"Token": subscription.token, "Message": text, "SubscribeURL": f"{address}/?{CONFIRMS}{given}"}
    body = {"Type": kind, "MessageId": message_id, "TopicArn": subscription.topic_arn, **more}
    body["Timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": subscription.topic_arn,
    }
    if message.events:
        headers["x-amz-sns-subscription-arn"] = subscription.subscription_arn
    answer = exchange("POST", subscription.endpoint, headers, json.dumps(body).encode(), networks)
    if answer.status >= 300:
        again = answer.status >= 500 or answer.status == 429
        raise DeliveryError(f"the endpoint answered with status {answer.status}", repeat=again, sent=True)
