"""Two gateways with one database before a foreign upstream: one scan for all who come, and one view of what was written."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from adapter.core.database import open_store
from adapter.core.ids import entity_id
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.store.tables import hits
from tests.conftest import mturk_client
from tests.fixtures_live import start_server
from tests.flaky import flaky
from tests.legacy_client import A_HIT, Client, through_http

ROWS = 10_000
THREADS = 16


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    """The marketplace over HTTP, in this process."""
    settings = Settings(data=tmp_path_factory.mktemp("theirs"), sqlite_synchronous="NORMAL", threads=8)
    store = open_store(settings)
    store.migrate()
    marketplace = Marketplace(settings, store)
    with flaky(marketplace) as (wire, address):
        yield SimpleNamespace(wire=wire, address=address, store=store, marketplace=marketplace)
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(request, tmp_path, upstream):
    """Two servers of one process each, on one database, and `requester(hits)` for an account with so many HITs."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    shared = {"data": tmp_path / "data", "database_url": url, "upstream": upstream.address}
    servers = [
        start_server(
            tmp_path / name, ("-m", "adapter.cli", "serve", *companion), workers=1, threads=2 * THREADS, **shared
        )
        for name, companion in (("first", ()), ("second", ("--no-scheduler",)))
    ]
    ours = open_store(Settings(data=tmp_path / "data", database_url=url, sqlite_synchronous="NORMAL", threads=4))

    def requester(number, copied=False):
        key = accounts.create_account(upstream.store, "Requester")
        accounts.import_key(ours, "Requester", key.access_key_id, key.secret_access_key)
        there = mturk_client(upstream.marketplace, key)
        if copied:
            fill(upstream.store, key, there, number)
        else:
            for _ in range(number):
                make(there)
        upstream.wire.calls.clear()
        return SimpleNamespace(
            there=there, clients=lambda which: Client(key, through_http(servers[which].url)), key=key
        )

    yield SimpleNamespace(requester=requester, wire=upstream.wire, store=ours)
    for each in servers:
        each.stop()
    ours.close()


def make(there):
    return there.create_hit(
        Title="t",
        Description="d",
        Reward="0.05",
        AssignmentDurationInSeconds=60,
        LifetimeInSeconds=36_000,
        Question=A_HIT["Question"],
    )["HIT"]["HITId"]


def fill(store, key, there, number):
    """One HIT made as always, and copies of it that nobody pays for."""
    first = make(there)
    with store.write(key.account_id) as connection:
        row = dict(connection.execute(hits.select().where(hits.c.hit_id == first)).mappings().one())
        del row["seq"]
        connection.execute(
            hits.insert(),
            [
                {**row, "hit_id": entity_id(), "created_at": row["created_at"] + each * 1000}
                for each in range(1, number)
            ],
        )


def ids(client, number, size=100, **more):
    found = client.call("SearchHITs", PageNumber=str(number), PageSize=str(size), **more)
    return found.findtext("TotalNumResults"), [each.findtext("HITId") for each in found.iter("HIT")]


def test_each_sees_what_was_written_through_the_other(replicas):
    requester = replicas.requester(230)
    first, second = requester.clients(0), requester.clients(1)
    total, rows = ids(first, 1, SortProperty="CreationTime")
    assert (total, len(rows)) == ("230", 100)
    replicas.wire.calls.clear()
    total, later = ids(second, 2, SortProperty="CreationTime")
    assert total == "230"
    assert not set(later) & set(rows)
    assert replicas.wire.calls == []
    for hit in (rows[0], later[1]):
        second.call("ForceExpireHIT", HITId=hit)
        second.call("DisposeHIT", HITId=hit)
    replicas.wire.calls.clear()
    # the walk goes on where it was
    assert ids(first, 3, SortProperty="CreationTime")[0] == "230"
    assert replicas.wire.calls == []
    # page 1 begins anew
    total, again = ids(first, 1, SortProperty="CreationTime")
    assert (total, again[0]) == ("228", rows[1])
    made = second.hit()
    total, last = ids(first, 1, SortProperty="CreationTime", SortDirection="Descending")
    assert (total, last[0]) == ("229", made)
    assert ids(second, 1, SortProperty="CreationTime", SortDirection="Descending") == (total, last)


@pytest.mark.parametrize("held_at", [1, 2])
def test_a_scan_that_one_of_them_ends_late_hides_no_write_and_takes_the_place_of_no_newer_scan(replicas, held_at):
    requester = replicas.requester(25)
    first, second = requester.clients(0), requester.clients(1)
    gone = ids(second, 1)[1][0]
    walk = []

    def meanwhile():
        second.call("ForceExpireHIT", HITId=gone)
        second.call("DisposeHIT", HITId=gone)
        walk.append(ids(second, 1, 10))

    replicas.wire.faults["ListHITs"] = [*[None] * (held_at - 1), meanwhile]
    ids(first, 1, 10)
    for server, number in ((second, 2), (first, 3)):
        walk.append(ids(server, number, 10))
    assert {total for total, _ in walk} == {"24"}
    rows = [row for _, page in walk for row in page]
    assert len(rows) == len(set(rows)) == 24
    assert gone not in rows
    assert ids(first, 1, 10) == walk[0]
