"""Lists of a foreign upstream: one scan for all pages, walks that own writes do not shift, and page 1 as it is now."""

from __future__ import annotations

import threading
import tracemalloc

import pytest
from sqlalchemy import func, select, update

from adapter.app import purge
from adapter.core import clock
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.legacy.lists import paging
from adapter.legacy.lists.listing import Listing
from adapter.legacy.store import journal, list_cache, tables
from adapter.marketplace.store import idempotency
from adapter.marketplace.store import tables as marketplace_tables
from tests.faults.lists import LISTS, A_List, make_hits, make_requests, make_work


@pytest.fixture
def kept_list(request, world):
    """A list of 25 rows, read in pages of 10."""
    make, *about = LISTS[request.param]
    make(world)
    world.clear()
    return A_List(world, *about)


def dispose(world, hit):
    world.there.update_expiration_for_hit(HITId=hit, ExpireAt=0)
    world.client.call("DisposeHIT", HITId=hit)


def call(operation, **members):
    """A write about one row: members that are functions take its id."""
    return lambda world, row: world.client.call(
        operation, **{name: value(row) if callable(value) else value for name, value in members.items()}
    )


def same(row):
    return row


#: Writes after which a row is no longer on the list.
LEAVING = [
    ("hits", dispose),
    ("hits", call("DisableHIT", HITId=same)),
    ("reviewable", call("SetHITAsReviewing", HITId=same)),
    ("reviewable", call("DisposeHIT", HITId=same)),
    ("submitted", call("ApproveAssignment", AssignmentId=same)),
    ("submitted", call("RejectAssignment", AssignmentId=same)),
    ("blocks", call("UnblockWorker", WorkerId=same)),
    ("types", call("DisposeQualificationType", QualificationTypeId=same)),
    (
        "holders",
        lambda world, row: world.client.call(
            "RevokeQualification", SubjectId=row, QualificationTypeId=world.noted["type"]
        ),
    ),
    ("requests", call("RejectQualificationRequest", QualificationRequestId=same)),
]


@pytest.mark.parametrize(("kept_list", "write"), LEAVING, indirect=["kept_list"])
def test_a_row_that_goes_shifts_no_later_page_and_page_1_does_without_it_at_once(kept_list, write):
    total, first = kept_list.page(1)
    assert (total, len(first)) == (25, 10)
    for row in first[:3]:
        write(kept_list.world, row)
    kept_list.scans()
    rows = first + kept_list.page(2)[1] + kept_list.page(3)[1]
    assert len(rows) == len(set(rows)) == 25
    assert kept_list.page(4) == (25, [])
    # scripts stay on a page as long as they take rows off it
    write(kept_list.world, rows[12])
    kept_list.scans()
    assert kept_list.page(2) == (25, [*rows[10:12], *rows[13:20]])
    assert kept_list.scans() == 0
    assert kept_list.page(1) == (21, [*rows[3:12], rows[13]])
    assert kept_list.page(3) == (21, rows[24:])


def test_what_comes_or_changes_through_the_gateway_is_on_page_1_at_once(world):
    make_hits(world)
    hits = A_List(world, *LISTS["hits"][1:])
    rows = hits.page(1)[1]
    assignment = world.scene.work(rows[0], "A1WORKER")
    world.client.call("ApproveAssignment", AssignmentId=assignment)
    assert hits.elements(1, "NumberOfAssignmentsCompleted")[0] == "1"
    world.client.call("ExtendHIT", HITId=rows[1], MaxAssignmentsIncrement="4")
    assert hits.elements(1, "MaxAssignments")[1] == "6"
    made = world.client.hit()
    assert hits.page(1)[0] == 26
    assert made in hits.page(3)[1]


def test_granting_a_request_takes_it_off_the_list_and_makes_a_holder(world):
    make_requests(world)
    requests, holders = (A_List(world, *LISTS[name][1:]) for name in ("requests", "holders"))
    row = requests.page(1)[1][0]
    assert holders.page(1)[0] == 0
    world.client.call("GrantQualification", QualificationRequestId=row)
    assert requests.page(1)[0] == 24
    assert holders.page(1)[0] == 1


def test_what_workers_do_is_seen_when_the_list_has_had_its_seconds(world, monkeypatch):
    make_work(world)
    work = A_List(world, *LISTS["submitted"][1:])
    assert work.page(1)[0] == 25
    world.scene.work(world.noted["hit"], "A9999WORKER")
    later = clock.milliseconds() + 6_000
    monkeypatch.setattr(clock, "milliseconds", lambda: later)
    assert work.page(1)[0] == 26


