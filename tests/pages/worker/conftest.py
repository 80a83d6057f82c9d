"""The application as workers see it, in this process."""

from __future__ import annotations

import dataclasses

import pytest

from adapter import create_app
from adapter.pages.store import worker_accounts
from tests.pages.worker.visiting import Visitor


@pytest.fixture
def new_app(settings, store, monkeypatch):  # noqa: ARG001 (the database is there by then)
    """Applications on the database of `store` and `mturk`, with these settings changed."""
    # a password costs a quarter of a second by design; test_passwords.py holds to that, the others need not wait for it
    monkeypatch.setitem(worker_accounts._COST, "n", 2)
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
def visitor(app, store):
    """A worker who is signed in."""
    return Visitor(app, store)


@pytest.fixture
def new_visitor(app, store):
    """Further workers by name."""
    return lambda name: Visitor(app, store, name)
