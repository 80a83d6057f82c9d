"""The gateway: snapshots, the journal, disabled HITs, notifications, statistics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "disabled_hits",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hit_id", name=op.f("pk_disabled_hits")),
    )
    op.create_index("disabled_hits_due", "disabled_hits", ["next_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "operation", "token", name=op.f("pk_journal")),
    )
    op.create_index("journal_by_age", "journal", ["written_at"], unique=False)
    op.create_index(
        "journal_unfinished",
        "journal",
        ["operation", "written_at"],
        unique=False,
        sqlite_where=sa.text("result IS NULL"),
        postgresql_where=sa.text("result IS NULL"),
    )
    op.create_table(
        "legacy_notifications",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("message_version", sa.Text(), nullable=False),
        sa.Column("event_types", sa.Text(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hit_type_id", name=op.f("pk_legacy_notifications")),
    )
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
    op.create_table(
        "statistic_facts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=True),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_statistic_facts")),
    )
    op.create_index("statistic_facts_by_time", "statistic_facts", ["account_id", "kind", "at"], unique=False)
    op.create_index("statistic_facts_once", "statistic_facts", ["account_id", "kind", "subject_id"], unique=True)
    op.create_index(
        "statistic_facts_open",
        "statistic_facts",
        ["account_id", "seq"],
        unique=False,
        sqlite_where=sa.text("cents IS NULL"),
        postgresql_where=sa.text("cents IS NULL"),
    )


def downgrade() -> None:
    """Undo this step."""
    op.drop_table("statistic_facts")
    op.drop_table("snapshots")
    op.drop_table("snapshot_rows")
    op.drop_table("legacy_notifications")
    op.drop_table("journal")
    op.drop_table("disabled_hits")
