"""ExtendHIT, whatever breaks and wherever its process is killed: it extends once or not at all, and never half for long."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from adapter.app import upstream_of
from adapter.legacy.idempotency import extend_saga
from adapter.legacy.store.tables import journal
from tests.faults.conftest import one_call
from tests.faults.dying import die

ADD, PROLONG = "CreateAdditionalAssignmentsForHIT", "UpdateExpirationForHIT"
MORE = {"MaxAssignmentsIncrement": "2", "ExpirationIncrementInSeconds": "7200"}
CALL = "adapter.legacy.idempotency.extend_saga"


@pytest.fixture
def no_wait(monkeypatch):
    """Extensions count as abandoned at once."""
    monkeypatch.setattr(extend_saga, "_abandoned", lambda _: -1000)


def run_worker(world):
    return extend_saga.run_due(world.store, world.settings, upstream_of(world.settings, world.store))


def start(world):
    hit_id = world.client.hit()
    world.noted["expiration"] = world.hit(hit_id)["Expiration"]
    world.clear()
    return hit_id


def extended(world, hit_id) -> tuple[float, float]:
    """How often the HIT was extended: by assignments, by time."""
    hit = world.hit(hit_id)
    seconds = (hit["Expiration"] - world.noted["expiration"]).total_seconds()
    return (hit["MaxAssignments"] - 1) / 2, round(seconds / 7200, 3)


def unfinished(world):
    with world.store.read() as connection:
        mine = (journal.c.account_id == world.key.account_id, journal.c.result.is_(None))
        return connection.scalar(select(func.count()).select_from(journal).where(*mine))


@pytest.mark.parametrize(
    ("at", "begun"),
    [(f"{CALL}:_add", (0, 0)), (f"{CALL}:_prolong", (1, 0)), ("adapter.legacy.store.journal:finish", (1, 1))],
    ids=["before", "between", "after"],
)
@pytest.mark.usefixtures("no_wait")
def test_a_killed_extension_is_resumed_by_its_token_with_the_same_target(any_world, at, begun):
    hit_id = start(any_world)
    members = {"HITId": hit_id, **MORE, "UniqueRequestToken": "once"}
    die(any_world, at, "ExtendHIT", members, {})
    assert extended(any_world, hit_id) == pytest.approx(begun, abs=0.001)
    any_world.client.call("ExtendHIT", **members)
    assert extended(any_world, hit_id) == pytest.approx((1, 1), abs=0.001)
    assert any_world.client.error("ExtendHIT", **members) == "AWS.MechanicalTurk.DuplicateCall"
    assert run_worker(any_world) == 0
    assert extended(any_world, hit_id) == pytest.approx((1, 1), abs=0.001)


@pytest.mark.parametrize(
    ("at", "ends"),
    [(f"{CALL}:_add", (0, 0)), (f"{CALL}:_prolong", (1, 1)), ("adapter.legacy.store.journal:finish", (1, 1))],
    ids=["before", "between", "after"],
)
@pytest.mark.usefixtures("no_wait")
def test_the_worker_finishes_what_is_half_done_and_drops_what_never_began(any_world, at, ends):
    hit_id = start(any_world)
    die(any_world, at, "ExtendHIT", {"HITId": hit_id, **MORE}, {})
    run_worker(any_world)
    assert extended(any_world, hit_id) == pytest.approx(ends, abs=0.001)
    assert unfinished(any_world) == 0
    assert run_worker(any_world) == 0


@pytest.mark.parametrize("at", [f"{CALL}:_add", f"{CALL}:_prolong", "adapter.legacy.store.journal:finish"])
@pytest.mark.parametrize("more", [{"MaxAssignmentsIncrement": "2"}, MORE], ids=["assignments", "both"])
def test_a_repeated_call_goes_on_with_what_a_process_began_that_died(world, monkeypatch, at, more):
    hit_id = start(world)
    die(world, at, "ExtendHIT", {"HITId": hit_id, **more}, {})
    world.client.call("ExtendHIT", HITId=hit_id, **more)
    ends = (1, 0 if len(more) == 1 else 1)
    assert extended(world, hit_id) == pytest.approx(ends, abs=0.001)
    monkeypatch.setattr(extend_saga, "_abandoned", lambda _: -1000)
    run_worker(world)
    assert extended(world, hit_id) == pytest.approx(ends, abs=0.001)
    assert unfinished(world) == 0


def test_the_worker_leaves_alone_what_may_still_be_under_way(world):
    hit_id = start(world)
    die(world, f"{CALL}:_prolong", "ExtendHIT", {"HITId": hit_id, **MORE}, {})
    assert run_worker(world) == 0
    assert extended(world, hit_id) == (1, 0)


@pytest.mark.usefixtures("no_wait")
def test_the_worker_does_not_undo_what_was_decided_since(world):
    hit_id = start(world)
    die(world, f"{CALL}:_prolong", "ExtendHIT", {"HITId": hit_id, **MORE}, {})
    world.client.call("ForceExpireHIT", HITId=hit_id)
    expired = world.hit(hit_id)["Expiration"]
    run_worker(world)
    assert world.hit(hit_id)["Expiration"] == expired
    assert unfinished(world) == 0


@pytest.mark.usefixtures("no_wait")
def test_the_worker_gives_up_what_the_service_refuses(world):
    hit_id = start(world)
    die(world, f"{CALL}:_prolong", "ExtendHIT", {"HITId": hit_id, **MORE}, {})
    refusal = {
        "__type": "RequestError",
        "Message": "Too old.",
        "TurkErrorCode": "AWS.MechanicalTurk.HITTooOldForExtension",
    }
    world.faulty.faults[PROLONG] = [refusal]
    run_worker(world)
    assert unfinished(world) == 0


def test_half_an_extension_is_told_in_band_and_the_same_call_by_hand_finishes_it(world):
    hit_id = start(world)
    world.faulty.faults[PROLONG] = ["throttle"] * 9
    assert world.client.error("ExtendHIT", HITId=hit_id, **MORE) == "AWS.ServiceUnavailable"
    assert world.client.last.status == 200
    assert extended(world, hit_id) == (1, 0)
    world.faulty.faults.clear()
    how = one_call()
    for _ in range(2):
        pairs = [("HITId", hit_id), *MORE.items()]
        assert world.client.raw("ExtendHIT", pairs, **how).code == ""
    assert extended(world, hit_id) == pytest.approx((1, 1), abs=0.001)
    world.client.call("ExtendHIT", HITId=hit_id, **MORE)
    assert extended(world, hit_id) == pytest.approx((2, 2), abs=0.002)


def test_a_refused_extension_leaves_its_token_free(world):
    hit_id = start(world)
    refusal = {
        "__type": "RequestError",
        "Message": "No funds.",
        "TurkErrorCode": "AWS.MechanicalTurk.InsufficientFunds",
    }
    world.faulty.faults[ADD] = [refusal]
    members = {"HITId": hit_id, **MORE, "UniqueRequestToken": "again"}
    assert world.client.error("ExtendHIT", **members) == "AWS.MechanicalTurk.InsufficientFunds"
    assert unfinished(world) == 0
    world.client.call("ExtendHIT", **members)
    assert extended(world, hit_id) == pytest.approx((1, 1), abs=0.001)


def test_a_malformed_token_is_not_taken_for_a_used_one(world):
    hit_id = start(world)
    message = "1 validation error detected: Value '..' at 'uniqueRequestToken' failed to satisfy constraint"
    world.faulty.faults[ADD] = [{"__type": "ValidationException", "Message": message}]
    assert world.client.error("ExtendHIT", HITId=hit_id, **MORE) == "AWS.MechanicalTurk.InvalidParameterValue"
    assert extended(world, hit_id) == (0, 0)


FAULTS = st.lists(st.sampled_from(["before", "after", "html", "throttle", "+fault", "garbage", None]), max_size=5)


@given(reads=FAULTS, adds=FAULTS, prolongs=FAULTS, token=st.booleans(), same_call=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("no_wait")
def test_no_sequence_of_faults_extends_twice(ground, reads, adds, prolongs, token, same_call):
    world = ground.world()
    hit_id = start(world)
    world.faulty.faults.update({"GetHIT": reads, ADD: adds, PROLONG: prolongs})
    pairs = [("HITId", hit_id), *MORE.items(), *([("UniqueRequestToken", "t")] if token else [])]
    how = one_call()
    for _ in range(8):
        http = world.client.raw("ExtendHIT", pairs, **(how if same_call else one_call()))
        if http.status == 200:
            break
        assert token or extended(world, hit_id) == (0, 0)
    world.faulty.faults.clear()
    done = extended(world, hit_id)
    if http.code == "":
        assert done == pytest.approx((1, 1), abs=0.001)
    run_worker(world)
    ended = extended(world, hit_id)
    assert ended == (0, 0) or ended == pytest.approx((1, 1), abs=0.001)
    assert unfinished(world) == 0
    run_worker(world)
    assert extended(world, hit_id) == ended
