"""The marketplace: HIT types, HITs, assignments, events, timers, reviews, files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
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


def downgrade() -> None:
    """Undo this step."""
    op.drop_table("uploads")
    op.drop_table("bonuses")
    op.drop_table("review_results")
    op.drop_table("review_actions")
    op.drop_table("assignments")
    op.drop_table("notification_settings")
    op.drop_table("hits")
    op.drop_table("hit_type_requirements")
    op.drop_table("timers")
    op.drop_table("layouts")
    op.drop_table("idempotency")
    op.drop_table("hit_types")
    op.drop_table("events")
