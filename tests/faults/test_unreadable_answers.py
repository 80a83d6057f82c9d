"""An upstream that does what it was asked and answers with what is no answer: nothing twice, whatever the status and body."""

from __future__ import annotations

import pytest

from tests.faults.scenarios import SCENARIOS
from tests.faults.test_writes import outcome
from tests.flaky import Executed

STATUSES = (200, 201, 202, 204, 301, 302, 307, 400, 403, 404, 408, 413, 429, 500, 502, 503, 504)
HTML = b"<html><body><h1>It works!</h1></body></html>"
#: Content, and the Content-Length that is sent with it where that is another.
BODIES = {
    "nothing": (b"", None),
    "null": (b"null", None),
    "list": (b'[{"HITId": "3HIT"}]', None),
    "number": (b"17", None),
    "text": (b'"done"', None),
    "html": (HTML, None),
    "half an object": (b'{"HIT": {"HITId": "3H', None),
    "less than promised": (b'{"HIT": {"HITId": "3HIT"}}', 400),
    "more than promised": (b'{"HIT": {"HITId": "3HIT"}}', 9),
}
ANSWERS = [(status, *body) for status in STATUSES for body in BODIES.values() if status != 204 or body[0] == b""]
ANSWERS += [(status, b'{"message": "Forbidden"}', None) for status in (302, 400, 403, 429, 502)]
#: Objects that name what a success has, and hold nothing of it.
HOLLOW = [(200, content, None) for content in (b"{}", b'{"HIT": {}}', b'{"HIT": []}', b'{"HIT": null}', b'{"HIT": 5}')]

#: One status of each sort: of a success, of another place, of too much load, of a fault.
SORTS = (200, 302, 429, 502)

MAKING = [each for each in SCENARIOS if each.tokened]
PAYING = [each for each in SCENARIOS if each.modern in {"CreateHIT", "SendBonus"}]
SETTLED = [each for each in SCENARIOS if each.settled and not each.tokened and not each.absolute]
USED = {
    "CreateHIT": "AWS.MechanicalTurk.HITAlreadyExists",
    "GrantBonus": "AWS.MechanicalTurk.DuplicateCall",
    "ExtendHIT": "AWS.MechanicalTurk.DuplicateCall",
}


def answers_for(scenario):
    found = ANSWERS if scenario in PAYING else [each for each in ANSWERS if each[0] in SORTS]
    return found + (HOLLOW if scenario.operation == "CreateHIT" else [])


def told(answer, otherwise):
    """What the client is told: HTTP 429 says by itself that nothing was done, whatever comes with it."""
    status, content, length = answer
    whole = length is None or length <= len(content)
    return "repeat" if status == 429 and whole else otherwise


@pytest.fixture(params=MAKING, ids=lambda each: each.modern)
def making(request):
    """An operation that makes or pays something anew each time it is executed."""
    return request.param


def test_a_try_of_ours_finds_what_the_one_before_did(world, making):
    for answer in [each for each in ANSWERS if each[0] in SORTS]:
        members = making.prepare(world)
        world.clear()
        world.faulty.faults[making.modern] = [Executed(*answer)]
        assert outcome(world, making, members) == "success", answer
        assert world.executed(making.modern) == 1, answer


def test_the_client_that_calls_again_without_a_token_finds_what_was_done(world, making):
    for answer in answers_for(making):
        members = making.prepare(world)
        world.clear()
        world.faulty.faults[making.modern] = [Executed(*answer)] * 3
        assert outcome(world, making, members) == told(answer, "unknown"), answer
        world.faulty.faults.clear()
        assert outcome(world, making, members) == "success", answer
        assert world.executed(making.modern) == 1, answer


def test_the_client_that_calls_again_with_its_token_is_told_that_it_was_used(world, making):
    for number, answer in enumerate(answers_for(making)):
        members = {**making.prepare(world), "UniqueRequestToken": f"{making.modern}-{number}"}
        world.clear()
        world.faulty.faults[making.modern] = [Executed(*answer)] * 3
        assert outcome(world, making, members) == told(answer, "unknown"), answer
        world.faulty.faults.clear()
        world.client.answer(making.operation, **members)
        # an extension that stopped half-way is gone on with
        assert world.client.last.code == ("" if making.operation == "ExtendHIT" else USED[making.operation]), answer
        assert world.executed(making.modern) == 1, answer


@pytest.mark.parametrize("scenario", SETTLED, ids=lambda each: each.operation)
def test_what_has_no_token_is_settled_by_reading_the_state(world, scenario):
    for answer in [each for each in ANSWERS if each[0] in SORTS]:
        members = scenario.prepare(world)
        world.clear()
        world.faulty.faults[scenario.modern] = [Executed(*answer)]
        assert outcome(world, scenario, members) == told(answer, "success"), answer
        world.client.answer(scenario.operation, **members)
        assert scenario.effects is None or scenario.count(world, members) == 1, answer
