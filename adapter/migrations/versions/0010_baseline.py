"""All tables as the first ten steps left them: data folders of that time bear this revision, and go on from it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = None
branch_labels = None
depends_on = None

#: What the two databases spell differently.
_SPELLING = {
    "sqlite": {
        "serial": "INTEGER",
        "bytes": "BLOB",
        "own_writes_key": "PRIMARY KEY AUTOINCREMENT",
        "worker_blocks_key": "PRIMARY KEY AUTOINCREMENT",
    },
    "postgresql": {
        "serial": "BIGSERIAL",
        "bytes": "BYTEA",
        "own_writes_key": "CONSTRAINT pk_own_writes PRIMARY KEY",
        "worker_blocks_key": "CONSTRAINT pk_worker_blocks PRIMARY KEY",
    },
}


def upgrade() -> None:
    """Make the tables."""
    connection = op.get_bind()
    statements = Path(__file__).with_suffix(".sql").read_text().format_map(_SPELLING[connection.dialect.name])
    for statement in filter(str.strip, statements.split(";")):
        connection.exec_driver_sql(statement)
