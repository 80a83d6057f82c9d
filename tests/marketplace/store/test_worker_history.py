"""Lists of what belongs to a worker, on both databases: the worker's own, newest first, and read by an index."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import event

from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.domain import qualification_tests
from adapter.marketplace.store import worker_history
from tests.conftest import mturk_client
from tests.marketplace.test_qualifications import make
from tests.marketplace.workshop import a_hit, done, worker

ANN, BEN = worker(1), worker(2)


@pytest.fixture
def filled(any_settings, any_store):
    """Two workers who did three HITs each, with a bonus, a message and a Qualification."""
    marketplace = Marketplace(any_settings, any_store)
    for name in ("One", "Two"):
        mturk = mturk_client(marketplace, accounts.create_account(any_store, name))
        for worker_id in (ANN, BEN):
            for title in "abc":
                paid = done(any_store, a_hit(mturk, Title=f"{name} {title}", Reward="0.11"), worker_id)
            mturk.approve_assignment(AssignmentId=paid)
            mturk.send_bonus(WorkerId=worker_id, AssignmentId=paid, BonusAmount="1.05", Reason="Thanks")
        of = make(mturk, f"{name} type", AutoGranted=True)["QualificationTypeId"]
        qualification_tests.request_qualification(any_store, ANN, of)
    return any_store


def test_every_list_has_the_workers_own_rows_newest_first_with_the_requesters_name(filled):
    with filled.read() as connection:
        work = worker_history.list_assignments(connection, ANN)
        assert [row.title for row in work] == ["Two c", "Two b", "Two a", "One c", "One b", "One a"]
        assert {(row.requester, row.reward, "answer" in row._fields) for row in work} == {
            ("One", Decimal("0.11"), False),
            ("Two", Decimal("0.11"), False),
        }
        extra = worker_history.list_bonuses(connection, ANN)
        assert [(row.requester, row.title, row.amount) for row in extra] == [
            ("Two", "Two c", Decimal("1.05")),
            ("One", "One c", Decimal("1.05")),
        ]
        assert [row.requester for row in worker_history.list_messages(connection, ANN)] == ["Two", "One"]
        held = worker_history.list_qualifications(connection, ANN)
        assert [(row.name, row.requester) for row in held] == [("Two type", "Two"), ("One type", "One")]
        asked = worker_history.list_requests(connection, ANN)
        assert [(row.name, row.status) for row in asked] == [("Two type", "Granted"), ("One type", "Granted")]
        assert worker_history.list_requests(connection, BEN) == []
        assert worker_history.earned(connection, ANN) == (Decimal("0.22"), Decimal("2.10"))
        assert worker_history.earned(connection, worker(9)) == (Decimal("0.00"), Decimal("0.00"))


def test_pages_go_on_where_the_last_one_ended(filled):
    with filled.read() as connection:
        first = worker_history.list_assignments(connection, ANN, most=4)
        rest = worker_history.list_assignments(connection, ANN, before=first[-1].seq, most=4)
        assert [row.title for row in (*first, *rest)] == ["Two c", "Two b", "Two a", "One c", "One b", "One a"]
        approved = worker_history.list_assignments(connection, ANN, ("Approved",), most=1)
        assert [row.title for row in approved] == ["Two c"]
        paid = worker_history.bonuses_for(connection, [row.assignment_id for row in first])
        assert {key: [row.reason for row in rows] for key, rows in paid.items()} == {
            first[0].assignment_id: ["Thanks"],
            first[3].assignment_id: ["Thanks"],
        }
        assert worker_history.bonuses_for(connection, []) == {}


LISTS = (
    worker_history.list_assignments,
    worker_history.list_bonuses,
    worker_history.list_messages,
    worker_history.list_qualifications,
    worker_history.list_requests,
)


@pytest.mark.parametrize("ask", LISTS, ids=lambda each: each.__name__)
def test_sqlite_reads_a_page_from_the_place_of_its_rows_in_an_index(store, ask):
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    with store.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        ask(connection, ANN, before=900, most=21)
        event.remove(connection, "before_cursor_execute", note)
        statement, parameters = sent[-1]
        steps = [row[3] for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)]
    assert any("worker_id_seq (worker_id=? AND seq<?)" in each for each in steps), steps
    assert not [each for each in steps if each.startswith("SCAN") and not each.startswith("SCAN anon")], steps
