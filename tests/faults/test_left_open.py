"""Calls without a token whose outcome stayed open, and clients that repeat the answer in band by themselves."""

from __future__ import annotations

import pytest

from adapter.core import clock
from adapter.legacy.idempotency import open_calls
from adapter.legacy.store import journal
from tests.faults.conftest import Ground
from tests.faults.scenarios import SCENARIOS
from tests.legacy_client import A_HIT

UNKNOWN = "AWS.ServiceUnavailable"
REFUSED = {"__type": "RequestError", "Message": "No funds.", "TurkErrorCode": "AWS.MechanicalTurk.InsufficientFunds"}
NAMES = ("CreateHIT", "CreateHITWithHITType", "SendBonus")


@pytest.fixture(params=[each for each in SCENARIOS if each.modern in NAMES], ids=lambda each: each.modern)
def scenario(request):
    """An operation that makes or pays something anew each time."""
    return request.param


def test_a_call_that_its_client_repeats_takes_effect_once(any_world, scenario):
    """A Python client of 2012 repeats every call on this code, whatever it makes or pays, for hours."""
    members = scenario.prepare(any_world)
    any_world.faulty.faults[scenario.modern] = ["after"] * 9
    assert any_world.client.error(scenario.operation, **members) == UNKNOWN
    assert any_world.client.error(scenario.operation, **members) == UNKNOWN
    any_world.faulty.faults.clear()
    any_world.client.call(scenario.operation, **members)
    assert scenario.count(any_world, members) == 1


def test_what_did_not_happen_is_made_by_the_repeated_call(world, scenario):
    members = scenario.prepare(world)
    world.faulty.faults[scenario.modern] = ["late"] * 3
    assert world.client.error(scenario.operation, **members) == UNKNOWN
    world.client.call(scenario.operation, **members)
    assert scenario.count(world, members) == 1


def test_the_token_is_kept_through_refusals_and_full_services(world, scenario):
    members = scenario.prepare(world)
    world.faulty.faults[scenario.modern] = ["after"] * 3 + ["throttle"] * 3 + [REFUSED]
    assert world.client.error(scenario.operation, **members) == UNKNOWN
    world.client.answer(scenario.operation, **members)
    assert world.client.last.status == 503
    assert world.client.error(scenario.operation, **members) == REFUSED["TurkErrorCode"]
    world.client.call(scenario.operation, **members)
    assert scenario.count(world, members) == 1


def test_equal_calls_that_nothing_broke_are_calls_of_their_own(world, scenario):
    members = scenario.prepare(world)
    for _ in range(2):
        world.client.call(scenario.operation, **members)
    assert scenario.count(world, members) == 2


def test_one_open_call_is_taken_up_once(world):
    world.faulty.faults["CreateHIT"] = ["after"] * 3
    assert world.client.error("CreateHIT", **A_HIT) == UNKNOWN
    made = {world.client.call("CreateHIT", **A_HIT).findtext("HITId") for _ in range(3)}
    assert len(made) == 3
    assert world.there.list_hits()["NumResults"] == 3


def test_another_call_is_not_taken_for_the_open_one(world):
    world.faulty.faults["CreateHIT"] = ["after"] * 3
    assert world.client.error("CreateHIT", **A_HIT) == UNKNOWN
    world.client.call("CreateHIT", **{**A_HIT, "RequesterAnnotation": "another"})
    assert world.there.list_hits()["NumResults"] == 2


def test_an_open_call_of_long_ago_is_not_taken_up(world, monkeypatch):
    world.faulty.faults["CreateHIT"] = ["after"] * 3
    assert world.client.error("CreateHIT", **A_HIT) == UNKNOWN
    now = clock.milliseconds()
    monkeypatch.setattr(clock, "milliseconds", lambda: now + open_calls.TAKEN_UP + 1)
    world.faulty.faults["CreateHIT"] = ["after"] * 3
    assert world.client.error("CreateHIT", **A_HIT) == UNKNOWN
    assert world.there.list_hits()["NumResults"] == 2


def test_a_call_that_was_done_after_the_server_gave_it_up_is_found(tmp_path, scenario):
    """Its client was told that the outcome is open, as the server tells of every call that takes too long."""
    ground = Ground(tmp_path, request_timeout=1)
    world = ground.world()
    members = scenario.prepare(world)
    world.faulty.faults[scenario.modern] = ["slow"] * 2
    world.client.call(scenario.operation, **members)
    world.client.call(scenario.operation, **members)
    assert scenario.count(world, members) == 1
    world.client.call(scenario.operation, **members)
    assert scenario.count(world, members) == 2
    ground.close()


def test_two_calls_at_once_do_not_share_a_token(world):
    """Of an open call that one call took over, another gets nothing; a second try of the same call gets it again."""
    key = journal.JournalKey(world.key.account_id, journal.Kind.LEFT_OPEN, "CreateHIT", "said")
    journal.begin(world.store, key, "", {"token": "t"})
    first = journal.take(world.store, key, "call-1", 0)
    assert first is not None
    assert first.plan == {"token": "t"}
    assert journal.take(world.store, key, "call-2", 0) is None
    assert journal.take(world.store, key, "call-1", 0) is not None


def test_a_journal_that_cannot_be_written_spoils_no_answer(world, monkeypatch, caplog):
    def broken(*_arguments):
        raise OSError("disk full")

    monkeypatch.setattr(open_calls.journal, "begin", broken)
    world.faulty.faults["CreateHIT"] = ["after"] * 3
    assert world.client.error("CreateHIT", **A_HIT) == UNKNOWN
    assert "could not be kept" in caplog.text


def test_notes_that_cannot_be_read_hold_no_call_up(any_world, caplog):
    world = any_world
    notes = world.settings.data / open_calls.FILE
    notes.write_text(
        '["cut o\n5\n{"a": 1}\n["A", "no kind", "CreateHIT", "said", "t"]\n[[], "left open", {}, 7, "t"]\n'
    )
    world.client.call("CreateHIT", **A_HIT)
    assert world.there.list_hits()["NumResults"] == 1
    assert notes.read_text() == ""
    assert caplog.text.count("passed over") == 5
