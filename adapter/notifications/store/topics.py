"""Topics that requesters make here, and the endpoints that are subscribed to them, as rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from adapter.notifications.store.tables import topic_subscriptions, topics

_of_topic = topic_subscriptions.c.topic_arn == bindparam("of_topic")
_of_subscription = topic_subscriptions.c.subscription_arn == bindparam("of_subscription")
_find_topic = select(topics.c.topic_arn).where(
    topics.c.topic_arn == bindparam("of_topic"), topics.c.account_id == bindparam("of_account")
)
_find_owner = select(topics.c.account_id).where(topics.c.topic_arn == bindparam("of_topic"))
_list_topics = (
    select(topics.c.topic_arn)
    .where(topics.c.account_id == bindparam("of_account"), topics.c.topic_arn > bindparam("after"))
    .order_by(topics.c.topic_arn)
    .limit(bindparam("most"))
)
_subscriptions = select(topic_subscriptions).where(_of_topic).order_by(topic_subscriptions.c.subscription_arn)
_find_subscription = (
    select(topic_subscriptions, topics.c.account_id)
    .join(topics, topics.c.topic_arn == topic_subscriptions.c.topic_arn)
    .where(_of_subscription)
)


def has_topic(connection: Connection, account_id: str, topic_arn: str) -> bool:
    """Whether an account made this topic, and has not deleted it."""
    return connection.execute(_find_topic, {"of_topic": topic_arn, "of_account": account_id}).first() is not None


def owner_of(connection: Connection, topic_arn: str) -> str:
    """The account that made a topic, or nothing."""
    return connection.scalar(_find_owner, {"of_topic": topic_arn}) or ""


def add_topic(connection: Connection, account_id: str, topic_arn: str) -> None:
    """Make a topic."""
    connection.execute(insert(topics), {"topic_arn": topic_arn, "account_id": account_id})


def remove_topic(connection: Connection, topic_arn: str) -> None:
    """Delete a topic with its subscriptions."""
    connection.execute(delete(topic_subscriptions).where(_of_topic), {"of_topic": topic_arn})
    connection.execute(delete(topics).where(topics.c.topic_arn == bindparam("of_topic")), {"of_topic": topic_arn})


def list_topics(connection: Connection, account_id: str, after: str, most: int) -> list[str]:
    """An account's topics behind this one, in order."""
    return list(connection.scalars(_list_topics, {"of_account": account_id, "after": after, "most": most}))


def list_subscriptions(connection: Connection, topic_arn: str) -> list[Row[Any]]:
    """All subscriptions to a topic, confirmed or not."""
    return list(connection.execute(_subscriptions, {"of_topic": topic_arn}))


def find_subscription(connection: Connection, subscription_arn: str) -> Row[Any] | None:
    """A subscription with the account whose topic it is to, or None."""
    return connection.execute(_find_subscription, {"of_subscription": subscription_arn}).one_or_none()


def add_subscription(connection: Connection, subscription_arn: str, topic_arn: str, endpoint: str, token: str) -> None:
    """Put in a subscription that waits for its confirmation."""
    row = {"subscription_arn": subscription_arn, "topic_arn": topic_arn, "endpoint": endpoint}
    connection.execute(insert(topic_subscriptions), {**row, "token": token, "confirmed": False})


def confirm(connection: Connection, subscription_arn: str) -> None:
    """Let a subscription be told of what is published from now on."""
    statement = update(topic_subscriptions).where(_of_subscription).values(confirmed=True)
    connection.execute(statement, {"of_subscription": subscription_arn})


def remove_subscription(connection: Connection, subscription_arn: str) -> None:
    """Delete a subscription."""
    connection.execute(delete(topic_subscriptions).where(_of_subscription), {"of_subscription": subscription_arn})
