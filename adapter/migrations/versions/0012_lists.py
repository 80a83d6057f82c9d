"""Kept lists of a remote upstream in two tables instead of five; no estimates of its statistics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step; kept lists lived for minutes and are made anew."""
    for name in (
        "statistic_accounts",
        "statistic_facts",
        "statistic_hits",
        "snapshot_walks",
        "snapshot_builders",
        "snapshot_rows",
        "snapshots",
        "own_writes",
    ):
        op.drop_table(name)
    op.create_table(
        "list_cache",
        sa.Column("list_id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("scanned_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("list_cache_by_listing", "list_cache", ["account_id", "listing", "scanned_at"])
    op.create_index("list_cache_by_use", "list_cache", ["used_at"])
    op.create_table(
        "list_cache_rows",
        sa.Column("list_id", sa.Text(), primary_key=True),
        sa.Column("sort_key", sa.LargeBinary(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
    )
    op.create_index("list_cache_rows_by_subject", "list_cache_rows", ["subject"])
