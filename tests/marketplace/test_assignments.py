"""GetAssignment, ListAssignmentsForHIT, ApproveAssignment, RejectAssignment through boto3."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.domain import assignment_lifecycle
from tests.marketplace.workshop import DAY, a_hit, done, worker

FIRST, SECOND = worker(1), worker(2)


def refused(code, message, function, **members):
    with pytest.raises(ClientError) as caught:
        function(**members)
    assert caught.value.response["TurkErrorCode"] == code
    assert message in caught.value.response["Error"]["Message"]


STATE = "AWS.MechanicalTurk.InvalidAssignmentState"
NO_HIT = "AWS.MechanicalTurk.HITDoesNotExist"
NO_ASSIGNMENT = "AWS.MechanicalTurk.AssignmentDoesNotExist"
ONLY_SUBMITTED = "This operation can be called with a status of: Submitted ("


def test_a_submitted_assignment_is_shown_with_its_times_answer_and_hit(mturk, store):
    hit_id = a_hit(mturk, AutoApprovalDelayInSeconds=DAY)
    assignment_id = done(store, hit_id, FIRST, ("colour", "red"))
    answer = mturk.get_assignment(AssignmentId=assignment_id)
    found = answer["Assignment"]
    assert answer["HIT"]["HITId"] == found["HITId"] == hit_id
    assert (found["WorkerId"], found["AssignmentStatus"]) == (FIRST, "Submitted")
    assert (found["AutoApprovalTime"] - found["SubmitTime"]).total_seconds() == DAY
    assert (found["Deadline"] - found["AcceptTime"]).total_seconds() == 600
    assert found["Answer"].startswith('<?xml version="1.0" encoding="UTF-8" standalone="no"?>')
    assert {"ApprovalTime", "RejectionTime", "RequesterFeedback"}.isdisjoint(found)


def test_what_is_not_submitted_is_not_shown(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=2)
    accepted = assignment_lifecycle.accept(store, FIRST, hit_id).assignment_id
    returned = assignment_lifecycle.accept(store, SECOND, hit_id).assignment_id
    assignment_lifecycle.return_assignment(store, SECOND, returned)
    message = "This operation can be called with a status of: Reviewable,Approved,Rejected"
    for assignment_id in (accepted, returned):
        refused(STATE, message, mturk.get_assignment, AssignmentId=assignment_id)
        refused(STATE, ONLY_SUBMITTED, mturk.approve_assignment, AssignmentId=assignment_id)
        refused(STATE, ONLY_SUBMITTED, mturk.reject_assignment, AssignmentId=assignment_id, RequesterFeedback="x")
    assert mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"] == []
    refused(NO_HIT, "Hit 3XYZ does not exist. (", mturk.list_assignments_for_hit, HITId="3XYZ")


def test_assignments_are_listed_page_by_page_and_by_status(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=5)
    ids = [done(store, hit_id, worker(n)) for n in range(5)]
    mturk.approve_assignment(AssignmentId=ids[1])
    mturk.reject_assignment(AssignmentId=ids[3], RequesterFeedback="wrong")
    pages = mturk.get_paginator("list_assignments_for_hit").paginate(HITId=hit_id, PaginationConfig={"PageSize": 2})
    assert [each["AssignmentId"] for page in pages for each in page["Assignments"]] == ids

    def of(*statuses):
        found = mturk.list_assignments_for_hit(HITId=hit_id, AssignmentStatuses=list(statuses))["Assignments"]
        return [each["AssignmentId"] for each in found]

    assert of("Submitted") == [ids[0], ids[2], ids[4]]
    assert of("Approved", "Rejected") == [ids[1], ids[3]]


def test_approval_pays_reward_and_fee_once(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=2)
    assert mturk.get_account_balance()["AvailableBalance"] == "9998.80"
    assignment_id = done(store, hit_id, FIRST)
    mturk.approve_assignment(AssignmentId=assignment_id, RequesterFeedback="Good")
    refused(STATE, ONLY_SUBMITTED, mturk.approve_assignment, AssignmentId=assignment_id)
    refused(STATE, ONLY_SUBMITTED, mturk.reject_assignment, AssignmentId=assignment_id, RequesterFeedback="x")
    found = mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]
    assert (found["AssignmentStatus"], found["RequesterFeedback"]) == ("Approved", "Good")
    assert found["ApprovalTime"] >= found["SubmitTime"]
    assert mturk.get_account_balance()["AvailableBalance"] == "9998.80"


def test_a_rejection_releases_the_money_and_can_be_overridden_for_thirty_days(mturk, store, later):
    hit_id = a_hit(mturk, MaxAssignments=2)
    first, second = done(store, hit_id, FIRST), done(store, hit_id, SECOND)
    for assignment_id in (first, second):
        mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="Not read")
    assert mturk.get_account_balance()["AvailableBalance"] == "10000.00"
    refused(STATE, ONLY_SUBMITTED, mturk.approve_assignment, AssignmentId=first)
    refused(STATE, ONLY_SUBMITTED, mturk.approve_assignment, AssignmentId=first, OverrideRejection=False)
    mturk.approve_assignment(AssignmentId=first, OverrideRejection=True)
    found = mturk.get_assignment(AssignmentId=first)["Assignment"]
    assert (found["AssignmentStatus"], found["RequesterFeedback"]) == ("Approved", "Not read")
    assert mturk.get_account_balance()["AvailableBalance"] == "9999.40"
    later(30 * DAY + 60)
    refused(STATE, ONLY_SUBMITTED, mturk.approve_assignment, AssignmentId=second, OverrideRejection=True)


def test_the_rejected_work_of_a_deleted_hit_stays_rejected(mturk, store):
    hit_id = a_hit(mturk)
    assignment_id = done(store, hit_id, FIRST)
    mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    mturk.delete_hit(HITId=hit_id)
    refused(STATE, ONLY_SUBMITTED, mturk.approve_assignment, AssignmentId=assignment_id, OverrideRejection=True)


def test_an_override_without_money_changes_nothing(client_for, store, tmp_path):
    store.settings = Settings(data=tmp_path / "data", initial_balance="1.20", sqlite_synchronous="NORMAL", threads=8)
    mturk = client_for(accounts.create_account(store, "Poor"))
    assignment_id = done(store, a_hit(mturk, Reward="1.00"), FIRST)
    mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    a_hit(mturk, Reward="1.00")
    refused(
        "AWS.MechanicalTurk.InsufficientFunds",
        "insufficient funds",
        mturk.approve_assignment,
        AssignmentId=assignment_id,
        OverrideRejection=True,
    )
    assert mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]["AssignmentStatus"] == "Rejected"


def test_feedback_is_bounded_and_may_be_empty(mturk, store):
    assignment_id = done(store, a_hit(mturk), FIRST)
    invalid = "AWS.MechanicalTurk.InvalidParameterValue"
    for feedback in ("x" * 1025, "a\x07b", "a\x0bb"):
        members = {"AssignmentId": assignment_id, "RequesterFeedback": feedback}
        refused(invalid, "RequesterFeedback", mturk.reject_assignment, **members)
        refused(invalid, "RequesterFeedback", mturk.approve_assignment, **members)
    mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="")
    assert mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]["RequesterFeedback"] == ""


def test_another_accounts_assignments_do_not_exist(mturk, client_for, store):
    other = client_for(accounts.create_account(store, "Other"))
    hit_id = a_hit(mturk)
    assignment_id = done(store, hit_id, FIRST)
    for call in (other.get_assignment, other.approve_assignment):
        refused(NO_ASSIGNMENT, f"Assignment {assignment_id} does not exist. (", call, AssignmentId=assignment_id)
    refused(NO_HIT, f"Hit {hit_id} does not exist. (", other.list_assignments_for_hit, HITId=hit_id)