def test_a_list_polled_at_page_1_is_scanned_once_in_its_seconds(world):
    make_hits(world)
    hits = A_List(world, *LISTS["hits"][1:])
    for _ in range(5):
        assert hits.page(1)[0] == 25
    # one answer tells that the list is longer than its page; two are the scan
    assert hits.scans() <= 3


def test_a_write_that_ended_in_doubt_counts_as_done(world):
    make_hits(world)
    hits = A_List(world, *LISTS["hits"][1:])
    row = hits.page(1)[1][2]
    world.there.update_expiration_for_hit(HITId=row, ExpireAt=0)
    world.faulty.faults["DeleteHIT"] = ["after"]
    world.faulty.faults["GetHIT"] = ["before"] * 9
    world.client.answer("DisposeHIT", HITId=row)
    assert world.client.last.code == "AWS.ServiceUnavailable"
    world.clear()
    assert hits.page(1)[0] == 24


def count(store, table, *conditions):
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions))


def test_a_list_that_fits_on_its_page_is_kept_nowhere(world):
    make_hits(world, 8)
    hits = A_List(world, *LISTS["hits"][1:])
    assert hits.page(1)[0] == 8
    assert count(world.store, tables.list_cache, tables.list_cache.c.account_id == world.key.account_id) == 0


@pytest.fixture(scope="module")
def long_list(ground):
    """A requester with 230 HITs, which an upstream lists in three answers."""
    world = ground.world()
    make_hits(world, 230)
    return world


def page(world, number, size=10, **more):
    found = world.client.call("SearchHITs", PageNumber=str(number), PageSize=str(size), **more)
    assert found.findtext("TotalNumResults") == "230"
    return [each.findtext("HITId") for each in found.iter("HIT")]


@pytest.mark.parametrize("direction", ["Ascending", "Descending"])
@pytest.mark.parametrize("order", ["Title", "CreationTime", "Reward", "Expiration", "Enumeration"])
def test_a_walk_over_all_pages_costs_one_scan_and_meets_every_row_once(long_list, order, direction):
    long_list.clear()
    walked = [
        row for number in (1, 2, 3) for row in page(long_list, number, 100, SortProperty=order, SortDirection=direction)
    ]
    assert len(walked) == len(set(walked)) == 230
    # four for the scan, and one that told that it is worth it
    assert long_list.calls("ListHITs") <= 5
    every = long_list.noted["hits"]
    # each seventh HIT has the same title, and all have one reward; each expires a second after the one before
    key = {"Title": lambda row: every.index(row) % 7}.get(order, lambda _: 0)
    wanted = sorted(every, key=key)
    assert walked == (wanted[::-1] if direction == "Descending" and order != "Enumeration" else wanted)


def test_a_page_asked_again_shows_the_same_rows_and_one_past_the_end_none(long_list):
    second = page(long_list, 2)
    long_list.clear()
    assert page(long_list, 2) == second
    assert page(long_list, 24) == []
    assert page(long_list, 2**31 - 1) == []
    assert long_list.calls("ListHITs") == 0


def test_walkers_who_come_together_share_one_scan(ground):
    world = ground.world()
    make_hits(world, 230)
    world.clear()
    found = []
    walkers = [threading.Thread(target=lambda: found.append(page(world, 3))) for _ in range(6)]
    for each in walkers:
        each.start()
    for each in walkers:
        each.join()
    assert len(found) == 6
    assert all(each == found[0] for each in found)
    assert world.calls("ListHITs") <= 4


def test_a_scan_that_breaks_off_is_told_to_come_back_and_leaves_nothing_of_its_half(ground):
    world = ground.world()
    make_hits(world, 230)
    world.clear()
    world.faulty.faults["ListHITs"] = [None, None, "before", "before", "before"]
    world.client.answer("SearchHITs", PageNumber="2")
    assert world.client.last.status == 503
    assert count(world.store, tables.list_cache, tables.list_cache.c.account_id == world.key.account_id) == 0
    assert len(page(world, 2)) == 10


class Endless:
    """A call whose upstream lists so many rows."""

    def __init__(self, world):
        self.store, self.settings, self.account_id = world.store, world.settings, world.key.account_id

    @property
    def mturk(self):
        return self

    def list_hits(self, MaxResults, of, NextToken="0"):
        first = int(NextToken)
        rows = [{"HITId": f"3{each:030d}", "Description": "d" * 500} for each in range(first, first + MaxResults)]
        return {"HITs": rows, **({"NextToken": str(first + 100)} if first + 100 < of else {})}


