"""The right to scan a list: one builder at a time, wherever it runs; what is kept stays bounded and is found by an index."""

from __future__ import annotations

import re
import threading
import time

import pytest
from sqlalchemy import func, select, update

from adapter.core.store import accounts
from adapter.legacy.store import building, list_tables, own_writes, snapshots, walks

TABLES = (
    list_tables.snapshots,
    list_tables.snapshot_rows,
    list_tables.walks,
    list_tables.builders,
    list_tables.own_writes,
)


@pytest.fixture
def account(any_store):
    return accounts.create_account(any_store, "Requester").account_id


def rows(numbers):
    return [snapshots.Keyed(-number, str(number), {"HITId": str(number)}) for number in numbers]


def counts(store):
    with store.read() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) for table in TABLES]


def scan(store, account, listing="list", number=5):
    return building.fill(store, building.claim(store, account, listing), iter([rows(range(number))]))


def test_of_many_who_come_at_once_one_builds(any_store, account):
    together, claims = threading.Barrier(8), []

    def come():
        together.wait()
        claims.append(building.claim(any_store, account, "list"))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len([each for each in claims if each is not None]) == 1
    assert building.claim(any_store, account, "another list") is not None
    with any_store.read() as connection:
        assert building.busy(connection, account, "list")


def test_a_builder_that_says_nothing_is_replaced_and_one_that_does_is_not(any_store, account, monkeypatch):
    monkeypatch.setattr(building, "BEAT_SECONDS", 0.05)

    def until():
        with any_store.read() as connection:
            return connection.scalar(select(list_tables.builders.c.until_at))

    dead = building.claim(any_store, account, "list")
    assert building.claim(any_store, account, "list") is None
    with any_store.write() as connection:
        connection.execute(update(list_tables.builders).values(until_at=0))
    held = building.claim(any_store, account, "list")
    began, limit = until(), time.monotonic() + 20
    with building.alive(any_store, held):
        while until() == began:
            assert time.monotonic() < limit, "the builder gives no sign of life"
            time.sleep(0.02)
        assert building.claim(any_store, account, "list") is None
        made = building.fill(any_store, held, iter([rows(range(3))]))
    # the one that was taken for dead comes to an end, too, and does no harm
    again = building.fill(any_store, dead, iter([rows(range(2))]))
    with any_store.read() as connection:
        assert not building.busy(connection, account, "list")
        assert snapshots.newest(connection, account, "list") in {made, again}


def test_a_scan_that_breaks_off_leaves_nothing(any_store, account):
    def broken():
        yield rows([1, 2])
        raise RuntimeError("the upstream is gone")

    held = building.claim(any_store, account, "list")
    with pytest.raises(RuntimeError), building.alive(any_store, held):
        building.fill(any_store, held, broken())
    assert counts(any_store) == [0, 0, 0, 0, 0]
    assert building.claim(any_store, account, "list") is not None


def test_rows_are_read_in_the_order_of_their_keys(any_store, account):
    made = scan(any_store, account, number=7)
    walker = walks.Walker(account, "list", "3+", "")
    with any_store.write(account) as connection:
        walk = walks.begin(connection, walker, made, None, 0)
        positions = walks.cut(connection, walk, 3, 3)
        found = snapshots.rows_at(connection, made.snapshot_id, positions)
    assert [found[each][1]["HITId"] for each in positions] == ["3", "2", "1"]
    snapshots.refresh(any_store, made.snapshot_id, [(3, 9, {"HITId": "3", "HITStatus": "Reviewable"})])
    with any_store.read() as connection:
        assert snapshots.rows_at(connection, made.snapshot_id, [3]) == {
            3: (9, {"HITId": "3", "HITStatus": "Reviewable"})
        }
        assert list(walks.cut(connection, walk, 6, 3)) == [0]
        assert list(walks.cut(connection, walk, 7, 3)) == []


