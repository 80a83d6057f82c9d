"""The end of HITs: review status, deletion, disposal by itself; and the change of type."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.marketplace.test_extending import balance, hit_of, told
from tests.marketplace.test_hits import MASTERS, PROPERTIES, create
from tests.marketplace.test_qualifications import code_of, message_of
from tests.marketplace.workshop import DAY, done, worker

PAST = datetime(1970, 1, 1, tzinfo=UTC)


def expired(mturk, **members):
    hit = create(mturk, **members)
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=PAST)
    return hit


def in_state(state):
    return f"This HIT is currently in the state '{state}'.  This operation can be called with a status of: "


def test_a_reviewable_hit_goes_under_review_and_back(mturk):
    hit = expired(mturk)
    mturk.update_hit_review_status(HITId=hit["HITId"])
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewing"
    assert [each["HITId"] for each in mturk.list_reviewable_hits(Status="Reviewing")["HITs"]] == [hit["HITId"]]
    mturk.update_hit_review_status(HITId=hit["HITId"], Revert=True)
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"


def test_review_needs_the_state_it_leaves(mturk):
    hit_id = create(mturk)["HITId"]
    assert message_of(mturk.update_hit_review_status, HITId=hit_id).startswith(in_state("Assignable") + "Reviewable (")
    assert message_of(mturk.update_hit_review_status, HITId=hit_id, Revert=True).startswith(
        in_state("Assignable") + "Reviewing ("
    )
    mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=PAST)
    assert code_of(mturk.update_hit_review_status, HITId=hit_id, Revert=True) == "InvalidHITState"
    assert code_of(mturk.update_hit_review_status, HITId="3NO") == "HITDoesNotExist"


@pytest.mark.parametrize("reviewing", [False, True])
def test_a_deleted_hit_is_disposed_leaves_every_list_and_is_still_answered(mturk, store, reviewing):
    hit = expired(mturk)
    if reviewing:
        mturk.update_hit_review_status(HITId=hit["HITId"])
    mturk.delete_hit(HITId=hit["HITId"])
    assert hit_of(mturk, hit)["HITStatus"] == "Disposed"
    assert mturk.list_hits()["HITs"] == []
    assert mturk.list_reviewable_hits()["HITs"] == []
    assert told(store, hit)[-1] == "HITDisposed"
    assert message_of(mturk.delete_hit, HITId=hit["HITId"]).startswith(in_state("Disposed") + "Reviewing, Reviewable (")


def test_a_hit_that_is_open_or_has_undecided_work_cannot_be_deleted(mturk, store):
    hit = create(mturk)
    assert message_of(mturk.delete_hit, HITId=hit["HITId"]).startswith(in_state("Assignable"))
    assignment_id = done(store, hit["HITId"], worker(1))
    assert message_of(mturk.delete_hit, HITId=hit["HITId"]).startswith(
        in_state("Reviewable") + "Reviewing, Reviewable ("
    )
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"
    mturk.approve_assignment(AssignmentId=assignment_id)
    mturk.delete_hit(HITId=hit["HITId"])
    assert code_of(mturk.delete_hit, HITId="3NO") == "HITDoesNotExist"


def test_a_hit_is_disposed_of_120_days_after_it_became_reviewable(mturk, store, later):
    hit = create(mturk, LifetimeInSeconds=60)
    done(store, hit["HITId"], worker(1))
    later(120 * DAY - 60)
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"
    later(120 * DAY + 60)
    assert hit_of(mturk, hit)["HITStatus"] == "Disposed"
    assert told(store, hit)[-1] == "HITDisposed"
    assert balance(mturk) == "9999.40"


def test_a_hit_takes_on_the_properties_of_another_type(mturk):
    hit = create(mturk)
    new = mturk.create_hit_type(**{**PROPERTIES, "Title": "New", "AssignmentDurationInSeconds": 60})["HITTypeId"]
    mturk.update_hit_type_of_hit(HITId=hit["HITId"], HITTypeId=new)
    changed = hit_of(mturk, hit)
    assert (changed["HITTypeId"], changed["Title"], changed["AssignmentDurationInSeconds"]) == (new, "New", 60)
    assert changed["HITGroupId"] != hit["HITGroupId"]
    assert changed["Question"] == hit["Question"]
    assert changed["HITStatus"] == "Assignable"


def test_another_reward_moves_the_money_held_but_not_under_a_workers_hands(mturk, store):
    hit = create(mturk, MaxAssignments=2)
    dearer = mturk.create_hit_type(**{**PROPERTIES, "Reward": "1.00"})["HITTypeId"]
    masters = mturk.create_hit_type(**PROPERTIES, QualificationRequirements=[MASTERS])["HITTypeId"]
    mturk.update_hit_type_of_hit(HITId=hit["HITId"], HITTypeId=dearer)
    assert hit_of(mturk, hit)["Reward"] == "1.00"
    assert balance(mturk) == "9997.60"
    mturk.update_hit_type_of_hit(HITId=hit["HITId"], HITTypeId=hit["HITTypeId"])
    assert balance(mturk) == "9998.80"
    assignment_id = done(store, hit["HITId"], worker(1))
    arguments = {"HITId": hit["HITId"], "HITTypeId": dearer}
    assert code_of(mturk.update_hit_type_of_hit, **arguments) == "InvalidParameterValue"
    mturk.update_hit_type_of_hit(HITId=hit["HITId"], HITTypeId=masters)
    assert balance(mturk) == "9998.74"
    mturk.approve_assignment(AssignmentId=assignment_id)
    mturk.update_hit_type_of_hit(HITId=hit["HITId"], HITTypeId=dearer)
    assert balance(mturk) == "9998.17"


def test_a_type_can_only_be_changed_to_an_own_one_and_while_the_hit_lives(mturk):
    hit = expired(mturk)
    assert code_of(mturk.update_hit_type_of_hit, HITId=hit["HITId"], HITTypeId="3NO") == "HITTypeDoesNotExist"
    assert code_of(mturk.update_hit_type_of_hit, HITId="3NO", HITTypeId=hit["HITTypeId"]) == "HITDoesNotExist"
    mturk.delete_hit(HITId=hit["HITId"])
    arguments = {"HITId": hit["HITId"], "HITTypeId": hit["HITTypeId"]}
    assert code_of(mturk.update_hit_type_of_hit, **arguments) == "InvalidHITState"
