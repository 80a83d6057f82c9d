"""What workers answered and uploaded goes some days after the decision, where the operator wants that; what is younger stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.domain import answer_cleanup, assignment_lifecycle, qualification_tests, upload_cleanup
from adapter.marketplace.questions.documents import GivenAnswer
from adapter.marketplace.store import erasure
from tests.conftest import mturk_client
from tests.marketplace.test_uploads import keep, kept_files, submit
from tests.marketplace.workshop import DAY, FILE, FORM, a_hit, done, worker


@pytest.fixture
def store(any_store):
    any_store.settings = replace(any_store.settings, answer_days=30)
    return any_store


@pytest.fixture
def mturk(store):
    return mturk_client(Marketplace(store.settings, store), accounts.create_account(store, "Requester"))


def answers(mturk, hit_id):
    rows = mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    return {row["WorkerId"]: "yes" in row["Answer"] for row in rows}


def test_answers_go_some_days_after_the_decision_and_later_or_undecided_ones_stay(mturk, store, later, monkeypatch):
    monkeypatch.setattr(answer_cleanup, "AT_ONCE", 2)
    hit_id = a_hit(mturk, MaxAssignments=4, AutoApprovalDelayInSeconds=30 * DAY)
    approved, rejected, overruled, _ = (done(store, hit_id, worker(number)) for number in range(4))
    mturk.approve_assignment(AssignmentId=approved)
    for each in (rejected, overruled):
        mturk.reject_assignment(AssignmentId=each, RequesterFeedback="no")
    later(10 * DAY)
    mturk.approve_assignment(AssignmentId=overruled, OverrideRejection=True)
    job = answer_cleanup.OldAnswers(store)
    later(19 * DAY)
    assert [job() for _ in range(4)] == [0, 0, 0, 0]
    assert all(answers(mturk, hit_id).values())
    later(2 * DAY)
    assert sum(job() for _ in range(4)) == 2
    assert answers(mturk, hit_id) == {worker(0): False, worker(1): False, worker(2): True, worker(3): True}
    assert sum(job() for _ in range(4)) == 0
    later(10 * DAY)
    assert sum(job() for _ in range(4)) == 1


def test_an_answer_that_is_decided_anew_while_it_is_looked_at_stays(mturk, store, later, monkeypatch):
    store.settings = replace(store.settings, answer_days=10)
    hit_id = a_hit(mturk, MaxAssignments=2)
    overruled, rejected = (done(store, hit_id, worker(number)) for number in range(2))
    for each in (overruled, rejected):
        mturk.reject_assignment(AssignmentId=each, RequesterFeedback="no")
    later(11 * DAY)
    look = erasure.old_answers

    def look_and_overrule(connection, table, *terms):
        found = look(connection, table, *terms)
        if found[1]:
            with ThreadPoolExecutor(1) as pool:
                approve = pool.submit(mturk.approve_assignment, AssignmentId=overruled, OverrideRejection=True)
                approve.result(20)
        return found

    monkeypatch.setattr(erasure, "old_answers", look_and_overrule)
    assert answer_cleanup.OldAnswers(store)() == 1
    assert answers(mturk, hit_id) == {worker(0): True, worker(1): False}


def test_all_answers_stay_unless_days_are_set(mturk, store, later):
    store.settings = replace(store.settings, answer_days=0)
    hit_id = a_hit(mturk)
    mturk.approve_assignment(AssignmentId=done(store, hit_id, worker(1)))
    later(10_000 * DAY)
    assert answer_cleanup.OldAnswers(store)() == 0
    assert answers(mturk, hit_id) == {worker(1): True}


def test_answers_to_tests_go_too(mturk, store, later):
    made = mturk.create_qualification_type(
        Name="n",
        Description="d",
        QualificationTypeStatus="Active",
        Test=FORM.format(more=""),
        TestDurationInSeconds=600,
    )
    type_id = made["QualificationType"]["QualificationTypeId"]
    request_id = qualification_tests.request_qualification(store, worker(1), type_id).qualification_request_id
    qualification_tests.submit_test(store, worker(1), request_id, [GivenAnswer("q1", "red")])
    job = answer_cleanup.OldAnswers(store)
    later(31 * DAY)
    assert job() == 0
    mturk.accept_qualification_request(QualificationRequestId=request_id, IntegerValue=1)
    later(31 * DAY)
    assert job() == 1


def test_uploaded_files_go_with_the_answers(mturk, store, later):
    hit_id = a_hit(mturk, Question=FORM.format(more=FILE), MaxAssignments=2, AutoApprovalDelayInSeconds=30 * DAY)
    first = assignment_lifecycle.accept(store, worker(1), hit_id).assignment_id
    second = assignment_lifecycle.accept(store, worker(2), hit_id).assignment_id
    key, size = keep(store, first, worker_id=worker(1))
    other, _ = keep(store, second, worker_id=worker(2))
    submit(store, first, key, size)
    mturk.approve_assignment(AssignmentId=first)
    later(29 * DAY)
    assert upload_cleanup.Leftovers(store)() == 0
    later(2 * DAY)
    assert upload_cleanup.Leftovers(store)() == 1
    assert kept_files(store) == [other]
