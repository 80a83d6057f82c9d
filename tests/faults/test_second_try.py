"""A trusted proxy sends a call again whose answer it did not get: one effect, and the answer of the first try."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest

from tests.faults.conftest import one_call
from tests.faults.dying import die
from tests.faults.scenarios import SCENARIOS
from tests.legacy_client import A_HIT, flatten, moment

NAMES = [f"{each.operation}-{each.modern}" for each in SCENARIOS]
BY_NAME = dict(zip(NAMES, SCENARIOS, strict=True))
TURK = "AWS.MechanicalTurk."


def again(world, operation, members, how):
    """One try; the body without what differs by nature."""
    http = world.client.raw(operation, flatten(members), **how)
    assert http.status == 200
    return re.sub(rb"<RequestId>[^<]*</RequestId>", b"", http.body)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
def test_the_second_try_is_answered_as_the_first_and_changes_nothing(world, scenario, proxied):
    members = scenario.prepare(world)
    world.clear()
    first = again(world, scenario.operation, members, proxied)
    assert b"<Errors>" not in first
    done = world.executed(scenario.modern)
    assert again(world, scenario.operation, members, proxied) == first
    assert scenario.count(world, members) == 1 or scenario.absolute
    assert scenario.absolute or world.executed(scenario.modern) == done


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if not each.absolute], ids=lambda each: each.operation)
def test_a_refusal_is_the_same_at_the_second_try(world, scenario, proxied):
    members = scenario.prepare(world)
    refusal = {"__type": "RequestError", "Message": "No. (1)", "TurkErrorCode": f"{TURK}InsufficientFunds"}
    world.faulty.faults[scenario.modern] = [refusal]
    first = again(world, scenario.operation, members, proxied)
    assert b"InsufficientFunds" in first
    if not scenario.tokened:
        assert again(world, scenario.operation, members, proxied) == first


def test_another_call_is_another_call(world):
    members = BY_NAME["NotifyWorkers-NotifyWorkers"].prepare(world)
    for _ in range(2):
        again(world, "NotifyWorkers", members, one_call())
    again(world, "NotifyWorkers", members, {})
    assert world.executed("NotifyWorkers") == 3


def test_an_id_alone_makes_no_call_a_repetition(world):
    """It may be the client's own for all its calls, or a proxy's for all calls of a connection."""
    first, second = (world.client.hit() for _ in range(2))
    how = one_call()
    for hit_id in (first, second):
        assert b"<Errors>" not in again(world, "ForceExpireHIT", {"HITId": hit_id}, how)
        assert b"<Errors>" not in again(world, "DisposeHIT", {"HITId": hit_id}, how)
        assert world.hit(hit_id)["HITStatus"] == "Disposed"
    made = {again(world, "CreateHIT", {**A_HIT, "RequesterAnnotation": text}, how) for text in ("a", "b", "a")}
    assert len(made) == 2
    bonus = BY_NAME["GrantBonus-SendBonus"].prepare(world)
    for reason in ("good", "better", "good"):
        again(world, "GrantBonus", {**bonus, "Reason": reason}, how)
    assert world.executed("SendBonus") == 2


def test_the_same_call_signed_at_another_time_is_another_call(world):
    how = one_call()
    again(world, "CreateHIT", A_HIT, how)
    again(world, "CreateHIT", A_HIT, {**how, "when": moment(-60)})
    again(world, "CreateHIT", A_HIT, how)
    assert world.there.list_hits()["NumResults"] == 2


def test_the_same_id_of_another_account_is_another_call(world, ground):
    how, other = one_call(), ground.world()
    for each in (world, other):
        again(each, "CreateHIT", A_HIT, how)
        assert each.there.list_hits()["NumResults"] == 1


def test_soap_messages_under_one_id_are_calls_of_their_own(world):
    client = replace(world.client, path="/onca/soap", send=under_one_id(world.client.send))
    for text in ("a", "b"):
        assert client.soap("CreateHIT", {**A_HIT, "RequesterAnnotation": text}).code == ""
    assert world.there.list_hits()["NumResults"] == 2


def under_one_id(send):
    identifier = one_call()["headers"]
    return lambda method, path, query, body, headers: send(method, path, query, body, {**headers, **identifier})


def test_what_was_answered_with_503_is_done_at_the_second_try(world, proxied):
    members = BY_NAME["ApproveAssignment-ApproveAssignment"].prepare(world)
    world.faulty.faults["ApproveAssignment"] = ["throttle"]
    assert world.client.raw("ApproveAssignment", flatten(members), **proxied).status == 503
    assert b"<Errors>" not in again(world, "ApproveAssignment", members, proxied)
    assert world.executed("ApproveAssignment") == 1


def test_what_could_not_be_settled_at_first_is_settled_at_the_second_try(world, proxied):
    members = BY_NAME["ApproveAssignment-ApproveAssignment"].prepare(world)
    world.faulty.faults["ApproveAssignment"] = ["after"]
    world.faulty.faults["GetAssignment"] = ["html"] * 3
    assert b"AWS.ServiceUnavailable" in again(world, "ApproveAssignment", members, proxied)
    assert b"<Errors>" not in again(world, "ApproveAssignment", members, proxied)
    assert world.calls("ApproveAssignment") == 1


def test_a_second_try_waits_for_a_first_that_is_under_way(world, proxied):
    members = BY_NAME["NotifyWorkers-NotifyWorkers"].prepare(world)
    world.clear()
    answers = []
    tries = [
        threading.Thread(target=lambda: answers.append(again(world, "NotifyWorkers", members, proxied)))
        for _ in range(3)
    ]
    for each in tries:
        each.start()
    for each in tries:
        each.join()
    assert len(set(answers)) == 1
    assert world.executed("NotifyWorkers") == 1


@pytest.mark.parametrize(
    "name",
    [
        "ApproveAssignment-ApproveAssignment",
        "CreateQualificationType-CreateQualificationType",
        "GrantBonus-SendBonus",
        "CreateHIT-CreateHIT",
    ],
)
def test_a_first_try_that_was_killed_after_the_effect_is_found_done(world, name, proxied):
    scenario = BY_NAME[name]
    members = scenario.prepare(world)
    world.clear()
    at = "adapter.legacy.protocol.render:reply" if scenario.tokened else "adapter.legacy.store.journal:finish"
    die(world, at, scenario.operation, members, proxied)
    assert world.executed(scenario.modern) == 1
    assert b"<Errors>" not in again(world, scenario.operation, members, proxied)
    assert scenario.count(world, members) == 1
    assert world.executed(scenario.modern) == 1


def test_a_first_try_that_was_killed_before_the_effect_is_made_up_for(any_world, proxied):
    scenario = BY_NAME["RejectAssignment-RejectAssignment"]
    members = scenario.prepare(any_world)
    die(any_world, "adapter.legacy.operations.assignments:_decide", scenario.operation, members, proxied)
    assert b"<Errors>" not in again(any_world, scenario.operation, members, proxied)
    assert any_world.executed(scenario.modern) == 1


def test_messages_of_a_first_try_that_was_killed_are_not_sent_again(world, proxied):
    members = BY_NAME["NotifyWorkers-NotifyWorkers"].prepare(world)
    world.clear()
    die(world, "adapter.legacy.store.journal:finish", "NotifyWorkers", members, proxied)
    assert b"AWS.ServiceUnavailable" in again(world, "NotifyWorkers", members, proxied)
    assert world.executed("NotifyWorkers") == 1


def test_without_a_trusted_proxy_nothing_is_written_down(world):
    members = BY_NAME["ApproveAssignment-ApproveAssignment"].prepare(world)
    with world.store.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM journalled_calls").scalar()
    world.client.call("ApproveAssignment", **members)
    with world.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM journalled_calls").scalar() == before
