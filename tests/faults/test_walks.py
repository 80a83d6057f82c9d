"""Old clients' loops over long lists, with boto 2.49: up through the pages, and page 1 until nothing is left."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from tests.conftest import mturk_client
from tests.fixtures_live import start_server
from tests.flaky import flaky
from tests.legacy_client import A_HIT, Scene

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from tests.clients.test_boto import connect, disconnect, python2  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.client, pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning")]

#: Rows by page size: a list that comes in one answer, and one that takes two.
ROWS = {10: 25, 100: 105}
#: Of so many rows, those that a walk upwards meets on live pages while they are disposed of.
MET_LIVE = {10: 15, 100: 100}


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    """A gateway of two processes, and the marketplace of this process as its upstream, over HTTP."""
    folder = tmp_path_factory.mktemp("remote")
    theirs = Settings(data=folder / "theirs", sqlite_synchronous="NORMAL", threads=8, initial_balance="100000.00")
    store = open_store(theirs)
    store.migrate()
    marketplace = Marketplace(theirs, store)
    with flaky(marketplace) as (wire, address):
        server = start_server(folder / "gateway", upstream=address)
        ours = open_store(Settings(data=server.data, sqlite_synchronous="NORMAL", threads=4))
        yield SimpleNamespace(wire=wire, server=server, store=store, ours=ours, marketplace=marketplace)
        server.stop()
        ours.close()
    store.close()


@pytest.fixture(params=["remote", "embedded"])
def desk(request):
    """boto with an account of its own, a scene for its workers, and a client of the marketplace itself."""
    if request.param == "remote":
        found = request.getfixturevalue("remote")
        key = accounts.create_account(found.store, "Requester")
        accounts.import_key(found.ours, "Requester", key.access_key_id, key.secret_access_key)
        server, store, marketplace, wire = found.server, found.store, found.marketplace, found.wire
    else:
        server, store = request.getfixturevalue("live"), request.getfixturevalue("live_store")
        key, wire = accounts.create_account(store, "Requester"), None
        marketplace = Marketplace(store.settings, store)
    conn = connect(server, key.access_key_id, key.secret_access_key)
    yield SimpleNamespace(
        conn=conn,
        scene=Scene(store, None),
        there=mturk_client(marketplace, key),
        wire=wire,
        stable=request.param == "remote",
    )
    disconnect(conn)


def make_hits(desk, number, *, reviewable):
    """HITs made behind the gateway's back."""
    made = []
    for each in range(number):
        hit = desk.there.create_hit(
            Title=f"Task {each % 7}",
            Description="d",
            Reward="0.05",
            AssignmentDurationInSeconds=60,
            LifetimeInSeconds=3600 + each,
            Question=A_HIT["Question"],
        )["HIT"]["HITId"]
        made.append(hit)
        if reviewable:
            desk.there.update_expiration_for_hit(HITId=hit, ExpireAt=0)
    return made


def make_work(desk, number):
    """A HIT with submitted assignments."""
    hit = desk.there.create_hit(
        Title="t",
        Description="d",
        Reward="0.01",
        AssignmentDurationInSeconds=600,
        LifetimeInSeconds=3600,
        MaxAssignments=number,
        Question=A_HIT["Question"],
    )["HIT"]["HITId"]
    return hit, [desk.scene.work(hit, f"A{each:04d}WORKER") for each in range(number)]


def upwards(page, act):
    """Page after page, each row dealt with as it comes; the ids that were met."""
    met, number = [], 1
    while rows := list(page(number)):
        for row in rows:
            met.append(row)
            act(row)
        number += 1
    return met


def from_the_front(page, act):
    """Page 1 again and again until it is empty."""
    met = []
    while rows := list(page(1)):
        for row in rows:
            met.append(row)
            act(row)
    return met


def staying(page, act, wanted):
    """As boto's own script cleans up: the same page again while something on it was done away with, then the next one."""
    met, number = [], 1
    while True:
        found = page(number)
        rows = [row for row in found if row in wanted]
        for row in rows:
            met.append(row)
            act(row)
        if int(found.TotalNumResults) <= number * 10:
            return met
        number += not rows


