"""All tables as the first ten steps left them: data folders of that time bear this revision, and go on from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _hits()
    _workers()
    _gateway()
    _pages()
    _rest()


def _accounts() -> None:
    """Accounts, access keys, the ledger."""
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "access_keys",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("skew", sa.Integer(), nullable=True),
        sa.Column("skew_local", sa.Integer(), nullable=True),
        sa.Column("upstream_access_key_id", sa.Text(), nullable=True),
        sa.Column("upstream_secret", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_access_keys_account_id")),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_access_keys")),
    )
    op.create_index(op.f("ix_access_keys_account_id"), "access_keys", ["account_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("workers", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("deposits", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("available + held + workers + fees + deposits = 0", name=op.f("ck_ledger_balanced")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_ledger_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_account_id_seq"), "ledger", ["account_id", "seq"], unique=False)
    op.create_index(op.f("ix_ledger_subject_id"), "ledger", ["subject_id"], unique=False)


def _hits() -> None:
    """HITs, assignments and what belongs to them."""
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=True),
        sa.Column("specification", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_events_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_hit_id_seq"), "events", ["hit_id", "seq"], unique=False)
    op.create_index(
        "ix_events_undelivered",
        "events",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
    op.create_table(
        "hit_types",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_group_id", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=True),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("assignment_duration", sa.BigInteger(), nullable=False),
        sa.Column("auto_approval_delay", sa.BigInteger(), nullable=False),
        sa.Column("requirements", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_hit_types_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_hit_types")),
        sa.UniqueConstraint("account_id", "identity", name=op.f("uq_hit_types_account_id_identity")),
        sa.UniqueConstraint("hit_group_id", name=op.f("uq_hit_types_hit_group_id")),
        sa.UniqueConstraint("hit_type_id", name=op.f("uq_hit_types_hit_type_id")),
    )
    op.create_table(
        "idempotency",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_idempotency_account_id")),
        sa.PrimaryKeyConstraint("account_id", "operation", "token", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_expires_at"), "idempotency", ["expires_at"], unique=False)
    op.create_table(
        "layouts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("layout_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_layouts_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_layouts")),
        sa.UniqueConstraint("layout_id", name=op.f("uq_layouts_layout_id")),
    )
    op.create_index(op.f("ix_layouts_account_id_seq"), "layouts", ["account_id", "seq"], unique=False)
    op.create_table(
        "timers",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_timers_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_timers")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_timers_kind_subject_id")),
    )
    op.create_index(op.f("ix_timers_account_id_due_at_seq"), "timers", ["account_id", "due_at", "seq"], unique=False)
    op.create_index(op.f("ix_timers_due_at"), "timers", ["due_at"], unique=False)
    op.create_table(
        "hit_type_requirements",
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("qualification_type_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hit_type_id"], ["hit_types.hit_type_id"], name=op.f("fk_hit_type_requirements_hit_type_id")
        ),
        sa.PrimaryKeyConstraint("hit_type_id", "qualification_type_id", name=op.f("pk_hit_type_requirements")),
    )
    op.create_index(
        op.f("ix_hit_type_requirements_qualification_type_id_hit_type_id"),
        "hit_type_requirements",
        ["qualification_type_id", "hit_type_id"],
        unique=False,
    )
    op.create_table(
        "hits",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("hit_layout_id", sa.Text(), nullable=True),
        sa.Column("annotation", sa.Text(), nullable=True),
        sa.Column("max_assignments", sa.BigInteger(), nullable=False),
        sa.Column("created_with", sa.BigInteger(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("review_status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("expired_at", sa.BigInteger(), nullable=True),
        sa.Column("reviewable_at", sa.BigInteger(), nullable=True),
        sa.Column("disposed_at", sa.BigInteger(), nullable=True),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("submitted", sa.BigInteger(), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("assignment_review_policy", sa.Text(), nullable=True),
        sa.Column("hit_review_policy", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_hits_account_id")),
        sa.ForeignKeyConstraint(["hit_type_id"], ["hit_types.hit_type_id"], name=op.f("fk_hits_hit_type_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_hits")),
        sa.UniqueConstraint("hit_id", name=op.f("uq_hits_hit_id")),
    )
    op.create_index(op.f("ix_hits_account_id_status_seq"), "hits", ["account_id", "status", "seq"], unique=False)
    op.create_index(op.f("ix_hits_hit_type_id_status_seq"), "hits", ["hit_type_id", "status", "seq"], unique=False)
    op.create_index(
        "ix_hits_listed",
        "hits",
        ["account_id", "seq"],
        unique=False,
        sqlite_where=sa.text("disposed_at IS NULL"),
        postgresql_where=sa.text("disposed_at IS NULL"),
    )
    op.create_index(
        "ix_hits_listed_by_type",
        "hits",
        ["hit_type_id", "seq"],
        unique=False,
        sqlite_where=sa.text("disposed_at IS NULL"),
        postgresql_where=sa.text("disposed_at IS NULL"),
    )
    op.create_index(op.f("ix_hits_status_seq"), "hits", ["status", "seq"], unique=False)
    op.create_table(
        "notification_settings",
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("transport", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("event_types", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_notification_settings_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["hit_type_id"], ["hit_types.hit_type_id"], name=op.f("fk_notification_settings_hit_type_id")
        ),
        sa.PrimaryKeyConstraint("hit_type_id", name=op.f("pk_notification_settings")),
    )
    op.create_table(
        "assignments",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("auto_approval_at", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("rejected_at", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("feedback", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_assignments_account_id")),
        sa.ForeignKeyConstraint(["hit_id"], ["hits.hit_id"], name=op.f("fk_assignments_hit_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_assignments")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_assignments_assignment_id")),
    )
    op.create_index(
        op.f("ix_assignments_account_id_worker_id"), "assignments", ["account_id", "worker_id"], unique=False
    )
    op.create_index(op.f("ix_assignments_hit_id_seq"), "assignments", ["hit_id", "seq"], unique=False)
    op.create_index(op.f("ix_assignments_hit_id_status_seq"), "assignments", ["hit_id", "status", "seq"], unique=False)
    op.create_index(op.f("ix_assignments_worker_id_seq"), "assignments", ["worker_id", "seq"], unique=False)
    op.create_index(
        "uq_assignments_active",
        "assignments",
        ["hit_id", "worker_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "review_actions",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("action_name", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_review_actions_account_id")),
        sa.ForeignKeyConstraint(["hit_id"], ["hits.hit_id"], name=op.f("fk_review_actions_hit_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_review_actions")),
        sa.UniqueConstraint("action_id", name=op.f("uq_review_actions_action_id")),
    )
    op.create_index(
        op.f("ix_review_actions_hit_id_level_seq"), "review_actions", ["hit_id", "level", "seq"], unique=False
    )
    op.create_table(
        "review_results",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("question_id", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_review_results_account_id")),
        sa.ForeignKeyConstraint(["hit_id"], ["hits.hit_id"], name=op.f("fk_review_results_hit_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_review_results")),
    )
    op.create_index(
        op.f("ix_review_results_hit_id_level_seq"), "review_results", ["hit_id", "level", "seq"], unique=False
    )
    op.create_table(
        "bonuses",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_bonuses_account_id")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.assignment_id"], name=op.f("fk_bonuses_assignment_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_bonuses")),
    )
    op.create_index(op.f("ix_bonuses_assignment_id_seq"), "bonuses", ["assignment_id", "seq"], unique=False)
    op.create_index(op.f("ix_bonuses_hit_id_seq"), "bonuses", ["hit_id", "seq"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("question_identifier", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_uploads_account_id")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.assignment_id"], name=op.f("fk_uploads_assignment_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_uploads")),
        sa.UniqueConstraint(
            "assignment_id", "question_identifier", name=op.f("uq_uploads_assignment_id_question_identifier")
        ),
        sa.UniqueConstraint("upload_id", name=op.f("uq_uploads_upload_id")),
    )


def _workers() -> None:
    """Workers and Qualifications."""
    op.create_table(
        "workers",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("subdivision", sa.Text(), nullable=True),
        sa.Column("adult", sa.Boolean(), nullable=False),
        sa.Column("masters", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_workers")),
    )
    op.create_table(
        "qualification_types",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("qualification_type_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=True),
        sa.Column("searchable", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("test", sa.Text(), nullable=True),
        sa.Column("test_duration", sa.BigInteger(), nullable=True),
        sa.Column("answer_key", sa.Text(), nullable=True),
        sa.Column("retry_delay", sa.BigInteger(), nullable=True),
        sa.Column("auto_granted", sa.Boolean(), nullable=False),
        sa.Column("auto_granted_value", sa.BigInteger(), nullable=True),
        sa.Column("is_requestable", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_qualification_types_account_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_qualification_types")),
        sa.UniqueConstraint("qualification_type_id", name=op.f("uq_qualification_types_qualification_type_id")),
    )
    op.create_index(
        "ix_qualification_types_listed",
        "qualification_types",
        ["account_id", "seq"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "uq_qualification_types_name",
        "qualification_types",
        ["account_id", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "worker_blocks",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_worker_blocks_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_worker_blocks")),
        sa.UniqueConstraint("account_id", "worker_id", name=op.f("uq_worker_blocks_account_id_worker_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_worker_blocks_account_id_seq"), "worker_blocks", ["account_id", "seq"], unique=False)
    op.create_table(
        "worker_counters",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("submitted", sa.BigInteger(), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("abandoned", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_worker_counters_account_id")),
        sa.PrimaryKeyConstraint("worker_id", "account_id", name=op.f("pk_worker_counters")),
    )
    op.create_table(
        "worker_messages",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_worker_messages_account_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_worker_messages")),
    )
    op.create_index(op.f("ix_worker_messages_worker_id_seq"), "worker_messages", ["worker_id", "seq"], unique=False)
    op.create_table(
        "qualification_requests",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("qualification_request_id", sa.Text(), nullable=False),
        sa.Column("qualification_type_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("test", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_qualification_requests_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["qualification_type_id"],
            ["qualification_types.qualification_type_id"],
            name=op.f("fk_qualification_requests_qualification_type_id"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_qualification_requests")),
        sa.UniqueConstraint(
            "qualification_request_id", name=op.f("uq_qualification_requests_qualification_request_id")
        ),
    )
    op.create_index(
        op.f("ix_qualification_requests_account_id_status_seq"),
        "qualification_requests",
        ["account_id", "status", "seq"],
        unique=False,
    )
    op.create_index(
        op.f("ix_qualification_requests_qualification_type_id_status_seq"),
        "qualification_requests",
        ["qualification_type_id", "status", "seq"],
        unique=False,
    )
    op.create_index(
        op.f("ix_qualification_requests_worker_id_qualification_type_id_seq"),
        "qualification_requests",
        ["worker_id", "qualification_type_id", "seq"],
        unique=False,
    )
    op.create_table(
        "qualifications",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("qualification_type_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_qualifications_account_id")),
        sa.ForeignKeyConstraint(
            ["qualification_type_id"],
            ["qualification_types.qualification_type_id"],
            name=op.f("fk_qualifications_qualification_type_id"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_qualifications")),
        sa.UniqueConstraint(
            "qualification_type_id", "worker_id", name=op.f("uq_qualifications_qualification_type_id_worker_id")
        ),
    )
    op.create_index(
        op.f("ix_qualifications_qualification_type_id_status_seq"),
        "qualifications",
        ["qualification_type_id", "status", "seq"],
        unique=False,
    )
    op.create_index(op.f("ix_qualifications_worker_id_seq"), "qualifications", ["worker_id", "seq"], unique=False)


def _gateway() -> None:
    """What the gateway keeps about calls, notifications and statistics."""
    op.create_table(
        "disabled_hits",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hit_id", name=op.f("pk_disabled_hits")),
    )
    op.create_index("disabled_hits_due", "disabled_hits", ["next_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "operation", "token", name=op.f("pk_journal")),
    )
    op.create_index("journal_by_age", "journal", ["written_at"], unique=False)
    op.create_index(
        "journal_unfinished",
        "journal",
        ["operation", "written_at"],
        unique=False,
        sqlite_where=sa.text("result IS NULL"),
        postgresql_where=sa.text("result IS NULL"),
    )
    op.create_table(
        "legacy_notifications",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("message_version", sa.Text(), nullable=False),
        sa.Column("event_types", sa.Text(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hit_type_id", name=op.f("pk_legacy_notifications")),
    )
    op.create_table(
        "statistic_facts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=True),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_statistic_facts")),
    )
    op.create_index("statistic_facts_by_time", "statistic_facts", ["account_id", "kind", "at"], unique=False)
    op.create_index("statistic_facts_once", "statistic_facts", ["account_id", "kind", "subject_id"], unique=True)
    op.create_index(
        "statistic_facts_open",
        "statistic_facts",
        ["account_id", "seq"],
        unique=False,
        sqlite_where=sa.text("cents IS NULL"),
        postgresql_where=sa.text("cents IS NULL"),
    )


def _pages() -> None:
    """Workers who sign in."""
    op.create_table(
        "worker_accounts",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.worker_id"], name=op.f("fk_worker_accounts_worker_id")),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_worker_accounts")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_worker_accounts_sign_in_name")),
    )
    op.create_table(
        "worker_attempts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_worker_attempts")),
    )
    op.create_index(op.f("ix_worker_attempts_until_at"), "worker_attempts", ["until_at"], unique=False)
    op.create_table(
        "worker_sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.worker_id"], name=op.f("fk_worker_sessions_worker_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_worker_sessions")),
    )
    op.create_index(op.f("ix_worker_sessions_expires_at"), "worker_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_worker_sessions_worker_id"), "worker_sessions", ["worker_id"], unique=False)
    op.create_index(
        "ix_hits_open",
        "hits",
        ["hit_type_id", "seq"],
        unique=False,
        sqlite_where=sa.text("status = 'Assignable'"),
        postgresql_where=sa.text("status = 'Assignable'"),
    )
    op.create_index(
        "ix_assignments_in_hand",
        "assignments",
        ["worker_id", "seq"],
        unique=False,
        sqlite_where=sa.text("status = 'Accepted'"),
        postgresql_where=sa.text("status = 'Accepted'"),
    )


def _rest() -> None:
    """What is noted of a foreign upstream, deliveries of notifications, lists kept for paging."""
    op.create_table(
        "statistic_accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_statistic_accounts")),
    )
    op.create_table(
        "statistic_hits",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("policies", sa.Integer(), nullable=True),
        sa.Column("reviewed", sa.Text(), nullable=True),
        sa.Column("listed", sa.Text(), nullable=True),
        sa.Column("opened", sa.Text(), nullable=True),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("fact", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hit_id", name=op.f("pk_statistic_hits")),
    )
    op.create_index(
        "statistic_hits_opened",
        "statistic_hits",
        ["account_id", "looked_at"],
        unique=False,
        sqlite_where=sa.text("opened IS NOT NULL"),
        postgresql_where=sa.text("opened IS NOT NULL"),
    )
    op.create_index("statistic_facts_by_hit", "statistic_facts", ["account_id", "hit_id", "kind"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=True),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("deliveries_by_state", "deliveries", ["state", "changed_at"], unique=False)
    op.create_table(
        "notification_inbox",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_notification_inbox")),
    )
    op.create_index("notification_inbox_by_age", "notification_inbox", ["received_at"], unique=False)
    op.create_index("legacy_notifications_by_type", "legacy_notifications", ["hit_type_id"], unique=False)
    op.create_table(
        "snapshots",
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("took", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("positions", sa.LargeBinary(), nullable=False),
        sa.Column("subjects", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshots")),
    )
    op.create_index("snapshots_by_listing", "snapshots", ["account_id", "listing", "made_at"], unique=False)
    op.create_index("snapshots_by_use", "snapshots", ["used_at"], unique=False)
    op.create_table(
        "snapshot_rows",
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "position", name=op.f("pk_snapshot_rows")),
    )
    op.create_table(
        "snapshot_builders",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "listing", name=op.f("pk_snapshot_builders")),
    )
    op.create_table(
        "snapshot_walks",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("walker", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("positions", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "listing", "walker", "caller", name=op.f("pk_snapshot_walks")),
    )
    op.create_index("snapshot_walks_by_snapshot", "snapshot_walks", ["snapshot_id"], unique=False)
    op.create_index("snapshot_walks_by_use", "snapshot_walks", ["used_at"], unique=False)
    op.create_table(
        "own_writes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_own_writes")),
        sqlite_autoincrement=True,
    )
    op.create_index("own_writes_of_account", "own_writes", ["account_id", "seq"], unique=False)
    op.create_index("own_writes_by_subject", "own_writes", ["account_id", "kind", "subject", "seq"], unique=False)
    op.create_index(op.f("ix_bonuses_worker_id_seq"), "bonuses", ["worker_id", "seq"], unique=False)
    op.create_index(
        op.f("ix_qualification_requests_worker_id_seq"), "qualification_requests", ["worker_id", "seq"], unique=False
    )
    for name, column in (("ix_hits_by_reward", "reward"), ("ix_hits_by_expiration", "expires_at")):
        op.create_index(
            name,
            "hits",
            ["account_id", column, "seq"],
            unique=False,
            sqlite_where=sa.text("disposed_at IS NULL"),
            postgresql_where=sa.text("disposed_at IS NULL"),
        )
    op.create_index(
        "ix_hits_by_status_and_expiration", "hits", ["account_id", "status", "expires_at", "seq"], unique=False
    )
