"""Here databases begin empty: how they get their tables is what is tested."""

from __future__ import annotations

import pytest

from adapter.core.database import open_store
from adapter.core.settings import Settings
from tests.conftest import new_database


@pytest.fixture
def postgresql_url(postgresql_server):
    """The URL of a new, empty database."""
    yield from new_database(postgresql_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_settings(request, tmp_path):
    """Settings for an empty database of either kind."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    return Settings(data=tmp_path / "data", database_url=url, sqlite_synchronous="NORMAL", threads=8)


@pytest.fixture
def any_store(any_settings):
    """A store that was migrated just now."""
    opened = open_store(any_settings)
    opened.migrate()
    yield opened
    opened.close()
