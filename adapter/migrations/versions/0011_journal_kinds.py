"""The journal says by a kind why a call is written down, not by a prefix in the name of its operation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CARRY_OVER = """
    INSERT INTO journalled_calls (account_id, kind, operation, token, call_id, plan, result, written_at)
    SELECT
        account_id,
        CASE
            WHEN operation LIKE 'try:%' THEN 'answer'
            WHEN operation LIKE 'open:%' THEN 'left open'
            WHEN operation = 'ExtendHIT' THEN 'extension'
            ELSE 'token'
        END,
        CASE
            WHEN operation LIKE 'try:%' THEN substr(operation, 5)
            WHEN operation LIKE 'open:%' THEN substr(operation, 6)
            ELSE operation
        END,
        token, call_id, plan, result, written_at
    FROM journal
"""


def upgrade() -> None:
    """Apply this step; every row is carried over, so that calls under way are known again."""
    op.create_table(
        "journalled_calls",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "operation", "token", name=op.f("pk_journalled_calls")),
    )
    op.create_index("journalled_calls_by_age", "journalled_calls", ["written_at"], unique=False)
    op.create_index(
        "journalled_calls_unfinished",
        "journalled_calls",
        ["kind", "written_at"],
        unique=False,
        sqlite_where=sa.text("result IS NULL"),
        postgresql_where=sa.text("result IS NULL"),
    )
    op.execute(_CARRY_OVER)
    op.drop_table("journal")
