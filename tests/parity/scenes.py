"""What the scenarios share: questions, HITs, and what workers do."""

from __future__ import annotations

from adapter.marketplace.domain.simulation import submit_one
from tests.marketplace.workshop import EXTERNAL, FILE, FORM

TYPE = {
    "Title": "A task of the parity suite",
    "Description": "Do it",
    "Reward": "0.50",
    "AssignmentDurationInSeconds": 600,
}
HIT = {**TYPE, "LifetimeInSeconds": 3600, "Question": EXTERNAL}
FORM_QUESTION = FORM.format(more="")
FILE_QUESTION = FORM.format(more=FILE)


def new_hit(call, **members):
    """Create a HIT; returns its id."""
    return call("CreateHIT", **{**HIT, **members})["HIT"]["HITId"]


def expire(call, hit_id):
    """End a HIT's time, so that a foreign account is left without open work."""
    call("UpdateExpirationForHIT", HITId=hit_id, ExpireAt=0)


def work(store, hit_id, worker_id=None, **answers):
    """A worker accepts and submits; returns the assignment's id."""
    return submit_one(store, hit_id, worker_id, answers or None)
