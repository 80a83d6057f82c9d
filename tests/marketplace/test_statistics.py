"""The legacy requester statistics, on both databases, against a history told by hand."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from adapter.core import clock
from adapter.core.store import accounts
from adapter.marketplace.api.validation import validate
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.statistics import STATISTICS, statistic
from adapter.marketplace.errors import TurkError
from adapter.marketplace.operations import registry
from adapter.marketplace.operations.registry import run
from tests.marketplace.test_policies import known, plurality
from tests.marketplace.workshop import DAY, EXTERNAL, done, worker

DAY_MS = DAY * 1000
NUMBERS = {
    "NumberHITsAssignable": 1,
    "NumberHITsReviewable": 1,
    "NumberHITsCreated": 3,
    "NumberHITsCompleted": 2,
    "TotalRewardPayout": Decimal("1.50"),
    "TotalRewardFeePayout": Decimal("0.30"),
    "TotalFeePayout": Decimal("0.30"),
    "TotalRewardAndFeePayout": Decimal("1.80"),
    "TotalBonusPayout": Decimal("2.00"),
    "TotalBonusFeePayout": Decimal("0.40"),
    "EstimatedRewardLiability": Decimal("1.50"),
    "EstimatedFeeLiability": Decimal("0.30"),
    "EstimatedTotalLiability": Decimal("1.80"),
    "NumberAssignmentsAvailable": 1,
    "NumberAssignmentsAccepted": 8,
    "NumberAssignmentsPending": 1,
    "NumberAssignmentsApproved": 3,
    "NumberAssignmentsRejected": 2,
    "NumberAssignmentsReturned": 1,
    "NumberAssignmentsAbandoned": 0,
    "AverageRewardAmount": Decimal("0.50"),
    "PercentAssignmentsApproved": 0.6,
    "PercentAssignmentsRejected": 0.4,
    "NumberKnownAnswersCorrect": 2,
    "NumberKnownAnswersIncorrect": 4,
    "NumberKnownAnswersEvaluated": 6,
    "PercentKnownAnswersCorrect": pytest.approx(1 / 3),
    "NumberPluralityAnswersCorrect": 2,
    "NumberPluralityAnswersIncorrect": 1,
    "NumberPluralityAnswersEvaluated": 3,
    "PercentPluralityAnswersCorrect": pytest.approx(2 / 3),
}


@pytest.fixture
def requester(any_store):
    """An account with one HIT scored by both policies, one decided and deleted, one still open."""
    registry.load()
    account_id = accounts.create_account(any_store, "Requester").account_id

    def call(name, **request):
        return run(any_store, account_id, name, validate(name, request), "a-request")

    def hit(**members):
        base = {"Title": "T", "Description": "D", "Reward": "0.50", "AssignmentDurationInSeconds": 600}
        return call("CreateHIT", **base, LifetimeInSeconds=3600, Question=EXTERNAL, **members)["HIT"]["HITId"]

    scored = hit(MaxAssignments=3, AssignmentReviewPolicy=known(), HITReviewPolicy=plurality())
    first = done(any_store, scored, worker(1), ("q1", "yes"), ("q2", "b"))
    done(any_store, scored, worker(2), ("q1", "no"))
    third = done(any_store, scored, worker(3), ("q1", "no"))
    call("ApproveAssignment", AssignmentId=first)
    call("RejectAssignment", AssignmentId=third, RequesterFeedback="x")
    call("SendBonus", WorkerId=worker(1), AssignmentId=first, BonusAmount="2.00", Reason="good")
    deleted = hit(MaxAssignments=3)
    for number, decision in ((1, "Approve"), (2, "Approve"), (3, "Reject")):
        assignment_id = done(any_store, deleted, worker(number))
        call(f"{decision}Assignment", AssignmentId=assignment_id, RequesterFeedback="x")
    call("DeleteHIT", HITId=deleted)
    still_open = hit(MaxAssignments=2)
    assignment_lifecycle.accept(any_store, worker(1), still_open)
    returned = assignment_lifecycle.accept(any_store, worker(2), still_open).assignment_id
    assignment_lifecycle.return_assignment(any_store, worker(2), returned)
    return account_id


def test_every_statistic_has_its_value_over_all_time_and_over_today(any_store, requester):
    assert {name: statistic(any_store, requester, name)[0][1] for name in STATISTICS} == NUMBERS
    assert {name: statistic(any_store, requester, name, "OneDay")[0][1] for name in STATISTICS} == NUMBERS
    nobody = accounts.create_account(any_store, "Nobody").account_id
    assert not any(statistic(any_store, nobody, name)[0][1] for name in STATISTICS)


def test_one_worker_has_statistics_of_assignments_money_and_reviews_only(any_store, requester):
    def of(name, number=1):
        return statistic(any_store, requester, name, worker_id=worker(number))[0][1]

    assert (of("NumberAssignmentsApproved"), of("NumberAssignmentsRejected"), of("NumberAssignmentsApproved", 3)) == (
        2,
        0,
        0,
    )
    assert (of("TotalRewardPayout"), of("TotalBonusPayout")) == (Decimal("1.00"), Decimal("2.00"))
    assert (of("PercentKnownAnswersCorrect"), of("PercentKnownAnswersCorrect", 2)) == (1.0, 0.0)
    assert of("NumberPluralityAnswersIncorrect") == 1
    for name in ("NumberHITsCreated", "EstimatedTotalLiability", "AverageRewardAmount"):
        with pytest.raises(TurkError):
            of(name)


def test_days_come_oldest_first_and_longer_periods_as_one_point(any_store, requester):
    now = clock.milliseconds()
    today = now // DAY_MS * DAY_MS
    points = statistic(any_store, requester, "NumberHITsCreated", "OneDay", 3, now)
    assert points == [(today - 2 * DAY_MS, 0), (today - DAY_MS, 0), (today, 3)]
    later = now + 6 * DAY_MS
    assert statistic(any_store, requester, "NumberHITsCreated", "SevenDays", 1, later) == [(today + 6 * DAY_MS, 3)]
    assert statistic(any_store, requester, "NumberHITsCreated", "SevenDays", 1, later + DAY_MS)[0][1] == 0
    assert statistic(any_store, requester, "NumberHITsCreated", "ThirtyDays", 1, later + DAY_MS)[0][1] == 3


@pytest.mark.parametrize("terms", [("Nonsense",), ("NumberHITsCreated", "Week"), ("NumberHITsCreated", "OneDay", 0)])
def test_what_is_not_in_the_enumerations_is_refused(store, key, terms):
    with pytest.raises(TurkError):
        statistic(store, key.account_id, *terms)


def test_the_statistics_are_those_of_the_legacy_enumeration(contract_dir):
    catalog = json.loads((contract_dir / "contract" / "catalog.json").read_text())
    listed = catalog["enumerations"]["RequesterStatistic"]["values"]
    assert set(STATISTICS) == {each["value"] for each in listed}
