"""DisableHIT is a job that ends, whatever breaks: hidden at once, submitted and late work paid, deleted in the end."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, update

from adapter.app import upstream_of
from adapter.core import clock
from adapter.core.store.tables import access_keys
from adapter.legacy.idempotency import disable_saga
from adapter.legacy.store import journal
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.questions.documents import GivenAnswer
from tests.faults.dying import die
from tests.faults.scenarios import fresh

TURK = "AWS.MechanicalTurk."


@pytest.fixture
def soon(monkeypatch):
    """Every job is due at once."""
    moment = clock.milliseconds() + 10 * 60_000
    monkeypatch.setattr(journal, "due", lambda store, _now, due=journal.due: due(store, moment))


def run_worker(world):
    return disable_saga.run_due(world.store, world.settings, upstream_of(world.settings, world.store))


def status(world, hit_id):
    return world.hit(hit_id)["HITStatus"]


def of_assignment(world, assignment_id):
    return world.there.get_assignment(AssignmentId=assignment_id)["Assignment"]["AssignmentStatus"]


def is_hidden(world, hit_id):
    """No list shows the HIT, and no total counts it."""
    for operation, members in (("SearchHITs", {}), ("GetReviewableHITs", {})):
        found = world.client.call(operation, **members)
        assert hit_id not in [each.text for each in found.iter("HITId")]
        assert found.findtext("TotalNumResults") == str(len(list(found.iter("HIT"))))
    assert world.client.error("GetAssignmentsForHIT", HITId=hit_id) == f"{TURK}HITDoesNotExist"
    assert world.client.call("GetHIT", HITId=hit_id).findtext("HITStatus") == "Disposed"
    return True


@pytest.mark.usefixtures("soon")
def test_a_hit_with_work_in_hand_is_hidden_at_once_and_ends_when_the_work_does(any_world):
    world = any_world
    other = world.client.hit()
    hit_id = world.client.hit(MaxAssignments="4")
    submitted = [world.scene.work(hit_id, fresh("AW")) for _ in range(2)]
    late = fresh("AW")
    in_hand = world.scene.accept(hit_id, late)
    world.clear()
    world.client.call("DisableHIT", HITId=hit_id)
    assert is_hidden(world, hit_id)
    assert world.client.call("SearchHITs").findtext("HIT/HITId") == other
    assert [of_assignment(world, each) for each in submitted] == ["Approved", "Approved"]
    world.client.call("DisableHIT", HITId=hit_id)
    run_worker(world)
    assert status(world, hit_id) != "Disposed"
    assignment_lifecycle.submit(world.scene.store, late, in_hand, [GivenAnswer("q1", "late")])
    run_worker(world)
    assert of_assignment(world, in_hand) == "Approved"
    assert status(world, hit_id) == "Disposed"
    assert run_worker(world) == 0
    assert is_hidden(world, hit_id)
    world.client.call("DisableHIT", HITId=hit_id)
    # a write, once for each assignment
    assert world.executed("ApproveAssignment") == 3
    assert world.executed("DeleteHIT") == 1


@pytest.mark.parametrize("under_review", [False, True])
def test_a_reviewable_hit_is_disabled_with_no_more_than_it_takes_and_decisions_stay(any_world, under_review):
    world = any_world
    hit_id = world.client.hit(MaxAssignments="3")
    approved, rejected, undecided = (world.scene.work(hit_id, fresh("AW")) for _ in range(3))
    world.client.call("ApproveAssignment", AssignmentId=approved)
    world.client.call("RejectAssignment", AssignmentId=rejected)
    if under_review:
        world.client.call("SetHITAsReviewing", HITId=hit_id)
    world.clear()
    world.client.call("DisableHIT", HITId=hit_id)
    assert status(world, hit_id) == "Disposed"
    assert is_hidden(world, hit_id)
    decided = [of_assignment(world, each) for each in (approved, rejected, undecided)]
    assert decided == ["Approved", "Rejected", "Approved"]
    assert world.executed("ApproveAssignment") == world.executed("DeleteHIT") == 1
    assert world.executed("UpdateExpirationForHIT") == 0


def test_a_disposed_hit_is_refused_with_its_state(world):
    hit_id = world.client.hit()
    world.client.call("ForceExpireHIT", HITId=hit_id)
    world.client.call("DisposeHIT", HITId=hit_id)
    assert world.client.error("DisableHIT", HITId=hit_id) == f"{TURK}InvalidHITState"
    data = {each.findtext("{*}Key"): each.findtext("{*}Value") for each in world.client.last.root.iter("{*}Data")}
    assert data["CurrentState"] == "Disposed"
    assert data["ExpectedStates"] == "Assignable, Unassignable, Reviewing, Reviewable"


@pytest.mark.parametrize(
    "at",
    [
        "adapter.legacy.idempotency.disable_saga:_step",
        "adapter.legacy.idempotency.disable_saga:_approve_submitted",
        "adapter.legacy.store.journal:reschedule",
    ],
)
@pytest.mark.usefixtures("soon")
def test_a_killed_job_goes_on(any_world, at):
    world = any_world
    hit_id = world.client.hit(MaxAssignments="2")
    assignment_id = world.scene.work(hit_id, fresh("AW"))
    die(world, at, "DisableHIT", {"HITId": hit_id}, {})
    assert is_hidden(world, hit_id)
    world.client.call("DisableHIT", HITId=hit_id)
    run_worker(world)
    assert of_assignment(world, assignment_id) == "Approved"
    assert status(world, hit_id) == "Disposed"
    assert run_worker(world) == 0


@pytest.mark.usefixtures("soon")
def test_missing_funds_are_reported_and_the_job_stays(world):
    hit_id = world.client.hit(MaxAssignments="3")
    assignments = [world.scene.work(hit_id, fresh("AW")) for _ in range(2)]
    refusal = {"__type": "RequestError", "Message": "No funds.", "TurkErrorCode": f"{TURK}InsufficientFunds"}
    world.faulty.faults["ApproveAssignment"] = [None, refusal, refusal]
    assert world.client.error("DisableHIT", HITId=hit_id) == f"{TURK}InsufficientFunds"
    assert is_hidden(world, hit_id)
    run_worker(world)
    assert sorted(of_assignment(world, each) for each in assignments) == ["Approved", "Submitted"]
    run_worker(world)
    assert [of_assignment(world, each) for each in assignments] == ["Approved", "Approved"]
    assert status(world, hit_id) == "Disposed"


@pytest.mark.parametrize("fault", ["before", "after", "html", "throttle", "slow", "+fault"])
@pytest.mark.parametrize("modern", ["UpdateExpirationForHIT", "ApproveAssignment", "DeleteHIT"])
@pytest.mark.usefixtures("soon")
def test_what_breaks_for_a_while_is_no_error_and_is_made_up_for(world, modern, fault):
    hit_id = world.client.hit(MaxAssignments="2")
    assignment_id = world.scene.work(hit_id, fresh("AW"))
    world.faulty.faults[modern] = [fault] * 3
    world.client.call("DisableHIT", HITId=hit_id)
    assert is_hidden(world, hit_id)
    for _ in range(4):
        run_worker(world)
    assert of_assignment(world, assignment_id) == "Approved"
    assert status(world, hit_id) == "Disposed"
    assert world.executed("ApproveAssignment") == 1


def test_a_failure_before_anything_is_written_down_is_told_to_come_back(world):
    hit_id = world.client.hit()
    world.faulty.faults["GetHIT"] = ["throttle"] * 9
    world.client.answer("DisableHIT", HITId=hit_id)
    assert world.client.last.status == 503
    world.faulty.faults.clear()
    assert world.client.call("SearchHITs").findtext("HIT/HITId") == hit_id


@pytest.mark.usefixtures("soon")
def test_several_processes_run_a_job_once(any_world):
    world = any_world
    hit_id = world.client.hit(MaxAssignments="2")
    world.scene.accept(hit_id, fresh("AW"))
    world.client.call("DisableHIT", HITId=hit_id)
    world.clear()
    jobs = journal.due(world.store, 0)
    claimed = []

    def race():
        claimed.extend(job for job in jobs if journal.claim(world.store, job, clock.milliseconds() + 60_000))

    racers = [threading.Thread(target=race) for _ in range(4)]
    for each in racers:
        each.start()
    for each in racers:
        each.join()
    assert [job.hit_id for job in claimed] == [hit_id]


@pytest.mark.usefixtures("soon")
def test_a_job_of_an_account_whose_key_cannot_be_read_holds_up_no_other(ground):
    worlds = [ground.world(), ground.world()]
    hits = [each.client.hit() for each in worlds]
    workers = [fresh("AW") for _ in worlds]
    in_hand = [world.scene.accept(hit, worker) for world, hit, worker in zip(worlds, hits, workers, strict=True)]
    for world, hit in zip(worlds, hits, strict=True):
        world.client.call("DisableHIT", HITId=hit)
    for world, worker, each in zip(worlds, workers, in_hand, strict=True):
        assignment_lifecycle.submit(world.scene.store, worker, each, [GivenAnswer("q1", "late")])
    unreadable = access_keys.c.account_id == worlds[0].key.account_id
    with ground.store.write() as connection:
        secret = connection.scalar(select(access_keys.c.secret).where(unreadable))
        connection.execute(update(access_keys).where(unreadable).values(secret="nonsense"))
    assert run_worker(worlds[0]) == 2
    assert [status(world, hit) == "Disposed" for world, hit in zip(worlds, hits, strict=True)] == [False, True]
    with ground.store.write() as connection:
        connection.execute(update(access_keys).where(unreadable).values(secret=secret))
    run_worker(worlds[0])
    assert status(worlds[0], hits[0]) == "Disposed"
