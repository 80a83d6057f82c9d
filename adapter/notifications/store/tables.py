"""Tables of what goes out to requesters: messages, topics and their subscriptions, and what came in about events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from adapter.core.database.metadata import metadata
from adapter.core.database.types import Json, Seq

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("account_id", Text(), nullable=False),
    Column("hit_type_id", Text(), nullable=False),
    Column("transport", Text(), nullable=False),
    Column("destination", Text(), nullable=False),
    # the version of the message, as the specification names it
    Column("version", Text(), nullable=False),
    # the key whose secret signs; none for messages that are not signed
    Column("access_key_id", Text()),
    # the events of the message, each a dict in the legacy vocabulary
    Column("events", Json, nullable=False),
    # EventDocId: the same whenever the message is sent again
    Column("document_id", Text(), nullable=False),
    # deliveries of one lane share a bounded number of connections, so that a slow receptor holds up only its own
    Column("lane", Text(), nullable=False),
    # pending, sending, delivered or failed
    Column("state", Text(), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("error", Text()),
    Index(
        "deliveries_due",
        "next_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index("deliveries_by_state", "state", "changed_at"),
)

#: What was taken in already, by EventDocId or by a name made up for it: the key that absorbs repetitions.
inbox = Table(
    "notification_inbox",
    metadata,
    Column("document_id", Text(), primary_key=True),
    Column("received_at", BigInteger, nullable=False),
    Index("notification_inbox_by_age", "received_at"),
)

#: Topics that requesters made here, named as SNS names them.
topics = Table(
    "topics",
    metadata,
    Column("topic_arn", Text(), primary_key=True),
    Column("account_id", Text(), nullable=False),
    Index("topics_by_account", "account_id", "topic_arn"),
)

#: Who is told of what is published to a topic, once the endpoint has confirmed that it wants to be.
topic_subscriptions = Table(
    "topic_subscriptions",
    metadata,
    Column("subscription_arn", Text(), primary_key=True),
    Column("topic_arn", Text(), nullable=False),
    Column("endpoint", Text(), nullable=False),
    # what the endpoint was sent, and gives back to confirm
    Column("token", Text(), nullable=False),
    Column("confirmed", Boolean(create_constraint=False), nullable=False),
    Index("topic_subscriptions_by_topic", "topic_arn", "endpoint", unique=True),
)
