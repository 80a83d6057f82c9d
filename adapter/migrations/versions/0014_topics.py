"""Topics that requesters make here, and who is told of what is published to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "topics",
        sa.Column("topic_arn", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Text(), nullable=False),
    )
    op.create_index("topics_by_account", "topics", ["account_id", "topic_arn"])
    op.create_table(
        "topic_subscriptions",
        sa.Column("subscription_arn", sa.Text(), primary_key=True),
        sa.Column("topic_arn", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(create_constraint=False), nullable=False),
    )
    op.create_index("topic_subscriptions_by_topic", "topic_subscriptions", ["topic_arn", "endpoint"], unique=True)
