"""A gateway with a database of its own, and a marketplace with another behind a wire that breaks; on both databases."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapter import create_app
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.legacy.usage import Usage
from adapter.marketplace.api.service import Marketplace
from adapter.upstream import remote
from tests.conftest import data_folder, mturk_client
from tests.flaky import Faulty, flaky
from tests.legacy_client import Client, Scene, moment, through_flask

#: Seconds after which the gateway gives up an answer; less than a slow one takes.
READ_TIMEOUT = 0.7


@pytest.fixture(autouse=True)
def _calls_are_not_counted(monkeypatch):
    """Faults strike at numbered steps; what is written down beside a call, seconds later, must not take one."""
    monkeypatch.setattr(Usage, "count", lambda *_: None)


@dataclass
class World:
    """One requester's view of it: the old client, the wire, and a client that asks the marketplace past the wire."""

    faulty: Faulty
    client: Client
    scene: Scene
    there: Any
    settings: Settings
    store: Any
    app: Any
    key: Any
    noted: dict[str, Any] = field(default_factory=dict)

    def calls(self, operation: str) -> int:
        return self.faulty.calls.count(operation)

    def executed(self, operation: str) -> int:
        return self.faulty.executed.count(operation)

    def clear(self) -> None:
        self.faulty.faults.clear()
        self.faulty.calls.clear()
        self.faulty.executed.clear()
        self.faulty.bodies.clear()

    def hit(self, hit_id: str) -> dict:
        return self.there.get_hit(HITId=hit_id)["HIT"]


class Ground:
    """The two services; `world()` gives each test an account of its own in both."""

    def __init__(self, folder, url="", **more):
        theirs = Settings(data=folder / "theirs", sqlite_synchronous="NORMAL", threads=8, initial_balance="100000.00")
        self.their_store = open_store(theirs)
        self.their_store.migrate()
        self.marketplace = Marketplace(theirs, self.their_store)
        self.wire = flaky(self.marketplace)
        self.faulty, address = self.wire.__enter__()
        self.settings = Settings(
            data=folder / "ours",
            database_url=url,
            sqlite_synchronous="NORMAL",
            threads=8,
            upstream=address,
            upstream_read_timeout=READ_TIMEOUT,
            trusted_proxies=1,
            sandbox="never",
            **more,
        )
        self.store = open_store(self.settings)
        self.store.migrate()
        self.app = create_app(self.settings)

    def world(self) -> World:
        key = accounts.create_account(self.their_store, "There")
        ours = accounts.import_key(self.store, "Here", key.access_key_id, key.secret_access_key)
        send = through_flask(self.app)
        world = World(
            self.faulty,
            Client(key, send),
            Scene(self.their_store, send),
            mturk_client(self.marketplace, key),
            self.settings,
            self.store,
            self.app,
            ours,
        )
        world.clear()
        return world

    def close(self):
        self.wire.__exit__(None, None, None)
        self.app.extensions["adapter"].store.close()
        self.store.close()
        self.their_store.close()


def with_tables(folder, sqlite_template):
    """The folder, with databases for both services that need no migration."""
    for name in ("theirs", "ours"):
        data_folder(folder / name, sqlite_template)
    return folder


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    """The pauses between two tries are not what is tested here."""
    monkeypatch.setattr(remote, "LONGEST_PAUSE", 0.0)


@pytest.fixture(scope="module")
def ground(tmp_path_factory, sqlite_template):
    made = Ground(with_tables(tmp_path_factory.mktemp("ground"), sqlite_template))
    yield made
    made.close()


@pytest.fixture
def world(ground):
    return ground.world()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_world(request, tmp_path, sqlite_template):
    """The same with the gateway's own tables on SQLite, then on PostgreSQL."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    made = Ground(with_tables(tmp_path, sqlite_template), url)
    yield made.world()
    made.close()


def one_call() -> dict[str, Any]:
    """How a call is sent that a trusted proxy may send again: under an id, and signed once."""
    return {"headers": {"X-Request-Id": uuid.uuid4().hex}, "when": moment()}


@pytest.fixture
def proxied():
    return one_call()
