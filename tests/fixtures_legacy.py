"""Fixtures for tests of the legacy API: the same scenario runs in process, over HTTP, through nginx with TLS, and as SOAP."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapter import create_app
from adapter.core.database import open_store
from adapter.core.settings import Settings
from tests.legacy_client import Scene, through_flask, through_http


@pytest.fixture(scope="session")
def contract_dir() -> Path:
    """The folder with the contract's reference data."""
    named = os.environ.get("LEGACY_CONTRACT_DIR")
    folder = Path(named) if named else Path(__file__).parent.parent.parent / "shared"
    if not (folder / "contract" / "catalog.json").is_file():
        pytest.skip(f"no reference data in {folder}; LEGACY_CONTRACT_DIR names another folder")
    return folder


@pytest.fixture(scope="session")
def in_process(tmp_path_factory):
    """The application in this process, on a database of its own, shared by the session."""
    settings = Settings(data=tmp_path_factory.mktemp("in_process") / "data", sqlite_synchronous="NORMAL", threads=8)
    store = open_store(settings)
    store.migrate()
    app = create_app(settings)
    yield app, store
    store.close()


@pytest.fixture
def scene(in_process) -> Scene:
    """The application in this process; each requester has an account of its own."""
    app, store = in_process
    return Scene(store, through_flask(app))


@pytest.fixture
def requester(scene):
    """An old client of a new account, in process."""
    return scene.requester()


@pytest.fixture(scope="session")
def live_store(live):
    """The database of the running server."""
    store = open_store(Settings(data=live.data, sqlite_synchronous="NORMAL", threads=4))
    yield store
    store.close()


@pytest.fixture(scope="session")
def proxied_store(proxied):
    """The database of the server behind nginx."""
    data = proxied.data.parent / "gateway" / "data"
    store = open_store(Settings(data=data, sqlite_synchronous="NORMAL", threads=4))
    yield store
    store.close()


ROADS = ("rest", "rest-v1", "rest-get", "soap", "live", "proxied", "live-soap")


@pytest.fixture(params=ROADS)
def any_scene(request) -> Scene:
    """The same server by every road that old clients take."""
    road = request.param
    if road.startswith("live"):
        live, store = request.getfixturevalue("live"), request.getfixturevalue("live_store")
        return Scene(store, through_http(live.url), scheme="soap" if road == "live-soap" else "1")
    if road == "proxied":
        proxied, store = request.getfixturevalue("proxied"), request.getfixturevalue("proxied_store")
        return Scene(store, through_http(proxied.url, verify=str(proxied.ca)))
    app, store = request.getfixturevalue("in_process")
    scheme = {"rest-v1": "1", "soap": "soap"}.get(road, "0")
    return Scene(store, through_flask(app), scheme=scheme, method="GET" if road == "rest-get" else "POST")
