"""The end of a HIT: UpdateHITReviewStatus, DeleteHIT, disposal after 120 days; and UpdateHITTypeOfHIT."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.counters import DISPOSE, EXPIRE, alter
from adapter.marketplace.errors import combination
from adapter.marketplace.events import emit
from adapter.marketplace.hit_errors import LIVING, own_hit, wrong_state
from adapter.marketplace.hit_types import own_hit_type
from adapter.marketplace.money import fee_of_assignment
from adapter.marketplace.operation import Call, operation
from adapter.marketplace.timers import cancel, schedule, timer
from adapter.store.hits import Hit, find_hit

_DELETABLE = ("Reviewing", "Reviewable")
#: A HIT whose 120 days are over while work still waits for a decision is looked at again after a day.
_AGAIN_MILLISECONDS = 24 * 3600 * 1000


@operation("UpdateHITReviewStatus", writes=True)
def update_hit_review_status(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Take a Reviewable HIT under review, or with Revert put it back."""
    hit = own_hit(call, request["HITId"])
    old, new = ("Reviewing", "Reviewable") if request.get("Revert") else ("Reviewable", "Reviewing")
    if hit.status != old:
        raise wrong_state(hit, old)
    alter(call, hit, final=False, status=new)
    return {}


@operation("DeleteHIT", writes=True)
def delete_hit(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Dispose of a HIT that is Reviewable or Reviewing and has no submission without a decision."""
    hit = own_hit(call, request["HITId"])
    if hit.status not in _DELETABLE or hit.submitted:
        raise wrong_state(hit, *_DELETABLE)
    _dispose(call, hit)
    return {}


@timer(DISPOSE)
def dispose_on_time(call: Call, hit_id: str) -> None:
    """The HIT has been Reviewable for 120 days."""
    hit = find_hit(call.connection, None, hit_id)
    if hit is None or hit.disposed_at is not None:
        return
    if hit.submitted or hit.accepted:
        schedule(call, DISPOSE, hit_id, call.now + _AGAIN_MILLISECONDS)
    else:
        _dispose(call, hit)


def _dispose(call: Call, hit: Hit) -> None:
    cancel(call, EXPIRE, hit.hit_id)
    cancel(call, DISPOSE, hit.hit_id)
    emit(call, "HITDisposed", hit.hit_type_id, hit.hit_id)
    alter(call, hit, disposed_at=call.now)


@operation("UpdateHITTypeOfHIT", writes=True)
def update_hit_type_of_hit(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Give a HIT the properties of another HIT type.

    Another reward is only accepted while no assignment is accepted or awaits review, so that nobody's pay changes under
    his hands; the money held follows.
    """
    hit = own_hit(call, request["HITId"])
    hit_type = own_hit_type(call, request["HITTypeId"])
    if hit.disposed_at is not None:
        raise wrong_state(hit, *LIVING)
    if hit_type["reward"] != hit.reward and (hit.accepted or hit.submitted):
        raise combination(
            f"The HITType's reward {hit_type['reward']} differs from the HIT's {hit.reward}, for which workers have "
            "accepted or submitted assignments.",
            "HITTypeId",
        )
    reward = hit_type["reward"]
    fee = fee_of_assignment(call.settings, reward, hit.created_with, hit_type["requirements"])
    alter(call, hit, final=False, hit_type_id=hit_type["hit_type_id"], reward=reward, fee=fee)
    return {}
