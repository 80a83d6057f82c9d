"""The end of a HIT: UpdateHITReviewStatus, DeleteHIT, disposal after 120 days; and UpdateHITTypeOfHIT."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.hit_errors import LIVING, own_hit, wrong_state
from adapter.marketplace.domain.hit_lifecycle import alter, dispose
from adapter.marketplace.domain.money import fee_of_assignment
from adapter.marketplace.errors import invalid
from adapter.marketplace.operations.hit_types import own_hit_type
from adapter.marketplace.operations.registry import operation

_DELETABLE = ("Reviewing", "Reviewable")


@operation("UpdateHITReviewStatus", writes=True)
def update_hit_review_status(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Take a Reviewable HIT under review, or with Revert put it back."""
    hit = own_hit(call, request["HITId"])
    old, new = ("Reviewing", "Reviewable") if request.get("Revert") else ("Reviewable", "Reviewing")
    if hit.status != old:
        raise wrong_state(hit, old)
    alter(call, hit, final=False, status=new)
    return {}


@operation("DeleteHIT", writes=True)
def delete_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Dispose of a HIT that is Reviewable or Reviewing and has no submission without a decision."""
    hit = own_hit(call, request["HITId"])
    if hit.status not in _DELETABLE or hit.submitted:
        raise wrong_state(hit, *_DELETABLE)
    dispose(call, hit)
    return {}


@operation("UpdateHITTypeOfHIT", writes=True)
def update_hit_type_of_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Give a HIT the properties of another HIT type.

    Another reward is only accepted while no assignment is accepted or awaits review, so that nobody's pay changes under
    his hands; the money held follows.
    """
    hit = own_hit(call, request["HITId"])
    hit_type = own_hit_type(call, request["HITTypeId"])
    if hit.disposed_at is not None:
        raise wrong_state(hit, *LIVING)
    if hit_type["reward"] != hit.reward and (hit.accepted or hit.submitted):
        raise invalid(
            f"The HITType's reward {hit_type['reward']} differs from the HIT's {hit.reward}, for which workers have "
            "accepted or submitted assignments.",
            "HITTypeId",
        )
    reward = hit_type["reward"]
    fee = fee_of_assignment(call.settings, reward, hit.created_with, hit_type["requirements"])
    alter(call, hit, final=False, hit_type_id=hit_type["hit_type_id"], reward=reward, fee=fee)
    return {}
