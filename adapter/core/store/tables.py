"""Tables that several parts share: accounts, their access keys and their money, and the outbox of events and mail."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from adapter.core.database.metadata import metadata
from adapter.core.database.types import Json, Money, Seq

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("enabled", Boolean(create_constraint=False), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("balance", Money, nullable=False),
    Column("held", Money, nullable=False),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("access_key_id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("skew", Integer),
    Column("skew_local", Integer),
    Column("upstream_access_key_id", Text),
    Column("upstream_secret", Text),
)

#: One row per movement of money; its five columns are the accounts it touches and always add up to nothing:
#: what the requester may spend, what is held for open work, what workers and fees got, what came in (negative).
ledger = Table(
    "ledger",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("available", Money, nullable=False),
    Column("held", Money, nullable=False),
    Column("workers", Money, nullable=False),
    Column("fees", Money, nullable=False),
    Column("deposits", Money, nullable=False),
    CheckConstraint("available + held + workers + fees + deposits = 0", name="balanced"),
    Index(None, "account_id", "seq"),
    Index(None, "subject_id"),
)


#: The outbox: written in the transaction of the change itself, delivered afterwards, at least once.
events = Table(
    "events",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False),
    Column("event_type", Text, nullable=False),
    Column("hit_type_id", Text, nullable=False),
    Column("hit_id", Text, nullable=False),
    Column("assignment_id", Text),
    # only of a test event: the NotificationSpecification that it goes to, whatever the HIT type's own is
    Column("specification", Json),
    Column("happened_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Index(
        "ix_events_undelivered",
        "seq",
        sqlite_where=text("delivered_at IS NULL"),
        postgresql_where=text("delivered_at IS NULL"),
    ),
    Index(None, "hit_id", "seq"),
)

#: Mail to people, written in the transaction of what it tells of, until it is handed to delivery. Without an `address` it
#: goes where the account has notifications of the HIT type, or of any, mailed to.
letters = Table(
    "letters",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("hit_type_id", Text, nullable=False),
    Column("address", Text),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
