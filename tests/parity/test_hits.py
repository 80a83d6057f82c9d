"""HITs from creation to deletion, as any client of the 2017-01-17 API sees them."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.parity.clients import moment, refusal
from tests.parity.scenes import EXTERNAL, HIT, TYPE, expire, new_hit


def test_a_balance_is_an_amount_in_dollars(call):
    assert float(call("GetAccountBalance")["AvailableBalance"]) > 0


def test_a_hit_comes_back_as_it_was_created(call):
    before = time.time()
    made = call("CreateHIT", **HIT, MaxAssignments=2, Keywords="a, b", RequesterAnnotation="batch 7")["HIT"]
    found = call("GetHIT", HITId=made["HITId"])["HIT"]
    assert found["HITId"] == made["HITId"]
    assert (found["Title"], found["Reward"], found["Keywords"]) == (HIT["Title"], "0.50", "a, b")
    assert (found["Question"], found["RequesterAnnotation"]) == (EXTERNAL, "batch 7")
    assert (found["HITStatus"], found["HITReviewStatus"]) == ("Assignable", "NotReviewed")
    assert (found["MaxAssignments"], found["NumberOfAssignmentsAvailable"]) == (2, 2)
    assert moment(found["CreationTime"]) == pytest.approx(before, abs=120)
    assert moment(found["Expiration"]) - moment(found["CreationTime"]) == pytest.approx(3600, abs=1)
    expire(call, made["HITId"])


def test_equal_types_are_one_type_and_its_hits_one_group(call):
    first, second = (call("CreateHITType", **TYPE)["HITTypeId"] for _ in range(2))
    assert first == second
    hits = [
        call("CreateHITWithHITType", HITTypeId=first, LifetimeInSeconds=600, Question=EXTERNAL)["HIT"] for _ in range(2)
    ]
    assert hits[0]["HITGroupId"] == hits[1]["HITGroupId"]
    assert hits[0]["HITId"] != hits[1]["HITId"]
    for each in hits:
        expire(call, each["HITId"])


def test_a_repeated_token_names_the_hit_that_it_made(call):
    token = uuid.uuid4().hex
    made = call("CreateHIT", **HIT, UniqueRequestToken=token)["HIT"]["HITId"]
    code = "AWS.MechanicalTurk.HitAlreadyExists"
    assert made in refusal(call, "CreateHIT", code, **HIT, UniqueRequestToken=token)
    expire(call, made)


def test_pages_of_hits_hold_each_hit_once(call):
    made = [new_hit(call) for _ in range(3)]
    seen, more = [], {}
    while True:
        page = call("ListHITs", MaxResults=2, **more)
        seen += [each["HITId"] for each in page["HITs"]]
        if not page.get("NextToken") or not page["HITs"]:
            break
        assert page["NumResults"] == len(page["HITs"])
        more = {"NextToken": page["NextToken"]}
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)
    for each in made:
        expire(call, each)


def test_a_hit_gets_more_assignments_and_time_and_another_type(call):
    hit_id = new_hit(call)
    call("CreateAdditionalAssignmentsForHIT", HITId=hit_id, NumberOfAdditionalAssignments=2)
    later = int(time.time()) + 7200
    call("UpdateExpirationForHIT", HITId=hit_id, ExpireAt=later)
    other = call("CreateHITType", **{**TYPE, "Title": "Another title"})["HITTypeId"]
    call("UpdateHITTypeOfHIT", HITId=hit_id, HITTypeId=other)
    found = call("GetHIT", HITId=hit_id)["HIT"]
    assert (found["MaxAssignments"], found["Title"], found["HITTypeId"]) == (3, "Another title", other)
    assert moment(found["Expiration"]) == later
    expire(call, hit_id)


def test_an_expired_hit_is_reviewable_then_reviewing_then_gone(call):
    hit_id = new_hit(call, Title=f"Reviewed {uuid.uuid4().hex[:8]}")
    expire(call, hit_id)
    hit_type_id = call("GetHIT", HITId=hit_id)["HIT"]["HITTypeId"]

    def listed(status):
        hits = call("ListReviewableHITs", HITTypeId=hit_type_id, Status=status)["HITs"]
        return [each["HITId"] for each in hits]

    assert (listed("Reviewable"), listed("Reviewing")) == ([hit_id], [])
    call("UpdateHITReviewStatus", HITId=hit_id)
    assert (listed("Reviewable"), listed("Reviewing")) == ([], [hit_id])
    call("UpdateHITReviewStatus", HITId=hit_id, Revert=True)
    assert listed("Reviewable") == [hit_id]
    call("DeleteHIT", HITId=hit_id)
    assert listed("Reviewable") == []
    assert call("GetHIT", HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"


def test_a_hit_that_is_still_open_is_not_deleted(call):
    hit_id = new_hit(call)
    refusal(call, "DeleteHIT", "AWS.MechanicalTurk.InvalidHITState", HITId=hit_id)
    assert call("GetHIT", HITId=hit_id)["HIT"]["HITStatus"] == "Assignable"
    expire(call, hit_id)


def test_a_foreign_id_gives_the_code_that_says_so(call):
    message = refusal(call, "GetHIT", "AWS.MechanicalTurk.HITDoesNotExist", HITId="3NONEXISTENT")
    assert "Hit 3NONEXISTENT does not exist" in message
    refusal(call, "GetAssignment", "AWS.MechanicalTurk.AssignmentDoesNotExist", AssignmentId="3NONEXISTENT")


def test_a_question_that_is_no_xml_is_refused(call):
    refusal(call, "CreateHIT", "AWS.MechanicalTurk.XMLParseError", **{**HIT, "Question": "<ExternalQuestion>"})


def test_notifications_of_a_type_are_set_and_tried(call):
    hit_type_id = call("CreateHITType", **TYPE)["HITTypeId"]
    where = {
        "Destination": "arn:aws:sns:us-east-1:123456789012:topic",
        "Transport": "SNS",
        "Version": "2014-08-15",
        "EventTypes": ["AssignmentSubmitted"],
    }
    call("UpdateNotificationSettings", HITTypeId=hit_type_id, Notification=where, Active=True)
    call("SendTestEventNotification", Notification=where, TestEventType="HITExpired")
    call("UpdateNotificationSettings", HITTypeId=hit_type_id, Active=False)