def hits(listing, size):
    return lambda number: [each.HITId for each in listing(page_size=size, page_number=number)]


def submitted(desk, hit, size):
    def page(number):
        return [
            each.AssignmentId
            for each in desk.conn.get_assignments(hit, status="Submitted", page_size=size, page_number=number)
        ]

    return page


@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.parametrize("loop", [upwards, from_the_front])
def test_hits_are_disposed_of_while_they_are_searched(desk, loop, size):
    made = make_hits(desk, ROWS[size], reviewable=True)
    met = loop(hits(desk.conn.search_hits, size), desk.conn.dispose_hit)
    left = desk.there.list_hits(MaxResults=100)["HITs"]
    assert len(met) == len(set(met))
    if loop is upwards and not desk.stable:
        # pages are as of now, as they were at Amazon: rows move up onto pages that were shown already
        assert len(met) + len(left) == ROWS[size]
        assert len(met) == MET_LIVE[size]
    else:
        assert sorted(met) == sorted(made)
        assert left == []
    assert loop(hits(desk.conn.search_hits, size), desk.conn.dispose_hit) == [] or not desk.stable


@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.parametrize("loop", [upwards, from_the_front])
def test_hits_are_taken_under_review_while_they_are_listed(desk, loop, size):
    made = make_hits(desk, ROWS[size], reviewable=True)
    met = loop(hits(desk.conn.get_reviewable_hits, size), desk.conn.set_reviewing)
    assert len(met) == len(set(met))
    if loop is upwards and not desk.stable:
        assert len(met) == MET_LIVE[size]
    else:
        assert sorted(met) == sorted(made)
        assert list(desk.conn.get_reviewable_hits(page_size=size)) == []


@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.parametrize("loop", [upwards, from_the_front])
def test_work_is_approved_while_it_is_listed(desk, loop, size):
    hit, made = make_work(desk, ROWS[size])
    met = loop(submitted(desk, hit, size), desk.conn.approve_assignment)
    assert len(met) == len(set(met))
    if loop is upwards and not desk.stable:
        assert len(met) == MET_LIVE[size]
    else:
        assert sorted(met) == sorted(made)
    assert desk.conn.get_assignments(hit, status="Approved").TotalNumResults == str(len(met))
    assert desk.conn.get_assignments(hit, status="Submitted").TotalNumResults == str(ROWS[size] - len(met))


def test_boto_s_own_way_to_clean_up_meets_every_hit_once(desk):
    made = make_hits(desk, 58, reviewable=True)
    wanted = set(made) - set(made[::4])

    class Page(list):
        pass

    def page(number):
        found = desk.conn.search_hits(page_size=10, page_number=number)
        rows = Page(each.HITId for each in found)
        rows.TotalNumResults = found.TotalNumResults
        return rows

    met = staying(page, desk.conn.dispose_hit, wanted)
    assert len(met) == len(set(met))
    assert set(met) == wanted
    assert [each["HITId"] for each in desk.there.list_hits(MaxResults=100)["HITs"]] == made[::4]


def test_hits_are_disabled_while_they_are_searched(desk):
    made = make_hits(desk, 35, reviewable=False)
    # one is with a worker, so that its disabling takes a while
    desk.scene.accept(made[20], "A1WORKER")
    met = upwards(hits(desk.conn.search_hits, 10), desk.conn.disable_hit)
    assert len(met) == len(set(met))
    if desk.stable:
        assert sorted(met) == sorted(made)
        assert desk.conn.search_hits().TotalNumResults == "0"


@pytest.mark.parametrize("desk", ["remote"], indirect=True)
@pytest.mark.usefixtures("python2")
def test_all_hits_at_once_cost_one_scan(desk):
    made = make_hits(desk, 350, reviewable=False)
    desk.wire.calls.clear()
    # boto reads page 1 for the total, and then all pages from 1 on
    assert sorted(each.HITId for each in desk.conn.get_all_hits()) == sorted(made)
    assert desk.wire.calls.count("ListHITs") <= 5 + 1
