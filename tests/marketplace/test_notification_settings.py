"""Notification settings of HIT types, and test events."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from adapter.core.store import accounts
from adapter.core.store.tables import events
from adapter.marketplace.store.notification_settings import find_settings
from tests.marketplace.test_hits import PROPERTIES
from tests.marketplace.test_qualifications import code_of

SQS = {
    "Destination": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
    "Transport": "SQS",
    "Version": "2014-08-15",
    "EventTypes": ["AssignmentSubmitted", "HITReviewable", "AssignmentSubmitted"],
}
SNS = {
    "Destination": "arn:aws:sns:us-east-1:123456789012:topic",
    "Transport": "SNS",
    "Version": "2006-05-05",
    "EventTypes": ["HITExpired"],
}
EMAIL = {**SNS, "Transport": "Email", "Destination": "requester@example.com"}


@pytest.fixture
def hit_type_id(mturk):
    return mturk.create_hit_type(**PROPERTIES)["HITTypeId"]


def kept(store, hit_type_id):
    with store.read() as connection:
        return find_settings(connection, hit_type_id)


def test_a_specification_is_inactive_until_active_is_true_and_keeps_what_it_was_given(mturk, store, hit_type_id):
    mturk.update_notification_settings(HITTypeId=hit_type_id, Notification=SQS)
    row = kept(store, hit_type_id)
    assert (row.destination, row.transport, row.version, row.active) == (
        SQS["Destination"],
        "SQS",
        "2014-08-15",
        False,
    )
    assert row.event_types == ["AssignmentSubmitted", "HITReviewable"]
    mturk.update_notification_settings(HITTypeId=hit_type_id, Active=True)
    assert kept(store, hit_type_id).active


def test_a_new_specification_replaces_the_old_one_and_stays_active(mturk, store, hit_type_id):
    mturk.update_notification_settings(HITTypeId=hit_type_id, Notification=SQS, Active=True)
    mturk.update_notification_settings(HITTypeId=hit_type_id, Notification=SNS)
    row = kept(store, hit_type_id)
    assert (row.destination, row.event_types, row.active) == (SNS["Destination"], ["HITExpired"], True)
    mturk.update_notification_settings(HITTypeId=hit_type_id, Notification=EMAIL, Active=False)
    assert kept(store, hit_type_id).active is False


def test_active_alone_needs_a_specification_and_one_of_the_two_is_needed(mturk, hit_type_id):
    update = mturk.update_notification_settings
    assert code_of(update, HITTypeId=hit_type_id, Active=True) == "AWS.MissingParameters"
    assert code_of(update, HITTypeId=hit_type_id) == "AWS.MissingParameters"


def test_only_the_owner_of_the_type_sets_its_notifications(mturk, store, client_for, hit_type_id):
    other = client_for(accounts.create_account(store, "Other"))
    for client, of in ((other, hit_type_id), (mturk, "3NO")):
        assert code_of(client.update_notification_settings, HITTypeId=of, Notification=SQS) == "HITTypeDoesNotExist"
    assert kept(store, hit_type_id) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Destination": "queue"}, "InvalidTransportEndpoint"),
        ({"Destination": "https://example.com/" + "x" * 1024}, "InvalidTransportEndpoint"),
        ({"Transport": "SNS"}, "InvalidTransportEndpoint"),
        ({"Transport": "Email"}, "InvalidTransportEndpoint"),
        ({"Transport": "Pigeon"}, "AWS.InvalidEnumeratedParameter"),
        ({"Version": "1"}, "InvalidParameterValue"),
        ({"EventTypes": []}, "InvalidParameterValue"),
        ({"EventTypes": ["Sunrise"]}, "AWS.InvalidEnumeratedParameter"),
    ],
)
def test_a_specification_nothing_could_be_sent_to_is_refused_by_both_operations(
    mturk, store, hit_type_id, changes, code
):
    wrong = {**SQS, **changes}
    assert code_of(mturk.update_notification_settings, HITTypeId=hit_type_id, Notification=wrong) == code
    assert code_of(mturk.send_test_event_notification, Notification=wrong, TestEventType="Ping") == code
    assert kept(store, hit_type_id) is None


@pytest.mark.parametrize(("event_type", "of_assignment"), [("Ping", False), ("AssignmentSubmitted", True)])
def test_a_test_event_goes_to_its_own_specification(mturk, store, key, event_type, of_assignment):
    mturk.send_test_event_notification(Notification=SNS, TestEventType=event_type)
    with store.read() as connection:
        row = connection.execute(select(events)).one()
    assert (row.account_id, row.event_type, row.specification) == (key.account_id, event_type, SNS)
    assert (row.assignment_id is not None) is of_assignment
    assert row.delivered_at is None
