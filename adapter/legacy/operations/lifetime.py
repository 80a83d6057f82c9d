"""How long a HIT lives: extend it, expire it, disable it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

from botocore.exceptions import ClientError

from adapter.core.errors import TURK, LegacyError
from adapter.legacy.call import Call, Result
from adapter.legacy.idempotency import extend_saga
from adapter.legacy.idempotency.disable_saga import disable
from adapter.legacy.idempotency.tokens import derived, message_of
from adapter.legacy.operations.hits import Token, refuse_disabled
from adapter.legacy.operations.registry import HIT_GROUPS, operation
from adapter.legacy.protocol.binding import Between
from adapter.legacy.protocol.shapes import HITId
from adapter.legacy.store import journal

#: A time in the past, which expires a HIT at once. "Now" itself would fail now and then: clocks differ.
EPOCH = datetime.fromtimestamp(0, UTC)


@operation("ForceExpireHIT", since="2006-05-05", repeatable=True)
def force_expire_hit(call: Call, HITId: HITId) -> Result:
    """Take a HIT off the market at once: UpdateExpirationForHIT with epoch 0."""
    refuse_disabled(call, HITId)

    def expired() -> bool:
        return int(call.mturk.get_hit(HITId=HITId)["HIT"]["Expiration"]) <= time.time()

    try:
        call.once(lambda: call.mturk.update_expiration_for_hit(HITId=HITId, ExpireAt=EPOCH), happened=expired)
    except ClientError as error:
        # the service knows a request by HIT and time, too
        if "processed" not in message_of(error) or not expired():
            raise
    return None


@operation("ExtendHIT", repeatable=True)
def extend_hit(
    call: Call,
    HITId: HITId,
    MaxAssignmentsIncrement: Annotated[int, Between(1, 1000000000)] | None = None,
    # the reference says 3600 at least, recorded refusals say 60, and clients send 1800
    ExpirationIncrementInSeconds: Annotated[int, Between(60, 31536000)] | None = None,
    UniqueRequestToken: Token | None = None,
) -> Result:
    """More assignments, more time, or both: GetHIT, CreateAdditionalAssignmentsForHIT, UpdateExpirationForHIT.

    The new expiration is worked out once and written down with the token before the first change, so that a repeat goes
    on where an earlier try stopped and never extends twice. A call without any increment succeeds and changes nothing,
    because a client is known to send one first and to give up on an error.
    """
    refuse_disabled(call, HITId)
    hit = call.mturk.get_hit(HITId=HITId)["HIT"]
    if MaxAssignmentsIncrement is None and ExpirationIncrementInSeconds is None:
        return None
    token = UniqueRequestToken or derived(call)
    if hit.get("HITStatus") == "Disposed":
        if _done_by(call, token):
            return None
        raise _disposed()
    plan = extend_saga.plan_of(hit, MaxAssignmentsIncrement or 0, ExpirationIncrementInSeconds or 0, token)
    if not UniqueRequestToken and (earlier := extend_saga.given_up(call, plan)):
        # the client calls again by hand, because its call was answered with an error half-way
        plan = earlier.plan
    entry = extend_saga.begin(call, token, plan)
    if entry.result is not None or not extend_saga.same(entry.plan, plan):
        if entry.call_id == call.call_id:
            return None
        # the .NET SDK's own tests look for these words, and for the token
        message = f'The idempotency token "{token}" has already been processed.'
        raise LegacyError(f"{TURK}DuplicateCall", message, ("Token", token))
    extend_saga.extend(call, token, entry.plan, fresh=entry.fresh)
    return None


def _done_by(call: Call, token: str) -> bool:
    """Whether an earlier try of this very call did the work."""
    entry = journal.find(call.store, extend_saga.key_of(call.account_id, token))
    return entry is not None and entry.call_id == call.call_id and entry.result is not None


def _disposed() -> LegacyError:
    expected = "Assignable, Unassignable, Reviewing, Reviewable"
    message = (
        f"This HIT is currently in the state 'Disposed'.  This operation can be called with a status of: {expected}"
    )
    return LegacyError(f"{TURK}InvalidHITState", message, ("CurrentState", "Disposed"), ("ExpectedStates", expected))


@operation("DisableHIT", groups=HIT_GROUPS, repeatable=True)
def disable_hit(call: Call, HITId: HITId) -> Result:
    """Take a HIT away and pay what was submitted: GetHIT, UpdateExpirationForHIT, ApproveAssignment, DeleteHIT.

    What still is with Workers is finished by the scheduler. The HIT is hidden at once; a repeat succeeds. The reference
    refuses HITs that are Reviewable; the service did not, and clients clear their accounts with this call alone.
    """
    if journal.is_disabled(call.store, call.account_id, HITId):
        return None
    if call.mturk.get_hit(HITId=HITId)["HIT"]["HITStatus"] == "Disposed":
        raise _disposed()
    disable(call, HITId)
    return None
