"""What the gateway remembers between two looks at the HITs of a foreign upstream."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "statistic_accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_statistic_accounts")),
    )
    op.create_table(
        "statistic_hits",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hit_id", sa.Text(), nullable=False),
        sa.Column("policies", sa.Integer(), nullable=True),
        sa.Column("reviewed", sa.Text(), nullable=True),
        sa.Column("listed", sa.Text(), nullable=True),
        sa.Column("opened", sa.Text(), nullable=True),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("fact", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hit_id", name=op.f("pk_statistic_hits")),
    )
    op.create_index(
        "statistic_hits_opened",
        "statistic_hits",
        ["account_id", "looked_at"],
        unique=False,
        sqlite_where=sa.text("opened IS NOT NULL"),
        postgresql_where=sa.text("opened IS NOT NULL"),
    )
    op.create_index("statistic_facts_by_hit", "statistic_facts", ["account_id", "hit_id", "kind"], unique=False)


def downgrade() -> None:
    """Undo this step."""
    op.drop_index("statistic_facts_by_hit", table_name="statistic_facts")
    op.drop_index("statistic_hits_opened", table_name="statistic_hits")
    op.drop_table("statistic_hits")
    op.drop_table("statistic_accounts")
