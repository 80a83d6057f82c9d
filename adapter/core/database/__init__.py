"""The one road to the database: engine, read and write transactions, migration at start."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    Row,
    Select,
    bindparam,
    column,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.exc import ArgumentError, IntegrityError
from sqlalchemy.exc import SQLAlchemyError as DatabaseError

from adapter.core.secrets import Secrets, open_secrets
from adapter.core.settings import Settings, SettingsError

#: What other parts need of SQLAlchemy: the types of connections and rows, and the errors that they meet.
__all__ = ["Connection", "DatabaseError", "IntegrityError", "Row", "Store", "UnavailableError", "open_store"]

BUSY_MILLISECONDS = 30_000
MIGRATIONS = Path(__file__).parents[2] / "migrations"
_MIGRATION_LOCK = 0x6D7475726B  # any number that every process of this project agrees on

#: The rows that serialise writers; core.store.tables has the whole table.
_accounts = table("accounts", column("account_id"))
_lock_account = select(_accounts).where(_accounts.c.account_id == bindparam("account_id")).with_for_update()


class UnavailableError(DatabaseError):
    """The database cannot be reached, is busy for too long, or takes no writes; what was to be done was not begun."""


@contextlib.contextmanager
def _not_begun() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.Error) as error:
        raise UnavailableError((str(getattr(error, "orig", None) or error).splitlines() or [""])[0]) from error


class Store:
    """The database of one process. Connections are made lazily and never survive a fork."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        try:
            self.url = make_url(settings.database)
        except ArgumentError as error:
            # what was given may hold a password
            raise SettingsError("ADAPTER_DATABASE_URL: this is no address of a database") from error
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if not self.sqlite and self.url.get_backend_name() != "postgresql":
            raise SettingsError("ADAPTER_DATABASE_URL: only sqlite and postgresql are supported")
        #: Access keys looked up lately: id -> (monotonic time after which it is stale, the key).
        self.key_cache: dict[str, tuple[float, Any]] = {}
        self._secrets: Secrets | None = None
        self._making = threading.Lock()
        self._process = 0

    @property
    def secrets(self) -> Secrets:
        """What encrypts the stored secrets."""
        if self._secrets is None:
            self._secrets = open_secrets(self.settings)
        return self._secrets

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine of this process."""
        if self._process != os.getpid():
            with self._making:
                if self._process != os.getpid():
                    self._open()
        return self._engine

    def _open(self) -> None:
        engine = _sqlite_engine(self.settings) if self.sqlite else _postgresql_engine(self.settings)
        self._engine = self._reading = self._writing = engine
        # Threads of one process queue here; SQLite itself only polls, which starves some writers under load.
        self._writers = threading.Lock()
        if self.sqlite:
            self._writing = engine.execution_options(adapter_begin="BEGIN IMMEDIATE")
        else:
            self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._process = os.getpid()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database from beginning to end and changes nothing.

        Raises UnavailableError when it cannot begin.
        """
        self.engine  # noqa: B018 (made on first use)
        with contextlib.ExitStack() as open_ones:
            with _not_begun():
                connection = open_ones.enter_context(self._reading.connect())
                transaction = open_ones.enter_context(connection.begin())
            yield connection
            transaction.rollback()

    def fetch(self, statement: Select[Any], parameters: dict[str, Any]) -> list[Any]:
        """The rows of one statement, as the driver gives them: a read() without what SQLAlchemy spends around it.

        For small reads that every call makes: it takes a sixth of the time. Raises UnavailableError as read() does.
        """
        compiled = _spoken(statement, self.engine.dialect)
        given = [parameters[name] for name in compiled.positiontup] if compiled.positiontup else parameters
        with _not_begun():
            connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(compiled.string, given)
            return list(cursor.fetchall())
        finally:
            connection.close()

    @contextlib.contextmanager
    def write(self, account_id: str | None = None) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block, or rolled back when it raises.

        All changes to an account's objects, also those made by workers, happen under that account's id: one writer per
        account at a time (per database on SQLite). Not to be nested. Raises UnavailableError when it cannot begin.
        """
        self.engine  # noqa: B018
        with self._writers if self.sqlite else contextlib.nullcontext(), contextlib.ExitStack() as open_ones:
            with _not_begun():
                connection = open_ones.enter_context(self._writing.begin())
                if account_id is not None and not self.sqlite:
                    connection.execute(_lock_account, {"account_id": account_id})
            yield connection

    def migrate(self) -> None:
        """Bring the schema to the newest version; several processes may do so at once."""
        with self._migrating() as connection:
            if inspect(connection).has_table("alembic_version") and is_newest(connection):
                return
            # a third of what most commands would take to start
            from alembic import command  # noqa: PLC0415
            from alembic.config import Config  # noqa: PLC0415

            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextlib.contextmanager
    def _migrating(self) -> Iterator[Connection]:
        if not self.sqlite:
            with self.engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                yield connection
            return
        path = Path(self.url.database or "")
        _close_to_others(path)
        with path.with_name(path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
            finally:
                raw.close()
            with self.write() as connection:
                yield connection

    def close(self) -> None:
        """Close the connections of this process."""
        if self._process == os.getpid():
            self._engine.dispose()
            self._process = 0


def is_newest(connection: Connection) -> bool:
    """Whether the schema is the newest that this program knows."""
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision())


@functools.cache
def newest_revision() -> str:
    """The revision that the last migration makes; its file is named by it."""
    return max(each.name for each in MIGRATIONS.glob("versions/0*.py")).partition("_")[0]


def _close_to_others(path: Path) -> None:
    """Keep what is in a SQLite file, and in those beside it (journal, lock, copies), for its owner; earlier versions did not."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    for each in path.parent.glob(path.name + "*"):
        with contextlib.suppress(OSError):  # another user's; `adapter doctor` tells of it
            each.chmod(0o600)


@functools.lru_cache(maxsize=64)
def _spoken(statement: Select[Any], dialect: Dialect) -> Any:
    """A statement in a database's own words."""
    return statement.compile(dialect=dialect)


def open_store(settings: Settings) -> Store:
    """The store of these settings; nothing is opened before first use."""
    return Store(settings)


def _sqlite_engine(settings: Settings) -> Engine:
    synchronous = settings.sqlite_synchronous.upper()
    if synchronous not in {"FULL", "NORMAL", "EXTRA"}:
        raise SettingsError("ADAPTER_SQLITE_SYNCHRONOUS: FULL, NORMAL or EXTRA")
    engine = create_engine(
        settings.database,
        pool_size=settings.threads,
        max_overflow=settings.threads,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000, "check_same_thread": False},
        # errors are logged, and what people wrote must not be
        hide_parameters=True,
    )

    def connect(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by its own rules: the "begin" event below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "foreign_keys=ON",
            f"synchronous={synchronous}",
            "temp_store=MEMORY",
        ):
            cursor.execute("PRAGMA " + pragma)
        cursor.close()

    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("adapter_begin", "BEGIN")
        connection.connection.cursor().execute(statement)

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
    return engine


def _postgresql_engine(settings: Settings) -> Engine:
    url = make_url(settings.database)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        return create_engine(
            url,
            pool_size=settings.threads,
            max_overflow=settings.threads,
            pool_pre_ping=True,
            # errors are logged, and what people wrote must not be
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"ADAPTER_DATABASE_URL: the driver {error.name} is not installed; "
            "pip install 'mturk-legacy-adapter[postgresql]' brings psycopg"
        ) from error
