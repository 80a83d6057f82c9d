"""Fees and the spelling of money."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.core.settings import Settings
from adapter.core.store.balances import balances, sums
from adapter.marketplace.domain.money import dollars, fee_of_assignment, fee_of_bonus
from adapter.marketplace.errors import TurkError
from tests.marketplace.test_hits import MASTERS, create
from tests.marketplace.workshop import done, worker

SETTINGS = Settings()
FREE = dataclasses.replace(SETTINGS, fee_percent=0)


@pytest.mark.parametrize(
    ("reward", "assignments", "requirements", "fee"),
    [
        ("1.00", 1, [], "0.20"),
        ("1.00", 9, [], "0.20"),
        ("1.00", 10, [], "0.40"),
        ("1.00", 1, [MASTERS], "0.25"),
        ("1.00", 10, [MASTERS], "0.45"),
        ("0.01", 1, [], "0.01"),
        ("0.12", 1, [], "0.02"),
        ("0.13", 1, [], "0.03"),
        ("0.10", 1, [MASTERS], "0.03"),
        ("0.00", 10, [MASTERS], "0.00"),
    ],
)
def test_the_fee_is_one_percentage_rounded_half_up_and_at_least_a_cent(reward, assignments, requirements, fee):
    assert fee_of_assignment(SETTINGS, Decimal(reward), assignments, requirements) == Decimal(fee)


def test_a_fee_of_nothing_switches_all_fees_off():
    assert fee_of_assignment(FREE, Decimal("1.00"), 10, [MASTERS]) == 0
    assert fee_of_bonus(FREE, Decimal("1.00")) == 0
    assert fee_of_bonus(SETTINGS, Decimal("1.00")) == Decimal("0.20")


@given(st.decimals(0, 1_000_000, places=2), st.integers(0, 100), st.integers(0, 100), st.integers(1, 1_000_000_000))
def test_a_fee_is_whole_cents_and_within_a_cent_of_its_percentage(reward, percent, more, assignments):
    changed = dataclasses.replace(SETTINGS, fee_percent=percent, fee_percent_large=more)
    fee = fee_of_assignment(changed, reward, assignments, [])
    exact = reward * (percent + (more if assignments >= 10 else 0)) / 100 if percent else Decimal(0)
    assert fee == fee.quantize(Decimal("0.01"))
    assert abs(fee - exact) <= Decimal("0.01")


@pytest.mark.parametrize(
    ("text", "amount"), [("5", "5.00"), ("0.5", "0.50"), ("5.", "5.00"), ("1000000", "1000000.00")]
)
def test_every_spelling_the_model_allows_is_read(text, amount):
    assert str(dollars(text, "Reward")) == amount


@pytest.mark.parametrize("text", ["", "-1", "1e3", "0.001", "1,00", "1000000.01", "9" * 400, "٣", "NaN", " 1"])
def test_no_other_spelling_and_no_larger_amount_is_read(text):
    with pytest.raises(TurkError) as caught:
        dollars(text, "Reward")
    assert caught.value.parameter == "Reward"


def test_the_ledger_says_where_the_money_went(mturk, store, key):
    hit = create(mturk, MaxAssignments=3)
    assignment_id = done(store, hit["HITId"], worker(1))
    mturk.approve_assignment(AssignmentId=assignment_id)
    mturk.reject_assignment(AssignmentId=done(store, hit["HITId"], worker(2)), RequesterFeedback="no")
    mturk.send_bonus(AssignmentId=assignment_id, WorkerId=worker(1), BonusAmount="0.05", Reason="good")
    with store.read() as connection:
        booked = {name: str(value) for name, value in sums(connection, key.account_id).items()}
        kept = [str(each) for each in balances(connection, key.account_id)]
    assert booked == {
        "available": "9998.74",
        "held": "0.60",
        "workers": "0.55",
        "fees": "0.11",
        "deposits": "-10000.00",
    }
    assert kept == ["9998.74", "0.60"]
