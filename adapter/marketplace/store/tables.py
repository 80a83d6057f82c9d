"""Tables of the marketplace: HIT types, HITs, assignments, events, timers, tokens, reviews, layouts, files."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from adapter.core.database.metadata import metadata
from adapter.core.database.types import Json, Money, Seq


def partial(condition: str) -> dict[str, Any]:
    """What makes an index one of the rows that meet a condition."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def account() -> Column[str]:
    """The column of the account that a row belongs to."""
    return Column("account_id", Text, ForeignKey("accounts.account_id"), nullable=False)


hit_types = Table(
    "hit_types",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("hit_type_id", Text, nullable=False, unique=True),
    account(),
    Column("hit_group_id", Text, nullable=False, unique=True),
    Column("identity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("keywords", Text),
    Column("reward", Money, nullable=False),
    Column("assignment_duration", BigInteger, nullable=False),
    Column("auto_approval_delay", BigInteger, nullable=False),
    Column("requirements", Json, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    UniqueConstraint("account_id", "identity"),
)

hit_type_requirements = Table(
    "hit_type_requirements",
    metadata,
    Column("hit_type_id", Text, ForeignKey("hit_types.hit_type_id"), nullable=False),
    Column("qualification_type_id", Text, nullable=False),
    PrimaryKeyConstraint("hit_type_id", "qualification_type_id"),
    Index(None, "qualification_type_id", "hit_type_id"),
)

hits = Table(
    "hits",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("hit_id", Text, nullable=False, unique=True),
    account(),
    Column("hit_type_id", Text, ForeignKey("hit_types.hit_type_id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("hit_layout_id", Text),
    Column("annotation", Text),
    Column("max_assignments", BigInteger, nullable=False),
    Column("created_with", BigInteger, nullable=False),
    Column("reward", Money, nullable=False),
    Column("fee", Money, nullable=False),
    Column("status", Text, nullable=False),
    Column("review_status", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("expired_at", BigInteger),
    Column("reviewable_at", BigInteger),
    Column("disposed_at", BigInteger),
    Column("accepted", BigInteger, nullable=False, default=0),
    Column("submitted", BigInteger, nullable=False, default=0),
    Column("approved", BigInteger, nullable=False, default=0),
    Column("rejected", BigInteger, nullable=False, default=0),
    Column("assignment_review_policy", Json),
    Column("hit_review_policy", Json),
    Index("ix_hits_listed", "account_id", "seq", **partial("disposed_at IS NULL")),
    # sorted lists; the title is the type's, so that no index of this table can sort by it
    Index("ix_hits_by_reward", "account_id", "reward", "seq", **partial("disposed_at IS NULL")),
    Index("ix_hits_by_expiration", "account_id", "expires_at", "seq", **partial("disposed_at IS NULL")),
    Index(None, "account_id", "status", "seq"),
    Index("ix_hits_by_status_and_expiration", "account_id", "status", "expires_at", "seq"),
    Index(None, "hit_type_id", "status", "seq"),
    Index("ix_hits_listed_by_type", "hit_type_id", "seq", **partial("disposed_at IS NULL")),
    Index(None, "status", "seq"),
    Index("ix_hits_open", "hit_type_id", "seq", **partial("status = 'Assignable'")),
)

#: `taken_by` stands for the click, or whatever else, that took it: the same again takes no second one.
assignments = Table(
    "assignments",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("assignment_id", Text, nullable=False, unique=True),
    Column("hit_id", Text, ForeignKey("hits.hit_id"), nullable=False),
    account(),
    Column("worker_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("deadline_at", BigInteger, nullable=False),
    Column("submitted_at", BigInteger),
    Column("auto_approval_at", BigInteger),
    Column("approved_at", BigInteger),
    Column("rejected_at", BigInteger),
    Column("released_at", BigInteger),
    Column("answer", Text),
    Column("feedback", Text),
    Column("taken_by", Text),
    Index("uq_assignments_active", "hit_id", "worker_id", unique=True, **partial("released_at IS NULL")),
    Index(None, "hit_id", "seq"),
    Index(None, "hit_id", "status", "seq"),
    Index(None, "worker_id", "seq"),
    # a worker's days
    Index("ix_assignments_by_day", "worker_id", "submitted_at"),
    Index(None, "account_id", "worker_id"),
    Index("ix_assignments_in_hand", "worker_id", "seq", **partial("status = 'Accepted'")),
)

bonuses = Table(
    "bonuses",
    metadata,
    Column("seq", Seq, primary_key=True),
    account(),
    Column("assignment_id", Text, ForeignKey("assignments.assignment_id"), nullable=False),
    Column("hit_id", Text, nullable=False),
    Column("worker_id", Text, nullable=False),
    Column("amount", Money, nullable=False),
    Column("fee", Money, nullable=False),
    Column("reason", Text),
    Column("granted_at", BigInteger, nullable=False),
    Index(None, "hit_id", "seq"),
    Index(None, "assignment_id", "seq"),
    Index(None, "worker_id", "seq"),
)

notification_settings = Table(
    "notification_settings",
    metadata,
    Column("hit_type_id", Text, ForeignKey("hit_types.hit_type_id"), primary_key=True),
    account(),
    Column("active", Boolean, nullable=False),
    Column("destination", Text),
    Column("transport", Text),
    Column("version", Text),
    Column("event_types", Json, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    account(),
    Column("operation", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("result", Json, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    PrimaryKeyConstraint("account_id", "operation", "token"),
)

timers = Table(
    "timers",
    metadata,
    Column("seq", Seq, primary_key=True),
    account(),
    Column("due_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Index(None, "due_at"),
    Index(None, "account_id", "due_at", "seq"),
    UniqueConstraint("kind", "subject_id"),
)

review_results = Table(
    "review_results",
    metadata,
    Column("seq", Seq, primary_key=True),
    account(),
    Column("hit_id", Text, ForeignKey("hits.hit_id"), nullable=False),
    Column("level", Text, nullable=False),
    Column("action_id", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("subject_type", Text, nullable=False),
    Column("question_id", Text),
    Column("key", Text, nullable=False),
    Column("value", Text),
    Index(None, "hit_id", "level", "seq"),
)

review_actions = Table(
    "review_actions",
    metadata,
    Column("seq", Seq, primary_key=True),
    account(),
    Column("hit_id", Text, ForeignKey("hits.hit_id"), nullable=False),
    Column("level", Text, nullable=False),
    Column("action_id", Text, nullable=False, unique=True),
    Column("action_name", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("target_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("completed_at", BigInteger),
    Column("result", Text),
    Column("error_code", Text),
    Index(None, "hit_id", "level", "seq"),
)

layouts = Table(
    "layouts",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("layout_id", Text, nullable=False, unique=True),
    account(),
    Column("name", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "account_id", "seq"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("seq", Seq, primary_key=True),
    Column("upload_id", Text, nullable=False, unique=True),
    account(),
    Column("assignment_id", Text, ForeignKey("assignments.assignment_id"), nullable=False),
    Column("question_identifier", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("location", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("assignment_id", "question_identifier"),
)
