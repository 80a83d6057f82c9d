"""How a HIT changes: its counters and status, with the money, events and timers that follow from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from adapter.marketplace.events import emit
from adapter.marketplace.hit_errors import no_such_hit
from adapter.marketplace.money import hold
from adapter.marketplace.operation import Call
from adapter.marketplace.timers import cancel, schedule
from adapter.store.hits import Hit, find_hit, save_hit

#: A HIT that became Reviewable is disposed of by itself after this long (semantics: HIT states).
DISPOSAL_MILLISECONDS = 120 * 24 * 3600 * 1000
DISPOSE = "dispose-hit"
EXPIRE = "expire-hit"

Hook = Callable[[Call, Hit], None]
_HOOKS: list[Hook] = []
_OPEN = {"Assignable", "Unassignable"}


class StaleHitError(Exception):
    """The HIT given is not what is stored; nothing was changed."""


def on_reviewable(hook: Hook) -> Hook:
    """Have a function called with each HIT that becomes Reviewable, after its event; it may change the HIT again."""
    _HOOKS.append(hook)
    return hook


def status_of(hit: Hit) -> str:
    """The status that follows from a HIT's counters and times (semantics: HIT states)."""
    if hit.disposed_at is not None:
        return "Disposed"
    finished = hit.submitted + hit.approved + hit.rejected == hit.max_assignments
    if finished or (hit.expired_at is not None and not hit.accepted):
        return "Reviewing" if hit.status == "Reviewing" else "Reviewable"
    return "Assignable" if hit.free and hit.expired_at is None else "Unassignable"


def alter(call: Call, hit: Hit, *, final: bool = True, **changes: Any) -> Hit:
    """Change fields of a HIT as it is stored, hold or release its money, and follow its change of status.

    Becoming Reviewable emits HITReviewable, starts the 120 days until disposal and calls the hooks. With `final` false
    the status stays as it is until the next final change. Returns the HIT as it is then stored. Raises
    InsufficientFundsError, and StaleHitError with nothing changed when `hit` is not as stored.
    """
    new = replace(hit, **changes)
    if final:
        status = status_of(new)
        if status == "Reviewable" and hit.status in _OPEN:
            new = replace(new, status=status, reviewable_at=call.now)
        elif status in _OPEN and hit.reviewable_at is not None:
            new = replace(new, status=status, reviewable_at=None)
        elif status != new.status:
            new = replace(new, status=status)
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


def change_counters(
    call: Call,
    hit: Hit,
    *,
    accepted: int = 0,
    submitted: int = 0,
    approved: int = 0,
    rejected: int = 0,
    final: bool = True,
) -> Hit:
    """Change how many of a HIT's assignments are in each state, by these differences; as alter() otherwise.

    The assignments' own rows are to be changed before. `hit` may be older than what is stored.
    """
    while True:
        new = {
            "accepted": hit.accepted + accepted,
            "submitted": hit.submitted + submitted,
            "approved": hit.approved + approved,
            "rejected": hit.rejected + rejected,
        }
        try:
            return alter(call, hit, final=final, **new)
        except StaleHitError:
            hit = current(call, hit)


def settle_status(call: Call, hit: Hit) -> Hit:
    """Give a HIT the status that its counters ask for, after changes with `final` false."""
    return alter(call, current(call, hit))


def current(call: Call, hit: Hit) -> Hit:
    """The HIT as it is stored now."""
    stored = find_hit(call.connection, None, hit.hit_id)
    if stored is None:
        raise no_such_hit(hit.hit_id)
    return stored
