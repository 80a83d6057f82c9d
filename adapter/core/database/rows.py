"""Rows that are about one account or person: given as plain values, and deleted so that nothing is left in the file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, select

from adapter.core.database import Store

#: Columns that let somebody in, or speak for somebody: never handed out.
SECRET = {"secret", "upstream_secret", "password", "token", "token_hash"}


def rows_about(
    connection: Connection, tables: Iterable[Table], column: str, value: str
) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Each table with such a column, and its rows with that value in the order of their keys.

    Money is a text of dollars, a time epoch milliseconds; secrets are left out.
    """
    for table in tables:
        if column in table.c:
            yield table.name, _rows(connection, table, column, value)


def _rows(connection: Connection, table: Table, column: str, value: str) -> Iterator[dict[str, Any]]:
    shown = [each for each in table.c if each.name not in SECRET]
    statement = select(*shown).where(table.c[column] == value).order_by(*table.primary_key.columns)
    for row in connection.execute(statement.execution_options(yield_per=1000)).mappings():
        yield {name: str(item) if isinstance(item, Decimal) else item for name, item in row.items()}


def overwrite_deleted(connection: Connection) -> None:
    """Let SQLite overwrite what this connection deletes; PostgreSQL's vacuum does so in time."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def empty_journal(store: Store) -> None:
    """Carry what SQLite's journal holds into the database and empty it, as far as nobody reads it just now."""
    if store.sqlite:
        with contextlib.closing(store.engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
