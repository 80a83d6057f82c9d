"""Tables of the workers: who they are, what they hold, what they did for whom, what they were told."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from adapter.core.database.metadata import metadata
from adapter.core.database.types import Money, Seq
from adapter.marketplace.store.tables import account, partial

workers = Table(
    "workers",
    metadata,
    Column("worker_id", Text, primary_key=True),
    Column("name", Text),
    # where messages are mailed, once the worker or the operator has said so
    Column("email", Text),
    Column("country", Text),
    Column("subdivision", Text),
    Column("adult", Boolean, nullable=False, default=False),
    Column("masters", Boolean, nullable=False, default=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_workers_email", "email", **partial("email IS NOT NULL")),
)

#: What a worker did, counted per requester, so that two requesters never wait for one row.
worker_counters = Table(
    "worker_counters",
    metadata,
    Column("worker_id", Text, nullable=False),
    account(),
    Column("accepted", BigInteger, nullable=False, default=0),
    Column("submitted", BigInteger, nullable=False, default=0),
    Column("approved", BigInteger, nullable=False, default=0),
    Column("rejected", BigInteger, nullable=False, default=0),
    Column("returned", BigInteger, nullable=False, default=0),
    Column("abandoned", BigInteger, nullable=False, default=0),
    PrimaryKeyConstraint("worker_id", "account_id"),
)

worker_blocks = Table(
    "worker_blocks",
    metadata,
    Column("seq", Seq, primary_key=True),
    account(),
    Column("worker_id", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("account_id", "worker_id"),
    Index(None, "account_id", "seq"),
    sqlite_autoincrement=True,
)

#: What workers are told: NotifyWorkers, bonuses, decisions on their work, on Qualifications, and blocks.
worker_messages = Table(
    "worker_messages",
    metadata,
    Column("seq", Seq, primary_key=True),
    account(),
    Column("worker_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("read_at", BigInteger),
    Index(None, "worker_id", "seq"),
    Index("ix_worker_messages_unread", "worker_id", **partial("read_at IS NULL")),
)

#: What workers wrote to requesters. Kind: Question, or Broken for a HIT that cannot be done; `done_at` is when somebody
#: marked it as dealt with.
worker_letters = Table(
    "worker_letters",
    metadata,
    Column("seq", Seq, primary_key=True),
    account(),
    Column("worker_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("hit_id", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Index(None, "account_id", "seq"),
    Index(None, "worker_id", "seq"),
    Index("ix_worker_letters_open", "seq", **partial("done_at IS NULL")),
)

#: Money that the operator has paid out to workers. A reference pays a worker once, however often it is given.
payouts = Table(
    "payouts",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("worker_id", Text, nullable=False),
    Column("amount", Money, nullable=False),
    Column("reference", Text, nullable=False),
    Column("paid_at", BigInteger, nullable=False),
    UniqueConstraint("worker_id", "reference"),
    Index(None, "worker_id", "seq"),
)

qualification_types = Table(
    "qualification_types",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("qualification_type_id", Text, nullable=False, unique=True),
    account(),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("keywords", Text),
    Column("searchable", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("test", Text),
    Column("test_duration", BigInteger),
    Column("answer_key", Text),
    Column("retry_delay", BigInteger),
    Column("auto_granted", Boolean, nullable=False),
    Column("auto_granted_value", BigInteger),
    Column("is_requestable", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Index("uq_qualification_types_name", "account_id", "name", unique=True, **partial("deleted_at IS NULL")),
    Index("ix_qualification_types_listed", "account_id", "seq", **partial("deleted_at IS NULL")),
)

qualifications = Table(
    "qualifications",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("qualification_type_id", Text, ForeignKey("qualification_types.qualification_type_id"), nullable=False),
    account(),
    Column("worker_id", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("reason", Text),
    UniqueConstraint("qualification_type_id", "worker_id"),
    Index(None, "qualification_type_id", "status", "seq"),
    Index(None, "worker_id", "seq"),
)

#: Status: Testing (the worker has the test), Pending (waits for the requester), Granted, Rejected, Expired.
qualification_requests = Table(
    "qualification_requests",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("qualification_request_id", Text, nullable=False, unique=True),
    Column("qualification_type_id", Text, ForeignKey("qualification_types.qualification_type_id"), nullable=False),
    account(),
    Column("worker_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("test", Text),
    Column("answer", Text),
    Column("requested_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("submitted_at", BigInteger),
    Column("decided_at", BigInteger),
    Column("reason", Text),
    Index(None, "account_id", "status", "seq"),
    Index(None, "qualification_type_id", "status", "seq"),
    Index(None, "worker_id", "qualification_type_id", "seq"),
    Index(None, "worker_id", "seq"),
)
