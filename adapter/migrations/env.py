"""How Alembic runs the migrations: on the connection it is handed, inside the transaction that is open on it."""

from __future__ import annotations

from alembic import context

from adapter.migrations import METADATA


def run() -> None:
    """Run the migrations."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=METADATA)
    context.run_migrations()


run()
