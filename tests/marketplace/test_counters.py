"""Counters, status and hooks of a HIT, changed the one way there is."""

from __future__ import annotations

import pytest

from adapter.marketplace.domain import hit_lifecycle
from adapter.marketplace.domain.hit_lifecycle import (
    StaleHitError,
    alter,
    change_counters,
    on_reviewable,
    settle_status,
    status_of,
)
from adapter.marketplace.domain.transactions import writing
from adapter.marketplace.store.hits import find_hit
from tests.marketplace.test_extending import hit_of, told
from tests.marketplace.test_hits import create


@pytest.fixture
def hooks(monkeypatch):
    kept = []
    monkeypatch.setattr(hit_lifecycle, "_HOOKS", kept)
    return kept


@pytest.mark.parametrize(
    ("most", "accepted", "submitted", "decided", "expired", "before", "status"),
    [
        (5, 0, 0, 0, False, "Assignable", "Assignable"),
        (5, 3, 0, 0, False, "Assignable", "Assignable"),
        (5, 3, 2, 0, False, "Assignable", "Unassignable"),
        (5, 2, 2, 0, False, "Unassignable", "Assignable"),
        (5, 0, 5, 0, False, "Unassignable", "Reviewable"),
        (5, 0, 2, 3, False, "Reviewable", "Reviewable"),
        (5, 0, 0, 5, False, "Reviewing", "Reviewing"),
        (5, 0, 0, 0, True, "Assignable", "Reviewable"),
        (5, 1, 4, 0, True, "Unassignable", "Unassignable"),
        (5, 1, 0, 0, True, "Assignable", "Unassignable"),
        (5, 0, 1, 1, True, "Reviewing", "Reviewing"),
        (6, 0, 0, 5, False, "Reviewing", "Assignable"),
    ],
)
def test_the_status_follows_from_the_counters(
    mturk, store, most, accepted, submitted, decided, expired, before, status
):
    with store.read() as connection:
        hit = find_hit(connection, None, create(mturk)["HITId"])
    changed = hit._replace(
        max_assignments=most,
        accepted=accepted,
        submitted=submitted,
        approved=decided,
        expired_at=1 if expired else None,
        status=before,
    )
    assert status_of(changed) == status


def test_counters_are_added_to_what_is_stored_however_old_the_hit_given(mturk, store, key):
    made = create(mturk, MaxAssignments=3)
    with writing(store, key.account_id) as call:
        old = find_hit(call.connection, None, made["HITId"])
        change_counters(call, old, accepted=1)
        change_counters(call, old, accepted=1)
        with pytest.raises(StaleHitError):
            alter(call, old, accepted=3)
    assert hit_of(mturk, made)["NumberOfAssignmentsPending"] == 2


def test_the_status_can_wait_until_a_submission_was_reviewed(mturk, store, key, hooks):
    seen = []
    on_reviewable(lambda _, hit: seen.append(hit.status))
    assert len(hooks) == 1
    made = create(mturk)
    with writing(store, key.account_id) as call:
        hit = change_counters(call, find_hit(call.connection, None, made["HITId"]), accepted=1)
        assert hit.status == "Unassignable"
        hit = change_counters(call, hit, accepted=-1, submitted=1, final=False)
        assert (hit.status, seen) == ("Unassignable", [])
        hit = settle_status(call, hit)
        assert (hit.status, seen) == ("Reviewable", ["Reviewable"])
    assert told(store, made) == ["HITCreated", "HITReviewable"]


def test_a_hook_may_change_the_hit_and_the_answer_is_what_it_left(mturk, store, key, hooks):
    hooks.append(lambda call, hit: alter(call, hit, max_assignments=2))
    made = create(mturk)
    with writing(store, key.account_id) as call:
        hit = find_hit(call.connection, None, made["HITId"])
        hit = change_counters(call, hit, submitted=1)
        assert (hit.status, hit.max_assignments, hit.reviewable_at) == ("Assignable", 2, None)
    assert hit_of(mturk, made)["NumberOfAssignmentsAvailable"] == 1
