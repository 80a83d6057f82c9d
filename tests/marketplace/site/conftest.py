"""The application as workers see it, in this process."""

from __future__ import annotations

import pytest

from adapter import create_app
from tests.marketplace.site.visiting import Visitor


@pytest.fixture
def app(settings, store):  # noqa: ARG001 (migrated by then)
    """The application on the database of `store` and `mturk`."""
    made = create_app(settings)
    yield made
    made.extensions["worker_site"].close()


@pytest.fixture
def visitor(app, store):
    """A worker who is signed in."""
    return Visitor(app, store)


@pytest.fixture
def new_visitor(app, store):
    """Further workers by name."""
    return lambda name: Visitor(app, store, name)
