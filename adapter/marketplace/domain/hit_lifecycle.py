"""How a HIT changes: its counters and status, with the money, events and timers that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import emit
from adapter.marketplace.domain.hit_errors import LIVING, no_such_hit, wrong_state
from adapter.marketplace.domain.money import LARGE, hold
from adapter.marketplace.domain.timers import cancel, schedule, timer
from adapter.marketplace.errors import TurkError
from adapter.marketplace.store.hits import Hit, find_hit, save_hit

#: A HIT that became Reviewable is disposed of by itself after this long.
DISPOSAL_MILLISECONDS = 120 * 24 * 3600 * 1000
DISPOSE = "dispose-hit"
EXPIRE = "expire-hit"

Hook = Callable[[ServiceCall, Hit], None]
_HOOKS: list[Hook] = []
_OPEN = {"Assignable", "Unassignable"}


class StaleHitError(Exception):
    """The HIT given is not what is stored; nothing was changed."""


def on_reviewable(hook: Hook) -> Hook:
    """Have a function called with each HIT that becomes Reviewable, after its event; it may change the HIT again."""
    _HOOKS.append(hook)
    return hook


def status_of(hit: Hit) -> str:
    """The status that follows from a HIT's counters and times."""
    if hit.disposed_at is not None:
        return "Disposed"
    finished = hit.submitted + hit.approved + hit.rejected == hit.max_assignments
    if finished or (hit.expired_at is not None and not hit.accepted):
        return "Reviewing" if hit.status == "Reviewing" else "Reviewable"
    return "Assignable" if hit.free and hit.expired_at is None else "Unassignable"


def alter(call: ServiceCall, hit: Hit, *, final: bool = True, **changes: Any) -> Hit:
    """Change fields of a HIT as it is stored, hold or release its money, and follow its change of status.

    Becoming Reviewable emits HITReviewable, starts the 120 days until disposal and calls the hooks. With `final` false
    the status stays as it is until the next final change. Returns the HIT as it is then stored. Raises
    InsufficientFundsError, and StaleHitError with nothing changed when `hit` is not as stored.
    """
    new = hit._replace(**changes)
    if final:
        status = status_of(new)
        if status == "Reviewable" and hit.status in _OPEN:
            new = new._replace(status=status, reviewable_at=call.now)
        elif status in _OPEN and hit.reviewable_at is not None:
            new = new._replace(status=status, reviewable_at=None)
        elif status != new.status:
            new = new._replace(status=status)
    if not save_hit(call.connection, hit, new):
        raise StaleHitError(hit.hit_id)
    hold(call, hit, new)
    if new.reviewable_at == hit.reviewable_at:
        return new
    if new.reviewable_at is None:
        cancel(call, DISPOSE, hit.hit_id)
        return new
    emit(call, "HITReviewable", new.hit_type_id, new.hit_id)
    schedule(call, DISPOSE, new.hit_id, call.now + DISPOSAL_MILLISECONDS)
    for hook in _HOOKS:
        hook(call, new)
    return current(call, new)


def change_counters(call: ServiceCall, hit: Hit, *, final: bool = True, **differences: int) -> Hit:
    """Change how many of a HIT's assignments are accepted, submitted, approved or rejected; as alter() otherwise.

    The assignments' own rows are to be changed before. `hit` may be older than what is stored.
    """
    while True:
        new = {name: getattr(hit, name) + difference for name, difference in differences.items()}
        try:
            return alter(call, hit, final=final, **new)
        except StaleHitError:
            hit = current(call, hit)


def settle_status(call: ServiceCall, hit: Hit) -> Hit:
    """Give a HIT the status that its counters ask for, after changes with `final` false."""
    return alter(call, current(call, hit))


def current(call: ServiceCall, hit: Hit) -> Hit:
    """The HIT as it is stored now."""
    stored = find_hit(call.connection, None, hit.hit_id)
    if stored is None:
        raise no_such_hit(hit.hit_id)
    return stored


INCREMENT_ASSIGNMENTS = (1, 1_000_000_000)


@timer(EXPIRE)
def expire_on_time(call: ServiceCall, hit_id: str) -> None:
    """The HIT's life is over."""
    hit = find_hit(call.connection, None, hit_id)
    if hit is not None and hit.expired_at is None and hit.disposed_at is None:
        expire(call, hit)


def expire(call: ServiceCall, hit: Hit) -> Hit:
    """End a HIT's life now: nobody can accept it any more, the money held for what was never accepted is released."""
    emit(call, "HITExpired", hit.hit_type_id, hit.hit_id)
    cancel(call, EXPIRE, hit.hit_id)
    return alter(call, hit, expires_at=min(hit.expires_at, call.now), expired_at=call.now)


def extend(call: ServiceCall, hit: Hit, *, assignments: int = 0, seconds: int = 0) -> Hit:
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
    return reschedule(call, hit, total, expires_at)


def reschedule(call: ServiceCall, hit: Hit, max_assignments: int, expires_at: int) -> Hit:
    """Give a HIT another expiration (epoch ms), which brings an expired one back to life, or more assignments."""
    emit(call, "HITExtended", hit.hit_type_id, hit.hit_id)
    if expires_at == hit.expires_at:
        return alter(call, hit, max_assignments=max_assignments)
    schedule(call, EXPIRE, hit.hit_id, expires_at)
    return alter(call, hit, max_assignments=max_assignments, expires_at=expires_at, expired_at=None)


#: A HIT whose 120 days are over while work still waits for a decision is looked at again after a day.
_AGAIN_MILLISECONDS = 24 * 3600 * 1000


@timer(DISPOSE)
def dispose_on_time(call: ServiceCall, hit_id: str) -> None:
    """The HIT has been Reviewable for 120 days."""
    hit = find_hit(call.connection, None, hit_id)
    if hit is None or hit.disposed_at is not None:
        return
    if hit.submitted or hit.accepted:
        schedule(call, DISPOSE, hit_id, call.now + _AGAIN_MILLISECONDS)
    else:
        dispose(call, hit)


def dispose(call: ServiceCall, hit: Hit) -> None:
    """End a HIT: it is shown by its id only, and its timers are forgotten."""
    cancel(call, EXPIRE, hit.hit_id)
    cancel(call, DISPOSE, hit.hit_id)
    emit(call, "HITDisposed", hit.hit_type_id, hit.hit_id)
    alter(call, hit, disposed_at=call.now)
