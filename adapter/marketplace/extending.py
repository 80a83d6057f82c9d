"""How long and how many: expiry, UpdateExpirationForHIT, CreateAdditionalAssignmentsForHIT."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.counters import EXPIRE, alter
from adapter.marketplace.errors import TurkError, out_of_range
from adapter.marketplace.events import emit
from adapter.marketplace.hit_errors import LIVING, own_hit, wrong_state
from adapter.marketplace.idempotency import recall, remember
from adapter.marketplace.money import LARGE
from adapter.marketplace.operation import Call, operation
from adapter.marketplace.timers import cancel, schedule, timer
from adapter.store.hits import Hit, find_hit

INCREMENT_SECONDS = (60, 31_536_000)
INCREMENT_ASSIGNMENTS = (1, 1_000_000_000)


@timer(EXPIRE)
def expire_on_time(call: Call, hit_id: str) -> None:
    """The HIT's life is over."""
    hit = find_hit(call.connection, None, hit_id)
    if hit is not None and hit.expired_at is None and hit.disposed_at is None:
        expire(call, hit)


def expire(call: Call, hit: Hit) -> Hit:
    """End a HIT's life now: nobody can accept it any more, the money held for what was never accepted is released."""
    emit(call, "HITExpired", hit.hit_type_id, hit.hit_id)
    cancel(call, EXPIRE, hit.hit_id)
    return alter(call, hit, expires_at=min(hit.expires_at, call.now), expired_at=call.now)


@operation("UpdateExpirationForHIT", writes=True)
def update_expiration_for_hit(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    """Expire a HIT at once (a time that has passed) or let it live longer (semantics: expiration).

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
    increment = (expire_at - base) // 1000
    low, high = INCREMENT_SECONDS
    if not low <= increment <= high:
        raise out_of_range(increment, "ExpirationIncrementInSeconds", low, high)
    _extend(call, hit, hit.max_assignments, expire_at)
    return {}


@operation("CreateAdditionalAssignmentsForHIT", writes=True)
def create_additional_assignments_for_hit(call: Call, request: dict[str, Any]) -> dict[str, Any]:
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


def extend(call: Call, hit: Hit, *, assignments: int = 0, seconds: int = 0) -> Hit:
    """Add assignments to a HIT, or seconds to its life (from now on if it has expired), or both.

    Raises TurkError: InvalidHITState for a disposed HIT; InvalidMaximumAssignmentsIncrease where a HIT created with
    fewer than 10 assignments would reach 10, or any would pass 1000000000. Raises InsufficientFundsError.
    """
    if hit.disposed_at is not None:
        raise wrong_state(hit, *LIVING)
    total = hit.max_assignments + assignments
    if total > INCREMENT_ASSIGNMENTS[1] or (assignments and hit.created_with < LARGE <= total):
        raise TurkError(
            "InvalidMaximumAssignmentsIncrease",
            f"HIT {hit.hit_id} was created with {hit.created_with} assignments and cannot be extended to {total}."
            + (f" It can have at most {LARGE - 1}." if hit.created_with < LARGE else ""),
            "NumberOfAdditionalAssignments",
        )
    expires_at = hit.expires_at
    if seconds:
        expires_at = (hit.expires_at if hit.expired_at is None else call.now) + seconds * 1000
    return _extend(call, hit, total, expires_at)


def _extend(call: Call, hit: Hit, max_assignments: int, expires_at: int) -> Hit:
    emit(call, "HITExtended", hit.hit_type_id, hit.hit_id)
    if expires_at == hit.expires_at:
        return alter(call, hit, max_assignments=max_assignments)
    schedule(call, EXPIRE, hit.hit_id, expires_at)
    return alter(call, hit, max_assignments=max_assignments, expires_at=expires_at, expired_at=None)
