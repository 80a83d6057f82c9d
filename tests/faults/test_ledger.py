"""Statistics in front of an endpoint that keeps none: the gateway's ledger says what the marketplace would have said."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import select, update

from adapter.app import upstream_of
from adapter.core.statistic_definitions import STATISTICS
from adapter.core.store import tables as account_tables
from adapter.core.store.accounts import milliseconds
from adapter.core.store.outbox import Event
from adapter.legacy.operations import ledger, looks
from adapter.legacy.store import facts
from adapter.legacy.store import looks as store_looks
from adapter.marketplace.domain import assignment_lifecycle, timers
from adapter.marketplace.domain.statistics import statistic
from adapter.marketplace.store import assignments
from adapter.marketplace.store import tables as marketplace_tables
from adapter.marketplace.store.statistics import WORKER_SOURCES
from tests.contract.day import FORM, KNOWN_ANSWERS, PLURALITY
from tests.faults.scenarios import fresh
from tests.legacy_client import EXTERNAL

TURK = "AWS.MechanicalTurk."
HOUR = 3_600_000


@pytest.fixture(autouse=True)
def _always_looking(monkeypatch):
    """Each question looks at the HITs anew, as one half a minute later would."""
    monkeypatch.setattr(ledger, "SEEN_SECONDS", -1.0)


def reward(amount):
    return {"Amount": amount, "CurrencyCode": "USD"}


def a_day(world):
    """HITs made, worked on, scored, decided by hand and by others, paid extra, returned, disposed; the workers."""
    client, scene, store = world.client, world.scene, world.scene.store
    workers = [fresh("AW") for _ in range(5)]
    first = client.hit(MaxAssignments="4", Reward=reward("0.25"))
    done = [scene.work(first, worker) for worker in workers[:3]]
    client.call("ApproveAssignment", AssignmentId=done[0])
    client.call("RejectAssignment", AssignmentId=done[1], RequesterFeedback="no")
    client.call("GrantBonus", WorkerId=workers[0], AssignmentId=done[0], BonusAmount=reward("1.10"), Reason="very good")
    large = client.hit(MaxAssignments="10", Reward=reward("0.07"))
    other = scene.work(large, workers[0])
    world.there.approve_assignment(AssignmentId=other)
    scene.accept(large, workers[1])
    given_back = scene.accept(large, workers[2])
    scored = client.hit(
        MaxAssignments="3",
        Question=FORM,
        AssignmentReviewPolicy=KNOWN_ANSWERS,
        HITReviewPolicy=PLURALITY,
        Reward=reward("0.15"),
    )
    for worker, colour in zip(workers, ("red", "green", "red"), strict=False):
        scene.work(scored, worker, q1=colour)
    shown(client.call("GetRequesterStatistic", Statistic="NumberAssignmentsPending"))
    assignment_lifecycle.return_assignment(store, workers[2], given_back)
    gone = client.hit(Reward=reward("0.40"), AssignmentReviewPolicy=KNOWN_ANSWERS)
    client.call("ApproveAssignment", AssignmentId=scene.work(gone, workers[3], q1="blue"))
    client.call("DisposeHIT", HITId=gone)
    reviewable = client.hit(Reward=reward("0.10"))
    client.call("RejectAssignment", AssignmentId=scene.work(reviewable, workers[2]), RequesterFeedback="no")
    client.call("ApproveRejectedAssignment", AssignmentId=_only(world, reviewable))
    disabled = client.hit(MaxAssignments="2", Reward=reward("0.30"))
    scene.work(disabled, workers[1])
    client.call("DisableHIT", HITId=disabled)
    return workers


def _only(world, hit_id):
    return world.there.list_assignments_for_hit(HITId=hit_id)["Assignments"][0]["AssignmentId"]


def shown(root):
    """The values of all data points, whatever their kind."""
    return [float(each.text) for each in root.iter("LongValue", "DoubleValue")]


def theirs(world, name, period="LifeToDate", count=1, worker_id=None):
    store, account_id = world.scene.store, world.client.key.account_id
    return [float(value) for _, value in statistic(store, account_id, name, period, count, worker_id=worker_id)]


def ask(world, name, period="LifeToDate", worker_id=None, count=1):
    members = {"Statistic": name, "TimePeriod": period, "Count": str(count)}
    if worker_id is None:
        return shown(world.client.call("GetRequesterStatistic", **members))
    return shown(world.client.call("GetRequesterWorkerStatistic", WorkerId=worker_id, **members))


def test_the_ledger_says_what_the_marketplace_says(any_world):
    world = any_world
    a_day(world)
    for name in STATISTICS:
        for period in ("LifeToDate", "ThirtyDays", "SevenDays", "OneDay"):
            assert ask(world, name, period) == pytest.approx(theirs(world, name, period), abs=1e-6), (name, period)
        assert ask(world, name, "OneDay", count=3) == pytest.approx(theirs(world, name, "OneDay", 3), abs=1e-6), name
    assert ask(world, "NumberAssignmentsReturned") == [1]
    assert ask(world, "NumberKnownAnswersEvaluated") == [4]
    assert ask(world, "NumberPluralityAnswersEvaluated") == [3]


#: What a Worker gives back, or has in hand, bears no name where the upstream shows only how many there are.
NAMELESS = {"NumberAssignmentsReturned", "NumberAssignmentsAbandoned", "NumberAssignmentsAccepted"}


def test_the_ledger_says_of_each_worker_what_the_marketplace_says(world):
    workers = a_day(world)
    for name, formula in STATISTICS.items():
        if not WORKER_SOURCES.issuperset(formula.sources):
            members = {"Statistic": name, "TimePeriod": "OneDay", "WorkerId": workers[0]}
            assert world.client.error("GetRequesterWorkerStatistic", **members) == f"{TURK}InvalidParameterValue"
            continue
        for worker in workers:
            expected = theirs(world, name, "SevenDays", worker_id=worker)
            if name in NAMELESS and worker in workers[1:3]:
                expected = {"NumberAssignmentsAccepted": [expected[0] - 1]}.get(name, [0])
            assert ask(world, name, "SevenDays", worker) == pytest.approx(expected, abs=1e-6), (name, worker)


def later(monkeypatch, milliseconds_later):
    """The gateway's looks happen later; the marketplace's clock is moved by running its timers."""
    for module in (looks, ledger):
        monkeypatch.setattr(module, "milliseconds", lambda: milliseconds() + milliseconds_later)


def test_work_whose_time_ran_out_between_two_looks_was_abandoned(world, monkeypatch):
    hit_id = world.client.hit(MaxAssignments="3", AssignmentDurationInSeconds="60", LifetimeInSeconds="86400")
    held = [world.scene.accept(hit_id, fresh("AW")) for _ in range(2)]
    assert ask(world, "NumberAssignmentsAccepted") == [2]
    timers.run_due(world.scene.store, milliseconds() + 120_000)
    assert world.hit(hit_id)["NumberOfAssignmentsPending"] == 0
    later(monkeypatch, 120_000)
    assert (ask(world, "NumberAssignmentsAbandoned"), ask(world, "NumberAssignmentsReturned")) == ([2], [0])
    assert ask(world, "NumberAssignmentsAccepted") == [2]
    assert len(held) == 2


def test_what_others_delete_between_two_looks_was_accepted_all_the_same(world):
    hit_id = world.client.hit()
    assignment_id = world.scene.accept(hit_id, fresh("AW"))
    assert ask(world, "NumberAssignmentsAccepted") == [1]
    assignment_lifecycle.return_assignment(world.scene.store, _worker_of(world, assignment_id), assignment_id)
    world.there.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    world.there.delete_hit(HITId=hit_id)
    assert ask(world, "NumberAssignmentsAccepted") == [1]
    assert ask(world, "NumberAssignmentsReturned") == [0]


def _worker_of(world, assignment_id):
    with world.scene.store.read() as connection:
        return assignments.find_assignment(connection, assignment_id).worker_id


def told(world, kind, hit_id, assignment_id, at=None):
    account_id = world.key.account_id
    event = Event(account_id, f"Assignment{kind}", "T", hit_id, assignment_id, milliseconds() if at is None else at)
    for _ in range(2):  # at least once, that is
        ledger.observe(world.store, [event])


@pytest.mark.parametrize("looked", [False, True], ids=["told first", "looked first"])
@pytest.mark.parametrize("accepted", [False, True], ids=["end only", "all told"])
def test_notifications_make_the_count_of_what_came_back_exact(world, looked, accepted):
    hit_id = world.client.hit(MaxAssignments="3")
    workers = [fresh("AW") for _ in range(2)]
    held = [world.scene.accept(hit_id, worker) for worker in workers]
    if accepted:
        for each in held:
            told(world, "Accepted", hit_id, each)
    assert ask(world, "NumberAssignmentsAccepted") == [2]
    at = milliseconds()
    assignment_lifecycle.return_assignment(world.scene.store, workers[0], held[0])
    if looked:
        assert ask(world, "NumberAssignmentsReturned") == [1]
    told(world, "Returned", hit_id, held[0], at)
    assert (ask(world, "NumberAssignmentsReturned"), ask(world, "NumberAssignmentsAbandoned")) == ([1], [0])
    assert ask(world, "NumberAssignmentsAccepted") == [2]
    # what came and went between two looks is told, too
    third = fresh("AW")
    again = world.scene.accept(hit_id, third)
    assignment_lifecycle.return_assignment(world.scene.store, third, again)
    told(world, "Returned", hit_id, again)
    assert (ask(world, "NumberAssignmentsReturned"), ask(world, "NumberAssignmentsAccepted")) == ([2], [3])
    assignment_lifecycle.submit(world.scene.store, workers[1], held[1], [])
    assert (ask(world, "NumberAssignmentsReturned"), ask(world, "NumberAssignmentsAccepted")) == ([2], [3])


def test_a_notification_of_abandoned_work_corrects_what_looked_like_returned(world):
    hit_id = world.client.hit(MaxAssignments="2", AssignmentDurationInSeconds="3600")
    worker = fresh("AW")
    assignment_id = world.scene.accept(hit_id, worker)
    ask(world, "NumberAssignmentsAccepted")
    at = milliseconds()
    assignment_lifecycle.return_assignment(world.scene.store, worker, assignment_id)
    assert ask(world, "NumberAssignmentsReturned") == [1]
    told(world, "Abandoned", hit_id, assignment_id, at)
    assert (ask(world, "NumberAssignmentsReturned"), ask(world, "NumberAssignmentsAbandoned")) == ([0], [1])


def test_the_worker_looks_at_the_hits_of_those_who_ask_for_statistics(world, monkeypatch):
    upstream = upstream_of(world.settings, world.store)
    looker = looks.Looker(world.store, world.settings, upstream)
    hit_id = world.client.hit(MaxAssignments="2", AssignmentDurationInSeconds="7200")
    ask(world, "NumberHITsCreated")
    worker = fresh("AW")
    assignment_id = world.scene.accept(hit_id, worker)
    later(monkeypatch, HOUR // 2)
    deadline = time.monotonic() + 30
    while store_looks.looked_at(world.store, world.key.account_id) < milliseconds() and time.monotonic() < deadline:
        looker()
    assignment_lifecycle.return_assignment(world.scene.store, worker, assignment_id)
    assert ask(world, "NumberAssignmentsReturned") == [1]


def test_nobody_is_looked_at_who_never_asked(world):
    world.client.hit()
    world.clear()
    looker = looks.Looker(world.store, world.settings, upstream_of(world.settings, world.store))
    asked = [looker() for _ in range(3)]
    assert "ListAssignmentsForHIT" not in world.faulty.calls
    assert asked[0] == 0


def test_review_results_are_read_once_for_each_state_of_a_hit(world):
    policies = {"AssignmentReviewPolicy": KNOWN_ANSWERS, "HITReviewPolicy": PLURALITY}
    hit_id = world.client.hit(MaxAssignments="2", Question=FORM, **policies)
    world.client.hit(Question=FORM)
    world.clear()
    for colour in ("red", "green"):
        world.scene.work(hit_id, fresh("AW"), q1=colour)
        for _ in range(3):
            ask(world, "NumberKnownAnswersCorrect")
    # each time a page and the empty one after it
    assert world.calls("ListReviewPolicyResultsForHIT") == 4
    assert ask(world, "PercentKnownAnswersCorrect") == [0.5]


def test_results_of_a_service_without_sums_are_counted_by_question(world):
    hit_id = world.client.hit(MaxAssignments="2", Question=FORM, HITReviewPolicy=PLURALITY)
    done = [world.scene.work(hit_id, fresh("AW"), q1="red") for _ in range(2)]
    rows = [
        {
            "ActionId": "1",
            "SubjectId": each,
            "SubjectType": "Assignment",
            "QuestionId": "q1",
            "Key": key,
            "Value": value,
        }
        for each, value in zip(done, ("true", "false"), strict=True)
        for key in ("AgreedWithPlurality",)
    ]
    answer = {"HITId": hit_id, "HITReviewPolicy": {"PolicyName": "p"}, "HITReviewReport": {"ReviewResults": rows}}
    world.faulty.faults["ListReviewPolicyResultsForHIT"] = [(200, json.dumps(answer).encode())]
    assert ask(world, "PercentPluralityAnswersCorrect") == [0.5]


def test_an_upstream_without_review_results_still_has_its_other_statistics(world):
    hit_id = world.client.hit(MaxAssignments="2", Question=FORM, HITReviewPolicy=PLURALITY)
    world.scene.work(hit_id, fresh("AW"), q1="red")
    world.faulty.faults["ListReviewPolicyResultsForHIT"] = ["denied"] * 9
    assert ask(world, "NumberAssignmentsAccepted") == [1]
    assert ask(world, "NumberPluralityAnswersEvaluated") == [0]


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


#: Of what was done past the gateway, the endpoint's answers do not show these (bonuses are listed by assignment only).
NEVER_SHOWN = {"TotalBonusPayout", "TotalBonusFeePayout"}


def test_days_before_the_gateway_came_are_found_on_their_days(world):
    made, there = [], world.there
    terms = {"Title": "t", "Description": "d", "Reward": "0.50", "AssignmentDurationInSeconds": 60}
    policies = {"Question": FORM, "AssignmentReviewPolicy": modern(KNOWN_ANSWERS), "HITReviewPolicy": modern(PLURALITY)}
    for days, question in ((40, {"Question": EXTERNAL}), (20, policies), (3, policies), (0, policies)):
        hit_id = there.create_hit(**terms, LifetimeInSeconds=86400, MaxAssignments=3, **question)["HIT"]["HITId"]
        done = [world.scene.work(hit_id, fresh("AW"), q1=colour) for colour in ("red", "red", "blue")]
        # the policy approves those with the known answer
        if question is not policies:
            there.approve_assignment(AssignmentId=done[0])
        there.reject_assignment(AssignmentId=done[2], RequesterFeedback="no")
        there.send_bonus(WorkerId=_worker_of(world, done[0]), AssignmentId=done[0], BonusAmount="0.10", Reason="r")
        made.append((hit_id, days * 86_400_000))
    with world.scene.store.write() as connection:
        for hit_id, age in made:
            _made_older(connection, hit_id, age)
    for name in sorted(set(STATISTICS) - NEVER_SHOWN):
        for period, count in (("LifeToDate", 1), ("ThirtyDays", 1), ("SevenDays", 1), ("OneDay", 45)):
            expected = theirs(world, name, period, count)
            assert ask(world, name, period, count=count) == pytest.approx(expected, abs=1e-6), (name, period)
    assert ask(world, "NumberKnownAnswersEvaluated", "ThirtyDays") == [9]
    assert ask(world, "NumberAssignmentsAccepted", "ThirtyDays") == [9]


def modern(policy):
    """A review policy as the 2017-01-17 API spells it."""
    parameters = [
        {
            "Key": each["Key"],
            **(
                {"MapEntries": [{"Key": one["Key"], "Values": [one["Value"]]} for one in each["MapEntry"]]}
                if "MapEntry" in each
                else {"Values": each["Value"] if isinstance(each["Value"], list) else [each["Value"]]}
            ),
        }
        for each in policy["Parameter"]
    ]
    return {"PolicyName": policy["PolicyName"], "Parameters": parameters}


def _made_older(connection, hit_id, age):
    """As if all that happened to a HIT had happened so many milliseconds ago."""
    hits, work, money = marketplace_tables.hits, marketplace_tables.assignments, account_tables.ledger
    ids = select(work.c.assignment_id).where(work.c.hit_id == hit_id)
    for table, columns, condition in (
        (hits, ("created_at", "reviewable_at"), hits.c.hit_id == hit_id),
        (money, ("created_at",), money.c.subject_id.in_(ids)),
        (work, ("accepted_at", "submitted_at", "approved_at", "rejected_at"), work.c.hit_id == hit_id),
    ):
        connection.execute(update(table).where(condition).values({name: table.c[name] - age for name in columns}))


def test_all_statistics_cost_one_look_at_the_hits(world, monkeypatch):
    for _ in range(3):
        world.client.hit()
    world.clear()
    monkeypatch.setattr(ledger, "SEEN_SECONDS", 30.0)
    for name in STATISTICS:
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
