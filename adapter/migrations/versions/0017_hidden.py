"""What a worker does not want to see in the list of HITs: groups, and all of a requester's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "worker_hidden",
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.Column("hidden_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.worker_id"], name=op.f("fk_worker_hidden_worker_id_workers")),
        sa.PrimaryKeyConstraint("worker_id", "hidden_id", name=op.f("pk_worker_hidden")),
    )
