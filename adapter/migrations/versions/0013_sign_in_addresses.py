"""From where a worker has signed in: such an address is never made to wait because others guess at the name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "worker_addresses",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["workers.worker_id"], name=op.f("fk_worker_addresses_worker_id_workers")
        ),
        sa.PrimaryKeyConstraint("worker_id", "address", name=op.f("pk_worker_addresses")),
    )
    op.create_index(op.f("ix_worker_addresses_seen_at"), "worker_addresses", ["seen_at"], unique=False)
