"""What happens to submitted work, as any client of the 2017-01-17 API sees it."""

from __future__ import annotations

import uuid
from decimal import Decimal

from tests.parity.clients import refusal
from tests.parity.scenes import FILE_QUESTION, FORM_QUESTION, new_hit, work


def balance(call):
    return Decimal(call("GetAccountBalance")["AvailableBalance"])


def test_work_is_listed_approved_rejected_and_restored(call, workforce):
    hit_id = new_hit(call, MaxAssignments=2)
    good, bad = work(workforce, hit_id), work(workforce, hit_id)
    listed = call("ListAssignmentsForHIT", HITId=hit_id, AssignmentStatuses=["Submitted"])
    assert [each["AssignmentId"] for each in listed["Assignments"]] == [good, bad]
    assert listed["NumResults"] == 2
    call("ApproveAssignment", AssignmentId=good, RequesterFeedback="Thank you")
    call("RejectAssignment", AssignmentId=bad, RequesterFeedback="Not legible")
    found = call("GetAssignment", AssignmentId=bad)
    assert (found["Assignment"]["AssignmentStatus"], found["HIT"]["HITId"]) == ("Rejected", hit_id)
    assert found["Assignment"]["RequesterFeedback"] == "Not legible"
    refusal(call, "ApproveAssignment", "AWS.MechanicalTurk.InvalidAssignmentState", AssignmentId=bad)
    call("ApproveAssignment", AssignmentId=bad, OverrideRejection=True)
    approved = call("ListAssignmentsForHIT", HITId=hit_id, AssignmentStatuses=["Approved"])["Assignments"]
    assert {each["AssignmentId"] for each in approved} == {good, bad}


def test_a_hit_costs_reward_and_fee_and_a_bonus_is_paid_once(call, workforce):
    start = balance(call)
    hit_id = new_hit(call, Reward="1.00")
    assert balance(call) == start - Decimal("1.20")
    assignment_id = work(workforce, hit_id)
    worker_id = call("GetAssignment", AssignmentId=assignment_id)["Assignment"]["WorkerId"]
    given = {
        "WorkerId": worker_id,
        "AssignmentId": assignment_id,
        "BonusAmount": "0.25",
        "Reason": "Well done",
        "UniqueRequestToken": uuid.uuid4().hex,
    }
    call("SendBonus", **given)
    message = refusal(call, "SendBonus", "AWS.MechanicalTurk.InvalidParameterValue", **given)
    assert given["UniqueRequestToken"] in message
    paid = call("ListBonusPayments", AssignmentId=assignment_id)["BonusPayments"]
    assert [(each["BonusAmount"], each["WorkerId"], each["Reason"]) for each in paid] == [
        ("0.25", worker_id, "Well done")
    ]
    assert balance(call) == start - Decimal("1.20") - Decimal("0.30")


def test_an_uploaded_file_has_an_address(call, workforce):
    assignment_id = work(workforce, new_hit(call, Question=FILE_QUESTION))
    answer = call("GetFileUploadURL", AssignmentId=assignment_id, QuestionIdentifier="file")
    assert answer["FileUploadURL"].startswith("http")


def test_review_policies_report_what_they_found_and_did(call, workforce):
    key = {"Key": "AnswerKey", "MapEntries": [{"Key": "q1", "Values": ["yes"]}]}
    approve = {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]}
    plurality = {
        "PolicyName": "SimplePlurality/2011-09-01",
        "Parameters": [
            {"Key": "QuestionIds", "Values": ["q1"]},
            {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
        ],
    }
    hit_id = new_hit(
        call,
        Question=FORM_QUESTION,
        AssignmentReviewPolicy={"PolicyName": "ScoreMyKnownAnswers/2011-09-01", "Parameters": [key, approve]},
        HITReviewPolicy=plurality,
    )
    assignment_id = work(workforce, hit_id, q1="yes", q2="a")
    found = call("ListReviewPolicyResultsForHIT", HITId=hit_id)
    scores = {each["Key"]: each["Value"] for each in found["AssignmentReviewReport"]["ReviewResults"]}
    assert scores["KnownAnswerScore"] == "100"
    done = {each["ActionName"]: each["TargetId"] for each in found["AssignmentReviewReport"]["ReviewActions"]}
    assert done["approve"] == assignment_id
    agreed = {each["Key"]: each["Value"] for each in found["HITReviewReport"]["ReviewResults"]}
    assert agreed["AgreedAnswer"] == "yes"
    assert call("GetAssignment", AssignmentId=assignment_id)["Assignment"]["AssignmentStatus"] == "Approved"


def test_workers_are_blocked_told_and_unblocked(call, workforce):
    assignment_id = work(workforce, new_hit(call))
    known = call("GetAssignment", AssignmentId=assignment_id)["Assignment"]["WorkerId"]
    call("CreateWorkerBlock", WorkerId=known, Reason="Spam")
    assert (known, "Spam") in {(each["WorkerId"], each["Reason"]) for each in call("ListWorkerBlocks")["WorkerBlocks"]}
    call("DeleteWorkerBlock", WorkerId=known, Reason="A mistake")
    assert known not in {each["WorkerId"] for each in call("ListWorkerBlocks")["WorkerBlocks"]}
    call("ApproveAssignment", AssignmentId=assignment_id)
    told = call("NotifyWorkers", Subject="News", MessageText="Hello", WorkerIds=[known, "A9STRANGER9999"])
    assert [each["WorkerId"] for each in told["NotifyWorkersFailureStatuses"]] == ["A9STRANGER9999"]
