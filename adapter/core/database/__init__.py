"""The one road to the database: engine, read and write transactions, migration at start."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import functools
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Dialect,
    Engine,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    column,
    create_engine,
    event,
    func,
    inspect,
    literal_column,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import SQLAlchemyError as DatabaseError

from adapter.core.secrets import Secrets, open_secrets
from adapter.core.settings import Settings, SettingsError

#: What other parts need of SQLAlchemy: the types of connections and rows, and the errors that they meet.
__all__ = [
    "Connection",
    "DatabaseError",
    "IntegrityError",
    "Row",
    "Store",
    "UnavailableError",
    "UnknownCommitError",
    "first_line",
    "open_store",
]

BUSY_MILLISECONDS = 30_000
#: Seconds between two looks at what became of a transaction whose connection was lost in its COMMIT.
LOOK = 0.1
MIGRATIONS = Path(__file__).parents[2] / "migrations"
#: The schema of the sandbox in a PostgreSQL database, and the folder of its SQLite database beside that of production.
_SANDBOX = "sandbox"
_IN_SANDBOX = f"SET LOCAL search_path = {_SANDBOX}"
_MIGRATION_LOCK = 0x6D7475726B  # any number that every process of this project agrees on

#: The rows that serialise writers; core.store.tables has the whole table.
_accounts = table("accounts", column("account_id"))
#: When the statistics of the server were reset: another moment after every crash, and on every server. It is compared
#: because after a crash the number of a lost transaction may be given to another one.
_LIFE = "(SELECT stats_reset FROM pg_stat_bgwriter)"
_transaction: Select[Any, Any] = select(cast(func.pg_current_xact_id(), Text).label("number"), literal_column(_LIFE))
_lock_account = (
    _transaction.select_from(_accounts)
    .where(_accounts.c.account_id == bindparam("account_id"))
    .with_for_update(of=_accounts)
)
_outcome = text(f"SELECT pg_xact_status(CAST(:number AS xid8)), {_LIFE}")

#: Errors of the database itself, not of a statement: lost connections, full disks, a server that became a standby.
_TROUBLE = (OperationalError, InternalError)


class UnavailableError(DatabaseError):
    """The database cannot be reached, is busy for too long, takes no writes, or was lost; what was to be done was not done."""


class UnknownCommitError(DatabaseError):
    """The connection was lost in a COMMIT, and whether it took effect could not be found out."""


@contextlib.contextmanager
def _nothing_done(*errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except (UnavailableError, UnknownCommitError):
        raise
    except errors as error:
        if getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            # a statement that is wrong: elsewhere that is an error of another sort
            raise
        raise UnavailableError(first_line(error)) from error


def first_line(error: Exception) -> str:
    """What the driver says of an error, without the statement."""
    return (str(getattr(error, "orig", None) or error).splitlines() or [""])[0]


class Store:
    """The database of one process. Connections are made lazily and never survive a fork."""

    def __init__(self, settings: Settings, production: Store | None = None) -> None:
        self.settings = settings
        try:
            self.url = make_url(settings.home.database)
        except ArgumentError as error:
            # what was given may hold a password
            raise SettingsError("ADAPTER_DATABASE_URL: this is no address of a database") from error
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if not self.sqlite and self.url.get_backend_name() != "postgresql":
            raise SettingsError("ADAPTER_DATABASE_URL: only sqlite and postgresql are supported")
        #: Where the access keys of all worlds are.
        self.home = self
        if settings.in_sandbox:
            self.home = production or Store(settings.home)
            self.url = _beside(self.url)
        #: Access keys looked up lately: id -> (monotonic time after which it is stale, the key).
        self.key_cache: dict[str, tuple[float, Any]] = {}
        self._secrets: Secrets | None = None
        self._making = threading.Lock()
        self._process = 0

    @property
    def secrets(self) -> Secrets:
        """What encrypts the stored secrets."""
        if self._secrets is None:
            own = self.home is self
            # the sandbox has a key of its own, so that nothing that one world signed is taken in the other
            self._secrets = (
                open_secrets(self.settings)
                if own
                else Secrets(base64.urlsafe_b64encode(self.home.secrets.derive(_SANDBOX)))
            )
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
        make = _sqlite_engine if self.sqlite else _postgresql_engine
        engine = make(self.url, self.settings)
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

        Raises UnavailableError when it cannot begin, or the database is lost.
        """
        self.engine  # noqa: B018 (made on first use)
        with _nothing_done(*_TROUBLE), contextlib.ExitStack() as open_ones:
            with _nothing_done(DatabaseError, sqlite3.Error):
                connection = open_ones.enter_context(self._reading.connect())
                transaction = open_ones.enter_context(connection.begin())
            yield connection
            transaction.rollback()

    def fetch(self, statement: Select[Any], parameters: dict[str, Any]) -> list[Any]:
        """The rows of one statement, as the driver gives them: a read() without what SQLAlchemy spends around it.

        For small reads that every call makes: it takes a sixth of the time. Raises UnavailableError as read() does.
        """
        compiled = _compiled(statement, self.engine.dialect)
        given = [parameters[name] for name in compiled.positiontup] if compiled.positiontup else parameters
        with _nothing_done(DatabaseError, sqlite3.Error):
            connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            if self.settings.in_sandbox and not self.sqlite:
                cursor.execute(_IN_SANDBOX)
            cursor.execute(compiled.string, given)
            return list(cursor.fetchall())
        except self._engine.dialect.loaded_dbapi.OperationalError as error:
            connection.invalidate(error)
            raise UnavailableError(first_line(error)) from error
        finally:
            connection.close()

    @contextlib.contextmanager
    def write(self, account_id: str | None = None) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block, or rolled back when it raises.

        All changes to an account's objects, also those made by workers, happen under that account's id: one writer per
        account at a time (per database on SQLite). Not to be nested.

        Raises UnavailableError when it cannot begin, or the database is lost before its end. Where PostgreSQL is lost in
        the COMMIT, it is asked what became of it; raises UnknownCommitError if it does not come back to say so.
        """
        self.engine  # noqa: B018
        guard = self._writers if self.sqlite else contextlib.nullcontext()
        with guard, _nothing_done(*_TROUBLE), contextlib.ExitStack() as open_ones:
            with _nothing_done(DatabaseError, sqlite3.Error):
                connection = open_ones.enter_context(self._writing.connect())
                transaction = connection.begin()
                begun = None if self.sqlite else self._begin(connection, account_id)
            yield connection
            try:
                transaction.commit()
            except _TROUBLE as error:
                if begun is None:
                    raise UnknownCommitError(first_line(error)) from error
                if not self._committed(*begun):
                    raise

    def _begin(self, connection: Connection, account_id: str | None) -> Any:
        """Take the account, if there is one of this id, and give the number of the transaction and the server's life.

        By these its outcome is found.
        """
        taken = None if account_id is None else connection.execute(_lock_account, {"account_id": account_id}).first()
        return taken or connection.execute(_transaction).one()

    def _committed(self, number: str, life: Any) -> bool:
        """Whether a transaction took effect. Waits for a COMMIT that is under way, and for a database that is coming back.

        It does so for half of the server's time-out, so that what is called is answered in time.
        """
        limit = time.monotonic() + self.settings.request_timeout / 2
        while True:
            try:
                with self._engine.connect() as connection:
                    status, now = connection.execute(_outcome, {"number": number}).one()
                    same = now == life
            except DataError:
                # a number of the future: the crash wiped it out
                return False
            except _TROUBLE as error:
                status, same = first_line(error), True
            if status == "aborted" or (status == "committed" and same):
                return bool(status == "committed")
            if not same or time.monotonic() > limit:
                raise UnknownCommitError(f"transaction {number}: {status}")
            time.sleep(LOOK)

    def migrate(self) -> None:
        """Bring the schema to the newest version; several processes may do so at once."""
        if self.home is not self:
            self.home.migrate()
            self.home.make_sandbox_schema()
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

    def make_sandbox_schema(self) -> None:
        """Make the sandbox's schema in the database of production, where it is one of PostgreSQL."""
        if not self.sqlite:
            with self._migrating() as connection:
                # asked first, as a user who may not make one may have been given it
                if connection.scalar(text("SELECT to_regnamespace(:name)"), {"name": _SANDBOX}) is not None:
                    return
                try:
                    connection.execute(text(f"CREATE SCHEMA {_SANDBOX}"))
                except DatabaseError as error:
                    raise SettingsError(
                        f"ADAPTER_DATABASE_URL: its user may not make the schema {_SANDBOX}; make it for that user, "
                        "or set ADAPTER_SANDBOX=never"
                    ) from error

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
            with contextlib.closing(self.engine.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
            with self.write() as connection:
                yield connection

    def close(self) -> None:
        """Close the connections of this process."""
        if self._process == os.getpid():
            self._engine.dispose()
            self._process = 0
        if self.home is not self:
            self.home.close()


def is_newest(connection: Connection) -> bool:
    """Whether the schema is the newest that this program knows."""
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision())