@pytest.mark.parametrize("text", ["plain", "x" * 5000, "half a pair \ud83d", "grün"])
def test_a_row_comes_back_as_it_went_in(text):
    row = {"HITId": "1", "Title": text, "Number": 2**70, "Reward": "0.05", "At": 1.5, "None": None, "Yes": True}
    assert snapshots._unpacked(snapshots.packed(row)) == row
    del row["Number"]
    assert snapshots._unpacked(snapshots.packed(row)) == row


def test_an_account_keeps_so_many_lists_and_so_many_bytes(any_store, account, monkeypatch):
    monkeypatch.setattr(snapshots, "MOST_SNAPSHOTS", 3)
    for each in range(6):
        made = scan(any_store, account, f"list {each}")
        snapshots.drop_superseded(any_store, account, made, f"list {each}")
        time.sleep(0.002)
    with any_store.read() as connection:
        found = [snapshots.newest(connection, account, f"list {each}") is not None for each in range(6)]
    assert found == [False, False, False, True, True, True]
    monkeypatch.setattr(snapshots, "MOST_BYTES", 10)
    snapshots.drop_superseded(any_store, account, made, "list 5")
    # what was just made stays, however large it is
    assert counts(any_store)[:2] == [1, 5]


def test_a_newer_scan_replaces_an_older_one_that_nobody_walks_through(any_store, account, monkeypatch):
    monkeypatch.setattr(snapshots, "_DELETED_AT_ONCE", 2)
    first = scan(any_store, account)
    walker = walks.Walker(account, "list", "3+", "")
    with any_store.write(account) as connection:
        walks.begin(connection, walker, first, None, 0)
    time.sleep(0.002)
    second = scan(any_store, account)
    snapshots.drop_superseded(any_store, account, second, "list")
    assert counts(any_store)[:3] == [2, 10, 1]
    with any_store.write(account) as connection:
        walks.begin(connection, walker, second, None, 0)
    snapshots.drop_superseded(any_store, account, second, "list")
    assert counts(any_store)[:3] == [1, 5, 1]


def test_numbers_of_own_writes_are_never_used_twice(any_store, account):
    own_writes.add(any_store, account, [("HIT", "1", "Disposed")])
    assert counts(any_store)[4] == 0  # no list is kept that it could change
    made = scan(any_store, account)
    own_writes.add(any_store, account, [("HIT", "1", ""), ("HIT", "1", "Disposed")])
    with any_store.read() as connection:
        last = own_writes.last(connection, account)
        assert [each.state for each in own_writes.between(connection, account, made.since, last, 10)] == [
            "",
            "Disposed",
        ]
        assert own_writes.about(connection, account, "HIT", ["1", "2"], made.since)["1"].state == "Disposed"
    assert own_writes.purge(any_store) == 0
    snapshots.drop(any_store, made.snapshot_id)
    assert own_writes.purge(any_store) == 2
    scan(any_store, account)
    own_writes.add(any_store, account, [("HIT", "3", "Disposed")])
    with any_store.read() as connection:
        assert own_writes.last(connection, account) > last


STATEMENTS = {
    "the newest snapshot": snapshots._newest,
    "rows of a page": snapshots._rows,
    "who builds": building._builder,
    "a caller's walk": walks._find,
    "a slice of an order": walks._cut,
    "whether anybody walks": walks._any,
    "whether a list is kept": own_writes._kept,
    "the last own write": own_writes._last,
    "own writes since": own_writes._between,
    "own writes about rows": own_writes._about,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_every_page_asks_for_is_found_by_an_index(store, name):
    with store.read() as connection:
        compiled = STATEMENTS[name].compile(dialect=connection.dialect)
        text = re.sub(r"\(__\[POSTCOMPILE_\w+\]\)", "('x', 'y')", str(compiled))
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + text, (None,) * text.count("?")).all()
    steps = [row[3] for row in plan]
    assert not any(each.startswith("SCAN") and "CONSTANT" not in each for each in steps), steps
