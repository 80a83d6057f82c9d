"""Refusals that several operations on HITs share."""

from __future__ import annotations

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.errors import TurkError
from adapter.marketplace.store.hits import Hit, find_hit, has_hit

#: Every state but Disposed, in the order in which refusals name them.
LIVING = ("Assignable", "Unassignable", "Reviewing", "Reviewable")


def no_such_hit(hit_id: str) -> TurkError:
    """There is no such HIT, or it is another requester's."""
    return TurkError("HITDoesNotExist", f"Hit {hit_id} does not exist.", "HITId")


def no_such_hit_type(hit_type_id: str) -> TurkError:
    """There is no such HIT type, or it is another requester's."""
    return TurkError("HITTypeDoesNotExist", f"HITType {hit_type_id} does not exist.", "HITTypeId")


def wrong_state(hit: Hit, *expected: str) -> TurkError:
    """The HIT is not in a state that allows the call; recorded wording with two spaces."""
    return TurkError(
        "InvalidHITState",
        f"This HIT is currently in the state '{hit.status}'.  "
        f"This operation can be called with a status of: {', '.join(expected)}",
        "HITId",
    )


def own_hit(call: ServiceCall, hit_id: str) -> Hit:
    """The caller's HIT; raises TurkError HITDoesNotExist."""
    hit = find_hit(call.connection, call.account_id, hit_id)
    if hit is None:
        raise no_such_hit(hit_id)
    return hit


def check_own_hit(call: ServiceCall, hit_id: str) -> None:
    """Raises TurkError HITDoesNotExist for what is no HIT of the caller's."""
    if not has_hit(call.connection, call.account_id, hit_id):
        raise no_such_hit(hit_id)
