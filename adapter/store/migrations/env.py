"""How Alembic runs the migrations: on the connection it is handed, inside the transaction that is open on it."""

from __future__ import annotations

from alembic import context

from adapter.store import schema


def run() -> None:
    """Run the migrations."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=schema.load())
    context.run_migrations()


run()
