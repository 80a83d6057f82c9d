"""Every operation that changes something, under every way in which the upstream can fail: one effect, an honest answer."""

from __future__ import annotations

import pytest

from adapter.legacy.operations.registry import load
from tests.faults.scenarios import SCENARIOS

NAMES = [f"{each.operation}-{each.modern}" for each in SCENARIOS]
#: Turned away before anything was done, and said so.
REFUSED = ("throttle", "429")
#: Broke off before it was done, without a word whether it was.
BEFORE = ("before", "fault", "garbage")
#: Done, but the answer was lost.
AFTER = ("after", "slow", "+fault", "+garbage")
TOO_MANY = (429, b"<html>Too Many Requests</html>")


@pytest.fixture(params=SCENARIOS, ids=NAMES)
def scenario(request):
    return request.param


def outcome(world, scenario, members, **more) -> str:
    """Make the call: success, repeat (503) or unknown (in band), whatever the fault; any other answer fails the test."""
    root = world.client.answer(scenario.operation, **members, **more)
    http = world.client.last
    if http.status == 503:
        assert root.findtext("Errors/Error/Code") == "ServiceUnavailable"
        return "repeat"
    assert http.status == 200
    code = http.code
    assert code in {"", "AWS.ServiceUnavailable"}, http.body
    return "unknown" if code else "success"


def prepared(world, scenario, fault, times):
    members = scenario.prepare(world)
    world.clear()
    world.noted["before"] = scenario.effects(world, members) if scenario.effects else 0
    world.faulty.faults[scenario.modern] = [TOO_MANY if fault == "429" else fault] * times
    return members


def check(world, scenario, members, answered):
    """What was answered is true, and a repeat of what was answered with 503 ends in one effect."""
    world.faulty.faults.clear()
    effects = scenario.count(world, members)
    assert effects <= 1
    if scenario.effects and not scenario.absolute:
        assert world.executed(scenario.modern) <= 1
    if answered == "success":
        assert effects == 1
    if answered == "repeat":
        assert scenario.absolute or world.executed(scenario.modern) == 0
        assert outcome(world, scenario, members) == "success"
        assert scenario.count(world, members) == 1


def test_every_operation_that_writes_is_tried():
    tried = {each.operation for each in SCENARIOS} | {"DisableHIT"}
    # withdrawn in 2008: answers with an error, changes nothing
    assert {name for name, found in load().items() if found.writes} - tried == {"SetWorkerAcceptLimit"}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_call_that_is_turned_away_is_told_to_come_back(world, scenario, fault):
    members = prepared(world, scenario, fault, 9)
    answered = outcome(world, scenario, members)
    assert answered == "repeat"
    check(world, scenario, members, answered)


@pytest.mark.parametrize("fault", BEFORE)
def test_a_call_that_breaks_before_it_is_done_is_never_lost(world, scenario, fault):
    members = prepared(world, scenario, fault, 9)
    answered = outcome(world, scenario, members)
    assert answered != "success" or scenario.operation == "RegisterHITType"
    if scenario.settled and not scenario.tokened:
        assert answered == "repeat"
    check(world, scenario, members, answered)


@pytest.mark.parametrize("fault", AFTER)
def test_a_call_whose_answer_is_lost_is_found_to_be_done(world, scenario, fault):
    members = prepared(world, scenario, fault, 1)
    answered = outcome(world, scenario, members)
    if scenario.settled or scenario.tokened or scenario.absolute:
        assert answered == "success"
    else:
        assert answered == "unknown"
    check(world, scenario, members, answered)


def test_a_call_whose_every_answer_is_lost_is_never_told_to_come_back(world, scenario):
    members = prepared(world, scenario, "after", 9)
    answered = outcome(world, scenario, members)
    assert answered == ("success" if scenario.settled and not scenario.tokened else "unknown")
    assert scenario.count(world, members) == 1


def test_a_lost_answer_and_then_no_service_is_never_told_to_come_back(world, scenario):
    members = prepared(world, scenario, "after", 1)
    world.faulty.faults[scenario.modern] += ["throttle"] * 9
    answered = outcome(world, scenario, members)
    assert answered == ("success" if scenario.settled and not scenario.tokened else "unknown")
    assert scenario.count(world, members) == 1


def test_a_call_that_the_upstream_may_still_do_is_never_told_to_come_back(world, scenario):
    members = prepared(world, scenario, "late", 9)
    answered = outcome(world, scenario, members)
    # it may be found done by the time that the state is read; then it is done
    assert answered == "unknown" or (answered == "success" and scenario.count(world, members) == 1)


#: These read before they write, and a failure of that read is another case.
READ_FIRST = {"ExtendHIT", "ApproveRejectedAssignment", "UpdateQualificationScore"}
READS = (
    "GetHIT",
    "GetAssignment",
    "GetQualificationScore",
    "GetQualificationType",
    "ListQualificationTypes",
    "ListQualificationRequests",
    "ListWorkerBlocks",
)


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each.operation not in READ_FIRST])
def test_a_lost_answer_that_nothing_can_settle_is_answered_in_band(world, scenario):
    members = prepared(world, scenario, "after", 9)
    for name in READS:
        world.faulty.faults[name] = ["html"] * 9
    assert outcome(world, scenario, members) == "unknown"
    world.faulty.faults.clear()
    assert scenario.count(world, members) == 1


def test_a_gateway_without_rights_upstream_asks_to_come_back(world):
    world.faulty.faults["CreateHIT"] = ["denied"]
    assert outcome(world, SCENARIOS[1], SCENARIOS[1].prepare(world)) == "repeat"


@pytest.mark.parametrize("operation", ["GetHIT", "SearchHITs", "GetAccountBalance", "GetAssignmentsForHIT"])
@pytest.mark.parametrize("fault", ["before", "slow", "fault", "empty", "garbage"])
def test_a_read_may_always_be_asked_again(world, operation, fault):
    members = {"HITId": world.client.hit()} if operation in {"GetHIT", "GetAssignmentsForHIT"} else {}
    world.faulty.faults["*"] = [fault] * 9
    world.client.answer(operation, **members)
    assert world.client.last.status == 503
    world.faulty.faults.clear()
    world.client.call(operation, **members)
