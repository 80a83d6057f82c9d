"""Calls at the same moment, by real threads and processes, on both databases: nothing is taken or paid twice."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapter.core.database import open_store
from adapter.core.store import accounts
from adapter.core.store.balances import balances, sums
from adapter.marketplace.api.validation import validate
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.timers import run_due
from adapter.marketplace.errors import TurkError
from adapter.marketplace.operations import registry
from adapter.marketplace.operations.registry import run
from tests.marketplace.workshop import EXTERNAL, done, worker
from tests.processes import COPIES

AT_ONCE = 6


@pytest.fixture
def account_id(any_store):
    registry.load()
    return accounts.create_account(any_store, "Requester").account_id


def call(store, account_id, name, **request):
    return run(store, account_id, name, validate(name, request), "a-request")


def a_hit(store, account_id, **members):
    base = {"Title": "T", "Description": "D", "Reward": "0.50", "AssignmentDurationInSeconds": 600}
    base |= {"LifetimeInSeconds": 3600, "Question": EXTERNAL}
    return call(store, account_id, "CreateHIT", **{**base, **members})["HIT"]["HITId"]


def at_once(*functions):
    """Call all functions at the same moment; how each ended: "done" or its error code."""
    gate = threading.Barrier(len(functions))

    def attempt(function):
        gate.wait()
        try:
            function()
        except TurkError as error:
            return error.code.rpartition(".")[2]
        return "done"

    with ThreadPoolExecutor(len(functions)) as pool:
        return Counter(pool.map(attempt, functions))


def test_only_one_of_several_workers_gets_the_last_assignment(any_store, account_id):
    for _ in range(3):
        hit_id = a_hit(any_store, account_id)
        ended = at_once(
            *(lambda n=n, h=hit_id: assignment_lifecycle.accept(any_store, worker(n), h) for n in range(AT_ONCE))
        )
        assert ended == {"done": 1, "InvalidHITState": AT_ONCE - 1}
        hit = call(any_store, account_id, "GetHIT", HITId=hit_id)["HIT"]
        assert (hit["HITStatus"], hit["NumberOfAssignmentsPending"]) == ("Unassignable", 1)


def test_a_worker_who_clicks_twice_gets_one_assignment_and_submits_once(any_store, account_id):
    hit_id = a_hit(any_store, account_id, MaxAssignments=AT_ONCE)
    ended = at_once(*(lambda: assignment_lifecycle.accept(any_store, worker(1), hit_id) for _ in range(AT_ONCE)))
    assert ended == {"done": 1, "AssignmentAlreadyExists": AT_ONCE - 1}
    with any_store.read() as connection:
        assignment_id = assignment_lifecycle.assignments.active_assignment(connection, hit_id, worker(1)).assignment_id
    ended = at_once(
        *(lambda: assignment_lifecycle.submit(any_store, worker(1), assignment_id, []) for _ in range(AT_ONCE))
    )
    assert ended == {"done": 1, "InvalidAssignmentState": AT_ONCE - 1}
    assert call(any_store, account_id, "ListAssignmentsForHIT", HITId=hit_id)["NumResults"] == 1


def test_several_approvals_pay_once(any_store, account_id):
    assignment_id = done(any_store, a_hit(any_store, account_id), worker(1))
    name = "ApproveAssignment"
    ended = at_once(*(lambda: call(any_store, account_id, name, AssignmentId=assignment_id) for _ in range(AT_ONCE)))
    assert ended == {"done": 1, "InvalidAssignmentState": AT_ONCE - 1}
    assert paid(any_store, account_id) == ("0.50", "0.10")


def test_an_approval_and_a_rejection_at_once_leave_one_decision(any_store, account_id):
    assignment_id = done(any_store, a_hit(any_store, account_id), worker(1))
    ended = at_once(
        lambda: call(any_store, account_id, "ApproveAssignment", AssignmentId=assignment_id),
        lambda: call(any_store, account_id, "RejectAssignment", AssignmentId=assignment_id, RequesterFeedback="x"),
    )
    assert ended == {"done": 1, "InvalidAssignmentState": 1}
    answer = call(any_store, account_id, "GetAssignment", AssignmentId=assignment_id)["Assignment"]
    expected = ("0.50", "0.10") if answer["AssignmentStatus"] == "Approved" else ("0.00", "0.00")
    assert paid(any_store, account_id) == expected


def test_a_bonus_sent_several_times_with_one_token_is_paid_once(any_store, account_id):
    assignment_id = done(any_store, a_hit(any_store, account_id), worker(1))
    bonus = {"WorkerId": worker(1), "AssignmentId": assignment_id, "BonusAmount": "2.00", "Reason": "r"}

    def send():
        call(any_store, account_id, "SendBonus", UniqueRequestToken="token", **bonus)

    assert at_once(*[send] * AT_ONCE) == {"done": 1, "InvalidParameterValue": AT_ONCE - 1}
    assert paid(any_store, account_id) == ("2.00", "0.40")


def test_a_new_worker_met_by_two_requesters_at_once_is_one_worker(any_store, account_id):
    other = accounts.create_account(any_store, "Other").account_id
    for number in range(5):
        hits = [a_hit(any_store, each) for each in (account_id, other)]
        ended = at_once(*(lambda h=h, n=number: assignment_lifecycle.accept(any_store, worker(n), h) for h in hits))
        assert ended == {"done": 2}


def test_due_timers_run_once_however_many_settle_them(any_store, account_id):
    assignment_id = done(any_store, a_hit(any_store, account_id, AutoApprovalDelayInSeconds=0), worker(1))
    at_once(
        *(lambda: run_due(any_store) for _ in range(3)),
        *(lambda: call(any_store, account_id, "GetAssignment", AssignmentId=assignment_id) for _ in range(3)),
    )
    assert paid(any_store, account_id) == ("0.50", "0.10")


def take(settings, worker_id, hits, gate, outcomes):
    """Accept an assignment of each HIT, in a process of its own."""
    registry.load()
    store = open_store(settings)
    gate.wait()
    for hit_id in hits:
        try:
            assignment_lifecycle.accept(store, worker_id, hit_id)
            outcomes.put("done")
        except TurkError as error:
            outcomes.put(error.code)
    store.close()


def test_workers_in_several_processes_take_each_last_assignment_once(any_store, any_settings, account_id):
    hits = [a_hit(any_store, account_id) for _ in range(5)]
    gate, outcomes = COPIES.Barrier(3), COPIES.SimpleQueue()
    takers = [COPIES.Process(target=take, args=(any_settings, worker(n), hits, gate, outcomes)) for n in range(3)]
    for each in takers:
        each.start()
    for each in takers:
        each.join(60)
        assert each.exitcode == 0
    assert Counter(outcomes.get() for _ in range(15)) == {"done": 5, "AWS.MechanicalTurk.InvalidHITState": 10}


def paid(store, account_id):
    """What workers and fees got, in dollars, once it is sure that the ledger adds up to the balances."""
    with store.read() as connection:
        found = sums(connection, account_id)
        assert balances(connection, account_id) == (found["available"], found["held"])
    return f"{found['workers']:.2f}", f"{found['fees']:.2f}"
