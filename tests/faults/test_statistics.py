"""Statistics in front of an endpoint that keeps none: what its lists tell exactly, and why the others are refused."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from adapter.core.statistic_definitions import STATISTICS
from adapter.legacy.operations import statistics
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.statistics import statistic
from adapter.marketplace.store import tables
from tests.faults.scenarios import fresh

INVALID = "AWS.MechanicalTurk.InvalidParameterValue"
DAY = 86_400_000
ANSWERED = {
    "NumberHITsAssignable",
    "NumberHITsReviewable",
    "NumberAssignmentsAvailable",
    "NumberAssignmentsPending",
    "EstimatedRewardLiability",
}


def reward(amount):
    return {"Amount": amount, "CurrencyCode": "USD"}


def a_day(world):
    """HITs in every state, worked on, decided, expired, disposed of, some days ago, through the gateway or past it."""
    client, scene, there = world.client, world.scene, world.there
    workers = [fresh("AW") for _ in range(3)]
    first = client.hit(MaxAssignments="4", Reward=reward("0.25"))
    done = [scene.work(first, worker) for worker in workers]
    client.call("ApproveAssignment", AssignmentId=done[0])
    there.reject_assignment(AssignmentId=done[1], RequesterFeedback="no")
    held = client.hit(MaxAssignments="10", Reward=reward("0.07"))
    scene.accept(held, workers[0])
    assignment_lifecycle.return_assignment(scene.store, workers[1], scene.accept(held, workers[1]))
    full = client.hit(Reward=reward("0.30"))
    scene.accept(full, workers[2])
    expired = client.hit(MaxAssignments="5", Reward=reward("1.10"))
    scene.work(expired, workers[0])
    client.call("ForceExpireHIT", HITId=expired)
    decided = client.hit(Reward=reward("0.10"))
    client.call("ApproveAssignment", AssignmentId=scene.work(decided, workers[1]))
    reviewing = client.hit(Reward=reward("0.11"))
    scene.work(reviewing, workers[1])
    client.call("SetHITAsReviewing", HITId=reviewing)
    gone = client.hit(Reward=reward("0.40"))
    client.call("ApproveAssignment", AssignmentId=scene.work(gone, workers[2]))
    client.call("DisposeHIT", HITId=gone)
    for hit_id, days in ((held, 3), (expired, 20), (reviewing, 40)):
        _older(scene.store, hit_id, days * DAY)
    return workers


def _older(store, hit_id, age):
    """As if a HIT had been made, and worked on, so many milliseconds earlier."""
    with store.write() as connection:
        for table, column in ((tables.hits, "created_at"), (tables.assignments, "submitted_at")):
            earlier = table.c[column] - age
            connection.execute(update(table).where(table.c.hit_id == hit_id).values(**{column: earlier}))


def ask(world, name, period="LifeToDate", worker_id=None, count=1):
    """The values of all data points, whatever their kind."""
    members = {"Statistic": name, "TimePeriod": period, "Count": str(count)}
    if worker_id is None:
        root = world.client.call("GetRequesterStatistic", **members)
    else:
        root = world.client.call("GetRequesterWorkerStatistic", WorkerId=worker_id, **members)
    return [float(each.text) for each in root.iter("LongValue", "DoubleValue")]


def theirs(world, name, period="LifeToDate", count=1, worker_id=None):
    """What the marketplace's own record says."""
    store, account_id = world.scene.store, world.client.key.account_id
    return [float(value) for _, value in statistic(store, account_id, name, period, count, worker_id=worker_id)]


def refusal(world, name, operation="GetRequesterStatistic", **members):
    assert world.client.error(operation, Statistic=name, **{"TimePeriod": "LifeToDate", **members}) == INVALID
    return world.client.last.body.decode()


def test_what_lists_tell_is_what_the_marketplace_says_in_every_period(world):
    a_day(world)
    for name in sorted(ANSWERED):
        periods = [("LifeToDate", 1), ("ThirtyDays", 1), ("SevenDays", 1), ("OneDay", 45)]
        for period, count in periods[:1] if name == "NumberHITsReviewable" else periods:
            expected = theirs(world, name, period, count)
            assert ask(world, name, period, count=count) == pytest.approx(expected, abs=1e-6), (name, period)
            assert period != "LifeToDate" or any(expected), name


def test_of_a_worker_the_work_that_waits_for_a_decision_is_counted(world):
    name = "NumberAssignmentsPending"
    for worker in a_day(world):
        expected = theirs(world, name, "SevenDays", worker_id=worker)
        assert ask(world, name, "SevenDays", worker) == expected
    assert expected == [1]


def test_every_other_statistic_is_refused_without_a_call_and_with_its_reason(world):
    world.clear()
    assert "returned or abandoned" in refusal(world, "NumberAssignmentsAccepted")
    assert "show no fees" in refusal(world, "EstimatedTotalLiability")
    assert "disposed of" in refusal(world, "NumberHITsCreated")
    assert "only LifeToDate" in refusal(world, "NumberHITsReviewable", TimePeriod="OneDay")
    assert "not about Workers" in refusal(
        world, "NumberHITsAssignable", operation="GetRequesterWorkerStatistic", WorkerId="A1WORKER"
    )
    for name in set(STATISTICS) - ANSWERED:
        assert "another endpoint" in refusal(world, name)
    assert world.faulty.calls == []


def test_assignments_are_listed_only_of_hits_that_may_hold_submitted_work(world):
    a_day(world)
    world.clear()
    ask(world, "NumberAssignmentsPending")
    asked = {each["HITId"] for each in world.faulty.bodies if "HITId" in each}
    # the one with work waiting, the one under review, and the expired one
    assert len(asked) == 3


def test_a_count_that_takes_too_many_calls_is_refused_and_stops(world, monkeypatch):
    monkeypatch.setattr(statistics, "MOST_CALLS", 2)
    for _ in range(8):
        world.scene.work(world.client.hit(MaxAssignments="2"), fresh("AW"))
    assert ask(world, "NumberHITsAssignable") == [8]
    world.clear()
    assert "more than 2 calls" in refusal(world, "NumberAssignmentsPending")
    assert len(world.faulty.calls) < 8


def test_counters_that_the_endpoint_leaves_out_hide_no_submitted_work(world):
    hit_id = world.client.hit()
    world.scene.work(hit_id, fresh("AW"))
    (row,) = world.there.list_hits()["HITs"]
    bare = {name: value for name, value in row.items() if not name.startswith("NumberOfAssignments")}
    for name in ("CreationTime", "Expiration"):
        bare[name] = bare[name].timestamp()
    world.faulty.faults["ListHITs"] = [(200, json.dumps({"NumResults": 1, "HITs": [bare]}).encode())]
    assert ask(world, "NumberAssignmentsPending") == [1]
