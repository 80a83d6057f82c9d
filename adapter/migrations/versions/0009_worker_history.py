"""What a worker was paid and asked for, found by the worker."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_index(op.f("ix_bonuses_worker_id_seq"), "bonuses", ["worker_id", "seq"], unique=False)
    op.create_index(
        op.f("ix_qualification_requests_worker_id_seq"), "qualification_requests", ["worker_id", "seq"], unique=False
    )


def downgrade() -> None:
    """Undo this step."""
    op.drop_index(op.f("ix_qualification_requests_worker_id_seq"), table_name="qualification_requests")
    op.drop_index(op.f("ix_bonuses_worker_id_seq"), table_name="bonuses")
