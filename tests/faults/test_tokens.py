"""A client's own UniqueRequestToken: it belongs to the call that it took effect in, whatever broke before."""

from __future__ import annotations

import pytest

from adapter.legacy.store import journal
from tests.faults.scenarios import SCENARIOS

TURK = "AWS.MechanicalTurk."
TAKEN = {
    "CreateHIT": f"{TURK}HITAlreadyExists",
    "GrantBonus": f"{TURK}DuplicateCall",
    "ExtendHIT": f"{TURK}DuplicateCall",
}
REFUSED = {"__type": "RequestError", "Message": "No funds.", "TurkErrorCode": f"{TURK}InsufficientFunds"}


@pytest.fixture(params=[each for each in SCENARIOS if each.tokened], ids=lambda each: each.modern)
def tokened(request, any_world):
    """An operation with a token, and the members of a call with the client's own."""
    scenario = request.param
    return scenario, {**scenario.prepare(any_world), "UniqueRequestToken": "mine"}


@pytest.mark.parametrize("first", ["throttle", "refused"])
def test_a_token_that_did_nothing_is_free_for_the_next_call(any_world, tokened, first):
    scenario, members = tokened
    any_world.faulty.faults[scenario.modern] = ["throttle"] * 3 if first == "throttle" else [REFUSED]
    any_world.client.answer(scenario.operation, **members)
    assert any_world.client.last.status == (503 if first == "throttle" else 200)
    any_world.faulty.faults[scenario.modern] = ["after"]
    any_world.client.call(scenario.operation, **members)
    assert scenario.count(any_world, members) == 1


def test_a_token_that_was_used_is_refused_to_another_call(any_world, tokened):
    scenario, members = tokened
    any_world.client.call(scenario.operation, **members)
    assert any_world.client.error(scenario.operation, **members) == TAKEN[scenario.operation]
    assert scenario.count(any_world, members) == 1


def test_a_token_that_was_used_past_this_gateway_is_refused_at_the_first_try(any_world, tokened):
    scenario, members = tokened
    any_world.client.call(scenario.operation, **members)
    # as if another gateway, or a 2017-01-17 client, had made the call
    kind = journal.Kind.EXTENSION if scenario.operation == "ExtendHIT" else journal.Kind.TOKEN
    journal.forget(any_world.store, journal.JournalKey(any_world.key.account_id, kind, scenario.operation, "mine"))
    for _ in range(2):
        assert any_world.client.error(scenario.operation, **members) == TAKEN[scenario.operation]
        named = {each.findtext("Key") for each in any_world.client.last.root.iter("Data")}
        assert ("HITId" in named) == (scenario.operation == "CreateHIT")
    assert scenario.count(any_world, members) == 1


def test_a_token_of_another_operation_or_another_account_is_another_token(ground):
    for world in (ground.world(), ground.world()):
        for scenario in [each for each in SCENARIOS if each.tokened]:
            world.client.call(scenario.operation, **scenario.prepare(world), UniqueRequestToken=scenario.modern)
        bonus = next(each for each in SCENARIOS if each.modern == "SendBonus")
        world.client.call("GrantBonus", **bonus.prepare(world), UniqueRequestToken="CreateHIT")
        extension = next(each for each in SCENARIOS if each.modern == "CreateAdditionalAssignmentsForHIT")
        world.client.call("ExtendHIT", **extension.prepare(world), UniqueRequestToken="CreateHIT")
