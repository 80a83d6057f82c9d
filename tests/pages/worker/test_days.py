"""The dashboard by day."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from adapter.core import clock
from adapter.marketplace.store.tables import assignments, bonuses
from adapter.pages.store.tables import worker_accounts as account_rows
from adapter.pages.worker.days import span
from tests.pages.worker.test_dashboard import entries, submitted, totals


def rows(page):
    """The table of days: the cells of each row."""
    return [["".join(td.itertext()) for td in tr.iter("td")] for tr in page.tree.iter("tr") if list(tr.iter("td"))]


def put(store, table, column, key, moment):
    """Let a row be of another moment."""
    with store.write() as connection:
        connection.execute(
            update(table).where(table.c.assignment_id == key).values({column: int(moment.timestamp() * 1000)})
        )


def live_in(store, worker_id, zone):
    with store.write() as connection:
        connection.execute(update(account_rows).where(account_rows.c.worker_id == worker_id).values(time_zone=zone))


@pytest.fixture
def noon():
    """Noon of the day before yesterday, in UTC."""
    today = dt.datetime.fromtimestamp(clock.milliseconds() / 1000, dt.UTC).date()
    return dt.datetime.combine(today - dt.timedelta(days=2), dt.time(12), dt.UTC)


def test_each_day_counts_what_was_submitted_on_it_and_the_bonuses_that_came(visitor, mturk, store, noon):
    good, bad, waiting = (
        submitted(mturk, store, visitor, Title=each, Reward="1.25") for each in ("Good", "Bad", "Old")
    )
    mturk.approve_assignment(AssignmentId=good)
    mturk.reject_assignment(AssignmentId=bad, RequesterFeedback="No bird")
    mturk.send_bonus(WorkerId=visitor.worker_id, AssignmentId=good, BonusAmount="0.30", Reason="Fast")
    day = dt.timedelta(days=1)
    for each in (good, bad):
        put(store, assignments, "submitted_at", each, noon)
    put(store, assignments, "submitted_at", waiting, noon - day)
    put(store, bonuses, "granted_at", good, noon + day)
    shown = visitor.get("/mturk/dashboard")
    dates = [str((noon + day * each).date()) for each in (1, 0, -1)]
    assert rows(shown) == [
        [dates[0], "0", "0", "0", "0", "$0.00", "$0.30"],
        [dates[1], "2", "1", "1", "0", "$1.25", "$0.00"],
        [dates[2], "1", "0", "0", "1", "$0.00", "$0.00"],
    ]
    one = visitor.get(shown.links()[dates[1]])
    assert [each.split()[0] for each in entries(one)] == ["Bad", "Good"]
    assert "The requester says: No bird" in entries(one)[0]
    assert "Bonus of $0.30: Fast" in entries(one)[1]
    assert (totals(one)["Submitted"], totals(one)["Earnings"]) == ("2", "$1.25")


def test_days_and_times_are_those_of_the_workers_time_zone(visitor, mturk, store, noon):
    one = submitted(mturk, store, visitor)
    put(store, assignments, "submitted_at", one, noon.replace(hour=20))
    live_in(store, visitor.worker_id, "Asia/Kathmandu")
    there = noon.replace(hour=20).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert there.date() != noon.date()
    shown = visitor.get("/mturk/dashboard")
    assert rows(shown)[0][0] == str(there.date())
    assert f"{there:%Y-%m-%d} 01:45 +0545" in shown.text
    assert entries(visitor.get(f"/mturk/dashboard/{there.date()}"))
    assert "nothing on this day" in visitor.get(f"/mturk/dashboard/{noon.date()}").text


def test_a_time_zone_that_is_gone_is_shown_as_utc(visitor, mturk, store):
    submitted(mturk, store, visitor)
    live_in(store, visitor.worker_id, "Mars/Olympus")
    assert " UTC " in visitor.get("/mturk/dashboard").text


def test_a_day_of_the_clock_change_has_its_own_length():
    began, ended = span(dt.date(2014, 3, 9), ZoneInfo("America/New_York"))
    assert ended - began == 23 * 3600 * 1000


def test_what_is_older_than_the_table_has_a_page_still(visitor, mturk, store, noon):
    long_ago = noon - dt.timedelta(days=60)
    put(store, assignments, "submitted_at", submitted(mturk, store, visitor, Title="Old"), long_ago)
    assert rows(visitor.get("/mturk/dashboard")) == []
    assert entries(visitor.get(f"/mturk/dashboard/{long_ago.date()}"))[0].startswith("Old")


def test_work_of_a_long_day_is_read_page_by_page(visitor, mturk, store, noon):
    for number in range(22):
        put(store, assignments, "submitted_at", submitted(mturk, store, visitor, Title=f"Number {number:02}"), noon)
    first = visitor.get(f"/mturk/dashboard/{noon.date()}")
    second = visitor.get(first.links()["Older"])
    assert [each[:9] for each in entries(first) + entries(second)] == [
        f"Number {each:02}" for each in range(21, -1, -1)
    ]


def test_the_rate_that_qualifications_use_is_told_beside_the_real_one(visitor, mturk, store):
    mturk.reject_assignment(AssignmentId=submitted(mturk, store, visitor), RequesterFeedback="No")
    shown = visitor.get("/mturk/dashboard")
    assert totals(shown)["Approval rate"] == "0.0 %"
    assert "until you have submitted 100 HITs: for them, your rate is 100." in shown.text


@pytest.mark.parametrize("day", ["x", "2014-02-30", "20140531", "9999-12-31", "0001-01-01", "2014-W01-1", "%00"])
def test_a_day_that_does_not_exist_is_a_readable_page(visitor, store, day):
    live_in(store, visitor.worker_id, "Asia/Tokyo")
    shown = visitor.get(f"/mturk/dashboard/{day}")
    assert shown.status in {200, 404}
    assert "no such day" in shown.text or "You submitted nothing" in shown.text
