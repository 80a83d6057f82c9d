"""What workers get to know and are owed: read messages, mail, letters to requesters, payouts, links, days of work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this step."""
    op.add_column("workers", sa.Column("email", sa.Text()))
    _partial("ix_workers_email", "workers", ["email"], "email IS NOT NULL")
    op.add_column("worker_accounts", sa.Column("time_zone", sa.Text()))
    op.add_column("worker_messages", sa.Column("read_at", sa.BigInteger()))
    # nobody knows what was read before; a flood of old news would help nobody
    op.execute(sa.text("UPDATE worker_messages SET read_at = created_at"))
    _partial("ix_worker_messages_unread", "worker_messages", ["worker_id"], "read_at IS NULL")
    op.create_index("ix_assignments_by_day", "assignments", ["worker_id", "submitted_at"])
    op.create_table(
        "letters",
        sa.Column("seq", _SEQ, primary_key=True),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "worker_letters",
        sa.Column("seq", _SEQ, primary_key=True),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="fk_worker_letters_account_id_accounts"),
    )
    op.create_index("ix_worker_letters_account_id_seq", "worker_letters", ["account_id", "seq"])
    op.create_index("ix_worker_letters_worker_id_seq", "worker_letters", ["worker_id", "seq"])
    _partial("ix_worker_letters_open", "worker_letters", ["seq"], "done_at IS NULL")
    op.create_table(
        "payouts",
        sa.Column("seq", _SEQ, primary_key=True),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("worker_id", "reference", name="uq_payouts_worker_id_reference"),
    )
    op.create_index("ix_payouts_worker_id_seq", "payouts", ["worker_id", "seq"])
    op.create_table(
        "worker_links",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.worker_id"], name="fk_worker_links_worker_id_workers"),
    )
    op.create_index("ix_worker_links_worker_id", "worker_links", ["worker_id"])
    op.create_index("ix_worker_links_expires_at", "worker_links", ["expires_at"])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
