"""Review policies at work: scored, acted on, reported page by page."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from adapter.core.store import accounts
from tests.marketplace.workshop import a_hit, done, worker


def known(**parameters):
    key = {"Key": "AnswerKey", "MapEntries": [{"Key": "q1", "Values": ["yes"]}, {"Key": "q2", "Values": ["b"]}]}
    return {
        "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
        "Parameters": [key, *({"Key": name, "Values": [str(value)]} for name, value in parameters.items())],
    }


def plurality(**parameters):
    given = {"QuestionIds": "q1", "QuestionAgreementThreshold": "50", **parameters}
    return {
        "PolicyName": "SimplePlurality/2011-09-01",
        "Parameters": [{"Key": name, "Values": [str(value)]} for name, value in given.items()],
    }


def report(mturk, hit_id, level, **members):
    return mturk.list_review_policy_results_for_hit(HITId=hit_id, MaxResults=100, **members)[f"{level}ReviewReport"]


def values(found, subject_id):
    return {
        (each.get("QuestionId"), each["Key"]): each["Value"]
        for each in found["ReviewResults"]
        if each["SubjectId"] == subject_id
    }


def status(mturk, assignment_id):
    return mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]["AssignmentStatus"]


def test_known_answers_approve_reject_and_extend_at_submission(mturk, store):
    policy = known(
        ApproveIfKnownAnswerScoreIsAtLeast=100,
        RejectIfKnownAnswerScoreIsLessThan=50,
        RejectReason="Wrong",
        ExtendIfKnownAnswerScoreIsLessThan=50,
        ExtendMaximumAssignments=3,
        ExtendMinimumTimeInSeconds=7200,
    )
    hit_id = a_hit(mturk, MaxAssignments=2, AssignmentReviewPolicy=policy)
    expiration = mturk.get_hit(HITId=hit_id)["HIT"]["Expiration"]
    right = done(store, hit_id, worker(1), ("q1", "yes"), ("q2", " b "))
    wrong = done(store, hit_id, worker(2), ("q1", "no"), ("q2", "c"))
    assert (status(mturk, right), status(mturk, wrong)) == ("Approved", "Rejected")
    assert mturk.get_assignment(AssignmentId=wrong)["Assignment"]["RequesterFeedback"] == "Wrong"
    hit = mturk.get_hit(HITId=hit_id)["HIT"]
    assert (hit["HITStatus"], hit["MaxAssignments"], hit["NumberOfAssignmentsAvailable"]) == ("Assignable", 3, 1)
    assert 3500 < (hit["Expiration"] - expiration).total_seconds() <= 3601
    found = report(mturk, hit_id, "Assignment")
    assert values(found, right) == {
        ("q1", "KnownAnswerCorrect"): "1",
        ("q2", "KnownAnswerCorrect"): "1",
        (None, "KnownAnswerScore"): "100",
    }
    assert values(found, wrong)[None, "KnownAnswerScore"] == "0"
    acted = [(each["ActionName"], each["TargetId"], each["Status"]) for each in found["ReviewActions"]]
    assert acted == [
        ("review", right, "Succeeded"),
        ("approve", right, "Succeeded"),
        ("review", wrong, "Succeeded"),
        ("reject", wrong, "Succeeded"),
        ("extend", hit_id, "Succeeded"),
    ]
    again = done(store, hit_id, worker(3), ("q1", "no"))
    assert status(mturk, again) == "Rejected"
    hit = mturk.get_hit(HITId=hit_id)["HIT"]
    assert (hit["HITStatus"], hit["MaxAssignments"]) == ("Reviewable", 3)
    assert report(mturk, hit_id, "Assignment")["ReviewActions"][-1]["Status"] == "Succeeded"


def test_an_extension_without_money_fails_alone(mturk, store):
    policy = known(ExtendIfKnownAnswerScoreIsLessThan=101, RejectIfKnownAnswerScoreIsLessThan=0)
    hit_id = a_hit(mturk, Reward="4500.00", AssignmentReviewPolicy=policy)
    assignment_id = done(store, hit_id, worker(1), ("q1", "yes"))
    assert status(mturk, assignment_id) == "Submitted"
    last = report(mturk, hit_id, "Assignment")["ReviewActions"][-1]
    assert (last["ActionName"], last["Status"]) == ("extend", "Failed")
    assert last["ErrorCode"] == "AWS.MechanicalTurk.InsufficientFunds"
    hit = mturk.get_hit(HITId=hit_id)["HIT"]
    assert (hit["HITStatus"], hit["MaxAssignments"]) == ("Reviewable", 1)
    assert mturk.get_account_balance()["AvailableBalance"] == "4600.00"


def test_plurality_is_scored_when_all_are_in_and_pays_those_who_agree(mturk, store):
    policy = plurality(
        ApproveIfWorkerAgreementScoreIsAtLeast=100, RejectIfWorkerAgreementScoreIsLessThan=100, RejectReason="Alone"
    )
    hit_id = a_hit(mturk, MaxAssignments=3, HITReviewPolicy=policy)
    first = done(store, hit_id, worker(1), ("q1", "cat"))
    second = done(store, hit_id, worker(2), ("q1", "cat"))
    assert report(mturk, hit_id, "HIT")["ReviewResults"] == []
    third = done(store, hit_id, worker(3), ("q1", "dog"))
    assert [status(mturk, each) for each in (first, second, third)] == ["Approved", "Approved", "Rejected"]
    found = report(mturk, hit_id, "HIT")
    of_hit = values(found, hit_id)
    assert (of_hit["q1", "PluralityAnswer"], of_hit["q1", "PluralityLevel"]) == ("cat", "66")
    assert of_hit[None, "HitAgreementScore"] == "100"
    assert values(found, third)[None, "WorkerAgreementScore"] == "0"


def test_disagreement_extends_the_hit_and_is_scored_again_when_it_is_reviewable_again(mturk, store):
    policy = plurality(ExtendIfHITAgreementScoreIsLessThan=100, ExtendMaximumAssignments=3)
    hit_id = a_hit(mturk, MaxAssignments=2, HITReviewPolicy=policy)
    done(store, hit_id, worker(1), ("q1", "cat"))
    done(store, hit_id, worker(2), ("q1", "dog"))
    hit = mturk.get_hit(HITId=hit_id)["HIT"]
    assert (hit["HITStatus"], hit["MaxAssignments"]) == ("Assignable", 3)
    done(store, hit_id, worker(3), ("q1", "dog"))
    assert mturk.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
    found = report(mturk, hit_id, "HIT")
    assert values(found, hit_id)["q1", "PluralityLevel"] == "66"
    assert sum(each["Key"] == "HitAgreementScore" for each in found["ReviewResults"]) == 1
    assert [each["ActionName"] for each in found["ReviewActions"]] == ["extend"]


def test_both_policies_work_together_on_the_same_submission(mturk, store):
    first = known(RejectIfKnownAnswerScoreIsLessThan=50, RejectReason="Wrong")
    second = plurality(QuestionIds="q3", DisregardAssignmentIfRejected="T", ApproveIfWorkerAgreementScoreIsAtLeast=100)
    hit_id = a_hit(mturk, MaxAssignments=2, AssignmentReviewPolicy=first, HITReviewPolicy=second)
    good = done(store, hit_id, worker(1), ("q1", "yes"), ("q2", "b"), ("q3", "x"))
    bad = done(store, hit_id, worker(2), ("q1", "no"), ("q2", "c"), ("q3", "y"))
    assert (status(mturk, good), status(mturk, bad)) == ("Approved", "Rejected")
    answer = mturk.list_review_policy_results_for_hit(HITId=hit_id, PolicyLevels=["HIT"])
    assert "AssignmentReviewPolicy" not in answer
    assert answer["HITReviewPolicy"]["PolicyName"] == "SimplePlurality/2011-09-01"


def test_what_the_other_policy_has_decided_is_not_decided_again(mturk, store):
    first = known(RejectIfKnownAnswerScoreIsLessThan=100, RejectReason="Wrong")
    second = plurality(ApproveIfWorkerAgreementScoreIsAtLeast=0)
    hit_id = a_hit(mturk, AssignmentReviewPolicy=first, HITReviewPolicy=second)
    assignment_id = done(store, hit_id, worker(1), ("q1", "no"))
    action = report(mturk, hit_id, "HIT")["ReviewActions"][0]
    assert (action["ActionName"], action["Status"]) == ("approve", "Failed")
    assert action["ErrorCode"] == "AWS.MechanicalTurk.InvalidAssignmentState"
    assert status(mturk, assignment_id) == "Rejected"


def test_results_and_actions_come_page_by_page_without_gap_or_repetition(mturk, store):
    policy = known(ApproveIfKnownAnswerScoreIsAtLeast=50)
    hit_id = a_hit(mturk, MaxAssignments=3, AssignmentReviewPolicy=policy)
    for number in range(3):
        done(store, hit_id, worker(number), ("q1", "yes"))
    whole = report(mturk, hit_id, "Assignment")
    pieces = {"ReviewResults": [], "ReviewActions": []}
    token = {}
    while True:
        page = mturk.list_review_policy_results_for_hit(HITId=hit_id, MaxResults=2, **token)
        for name in pieces:
            pieces[name] += page["AssignmentReviewReport"][name]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert pieces == whole
    assert (len(whole["ReviewResults"]), len(whole["ReviewActions"])) == (9, 6)
    only = report(mturk, hit_id, "Assignment", RetrieveActions=False)
    assert (only["ReviewResults"], only["ReviewActions"]) == (whole["ReviewResults"], [])
    only = report(mturk, hit_id, "Assignment", RetrieveResults=False)
    assert (only["ReviewResults"], only["ReviewActions"]) == ([], whole["ReviewActions"])


def test_a_hit_without_policies_has_no_reports_and_another_accounts_hit_does_not_exist(mturk, client_for, store):
    hit_id = a_hit(mturk)
    answer = mturk.list_review_policy_results_for_hit(HITId=hit_id)
    assert set(answer) == {"HITId", "ResponseMetadata"}
    other = client_for(accounts.create_account(store, "Other"))
    with pytest.raises(ClientError) as caught:
        other.list_review_policy_results_for_hit(HITId=hit_id)
    assert caught.value.response["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"
