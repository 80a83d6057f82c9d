"""What old clients use: calls and members counted by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "used_calls",
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("account_id", sa.Text(), primary_key=True),
        sa.Column("operation", sa.Text(), primary_key=True),
        sa.Column("version", sa.Text(), primary_key=True),
        sa.Column("protocol", sa.Text(), primary_key=True),
        sa.Column("client", sa.Text(), primary_key=True),
        sa.Column("outcome", sa.Text(), primary_key=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "used_members",
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("account_id", sa.Text(), primary_key=True),
        sa.Column("operation", sa.Text(), primary_key=True),
        sa.Column("member", sa.Text(), primary_key=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
    )