def test_memory_stays_flat_however_long_the_list_is(world):
    peaks = []
    for rows in (1_000, 10_000):
        tracemalloc.start()
        found, total = paging.scanned_page(
            Endless(world), Listing("list_hits", "HITs", {"of": rows}), "", rows - 10, 10, descending=False
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (total, len(found)) == (rows, 10)
    assert peaks[1] < 2 * peaks[0]


def test_upkeep_deletes_what_has_had_its_time_though_nobody_lists_anything(any_store):
    store, now = any_store, clock.milliseconds()
    account_id = accounts.create_account(store, "Requester").account_id
    for listing in ("finished", "broken off"):
        list_id = list_cache.begin(store, account_id, listing, "")
        list_cache.add(store, list_id, 0, [(b"a", "1", {"HITId": "1"}), (b"b", "2", {"HITId": "2"})])
        if listing == "finished":
            list_cache.finish(store, list_id, 2)
    assert list_cache.find(store, account_id, "broken off", 0) is None
    found = list_cache.find(store, account_id, "finished", now - 300_000)
    assert list_cache.rows(store, found, 0, 1, descending=True) == [{"HITId": "2"}]
    for token in ("new", "old"):
        journal.begin(store, journal.JournalKey(account_id, journal.Kind.EXTENSION, "ExtendHIT", token), "call", {})
    with store.write() as connection:
        aged = update(tables.journal).where(tables.journal.c.token == "old")
        connection.execute(aged.values(written_at=now - 26 * 3600_000))
        for token, seconds in (("new", 60), ("old", -60)):
            idempotency.keep(connection, account_id, "SendBonus", token, "1", now, now + seconds * 1000)
    # one token and one row of the journal
    assert purge(store, Settings(snapshot_seconds=300)) == 2
    with store.write() as connection:
        connection.execute(update(tables.list_cache).values(used_at=now - 361_000))
    assert purge(store, Settings(snapshot_seconds=300)) == 2
    left = (tables.list_cache, tables.list_cache_rows, tables.journal, marketplace_tables.idempotency)
    assert [count(store, table) for table in left] == [0, 0, 1, 1]
    assert purge(store, Settings(snapshot_seconds=300)) == 0


def test_an_account_keeps_no_more_than_a_hundred_lists(any_store):
    account_id = accounts.create_account(any_store, "Requester").account_id
    for number in range(list_cache.MOST_LISTS + 3):
        list_cache.finish(any_store, list_cache.begin(any_store, account_id, f"list {number}", ""), 0)
    kept = count(any_store, tables.list_cache, tables.list_cache.c.account_id == account_id)
    assert kept == list_cache.MOST_LISTS
    assert list_cache.find(any_store, account_id, "list 102", 0) is not None


def test_a_scan_that_takes_long_has_others_come_again_and_holds_up_no_other_list(ground, monkeypatch):
    monkeypatch.setattr(paging, "WAIT_SECONDS", 0.2)
    first, second = ground.world(), ground.world()
    make_hits(first, 110)
    make_hits(second, 110)
    listing, going_on, begun = paging.scan, threading.Event(), threading.Event()

    def slow(call, of):
        if call.account_id == first.key.account_id:
            begun.set()
            going_on.wait(30)
        return listing(call, of)

    monkeypatch.setattr(paging, "scan", slow)
    found = []
    walker = threading.Thread(target=lambda: found.extend(A_List(first, *LISTS["hits"][1:]).page(2)[1]))
    walker.start()
    assert begun.wait(30)
    first.client.answer("SearchHITs", PageNumber="2", PageSize="10")
    assert first.client.last.status == 503
    assert A_List(second, *LISTS["hits"][1:]).page(2)[0] == 110
    going_on.set()
    walker.join()
    assert len(found) == 10


def test_a_row_that_changes_its_state_stays_on_later_pages_of_a_list_that_shows_both_states(world):
    make_work(world)
    members = {"HITId": world.noted["hit"], "AssignmentStatus": "Submitted,Approved"}
    work = A_List(world, "GetAssignmentsForHIT", "AssignmentId", "ListAssignmentsForHIT", members)
    every = A_List(world, *LISTS["all work"][1:])
    first = work.page(1)[1]
    assert every.page(1)[0] == 25
    later = work.page(2)[1]
    world.client.call("ApproveAssignment", AssignmentId=later[0])
    world.client.call("RejectAssignment", AssignmentId=later[1])
    assert work.page(2)[1] == [later[0], *later[2:]]
    assert every.page(2)[1] == later
    assert work.page(1) == (24, first)
