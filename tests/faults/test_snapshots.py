"""Pages of a long list on a foreign upstream: one scan for all of them, the same rows when asked again, nothing left over."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, update

from adapter.store import accounts, building, idempotency, journal, own_writes, snapshots, walks
from adapter.store.schema import gateway, listings, marketplace
from adapter.store.upkeep import Upkeep
from tests.legacy import A_HIT

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
    Upkeep(store, 300)()
    assert count(store, listings.snapshot_rows) == 6
    for token in ("new", "old"):
        journal.begin(store, account_id, "ExtendHIT", token, "call", {})
    with store.write() as connection:
        connection.execute(update(listings.snapshots).values(used_at=now - 361_000))
        connection.execute(update(listings.builders).values(until_at=now - 61_000))
        aged = update(gateway.journal).where(gateway.journal.c.token == "old")
        connection.execute(aged.values(written_at=now - 26 * 3600_000))
        for token, seconds in (("new", 60), ("old", -60)):
            idempotency.keep(connection, account_id, "SendBonus", token, "1", now, now + seconds * 1000)
    # one token, one journal row, the scan that was never finished; the other list is being walked through
    assert Upkeep(store, 300)() == 3
    assert count(store, listings.snapshot_rows) == 5
    with store.write() as connection:
        connection.execute(update(listings.walks).values(used_at=now - 301_000))
    # the list, and what was written since
    assert Upkeep(store, 300)() == 2
    tables = (*listings_tables(), gateway.journal, marketplace.idempotency)
    assert [count(store, table) for table in tables] == [0, 0, 0, 0, 0, 1, 1]
    assert Upkeep(store, 300)() == 0


def listings_tables():
    return listings.snapshots, listings.snapshot_rows, listings.walks, listings.builders, listings.own_writes
