"""Workers accept, return, submit and abandon; the HIT's counters and status follow."""

from __future__ import annotations

import pytest

from adapter.core.store import accounts
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions.documents import GivenAnswer
from tests.marketplace.workshop import DAY, FORM, a_hit, done, worker

FIRST, SECOND, THIRD = worker(1), worker(2), worker(3)


def counts(mturk, hit_id):
    hit = mturk.get_hit(HITId=hit_id)["HIT"]
    names = ("Available", "Pending", "Completed")
    return (hit["HITStatus"], *(hit[f"NumberOfAssignments{name}"] for name in names))


def refused(code, function, *arguments, **named):
    with pytest.raises(WorkerError) as caught:
        function(*arguments, **named)
    assert caught.value.code == f"AWS.MechanicalTurk.{code}"
    return caught.value


def test_the_developer_guides_example_of_five_assignments_runs_as_printed(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=5)
    assert counts(mturk, hit_id) == ("Assignable", 5, 0, 0)
    taken = [assignment_lifecycle.accept(store, worker(n), hit_id).assignment_id for n in range(3)]
    assert counts(mturk, hit_id) == ("Assignable", 2, 3, 0)
    taken += [assignment_lifecycle.accept(store, worker(n), hit_id).assignment_id for n in (3, 4)]
    for n in (0, 1):
        assignment_lifecycle.submit(store, worker(n), taken[n], [GivenAnswer("q", "1")])
    assert counts(mturk, hit_id) == ("Unassignable", 0, 3, 0)
    assignment_lifecycle.return_assignment(store, worker(2), taken[2])
    assert counts(mturk, hit_id) == ("Assignable", 1, 2, 0)
    taken[2] = assignment_lifecycle.accept(store, worker(2), hit_id).assignment_id
    for n in (2, 3, 4):
        assignment_lifecycle.submit(store, worker(n), taken[n], [GivenAnswer("q", "1")])
    assert counts(mturk, hit_id) == ("Reviewable", 0, 0, 0)
    mturk.approve_assignment(AssignmentId=taken[0])
    assert counts(mturk, hit_id) == ("Reviewable", 0, 0, 1)


def test_a_worker_gets_one_assignment_of_a_hit_and_another_only_after_returning_it(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=3)
    row = assignment_lifecycle.accept(store, FIRST, hit_id)
    assert row.deadline_at - row.accepted_at == 600_000
    refused("AssignmentAlreadyExists", assignment_lifecycle.accept, store, FIRST, hit_id)
    assignment_lifecycle.return_assignment(store, FIRST, row.assignment_id)
    again = assignment_lifecycle.accept(store, FIRST, hit_id)
    assert again.assignment_id != row.assignment_id
    assignment_lifecycle.submit(store, FIRST, again.assignment_id, [])
    refused("AssignmentAlreadyExists", assignment_lifecycle.accept, store, FIRST, hit_id)


def test_a_passed_deadline_abandons_and_frees_the_slot_on_time(mturk, store, later):
    hit_id = a_hit(mturk)
    row = assignment_lifecycle.accept(store, FIRST, hit_id)
    assert counts(mturk, hit_id) == ("Unassignable", 0, 1, 0)
    later(599)
    assert counts(mturk, hit_id) == ("Unassignable", 0, 1, 0)
    later(601)
    assert counts(mturk, hit_id) == ("Assignable", 1, 0, 0)
    refused("InvalidAssignmentState", assignment_lifecycle.submit, store, FIRST, row.assignment_id, [])
    refused("InvalidAssignmentState", assignment_lifecycle.return_assignment, store, FIRST, row.assignment_id)
    assert assignment_lifecycle.accept(store, SECOND, hit_id).status == "Accepted"


def test_after_expiry_nobody_accepts_but_who_has_it_may_submit_until_the_deadline(mturk, store, later):
    hit_id = a_hit(mturk, MaxAssignments=2, LifetimeInSeconds=60)
    row = assignment_lifecycle.accept(store, FIRST, hit_id)
    later(61)
    refused("InvalidHITState", assignment_lifecycle.accept, store, SECOND, hit_id)
    assert counts(mturk, hit_id) == ("Unassignable", 1, 1, 0)
    assignment_lifecycle.submit(store, FIRST, row.assignment_id, [GivenAnswer("q", "late but fine")])
    assert counts(mturk, hit_id)[0] == "Reviewable"


def test_an_expired_hit_becomes_reviewable_when_its_last_acceptance_ends(mturk, store, later):
    hit_id = a_hit(mturk, LifetimeInSeconds=60)
    row = assignment_lifecycle.accept(store, FIRST, hit_id)
    later(61)
    assignment_lifecycle.return_assignment(store, FIRST, row.assignment_id)
    assert counts(mturk, hit_id)[0] == "Reviewable"


def test_requirements_and_blocks_keep_workers_out_but_not_work_in_hand(mturk, store):
    adult = {"QualificationTypeId": "00000000000000000060", "Comparator": "EqualTo", "IntegerValues": [1]}
    guarded = a_hit(mturk, QualificationRequirements=[{**adult, "ActionsGuarded": "PreviewAndAccept"}])
    refused("DoesNotMeetRequirements", assignment_lifecycle.accept, store, FIRST, guarded)
    refused("DoesNotMeetRequirements", assignment_lifecycle.preview, store, guarded, FIRST)
    assert assignment_lifecycle.preview(store, guarded).hit_id == guarded
    assert assignment_lifecycle.accept(store, FIRST, guarded, ignore_requirements=True).worker_id == FIRST
    hit_id = a_hit(mturk, MaxAssignments=2)
    row = assignment_lifecycle.accept(store, SECOND, hit_id)
    for worker_id in (SECOND, THIRD):
        mturk.create_worker_block(WorkerId=worker_id, Reason="careless")
    refused("PermissionDeniedException", assignment_lifecycle.accept, store, THIRD, hit_id)
    assert assignment_lifecycle.submit(store, SECOND, row.assignment_id, []).status == "Submitted"
    mturk.delete_worker_block(WorkerId=THIRD)
    assert assignment_lifecycle.accept(store, THIRD, hit_id).worker_id == THIRD


