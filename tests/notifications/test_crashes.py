"""Processes that die while they deliver lose no event, and several at once deliver each once."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from adapter.core import clock
from adapter.core.store.outbox import waiting
from adapter.notifications import retention, routing
from adapter.notifications.store import deliveries
from tests.notifications.dying import deliverer, die, ended
from tests.notifications.test_receptors import kinds


@pytest.fixture
def told(any_world, receptor):
    """A world with a submission that a receptor waits for."""
    hit_type_id = any_world.hit_type()
    any_world.tell(hit_type_id, "REST", receptor.url, "AssignmentSubmitted")
    any_world.scene.work(any_world.hit_of(hit_type_id), "AWORKER1")
    return any_world


def some_time_later(monkeypatch):
    later = clock.milliseconds() + 3_600_000
    monkeypatch.setattr("adapter.core.clock.milliseconds", lambda: later)


@pytest.mark.parametrize(
    "at", ["adapter.notifications.store.deliveries:add", "adapter.notifications.store.deliveries:claim"]
)
def test_what_dies_before_a_message_is_claimed_leaves_it_to_the_next(told, receptor, at):
    die(told.settings, at)
    assert receptor.heard == []
    told.deliver()
    assert kinds(receptor) == ["AssignmentSubmitted"]
    assert told.states() == ["delivered"]


def test_an_event_whose_routing_dies_is_not_taken(told):
    die(told.settings, "adapter.notifications.store.deliveries:add")
    with told.store.read() as connection:
        assert waiting(connection)
    assert told.deliveries() == []


@pytest.mark.parametrize(
    ("at", "heard"),
    [("adapter.notifications.transports.webhooks:call", 0), ("adapter.notifications.store.deliveries:finish", 1)],
)
def test_a_call_that_may_have_been_made_is_not_made_again_and_shown_as_failed(told, receptor, monkeypatch, at, heard):
    die(told.settings, at)
    assert (len(receptor.heard), told.states()) == (heard, ["sending"])
    told.deliver()
    assert told.states() == ["sending"], "another process may still be at it"
    some_time_later(monkeypatch)
    told.deliver()
    assert (len(receptor.heard), told.states()) == (heard, ["failed"])
    assert "interrupted" in told.deliveries()[0].error


@pytest.mark.parametrize(
    ("at", "heard"),
    [("adapter.notifications.transports.webhooks:call", 1), ("adapter.notifications.store.deliveries:finish", 2)],
)
def test_where_several_attempts_are_allowed_an_interrupted_one_is_repeated(told, receptor, monkeypatch, at, heard):
    die(told.settings, at)
    for hours in (1, 2):
        later = clock.milliseconds() + hours * 3_600_000
        monkeypatch.setattr("adapter.core.clock.milliseconds", lambda moment=later: moment)
        told.deliver(notification_attempts=2)
    assert (len(receptor.heard), told.states()) == (heard, ["delivered"])


def test_a_queue_gets_an_interrupted_message_again_under_the_same_id(any_world, cloud, monkeypatch):
    url = cloud.queue()
    hit_type_id = any_world.hit_type()
    any_world.tell(hit_type_id, "SQS", url, "HITCreated")
    any_world.hit_of(hit_type_id)
    die(any_world.settings, "adapter.notifications.store.deliveries:finish")
    for hours in (1, 2):
        later = clock.milliseconds() + hours * 3_600_000
        monkeypatch.setattr("adapter.core.clock.milliseconds", lambda moment=later: moment)
        any_world.deliver()
    bodies = [json.loads(each) for each in cloud.read(url)]
    assert len(bodies) == 2
    assert len({each["EventDocId"] for each in bodies}) == 1
    assert any_world.states() == ["delivered"]


def test_a_late_word_of_an_attempt_that_counts_as_interrupted_changes_nothing(told, monkeypatch):
    store = told.store
    routing.route(store)
    (one,) = deliveries.claim(store, clock.milliseconds(), 10, deliveries.Lanes(Counter(), 4))
    some_time_later(monkeypatch)
    told.deliver()
    assert told.states() == ["failed"]
    assert not deliveries.finish(store, one, "delivered", clock.milliseconds())
    assert told.states() == ["failed"]


def test_a_message_whose_outcome_cannot_be_written_down_holds_up_no_other(told, receptor, monkeypatch):
    finish, refused = deliveries.finish, []

    def refuse_one(store, delivery, *arguments, **named):
        if delivery.seq in refused:
            raise ValueError("this row cannot be written")
        return finish(store, delivery, *arguments, **named)

    monkeypatch.setattr(deliveries, "finish", refuse_one)
    routing.route(told.store)
    refused += [each.seq for each in told.deliveries()]
    hit_type_id = told.hit_type()
    told.tell(hit_type_id, "REST", receptor.url, "AssignmentSubmitted")
    told.scene.work(told.hit_of(hit_type_id), "AWORKER2")
    told.deliver()
    assert told.states() == ["sending", "delivered"]
    assert len(receptor.heard) == 2


def test_several_processes_at_once_deliver_every_event_once(any_world, new_receptor):
    world = any_world
    receptors = [new_receptor(), new_receptor()]
    for number, receptor in enumerate(receptors):
        hit_type_id = world.hit_type(Title=f"type {number}")
        world.tell(hit_type_id, "REST", receptor.url, "AssignmentAccepted", "AssignmentSubmitted")
        hit_id = world.hit_of(hit_type_id, MaxAssignments="25")
        for worker in range(25):
            world.scene.work(hit_id, f"AWORKER{worker}")
    delivering = [deliverer(world.settings) for _ in range(3)]
    world.deliver()
    assert [ended(each, world.settings) for each in delivering] == [0, 0, 0]
    world.deliver()
    for receptor in receptors:
        told = Counter(
            (heard.parameters[f"{name}EventType"], heard.parameters[f"{name}AssignmentId"])
            for heard in receptor.heard
            for name in (f"Event.{number}." for number in range(1, 20))
            if f"{name}EventType" in heard.parameters
        )
        assert len(told) == 50
        assert set(told.values()) == {1}
    assert set(world.states()) == {"delivered"}


def test_what_was_delivered_and_what_failed_is_forgotten_after_its_time(told):
    told.deliver()
    assert told.states() == ["delivered"]
    now = clock.milliseconds()
    assert retention.purge(told.store, now) == 0
    day = 24 * 3600 * 1000
    assert retention.purge(told.store, now + 6 * day) == 0
    assert retention.purge(told.store, now + 8 * day) > 1
    assert told.deliveries() == []
    with told.store.read() as connection:
        assert not waiting(connection)


def test_how_long_messages_are_kept_can_be_set(told):
    told.store.settings = replace(told.store.settings, notification_days=2, notification_failed_days=1)
    told.deliver()
    day = 24 * 3600 * 1000
    now = clock.milliseconds()
    assert retention.purge(told.store, now + day) == 0
    assert retention.purge(told.store, now + 2 * day + 1) > 1
    assert told.deliveries() == []


def test_an_event_that_nobody_has_taken_is_kept_however_old_it_is(told):
    assert retention.purge(told.store, clock.milliseconds() + 10**11) == 0
    with told.store.read() as connection:
        assert waiting(connection)
