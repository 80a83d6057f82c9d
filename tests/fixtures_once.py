"""What a process of tests need not do again and again: work that comes out the same for each of the hundreds of applications."""

from __future__ import annotations

import functools
import gc

import pytest
from argon2 import PasswordHasher
from botocore.loaders import JSONFileLoader, Loader
from werkzeug.routing import Rule

from adapter.pages.store import people


def pytest_collection_finish():
    """Spare the collector of garbage what lives to the end: thousands of tests and all modules took it a fifth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once():
    """Each application has a boto3 client; what botocore reads from files for one serves them all."""
    loader = JSONFileLoader()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("load_file", "exists"):
            once = functools.cache(getattr(loader, name))
            patch.setattr(JSONFileLoader, name, lambda _, path, once=once: once(path))
        for name in ("list_available_services", "load_service_model"):
            patch.setattr(Loader, name, _once(getattr(Loader, name), lambda loader: tuple(loader.search_paths)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _addresses_are_compiled_once():
    """Werkzeug makes code for each of the addresses of each application, which was half of the time that a new one takes."""

    def of(rule):
        return rule.rule, rule.subdomain, rule.host, rule.merge_slashes, tuple((rule.defaults or {}).items())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", _once(Rule._compile_builder, of))
        yield


def _once(method, of):
    """The method, its answer kept for all objects of which the same is true."""
    known = {}

    @functools.wraps(method)
    def asked(self, *arguments, **named):
        key = of(self), arguments, *named.items()
        if key not in known:
            known[key] = method(self, *arguments, **named)
        return known[key]

    return asked


@pytest.fixture
def _cheap_passwords(monkeypatch):
    """A password costs much by design; who tests something else need not wait for it."""
    monkeypatch.setattr(people, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
