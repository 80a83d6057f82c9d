"""Sorted lists kept for paging: one builder for all processes, who walks through them, what the gateway changed since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step; what was kept lived for minutes and is made anew."""
    op.drop_table("snapshots")
    op.drop_table("snapshot_rows")
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


def downgrade() -> None:
    """Undo this step."""
    op.drop_table("own_writes")
    op.drop_table("snapshot_walks")
    op.drop_table("snapshot_builders")
    op.drop_table("snapshot_rows")
    op.drop_table("snapshots")
    op.create_table(
        "snapshot_rows",
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "position", name=op.f("pk_snapshot_rows")),
    )
    op.create_table(
        "snapshots",
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("positions", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshots")),
    )
    op.create_index("snapshots_by_age", "snapshots", ["made_at"], unique=False)
    op.create_index("snapshots_by_listing", "snapshots", ["account_id", "listing", "made_at"], unique=False)