def test_others_assignments_unknown_ids_and_repeated_submissions_are_refused(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=2)
    row = assignment_lifecycle.accept(store, FIRST, hit_id)
    refused("AssignmentDoesNotExist", assignment_lifecycle.submit, store, SECOND, row.assignment_id, [])
    refused("AssignmentDoesNotExist", assignment_lifecycle.return_assignment, store, SECOND, row.assignment_id)
    refused("AssignmentDoesNotExist", assignment_lifecycle.submit, store, FIRST, "3NOTHING", [])
    refused("AssignmentDoesNotExist", assignment_lifecycle.submit_form, store, FIRST, "3NOTHING", [])
    too_much = [GivenAnswer("q", "x" * 2**21)]
    refused("InvalidParameterValue", assignment_lifecycle.submit, store, FIRST, row.assignment_id, too_much)
    refused("HITDoesNotExist", assignment_lifecycle.accept, store, FIRST, "3NOTHING")
    refused("HITDoesNotExist", assignment_lifecycle.preview, store, "3NOTHING")
    refused("InvalidParameterValue", assignment_lifecycle.accept, store, "nobody", hit_id)
    assignment_lifecycle.submit(store, FIRST, row.assignment_id, [GivenAnswer("q", "first")])
    refused(
        "InvalidAssignmentState",
        assignment_lifecycle.submit,
        store,
        FIRST,
        row.assignment_id,
        [GivenAnswer("q", "second")],
    )
    answer = mturk.get_assignment(AssignmentId=row.assignment_id)["Assignment"]["Answer"]
    assert "<FreeText>first</FreeText>" in answer
    assert "second" not in answer


def test_a_posted_form_is_checked_against_the_question_and_stored_as_its_answer_document(mturk, store):
    hit_id = a_hit(mturk, Question=FORM.format(more=""))
    row = assignment_lifecycle.accept(store, FIRST, hit_id)
    error = refused(
        "InvalidParameterValue", assignment_lifecycle.submit_form, store, FIRST, row.assignment_id, [("q2", "zzz")]
    )
    assert set(error.reasons) == {"q1", "q2"}
    assert counts(mturk, hit_id) == ("Unassignable", 0, 1, 0)
    assignment_lifecycle.submit_form(store, FIRST, row.assignment_id, [("q1", "red & <blue>"), ("q2", "b")])
    answer = mturk.get_assignment(AssignmentId=row.assignment_id)["Assignment"]["Answer"]
    assert "<FreeText>red &amp; &lt;blue&gt;</FreeText>" in answer
    assert "<SelectionIdentifier>b</SelectionIdentifier>" in answer


def test_events_tell_of_each_step_in_order(mturk, store, later):
    hit_id = a_hit(mturk)
    first = assignment_lifecycle.accept(store, FIRST, hit_id).assignment_id
    assignment_lifecycle.return_assignment(store, FIRST, first)
    second = assignment_lifecycle.accept(store, SECOND, hit_id).assignment_id
    later(601)
    third = done(store, hit_id, THIRD)
    mturk.approve_assignment(AssignmentId=third)
    assert events(store, hit_id) == [
        ("HITCreated", None),
        ("AssignmentAccepted", first),
        ("AssignmentReturned", first),
        ("AssignmentAccepted", second),
        ("AssignmentAbandoned", second),
        ("AssignmentAccepted", third),
        ("AssignmentSubmitted", third),
        ("HITReviewable", None),
        ("AssignmentApproved", third),
    ]


def test_auto_approval_pays_at_its_time_and_only_what_is_undecided(mturk, store, later):
    hit_id = a_hit(mturk, MaxAssignments=2, AutoApprovalDelayInSeconds=DAY)
    first, second = done(store, hit_id, FIRST), done(store, hit_id, SECOND)
    mturk.reject_assignment(AssignmentId=first, RequesterFeedback="no")
    later(DAY - 10)
    assert mturk.get_assignment(AssignmentId=second)["Assignment"]["AssignmentStatus"] == "Submitted"
    later(DAY + 5)
    approved = mturk.get_assignment(AssignmentId=second)["Assignment"]
    assert approved["AssignmentStatus"] == "Approved"
    assert approved["ApprovalTime"] == approved["AutoApprovalTime"]
    assert mturk.get_assignment(AssignmentId=first)["Assignment"]["AssignmentStatus"] == "Rejected"
    assert mturk.get_account_balance()["AvailableBalance"] == "9999.40"
    assert ("AssignmentApproved", second) in events(store, hit_id)


def test_a_worker_of_one_requester_is_no_stranger_to_another(mturk, client_for, store):
    other = client_for(accounts.create_account(store, "Other"))
    done(store, a_hit(mturk), FIRST)
    done(store, a_hit(other), FIRST)
    assert mturk.list_reviewable_hits()["NumResults"] == other.list_reviewable_hits()["NumResults"] == 1


def events(store, hit_id):
    from sqlalchemy import select

    from adapter.core.store.tables import events as table

    with store.read() as connection:
        rows = connection.execute(select(table).where(table.c.hit_id == hit_id).order_by(table.c.seq))
        return [(row.event_type, row.assignment_id) for row in rows]
