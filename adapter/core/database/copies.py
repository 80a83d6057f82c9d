"""Whole copies of a database: SQLite's online copy, or a dump by PostgreSQL's own programs, and what a copy holds."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from adapter.core.database import Store

#: In all schemas, of which the sandbox is one.
_tables = text(
    "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)
_snapshot = text("SELECT pg_export_snapshot()")


class CopyError(Exception):
    """A copy could not be made or put back; the message says why, and no database was changed."""


def copy(store: Store, path: Path) -> dict[str, Any]:
    """Write one state of the database to a file, while others read and write it.

    Returns what the copy holds: `kind` of database, `revision` of the schema, `rows` of each table.
    """
    return _copy_sqlite(store, path) if store.sqlite else _dump(store, path)


def put_back(store: Store, path: Path, content: dict[str, Any]) -> None:
    """Fill an empty database from what copy() wrote, and count the rows of each table. Raises CopyError."""
    kind = store.url.get_backend_name()
    if content["kind"] != kind:
        raise CopyError(f"this is a copy of a {content['kind']} database, and ADAPTER_DATABASE_URL names a {kind} one")
    if store.sqlite:
        _check_sqlite(path, content)
        target = Path(store.url.database or "")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(path, target)
        return
    _run(store, "pg_restore", *_PLAIN, "--exit-on-error", "--single-transaction", str(path))
    with store.read() as connection:
        found = _content(connection.exec_driver_sql, connection.scalars(_tables), kind)
    _compare(found, content)


def _copy_sqlite(store: Store, path: Path) -> dict[str, Any]:
    path.touch(mode=0o600)
    with (
        contextlib.closing(sqlite3.connect(store.url.database or "")) as source,
        contextlib.closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
        # one file, without a journal beside it
        target.execute("PRAGMA journal_mode=DELETE")
        return _sqlite_content(target)


def _check_sqlite(path: Path, content: dict[str, Any]) -> None:
    with contextlib.closing(sqlite3.connect(path)) as copied:
        if (said := copied.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
            raise CopyError(f"the database in it is damaged: {said}")
        _compare(_sqlite_content(copied), content)


def _sqlite_content(connection: sqlite3.Connection) -> dict[str, Any]:
    listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return _content(connection.execute, [f'"{row[0]}"' for row in listed], "sqlite")


#: Owner and rights are those of the database that is filled.
_PLAIN = ("--no-owner", "--no-privileges")


def _dump(store: Store, path: Path) -> dict[str, Any]:
    with store.read() as connection:
        snapshot = connection.scalar(_snapshot)
        _run(store, "pg_dump", *_PLAIN, "--format=custom", f"--snapshot={snapshot}", f"--file={path}")
        return _content(connection.exec_driver_sql, connection.scalars(_tables), "postgresql")


def _run(store: Store, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database; the password is not among its arguments, which all users see."""
    address = store.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(store.url.password)} if store.url.password else {})
    command = [program, "--no-password", f"--dbname={address}", *arguments]
    try:
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 (no shell; the address is the operator's)
    except FileNotFoundError as error:
        raise CopyError(f"{program} is not installed here; the package is called postgresql-client") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.splitlines() if line.strip()] or [f"{program} failed"]
        raise CopyError("; ".join(said[:2])) from error


def _content(execute: Callable[[str], Any], tables: Any, kind: str) -> dict[str, Any]:
    rows = {name: execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in sorted(tables)}  # noqa: S608
    revision = execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return {"kind": kind, "revision": revision, "rows": rows}


def _compare(found: dict[str, Any], content: dict[str, Any]) -> None:
    if found != content:
        tables = sorted(set(found["rows"].items()) ^ set(content["rows"].items()))
        raise CopyError(f"what was put back is not what was copied: {tables}")
