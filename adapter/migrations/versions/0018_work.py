"""What an assignment was taken by, so that a second click takes no second one; who goes on to the next HIT automatically."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("assignments", sa.Column("taken_by", sa.Text()))
    op.add_column("worker_accounts", sa.Column("auto_accept", sa.Boolean(create_constraint=False)))
