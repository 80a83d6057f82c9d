"""Workers and Qualifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
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


def downgrade() -> None:
    """Undo this step."""
    op.drop_table("qualifications")
    op.drop_table("qualification_requests")
    op.drop_table("worker_messages")
    op.drop_table("worker_counters")
    op.drop_table("worker_blocks")
    op.drop_table("qualification_types")
    op.drop_table("workers")