@functools.cache
def newest_revision() -> str:
    """The revision that the last migration makes; its file is named by it."""
    return max(revisions())


def revisions() -> set[str]:
    """The revisions of the schema that this program knows."""
    return {each.name.partition("_")[0] for each in MIGRATIONS.glob("versions/0*.py")}


def _close_to_others(path: Path) -> None:
    """Let only the owner read a SQLite file and those beside it (journal, lock, copies); earlier versions did not."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    for each in path.parent.glob(path.name + "*"):
        with contextlib.suppress(OSError):  # another user's; `adapter doctor` tells of it
            each.chmod(0o600)


@functools.lru_cache(maxsize=64)
def _compiled(statement: Select[Any], dialect: Dialect) -> Any:
    """A statement as SQL of one database."""
    return statement.compile(dialect=dialect)


def open_store(settings: Settings, production: Store | None = None) -> Store:
    """The store of these settings; nothing is opened before first use. A sandbox shares the store of its production."""
    return Store(settings, production)


def _beside(url: URL) -> URL:
    """The database of the sandbox beside this one, in a folder `sandbox`; on PostgreSQL it is a schema of the same database."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        return url.set(database=str(path.parent / _SANDBOX / path.name))
    return url


def _sqlite_engine(url: URL, settings: Settings) -> Engine:
    synchronous = settings.sqlite_synchronous.upper()
    if synchronous not in {"FULL", "NORMAL", "EXTRA"}:
        raise SettingsError("ADAPTER_SQLITE_SYNCHRONOUS: FULL, NORMAL or EXTRA")
    engine = create_engine(
        url,
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


def _postgresql_engine(url: URL, settings: Settings) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(
            url,
            pool_size=settings.threads,
            max_overflow=settings.threads,
            pool_pre_ping=True,
            # errors are logged, and what people wrote must not be
            hide_parameters=True,
            # statements that one transaction prepares are unknown on the connection that the next one is given
            connect_args={"prepare_threshold": None} if settings.database_pooler else {},
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"ADAPTER_DATABASE_URL: the driver {error.name} is not installed; "
            "pip install 'mturk-legacy-adapter[postgresql]' brings psycopg"
        ) from error

    if settings.in_sandbox:
        # set in every transaction, as a pooler passes no option of a connection on
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(_IN_SANDBOX))
    return engine
