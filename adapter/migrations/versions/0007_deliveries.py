"""Deliveries of notifications, and what came in about events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step.

    What was recorded before anything could be delivered counts as handled: nobody waits for news of long ago.
    """
    op.create_table(
        "deliveries",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_type_id", sa.Text(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=True),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("deliveries_by_state", "deliveries", ["state", "changed_at"], unique=False)
    op.create_table(
        "notification_inbox",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_notification_inbox")),
    )
    op.create_index("notification_inbox_by_age", "notification_inbox", ["received_at"], unique=False)
    op.create_index("legacy_notifications_by_type", "legacy_notifications", ["hit_type_id"], unique=False)
    op.execute("UPDATE events SET delivered_at = happened_at WHERE delivered_at IS NULL")


def downgrade() -> None:
    """Undo this step."""
    op.drop_index("legacy_notifications_by_type", "legacy_notifications")
    op.drop_table("notification_inbox")
    op.drop_table("deliveries")
