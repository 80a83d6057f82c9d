"""The application as operators see it, in this process."""

from __future__ import annotations

import dataclasses

import pytest

from adapter import create_app
from tests.pages.console.visiting import Operator


@pytest.fixture
def new_app(settings, store, _cheap_passwords):  # noqa: ARG001 (the database is there by then)
    """Applications on the database of `store`, with these settings changed."""
    made = []

    def make(**changes):
        made.append(create_app(dataclasses.replace(settings, **changes)))
        return made[-1]

    yield make
    for each in made:
        each.extensions["adapter"].store.close()


@pytest.fixture
def app(new_app):
    return new_app()


@pytest.fixture
def operator(app, store):
    """An operator who is signed in."""
    return Operator(app, store)
