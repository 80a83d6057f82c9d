"""Due times: on time in effect, once, in order, never seen late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from adapter.core.database import open_store
from adapter.core.store import accounts
from adapter.core.store.tables import events
from adapter.marketplace.domain import timers
from adapter.marketplace.domain.events import emit
from adapter.marketplace.domain.transactions import reading, writing
from tests import processes


def note(call, subject_id):
    emit(call, "Ping", "3T", subject_id)


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setitem(timers.HANDLERS, "note", note)


@pytest.fixture
def account_id(any_store):
    return accounts.create_account(any_store, "x").account_id


def noted(store):
    with store.read() as connection:
        return [
            tuple(row)
            for row in connection.execute(select(events.c.hit_id, events.c.happened_at).order_by(events.c.seq))
        ]


def test_what_is_due_has_happened_before_anything_is_read(any_store, account_id):
    with writing(any_store, account_id) as call:
        now = call.now
        timers.schedule(call, "note", "late", now - 1000)
        timers.schedule(call, "note", "earlier", now - 5000)
        timers.schedule(call, "note", "not yet", now + 60_000)
    with reading(any_store, account_id) as call:
        seen = [row.hit_id for row in call.connection.execute(select(events).order_by(events.c.seq))]
    assert seen == ["earlier", "late"]
    assert noted(any_store) == [("earlier", now - 5000), ("late", now - 1000)]


def test_what_is_due_stays_done_when_the_call_that_found_it_fails(any_store, account_id):
    with writing(any_store, account_id) as call:
        timers.schedule(call, "note", "due", call.now - 1)

    def fail():
        with writing(any_store, account_id):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [name for name, _ in noted(any_store)] == ["due"]


def test_a_handler_can_set_off_the_next_one(any_store, account_id, monkeypatch):
    def chain(call, subject_id):
        note(call, subject_id)
        if len(subject_id) < 3:
            timers.schedule(call, "chain", subject_id + "x", call.now + 10)

    monkeypatch.setitem(timers.HANDLERS, "chain", chain)
    with writing(any_store, account_id) as call:
        start = call.now - 1000
        timers.schedule(call, "chain", "x", start)
        timers.schedule(call, "note", "between", start + 15)
    assert timers.run_due(any_store) == 4
    assert noted(any_store) == [("x", start), ("xx", start + 10), ("between", start + 15), ("xxx", start + 20)]


def test_scheduling_again_replaces_and_cancelling_forgets(any_store, account_id):
    with writing(any_store, account_id) as call:
        timers.schedule(call, "note", "moved", call.now - 5)
        timers.schedule(call, "note", "moved", call.now - 3)
        timers.schedule(call, "note", "cancelled", call.now - 5)
        timers.cancel(call, "note", "cancelled")
        timers.cancel(call, "note", "never there")
        now = call.now
    assert timers.run_due(any_store) == 1
    assert noted(any_store) == [("moved", now - 3)]


def test_a_failing_handler_changes_nothing_stops_no_other_and_is_tried_again(
    any_store, account_id, monkeypatch, caplog
):
    healthy = []

    def fail(call, subject_id):
        note(call, subject_id)
        if not healthy:
            raise ZeroDivisionError

    monkeypatch.setitem(timers.HANDLERS, "fail", fail)
    with writing(any_store, account_id) as call:
        timers.schedule(call, "fail", "bad", call.now - 5)
        timers.schedule(call, "note", "good", call.now - 3)
        now = call.now
    assert timers.run_due(any_store) == 1
    assert [name for name, _ in noted(any_store)] == ["good"]
    assert "timer fail of bad failed" in caplog.text
    healthy.append(True)
    assert timers.run_due(any_store, now + 70_000) == 1
    assert [name for name, _ in noted(any_store)] == ["good", "bad"]


def _run(settings):
    timers.HANDLERS["note"] = note
    opened = open_store(settings)
    ran = timers.run_due(opened)
    opened.close()
    return ran


def test_every_timer_runs_once_with_several_processes_and_threads(any_settings, any_store):
    owners = [accounts.create_account(any_store, "x").account_id for _ in range(4)]
    for owner in owners:
        with writing(any_store, owner) as call:
            for number in range(25):
                timers.schedule(call, "note", f"{owner}{number}", call.now - number - 1)
    with processes.pool(2) as pool, ThreadPoolExecutor(3) as threads:
        elsewhere = [pool.submit(_run, any_settings) for _ in range(2)]
        here = list(threads.map(lambda _: timers.run_due(any_store), range(3)))
        ran = sum(here) + sum(each.result() for each in elsewhere)
    assert ran == 100
    assert len(set(noted(any_store))) == len(noted(any_store)) == 100
