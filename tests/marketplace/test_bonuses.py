"""SendBonus and ListBonusPayments through boto3."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from adapter.core.store import accounts
from adapter.marketplace.domain import assignment_lifecycle
from tests.marketplace.workshop import DAY, a_hit, done, worker

FIRST, SECOND = worker(1), worker(2)
INVALID = "AWS.MechanicalTurk.InvalidParameterValue"


def refused(code, message, function, **members):
    with pytest.raises(ClientError) as caught:
        function(**members)
    assert caught.value.response["TurkErrorCode"] == code
    assert message in caught.value.response["Error"]["Message"]


def test_a_bonus_pays_amount_and_fee_and_is_listed_by_hit_and_by_assignment(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=2)
    first, second = done(store, hit_id, FIRST), done(store, hit_id, SECOND)
    before = float(mturk.get_account_balance()["AvailableBalance"])
    mturk.send_bonus(WorkerId=FIRST, AssignmentId=first, BonusAmount="2", Reason="Fine work")
    mturk.send_bonus(WorkerId=SECOND, AssignmentId=second, BonusAmount="0.01", Reason="A cent")
    assert float(mturk.get_account_balance()["AvailableBalance"]) == pytest.approx(before - 2.40 - 0.02)
    listed = mturk.list_bonus_payments(HITId=hit_id)["BonusPayments"]
    assert [(each["AssignmentId"], each["BonusAmount"], each["Reason"]) for each in listed] == [
        (first, "2.00", "Fine work"),
        (second, "0.01", "A cent"),
    ]
    assert mturk.list_bonus_payments(AssignmentId=second)["BonusPayments"] == listed[1:]
    pages = mturk.get_paginator("list_bonus_payments").paginate(HITId=hit_id, PaginationConfig={"PageSize": 1})
    assert [each for page in pages for each in page["BonusPayments"]] == listed


def test_a_repeated_token_pays_once_and_names_the_request_that_paid(mturk, store, later):
    hit_id = a_hit(mturk)
    bonus = {
        "WorkerId": FIRST,
        "AssignmentId": done(store, hit_id, FIRST),
        "BonusAmount": "1.00",
        "Reason": "once",
        "UniqueRequestToken": "token-1",
    }
    paid_by = mturk.send_bonus(**bonus)["ResponseMetadata"]["RequestId"]
    refused(
        INVALID,
        f'The idempotency token "token-1" has already been processed. RequestId: {paid_by}',
        mturk.send_bonus,
        **bonus,
    )
    assert mturk.list_bonus_payments(HITId=hit_id)["NumResults"] == 1
    later(DAY + 1)
    mturk.send_bonus(**bonus)
    assert mturk.list_bonus_payments(HITId=hit_id)["NumResults"] == 2


def test_a_bonus_needs_the_workers_own_submitted_assignment(mturk, client_for, store):
    hit_id = a_hit(mturk, MaxAssignments=2)
    accepted = assignment_lifecycle.accept(store, FIRST, hit_id).assignment_id
    submitted = done(store, hit_id, SECOND)
    common = {"BonusAmount": "1.00", "Reason": "x"}
    for worker_id, assignment_id in ((FIRST, accepted), (FIRST, submitted)):
        message = f'The value "{worker_id}" is not valid for the parameter WorkerId. ('
        refused(INVALID, message, mturk.send_bonus, WorkerId=worker_id, AssignmentId=assignment_id, **common)
    other = client_for(accounts.create_account(store, "Other"))
    for call, assignment_id in ((mturk, "3NOTHING"), (other, submitted)):
        message = f"Assignment {assignment_id} does not exist. ("
        code = "AWS.MechanicalTurk.AssignmentDoesNotExist"
        refused(code, message, call.send_bonus, WorkerId=SECOND, AssignmentId=assignment_id, **common)


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("BonusAmount", "0", INVALID),
        ("BonusAmount", "0.00", INVALID),
        ("BonusAmount", "99999999999", "AWS.ParameterOutOfRange"),
        ("Reason", "x" * 4097, INVALID),
        ("Reason", "bell \x07", INVALID),
    ],
)
def test_values_without_sense_pay_nothing(mturk, store, member, value, code):
    hit_id = a_hit(mturk)
    bonus = {"WorkerId": FIRST, "AssignmentId": done(store, hit_id, FIRST), "BonusAmount": "1.00", "Reason": "x"}
    refused(code, member, mturk.send_bonus, **{**bonus, member: value})
    assert mturk.list_bonus_payments(HITId=hit_id)["NumResults"] == 0


def test_a_bonus_beyond_the_balance_is_refused_whole(mturk, store):
    hit_id = a_hit(mturk)
    assignment_id = done(store, hit_id, FIRST)
    code = "AWS.MechanicalTurk.InsufficientFunds"
    bonus = {"WorkerId": FIRST, "AssignmentId": assignment_id, "BonusAmount": "9000", "Reason": "too much"}
    refused(code, "This Requester has insufficient funds", mturk.send_bonus, **bonus)
    assert mturk.list_bonus_payments(HITId=hit_id)["NumResults"] == 0
    assert mturk.get_account_balance()["AvailableBalance"] == "9999.40"


def test_bonuses_are_listed_for_exactly_one_known_thing(mturk, store):
    hit_id = a_hit(mturk)
    assignment_id = done(store, hit_id, FIRST)
    refused(INVALID, "HITId", mturk.list_bonus_payments)
    refused(INVALID, "HITId", mturk.list_bonus_payments, HITId=hit_id, AssignmentId=assignment_id)
    refused("AWS.MechanicalTurk.HITDoesNotExist", "3XYZ", mturk.list_bonus_payments, HITId="3XYZ")
    refused("AWS.MechanicalTurk.AssignmentDoesNotExist", "3XYZ", mturk.list_bonus_payments, AssignmentId="3XYZ")
