"""Expiry and extension of HITs, on time and with the money that goes with them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from adapter.core.store.tables import events
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.hit_lifecycle import extend
from adapter.marketplace.domain.transactions import writing
from adapter.marketplace.questions.documents import GivenAnswer
from adapter.marketplace.store.hits import find_hit
from tests.marketplace.test_hits import create
from tests.marketplace.test_qualifications import code_of, message_of
from tests.marketplace.workshop import done, worker

HOUR = timedelta(hours=1)


def now():
    return datetime.now(UTC)


def hit_of(mturk, hit):
    return mturk.get_hit(HITId=hit["HITId"])["HIT"]


def balance(mturk):
    return mturk.get_account_balance()["AvailableBalance"]


def told(store, hit):
    with store.read() as connection:
        query = select(events.c.event_type).where(events.c.hit_id == hit["HITId"]).order_by(events.c.seq)
        return list(connection.scalars(query))


def test_a_hit_expires_on_time_and_gives_back_what_it_held(mturk, store, later):
    hit = create(mturk, MaxAssignments=2, LifetimeInSeconds=3600)
    assert balance(mturk) == "9998.80"
    later(1800)
    assert hit_of(mturk, hit)["HITStatus"] == "Assignable"
    later(3601)
    expired = hit_of(mturk, hit)
    assert (expired["HITStatus"], expired["NumberOfAssignmentsAvailable"]) == ("Reviewable", 2)
    assert expired["Expiration"] == hit["Expiration"]
    assert balance(mturk) == "10000.00"
    assert told(store, hit) == ["HITCreated", "HITExpired", "HITReviewable"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        # what a script east of Greenwich makes of the first of January 1970
        datetime(1969, 12, 31, 23, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2015, 1, 1, tzinfo=UTC),
        None,
    ],
)
def test_a_time_that_has_passed_expires_at_once_and_again_without_harm(mturk, store, moment):
    hit = create(mturk)
    for _ in range(2):
        mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=moment or now() - timedelta(seconds=1))
    expired = hit_of(mturk, hit)
    assert expired["HITStatus"] == "Reviewable"
    assert abs(expired["Expiration"] - now()) < timedelta(seconds=30)
    assert told(store, hit) == ["HITCreated", "HITExpired", "HITReviewable"]
    assert balance(mturk) == "10000.00"


def test_the_expiration_may_move_to_the_future_by_sixty_seconds_to_a_year(mturk, store):
    hit = create(mturk)
    new = hit["Expiration"] + timedelta(seconds=60)
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=new)
    assert hit_of(mturk, hit)["Expiration"] == new
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=new + timedelta(days=365))
    assert hit_of(mturk, hit)["Expiration"] == new + timedelta(days=365)
    assert told(store, hit) == ["HITCreated", "HITExtended", "HITExtended"]


def test_the_same_future_time_again_changes_nothing(mturk, store):
    hit = create(mturk)
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=hit["Expiration"] + HOUR)
    for _ in range(2):
        mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=hit["Expiration"] + HOUR)
    assert told(store, hit).count("HITExtended") == 1


@pytest.mark.parametrize("increment", [-600, 11, 59, 31_536_001])
def test_another_future_time_is_refused_with_the_recorded_words(mturk, increment):
    hit = create(mturk)
    arguments = {"HITId": hit["HITId"], "ExpireAt": hit["Expiration"] + timedelta(seconds=increment)}
    assert code_of(mturk.update_expiration_for_hit, **arguments) == "AWS.ParameterOutOfRange"
    assert (
        f"The value {increment} is invalid for ExpirationIncrementInSeconds. Valid values range from 60 to 31536000. ("
        in message_of(mturk.update_expiration_for_hit, **arguments)
    )
    assert hit_of(mturk, hit) == hit


def test_an_expired_hit_is_extended_from_now_and_holds_its_money_again(mturk, later):
    hit = create(mturk, MaxAssignments=2, LifetimeInSeconds=60)
    later(4000)
    too_soon = {"HITId": hit["HITId"], "ExpireAt": now() + timedelta(seconds=4030)}
    assert code_of(mturk.update_expiration_for_hit, **too_soon) == "AWS.ParameterOutOfRange"
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=now() + timedelta(seconds=4090))
    assert hit_of(mturk, hit)["HITStatus"] == "Assignable"
    assert balance(mturk) == "9998.80"
    later(4120)
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"
    assert balance(mturk) == "10000.00"


def test_extending_an_expired_hit_without_the_money_is_refused(mturk, later):
    hit = create(mturk, Reward="5000", LifetimeInSeconds=60)
    later(100)
    create(mturk, Reward="5000", LifetimeInSeconds=9999)
    arguments = {"HITId": hit["HITId"], "ExpireAt": now() + HOUR}
    assert code_of(mturk.update_expiration_for_hit, **arguments) == "InsufficientFunds"
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"


def test_never_used_assignments_of_an_expired_hit_are_available_unless_the_settings_deny_it(mturk, store, monkeypatch):
    hit = create(mturk, MaxAssignments=3)
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=now() - HOUR)
    assert hit_of(mturk, hit)["NumberOfAssignmentsAvailable"] == 3
    monkeypatch.setattr(store, "settings", dataclasses.replace(store.settings, available_after_expiry=False))
    assert hit_of(mturk, hit)["NumberOfAssignmentsAvailable"] == 0


def test_work_accepted_before_the_expiry_keeps_the_hit_unassignable_until_it_ends(mturk, store, later):
    hit = create(mturk, MaxAssignments=2, LifetimeInSeconds=60)
    assignment_id = assignment_lifecycle.accept(store, worker(1), hit["HITId"]).assignment_id
    later(61)
    assert hit_of(mturk, hit)["HITStatus"] == "Unassignable"
    assert balance(mturk) == "9999.40"
    assignment_lifecycle.submit(store, worker(1), assignment_id, [GivenAnswer("q", "1")])
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"


def test_work_returned_after_the_expiry_releases_its_money(mturk, store, later):
    hit = create(mturk, LifetimeInSeconds=60)
    assignment_id = assignment_lifecycle.accept(store, worker(1), hit["HITId"]).assignment_id
    later(61)
    assignment_lifecycle.return_assignment(store, worker(1), assignment_id)
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"
    assert balance(mturk) == "10000.00"


def test_more_assignments_make_a_finished_hit_assignable_and_are_paid_for(mturk, store):
    hit = create(mturk)
    done(store, hit["HITId"], worker(1))
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"
    mturk.create_additional_assignments_for_hit(HITId=hit["HITId"], NumberOfAdditionalAssignments=8)
    extended = hit_of(mturk, hit)
    assert (extended["HITStatus"], extended["MaxAssignments"], extended["NumberOfAssignmentsAvailable"]) == (
        "Assignable",
        9,
        8,
    )
    assert balance(mturk) == "9994.60"
    assert told(store, hit)[-1] == "HITExtended"


def test_a_hit_under_review_is_assignable_again_once_it_has_free_assignments(mturk, store):
    hit = create(mturk)
    done(store, hit["HITId"], worker(1))
    mturk.update_hit_review_status(HITId=hit["HITId"])
    mturk.create_additional_assignments_for_hit(HITId=hit["HITId"], NumberOfAdditionalAssignments=1)
    assert hit_of(mturk, hit)["HITStatus"] == "Assignable"
    done(store, hit["HITId"], worker(2))
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"


def test_more_assignments_of_an_expired_hit_wait_for_a_longer_life(mturk):
    hit = create(mturk)
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=now() - HOUR)
    mturk.create_additional_assignments_for_hit(HITId=hit["HITId"], NumberOfAdditionalAssignments=1)
    assert hit_of(mturk, hit)["HITStatus"] == "Reviewable"
    assert balance(mturk) == "10000.00"
    mturk.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=now() + HOUR)
    assert hit_of(mturk, hit)["NumberOfAssignmentsAvailable"] == 2
    assert balance(mturk) == "9998.80"


@pytest.mark.parametrize(
    ("created", "more", "code"),
    [
        (1, 0, "AWS.ParameterOutOfRange"),
        (1, 1_000_000_001, "AWS.ParameterOutOfRange"),
        (1, 9, "InvalidMaximumAssignmentsIncrease"),
        (9, 1, "InvalidMaximumAssignmentsIncrease"),
        (10, 1_000_000_000, "InvalidMaximumAssignmentsIncrease"),
        (10, 20_000, "InsufficientFunds"),
    ],
)
def test_too_many_more_assignments_are_refused_and_change_nothing(mturk, created, more, code):
    hit = create(mturk, MaxAssignments=created)
    arguments = {"HITId": hit["HITId"], "NumberOfAdditionalAssignments": more}
    assert code_of(mturk.create_additional_assignments_for_hit, **arguments) == code
    assert hit_of(mturk, hit) == hit


def test_the_range_of_more_assignments_is_told_in_the_recorded_words(mturk):
    arguments = {"HITId": create(mturk)["HITId"], "NumberOfAdditionalAssignments": 0}
    assert message_of(mturk.create_additional_assignments_for_hit, **arguments).startswith(
        "The value 0 is invalid for MaxAssignmentIncrement. Valid values range from 1 to 1000000000. ("
    )


def test_a_repeated_token_adds_assignments_once(mturk):
    hit = create(mturk)
    arguments = {"HITId": hit["HITId"], "NumberOfAdditionalAssignments": 1, "UniqueRequestToken": "t"}
    first = mturk.create_additional_assignments_for_hit(**arguments)["ResponseMetadata"]["RequestId"]
    assert first in message_of(mturk.create_additional_assignments_for_hit, **arguments)
    assert hit_of(mturk, hit)["MaxAssignments"] == 2


def test_nothing_extends_a_hit_that_is_not_there_or_disposed(mturk):
    more = {"NumberOfAdditionalAssignments": 1}
    soon = {"ExpireAt": now() + HOUR}
    assert code_of(mturk.create_additional_assignments_for_hit, HITId="3NO", **more) == "HITDoesNotExist"
    assert code_of(mturk.update_expiration_for_hit, HITId="3NO", **soon) == "HITDoesNotExist"
    hit_id = create(mturk)["HITId"]
    mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=now() - HOUR)
    mturk.delete_hit(HITId=hit_id)
    assert code_of(mturk.create_additional_assignments_for_hit, HITId=hit_id, **more) == "InvalidHITState"
    assert code_of(mturk.update_expiration_for_hit, HITId=hit_id, **soon) == "InvalidHITState"


def test_a_review_policys_extension_adds_both_assignments_and_time(mturk, store, key):
    hit = create(mturk)
    with writing(store, key.account_id) as call:
        extend(call, find_hit(call.connection, key.account_id, hit["HITId"]), assignments=1, seconds=3600)
    extended = hit_of(mturk, hit)
    assert extended["Expiration"] == hit["Expiration"] + HOUR
    assert extended["MaxAssignments"] == 2
