"""How long and how many: expiry, UpdateExpirationForHIT, CreateAdditionalAssignmentsForHIT."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.hit_errors import LIVING, own_hit, wrong_state
from adapter.marketplace.domain.hit_lifecycle import INCREMENT_ASSIGNMENTS, expire, extend, reschedule
from adapter.marketplace.domain.idempotency import recall, remember
from adapter.marketplace.errors import TurkError, out_of_range
from adapter.marketplace.operations.registry import operation

INCREMENT_SECONDS = (60, 31_536_000)


@operation("UpdateExpirationForHIT", writes=True)
def update_expiration_for_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Expire a HIT at once (a time that has passed) or let it live longer.

    A future time is an increment over the expiration, or over now for an expired HIT, of 60 seconds to a year; the
    expiration it already has is accepted and changes nothing.
    """
    hit = own_hit(call, request["HITId"])
    if hit.disposed_at is not None:
        raise wrong_state(hit, *LIVING)
    expire_at: int = request["ExpireAt"]
    if expire_at <= call.now:
        if hit.expired_at is None:
            expire(call, hit)
        return {}
    base = hit.expires_at if hit.expired_at is None else call.now
    if hit.expired_at is None and abs(expire_at - base) < 1000:
        return {}
    # in whole seconds, because that is how clients read and send times
    increment = expire_at // 1000 - base // 1000
    low, high = INCREMENT_SECONDS
    if not low <= increment <= high:
        raise out_of_range(increment, "ExpirationIncrementInSeconds", low, high)
    reschedule(call, hit, hit.max_assignments, expire_at)
    return {}


@operation("CreateAdditionalAssignmentsForHIT", writes=True)
def create_additional_assignments_for_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Let more workers do a HIT; holds the money for them."""
    name, token = "CreateAdditionalAssignmentsForHIT", request.get("UniqueRequestToken")
    done_by = recall(call, name, token)
    if done_by is not None:
        raise TurkError(
            "InvalidParameterValue",
            f'The idempotency token "{token}" has already been processed. The request was {done_by}.',
            "UniqueRequestToken",
        )
    more: int = request["NumberOfAdditionalAssignments"]
    low, high = INCREMENT_ASSIGNMENTS
    if not low <= more <= high:
        raise out_of_range(more, "MaxAssignmentIncrement", low, high)
    extend(call, own_hit(call, request["HITId"]), assignments=more)
    remember(call, name, token, call.request_id)
    return {}
