"""Statistics in front of an endpoint that keeps none: the gateway's ledger says what the marketplace would have said."""

from __future__ import annotations

import pytest

from adapter.application import upstream_of
from adapter.formulas import STATISTICS
from adapter.marketplace.statistics import statistic
from adapter.operations import ledger
from adapter.store import facts
from tests.faults.scenarios import fresh
from tests.legacy import EXTERNAL

TURK = "AWS.MechanicalTurk."
#: What only events tell (the service dropped the first three in 2016), and results of review policies.
UNKNOWN = {
    name
    for name in STATISTICS
    if name.endswith(("Accepted", "Returned", "Abandoned")) or "KnownAnswers" in name or "PluralityAnswers" in name
}


def reward(amount):
    return {"Amount": amount, "CurrencyCode": "USD"}


def a_day(world):
    """HITs made, worked on, decided by hand and by others, paid extra, extended, disposed, disabled; the first worker."""
    client, scene = world.client, world.scene
    workers = [fresh("AW") for _ in range(4)]
    first = client.hit(MaxAssignments="4", Reward=reward("0.25"))
    done = [scene.work(first, worker) for worker in workers[:3]]
    client.call("ApproveAssignment", AssignmentId=done[0])
    client.call("RejectAssignment", AssignmentId=done[1], RequesterFeedback="no")
    client.call("GrantBonus", WorkerId=workers[0], AssignmentId=done[0], BonusAmount=reward("1.10"), Reason="very good")
    large = client.hit(MaxAssignments="10", Reward=reward("0.07"))
    other = scene.work(large, workers[0])
    world.there.approve_assignment(AssignmentId=other)
    scene.accept(large, workers[1])
    gone = client.hit(Reward=reward("0.40"))
    client.call("RejectAssignment", AssignmentId=scene.work(gone, workers[3]), RequesterFeedback="no")
    assert ledger.run_due(world.store, world.settings, upstream_of(world.settings, world.store)) >= 3
    client.call("DisposeHIT", HITId=gone)
    reviewable = client.hit(Reward=reward("0.10"))
    client.call("RejectAssignment", AssignmentId=scene.work(reviewable, workers[2]), RequesterFeedback="no")
    client.call("ApproveRejectedAssignment", AssignmentId=_only(world, reviewable))
    disabled = client.hit(MaxAssignments="2", Reward=reward("0.30"))
    scene.work(disabled, workers[1])
    client.call("DisableHIT", HITId=disabled)
    return workers[0]


def _only(world, hit_id):
    return world.there.list_assignments_for_hit(HITId=hit_id)["Assignments"][0]["AssignmentId"]


def shown(root):
    """The values of all data points, whatever their kind."""
    return [float(each.text) for each in root.iter("LongValue", "DoubleValue")]


def theirs(world, name, period="LifeToDate", count=1, worker_id=None):
    store, account_id = world.scene.store, world.client.key.account_id
    return [float(value) for _, value in statistic(store, account_id, name, period, count, worker_id=worker_id)]


def test_the_ledger_says_what_the_marketplace_says(any_world):
    world = any_world
    worker = a_day(world)
    for name in STATISTICS:
        members = {"Statistic": name, "TimePeriod": "LifeToDate"}
        if name in UNKNOWN:
            assert world.client.error("GetRequesterStatistic", **members) == f"{TURK}InvalidParameterValue"
            continue
        found = world.client.call("GetRequesterStatistic", **members)
        assert shown(found) == pytest.approx(theirs(world, name), abs=1e-6), name
        days = world.client.call("GetRequesterStatistic", Statistic=name, TimePeriod="OneDay", Count="3")
        assert shown(days) == pytest.approx(theirs(world, name, "OneDay", 3), abs=1e-6), name
    for name in ("NumberAssignmentsApproved", "TotalRewardPayout", "TotalBonusPayout", "PercentAssignmentsApproved"):
        found = world.client.call(
            "GetRequesterWorkerStatistic", Statistic=name, TimePeriod="SevenDays", WorkerId=worker
        )
        assert shown(found) == pytest.approx(theirs(world, name, "SevenDays", worker_id=worker), abs=1e-6)
    members = {"Statistic": "NumberHITsCreated", "TimePeriod": "OneDay", "WorkerId": worker}
    assert world.client.error("GetRequesterWorkerStatistic", **members) == f"{TURK}InvalidParameterValue"


def test_what_happened_before_the_gateway_came_is_found_in_the_hits(world):
    made = world.there.create_hit(
        Title="Before",
        Description="d",
        Reward="0.50",
        AssignmentDurationInSeconds=60,
        LifetimeInSeconds=3600,
        MaxAssignments=3,
        Question=EXTERNAL,
    )["HIT"]["HITId"]
    done = [world.scene.work(made, fresh("AW")) for _ in range(2)]
    world.there.approve_assignment(AssignmentId=done[0])
    world.there.reject_assignment(AssignmentId=done[1], RequesterFeedback="no")
    for name in ("NumberHITsCreated", "NumberAssignmentsApproved", "TotalRewardPayout", "PercentAssignmentsRejected"):
        found = world.client.call("GetRequesterStatistic", Statistic=name, TimePeriod="ThirtyDays")
        assert shown(found) == pytest.approx(theirs(world, name, "ThirtyDays"), abs=1e-6), name


def test_a_dozen_statistics_cost_one_look_at_the_hits(world):
    for _ in range(3):
        world.client.hit()
    world.clear()
    for name in sorted(set(STATISTICS) - UNKNOWN):
        world.client.call("GetRequesterStatistic", Statistic=name, TimePeriod="LifeToDate")
    assert len(world.faulty.calls) <= 2


def test_a_ledger_that_cannot_be_written_spoils_no_answer(world, monkeypatch, caplog):
    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(facts, "add", broken)
    hit_id = world.client.hit()
    world.client.call("ApproveAssignment", AssignmentId=world.scene.work(hit_id, fresh("AW")))
    assert "was not recorded" in caplog.text


def test_a_statistic_that_cannot_be_made_now_is_told_to_come_back(world):
    world.client.hit()
    world.faulty.faults["ListHITs"] = ["html"] * 9
    world.client.answer("GetRequesterStatistic", Statistic="NumberHITsAssignable", TimePeriod="LifeToDate")
    assert world.client.last.status == 503


def test_one_account_that_cannot_be_asked_does_not_stop_the_worker(world):
    hit_id = world.client.hit()
    world.client.call("ApproveAssignment", AssignmentId=world.scene.work(hit_id, fresh("AW")))
    world.faulty.faults["GetAssignment"] = ["denied"] * 9
    upstream = upstream_of(world.settings, world.store)
    assert ledger.run_due(world.store, world.settings, upstream) == 1
    world.faulty.faults.clear()
    assert ledger.run_due(world.store, world.settings, upstream) == 1
    assert ledger.run_due(world.store, world.settings, upstream) == 0
