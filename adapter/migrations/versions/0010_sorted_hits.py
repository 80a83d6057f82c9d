"""Indexes for lists of HITs sorted by reward and by expiration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
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


def downgrade() -> None:
    """Undo this step."""
    for name in ("ix_hits_by_status_and_expiration", "ix_hits_by_expiration", "ix_hits_by_reward"):
        op.drop_index(name, table_name="hits")
