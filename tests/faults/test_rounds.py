"""Fifty at once want one bonus, one HIT, one approval or ten places, and whatever can die is killed: 0 lost, 0 doubled."""

from __future__ import annotations

import itertools
import shutil
import sys
import time

import pytest
from sqlalchemy import create_engine, text

from adapter.pages.store import worker_accounts
from tests.faults.rounds import KINDS, Site

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path, monkeypatch):
    """One server on SQLite; then two on PostgreSQL behind nginx."""
    # fifty workers sign up, and a password costs a quarter of a second by design
    monkeypatch.setitem(worker_accounts._COST, "n", 2)
    url = nginx = ""
    if request.param == "postgresql":
        nginx = shutil.which("nginx") or pytest.skip("nginx is not installed here")
        url = request.getfixturevalue("postgresql_url")
        name = url.rpartition("/")[2].partition("?")[0]
        admin = create_engine(request.getfixturevalue("postgresql_server"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            # its processes are killed here, and what it has committed must stand
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = on"))
        admin.dispose()
    with Site(tmp_path, url, nginx, seed=time.time_ns() % 10**6) as made:
        yield made


def test_what_there_is_once_happens_once(site, request, capsys):
    """Every third round something is killed: each thing in turn, at a random moment."""
    rounds = request.config.getoption("fault_rounds") // 2
    victims = itertools.cycle(site.victims())
    for number, kind in zip(range(rounds), itertools.cycle(KINDS), strict=False):
        site.play(kind, next(victims) if number % 3 == 2 else "")
    with capsys.disabled():
        sys.stdout.write(f"\n{request.node.name}, seed {site.seed}\n{site.summary()}\n")
    for name, row in site.table.items():
        assert (row["lost"], row["doubled"]) == (0, 0), name
