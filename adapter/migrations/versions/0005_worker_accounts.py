"""Workers who sign in: accounts, sessions, attempts; the indexes by which they find open HITs and their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
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


def downgrade() -> None:
    """Undo this step."""
    op.drop_index("ix_assignments_in_hand", "assignments")
    op.drop_index("ix_hits_open", "hits")
    op.drop_table("worker_sessions")
    op.drop_table("worker_attempts")
    op.drop_table("worker_accounts")
