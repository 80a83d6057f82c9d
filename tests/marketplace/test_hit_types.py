"""HIT types: equal properties are one type."""

from __future__ import annotations

import pytest

from tests.marketplace.test_hits import ADULT, PROPERTIES, create
from tests.marketplace.test_qualifications import code_of

LOCALE = {"QualificationTypeId": "00000000000000000071", "Comparator": "EqualTo", "LocaleValues": [{"Country": "DE"}]}


def register(mturk, **members):
    return mturk.create_hit_type(**{**PROPERTIES, **members})["HITTypeId"]


def test_equal_properties_give_the_same_type_also_by_create_hit(mturk):
    first = register(mturk)
    assert register(mturk) == first
    assert create(mturk)["HITTypeId"] == first


@pytest.mark.parametrize("reward", ["0.5", "0.50", "00.5"])
def test_money_is_compared_as_money(mturk, reward):
    assert register(mturk, Reward=reward) == register(mturk)


def test_the_default_of_auto_approval_is_thirty_days(mturk):
    assert register(mturk, AutoApprovalDelayInSeconds=2_592_000) == register(mturk)


def test_requirements_are_a_set(mturk):
    first = register(mturk, QualificationRequirements=[ADULT, LOCALE])
    assert register(mturk, QualificationRequirements=[LOCALE, {**ADULT, "ActionsGuarded": "Accept"}]) == first
    assert register(mturk, QualificationRequirements=[LOCALE]) != first


@pytest.mark.parametrize(
    "other",
    [
        {"Title": "Other"},
        {"Description": "Other"},
        {"Keywords": "other"},
        {"Reward": "0.51"},
        {"AssignmentDurationInSeconds": 601},
        {"AutoApprovalDelayInSeconds": 1},
        {"QualificationRequirements": [ADULT]},
    ],
)
def test_any_other_property_makes_another_type(mturk, other):
    assert register(mturk, **other) != register(mturk)


def test_absent_keywords_are_not_empty_words_of_another_member(mturk):
    properties = {name: value for name, value in PROPERTIES.items() if name != "Keywords"}
    without = mturk.create_hit_type(**properties)["HITTypeId"]
    assert without != register(mturk)
    assert mturk.create_hit_type(**properties)["HITTypeId"] == without


def test_a_type_costs_nothing_however_high_its_reward(mturk):
    register(mturk, Reward="100000")
    assert mturk.get_account_balance()["AvailableBalance"] == "10000.00"
    assert code_of(mturk.create_hit_type, **{**PROPERTIES, "Reward": "1e3"}) == "AWS.ParameterOutOfRange"
