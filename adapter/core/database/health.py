"""Whether the database can be reached, has the newest schema and takes writes."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import inspect, text

from adapter.core.database import Store, is_newest

#: Bytes that must be free beside a SQLite database, where its journal grows.
LEAST_SPACE = 16 << 20

_standby = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean")


def empty(store: Store) -> bool:
    """Whether nothing was ever kept in this database; looking makes none. Raises UnavailableError when it cannot be reached."""
    if store.sqlite and not Path(store.url.database or "").exists():
        return True
    with store.read() as connection:
        return not inspect(connection).has_table("alembic_version")


def obstacle(store: Store) -> str:
    """Why nothing can be written to a database that can be read, in words that are safe to show; empty when it can.

    Nothing is written to find out: a probe must neither wait for other writers nor wear out a disk.
    """
    if not store.sqlite:
        with store.read() as connection:
            return "read-only" if connection.scalar(_standby) else ""
    path = Path(store.url.database or "")
    if not path.exists():
        return ""
    if not (os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK | os.X_OK)):
        return "read-only"
    free = os.statvfs(path)
    return "no space left" if free.f_bavail * free.f_frsize < LEAST_SPACE else ""


def revision(store: Store) -> str:
    """The revision of the schema that this database has."""
    with store.read() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def migrated(store: Store) -> bool:
    """Whether the database has the newest schema. Raises what the driver raises when it cannot be reached."""
    with store.read() as connection:
        return is_newest(connection)
