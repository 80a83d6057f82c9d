"""Pages of a long list on a foreign upstream: one scan for all of them, the same rows when asked again, nothing left over."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from adapter.app import purge
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.legacy.lists import kept, walking
from adapter.legacy.store import building, journal, list_tables, own_writes, snapshots, tables, walks
from adapter.marketplace.store import idempotency
from adapter.marketplace.store import tables as marketplace_tables
from tests.faults.dying import die
from tests.faults.lists import make_hits
from tests.legacy_client import A_HIT

ROWS = 230


@pytest.fixture(scope="module")
def long_list(ground):
    """A requester with many HITs."""
    world = ground.world()
    for number in range(ROWS):
        world.there.create_hit(
            Title=f"Task {number % 7}",
            Description="d",
            Reward="0.05",
            AssignmentDurationInSeconds=60,
            LifetimeInSeconds=3600,
            Question=A_HIT["Question"],
        )
    return world


def page(world, number, size=10, **more):
    found = world.client.call("SearchHITs", PageNumber=str(number), PageSize=str(size), **more)
    assert found.findtext("TotalNumResults") == str(ROWS)
    assert found.findtext("NumResults") == str(len(list(found.iter("HIT"))))
    return [each.findtext("HITId") for each in found.iter("HIT")]


@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.parametrize("order", ["Title", "CreationTime", "Reward"])
def test_a_walk_over_all_pages_costs_one_scan_and_meets_every_row_once(long_list, order, size):
    long_list.clear()
    pages = -(-ROWS // size)
    walked = [row for number in range(1, pages + 1) for row in page(long_list, number, size, SortProperty=order)]
    assert len(walked) == len(set(walked)) == ROWS
    assert long_list.calls("ListHITs") <= -(-ROWS // 100) + 2


def test_a_page_asked_again_shows_the_same_rows_and_one_past_the_end_none(long_list):
    second = page(long_list, 2)
    long_list.clear()
    assert page(long_list, 2) == second
    assert page(long_list, 24) == []
    assert page(long_list, 99_999) == []
    assert long_list.calls("ListHITs") == 0


def test_walkers_who_come_together_share_one_scan(long_list):
    long_list.clear()
    found = []
    walkers = [
        threading.Thread(target=lambda: found.append(page(long_list, 3, SortProperty="Expiration"))) for _ in range(6)
    ]
    for each in walkers:
        each.start()
    for each in walkers:
        each.join()
    assert len(found) == 6
    assert all(each == found[0] for each in found)
    assert long_list.calls("ListHITs") <= -(-ROWS // 100) + 2


def test_a_scan_that_breaks_off_is_told_to_come_back_and_leaves_nothing_behind(long_list):
    long_list.clear()
    long_list.faulty.faults["ListHITs"] = [None, None, "before", "before", "before"]
    long_list.client.answer("SearchHITs", PageNumber="2", SortProperty="Enumeration")
    assert long_list.client.last.status == 503
    assert len(page(long_list, 2, SortProperty="Enumeration")) == 10


def count(store, table):
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_upkeep_deletes_what_has_had_its_time_though_nobody_lists_anything(any_store, monkeypatch):
    monkeypatch.setattr(building, "_WRITTEN_AT_ONCE", 1)  # rows are written before the process is killed
    store, now = any_store, accounts.milliseconds()
    account_id = accounts.create_account(store, "Requester").account_id

    def rows(numbers):
        return [snapshots.Keyed(number, str(number), {"HITId": str(number)}) for number in numbers]

    def broken():
        yield rows([1])
        raise RuntimeError("the process was killed")

    made = building.fill(store, building.claim(store, account_id, "list"), iter([rows(range(5))]))
    with pytest.raises(RuntimeError):
        building.fill(store, building.claim(store, account_id, "other"), broken())
    walker = walks.Walker(account_id, "list", "2-", "")
    own_writes.add(store, account_id, [("HIT", "1", "Disposed")])
    with store.write() as connection:
        assert snapshots.newest(connection, account_id, "list") == made
        assert snapshots.newest(connection, account_id, "other") is None
        walk = walks.begin(connection, walker, made, None, 0)
        assert list(walks.cut(connection, walk, 2, 2)) == [2, 3]
        assert walks.find(connection, walker, 300).snapshot_id == made.snapshot_id
    purge(store, Settings(snapshot_seconds=300))
    assert count(store, list_tables.snapshot_rows) == 6
    for token in ("new", "old"):
        journal.begin(store, journal.Key(account_id, journal.Kind.EXTENSION, "ExtendHIT", token), "call", {})
    with store.write() as connection:
        connection.execute(update(list_tables.snapshots).values(used_at=now - 361_000))
        connection.execute(update(list_tables.builders).values(until_at=now - 61_000))
        aged = update(tables.journal).where(tables.journal.c.token == "old")
        connection.execute(aged.values(written_at=now - 26 * 3600_000))
        for token, seconds in (("new", 60), ("old", -60)):
            idempotency.keep(connection, account_id, "SendBonus", token, "1", now, now + seconds * 1000)
    # one token, one journal row, the scan that was never finished; the other list is being walked through
    assert purge(store, Settings(snapshot_seconds=300)) == 3
    assert count(store, list_tables.snapshot_rows) == 5
    with store.write() as connection:
        connection.execute(update(list_tables.walks).values(used_at=now - 301_000))
    # the list, and what was written since
    assert purge(store, Settings(snapshot_seconds=300)) == 2
    found = (*listings_tables(), tables.journal, marketplace_tables.idempotency)
    assert [count(store, table) for table in found] == [0, 0, 0, 0, 0, 1, 1]
    assert purge(store, Settings(snapshot_seconds=300)) == 0


def listings_tables():
    return (
        list_tables.snapshots,
        list_tables.snapshot_rows,
        list_tables.walks,
        list_tables.builders,
        list_tables.own_writes,
    )


# ---- a builder that dies, or takes too long ---------------------------------------------------------------------------


@pytest.fixture
def hundred_and_more(world):
    make_hits(world, 110)
    world.clear()
    return world


def search(world, **more):
    return [each.findtext("HITId") for each in world.client.call("SearchHITs", PageSize="100", **more).iter("HIT")]


def give_up_waiting(monkeypatch):
    monkeypatch.setattr(walking.Asked, "patience", property(lambda _: -1.0))


@pytest.mark.parametrize("at", ["adapter.legacy.store.building:_write", "adapter.legacy.store.snapshots:finish"])
def test_a_scan_whose_process_was_killed_is_taken_over_when_nobody_has_heard_of_it(hundred_and_more, at, monkeypatch):
    world = hundred_and_more
    die(world, at, "SearchHITs", {"PageSize": "100"}, {})
    with world.store.read() as connection:
        of_this = list_tables.builders.c.account_id == world.key.account_id
        until = connection.scalar(select(list_tables.builders.c.until_at).where(of_this))
    assert until - accounts.milliseconds() <= building.LEASE
    with monkeypatch.context() as patched:
        give_up_waiting(patched)
        world.client.answer("SearchHITs", PageSize="100")
        assert world.client.last.status == 503
    with world.store.write() as connection:
        connection.execute(update(list_tables.builders).where(of_this).values(until_at=accounts.milliseconds()))
    world.clear()
    assert len(search(world)) == 100
    assert len(search(world, PageNumber="2")) == 10
    assert world.calls("ListHITs") <= 4


def test_who_waits_for_a_scan_in_vain_gets_the_last_one_if_it_is_right_after_own_writes(hundred_and_more, monkeypatch):
    world = hundred_and_more
    rows = search(world)
    monkeypatch.setattr(kept, "_is_fresh", lambda *_: False)
    held = building.claim(world.store, world.key.account_id, _listing_of(world))
    assert held is not None
    give_up_waiting(monkeypatch)
    world.there.update_expiration_for_hit(HITId=rows[0], ExpireAt=0)
    world.client.call("DisposeHIT", HITId=rows[0])
    found = world.client.call("SearchHITs", PageSize="100")
    assert found.findtext("TotalNumResults") == "109"
    assert [each.findtext("HITId") for each in found.iter("HIT")][:99] == rows[1:]
    world.client.hit()
    world.client.answer("SearchHITs", PageSize="100")
    assert world.client.last.status == 503
    building.release(world.store, held)
    found = world.client.call("SearchHITs", PageSize="100")
    assert found.findtext("TotalNumResults") == "110"


def test_a_quarter_of_the_threads_waits_for_no_scan(hundred_and_more):
    world = hundred_and_more
    search(world)
    kept._lengths.clear()
    held = building.claim(world.store, world.key.account_id, _listing_of(world))
    with world.store.write() as connection:
        # the list is kept no longer, and somebody scans it anew
        connection.execute(update(list_tables.snapshots).values(made_at=0))
    statuses, clients = [], [replace(world.client) for _ in range(9)]

    def come(client):
        client.raw("SearchHITs", [("PageSize", "100")])
        statuses.append(client.last.status)

    threads = [threading.Thread(target=come, args=(each,)) for each in clients]
    for each in threads:
        each.start()
    limit = time.monotonic() + 20
    while len(statuses) < 2:
        assert time.monotonic() < limit
        time.sleep(0.02)
    # of eight threads six may wait, beside the one that looks whether the scan is done
    assert statuses == [503, 503]
    building.release(world.store, held)
    for each in threads:
        each.join()
    assert sorted(statuses) == [200] * 7 + [503] * 2


def _listing_of(world):
    with world.store.read() as connection:
        of_this = list_tables.snapshots.c.account_id == world.key.account_id
        return connection.scalar(select(list_tables.snapshots.c.listing).where(of_this))


def test_the_last_page_that_a_number_can_name_is_empty_and_costs_one_scan(hundred_and_more):
    world = hundred_and_more
    for number in ("2147483647", "2147483646", "3"):
        found = world.client.call("SearchHITs", PageSize="100", PageNumber=number)
        assert (found.findtext("NumResults"), found.findtext("TotalNumResults")) == ("0", "110")
    assert world.calls("ListHITs") <= 3
    assert world.client.error("SearchHITs", PageNumber="2147483648") == "AWS.ParameterOutOfRange"


def test_two_callers_walk_each_by_itself(hundred_and_more):
    world = hundred_and_more

    def page(caller, number):
        # the address that a trusted proxy names
        headers = {"X-Forwarded-For": caller}
        found = world.client.raw("SearchHITs", [("PageNumber", str(number))], headers=headers).root
        return [each.findtext("HITId") for each in found.iter("HIT")]

    first = [page("192.0.2.1", number) for number in (1, 2)]
    for hit in first[0][:5]:
        world.there.update_expiration_for_hit(HITId=hit, ExpireAt=0)
        world.client.call("DisposeHIT", HITId=hit)
    # another caller's page 1 shows the list as it is, and leaves the first one's later pages where they are
    assert page("192.0.2.2", 1) == [*first[0][5:], *first[1][:5]]
    assert page("192.0.2.1", 2) == first[1]
    assert page("192.0.2.2", 2)[:5] == first[1][5:]
    # a caller who sends every call from another address goes on with the walk that was begun last
    assert page("192.0.2.3", 2)[:5] == first[1][5:]
