"""A database that is busy, read-only or away: nothing is begun, the caller is told to come back, probes say what is wrong."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pwd
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from adapter import create_app
from adapter.core import database
from adapter.core.database import UnavailableError, open_store
from adapter.core.settings import Settings
from adapter.server.health import database_state
from tests.conftest import mturk_client
from tests.legacy_client import A_HIT, Scene, flatten, through_flask


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A gateway with its marketplace on SQLite that waits a fifth of a second for other processes."""
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 200)
    settings = Settings(data=tmp_path, sqlite_synchronous="NORMAL", threads=4)
    store = open_store(settings)
    store.migrate()
    app = create_app(settings)
    yield settings, Scene(store, through_flask(app)), app
    app.extensions["adapter"].store.close()
    store.close()


@contextlib.contextmanager
def somebody_writing(settings):
    """Another process's transaction that does not end."""
    other = sqlite3.connect(settings.data / "adapter.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_call_that_another_process_keeps_from_writing_may_be_repeated(served):
    settings, scene, _ = served
    client = scene.requester()
    client.hit()
    with somebody_writing(settings):
        client.answer("RegisterHITType", Title="t", Description="d", AssignmentDurationInSeconds="60")
        assert client.last.status == 200  # its mistakes are told all the same
        assert client.raw("CreateHIT", flatten(A_HIT)).status == 503
        assert client.last.code == "ServiceUnavailable"
        # readers do not wait
        assert client.call("SearchHITs").findtext("TotalNumResults") == "1"
    assert client.raw("CreateHIT", flatten(A_HIT)).status == 200
    assert client.call("SearchHITs").findtext("TotalNumResults") == "2"


def test_sdks_of_2017_are_told_to_come_back(served):
    settings, scene, app = served
    client = mturk_client(app.wsgi_app, scene.requester().key)
    with somebody_writing(settings), pytest.raises(client.exceptions.ClientError) as caught:
        client.create_hit_type(Title="t", Description="d", Reward="0.05", AssignmentDurationInSeconds=60)
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"


def test_a_database_that_went_away_answers_nothing_and_is_asked_again(tmp_path, postgresql_url):
    settings = Settings(data=tmp_path, database_url=postgresql_url, threads=2)
    store = open_store(settings)
    store.migrate()
    app = create_app(settings)
    client = Scene(store, through_flask(app)).requester()
    client.hit()
    name = store.url.database
    admin = create_engine(store.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
        )
    try:
        assert client.raw("GetAccountBalance").status == 503
        assert app.test_client().get("/readyz").json["database"] == "unreachable or not migrated"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        admin.dispose()
    assert client.call("SearchHITs").findtext("TotalNumResults") == "1"
    app.extensions["adapter"].store.close()
    store.close()


def test_a_standby_of_postgresql_is_not_ready(tmp_path, postgresql_url):
    store = open_store(Settings(data=tmp_path, database_url=postgresql_url))
    store.migrate()
    assert database_state(store) == "ok"
    with store.write() as connection:
        connection.execute(text(f"ALTER DATABASE {store.url.database} SET default_transaction_read_only = on"))
    store.close()
    assert database_state(store) == "read-only"
    store.close()


def _report(folder, sender, user):
    """What a process without the right to write says of the database."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    store = open_store(Settings(data=Path(folder)))
    try:
        with store.write():
            written = "written"
    except UnavailableError:
        written = "refused"
    sender.send((database_state(store), written))


def test_a_read_only_file_is_not_ready():
    folder = Path(tempfile.mkdtemp(prefix="adapter-read-only-"))
    try:
        store = open_store(Settings(data=folder))
        store.migrate()
        assert database_state(store) == "ok"
        store.close()
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o444)
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(
            target=_report, args=(str(folder), sender, pwd.getpwnam("nobody"))
        )
        process.start()
        process.join(60)
        assert receiver.recv() == ("read-only", "refused")
    finally:
        shutil.rmtree(folder)
