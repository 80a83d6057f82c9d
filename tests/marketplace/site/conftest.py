"""The application as workers see it, in this process."""

from __future__ import annotations

import pytest

from adapter import create_app
from tests.marketplace.site.visiting import Visitor


@pytest.fixture
def app(settings, store):  # noqa: ARG001 (migrated by then)
    """The application on the database of `store` and `mturk`."""
    return create_app(settings)


@pytest.fixture
def visitor(app, store):
    """A worker who is signed in."""
    return Visitor(app, store)


@pytest.fixture
def new_visitor(app, store):
    """Further workers by name."""
    return lambda name: Visitor(app, store, name)
