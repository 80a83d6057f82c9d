"""How long a HIT lives: extend it, expire it, disable it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from botocore.exceptions import ClientError

from adapter.errors import TURK, LegacyError
from adapter.operations import HIT_GROUPS, Call, Result, operation
from adapter.operations.disabling import disable
from adapter.operations.hits import Token, refuse_disabled
from adapter.operations.tokens import derived, message_of, used_before
from adapter.store import journal
from adapter.wire.shapes import HITId
from adapter.wire.types import Between

#: A time in the past, which expires a HIT at once. "Now" itself would fail now and then: clocks differ.
EPOCH = datetime.fromtimestamp(0, UTC)


@operation("ForceExpireHIT", since="2006-05-05")
def force_expire_hit(call: Call, HITId: HITId) -> Result:
    """Take a HIT off the market at once: UpdateExpirationForHIT with epoch 0."""
    refuse_disabled(call, HITId)
    call.mturk.update_expiration_for_hit(HITId=HITId, ExpireAt=EPOCH)
    return None


@operation("ExtendHIT")
def extend_hit(
    call: Call,
    HITId: HITId,
    MaxAssignmentsIncrement: Annotated[int, Between(1, 1000000000)] | None = None,
    ExpirationIncrementInSeconds: Annotated[int, Between(3600, 31536000)] | None = None,
    UniqueRequestToken: Token | None = None,
) -> Result:
    """More assignments, more time, or both: CreateAdditionalAssignmentsForHIT, UpdateExpirationForHIT.

    The new expiration is worked out once and written down with the token before the first change, so that a repeat goes
    on where an earlier try stopped and never extends twice. A call without any increment succeeds and changes nothing,
    because a client is known to send one first and to give up on an error.
    """
    refuse_disabled(call, HITId)
    hit = call.mturk.get_hit(HITId=HITId)["HIT"]
    if MaxAssignmentsIncrement is None and ExpirationIncrementInSeconds is None:
        return None
    if hit.get("HITStatus") in {"Disposed", "Reviewing"}:
        raise _wrong_state(hit["HITStatus"])
    token = UniqueRequestToken or derived(call)
    plan = {
        "HITId": HITId,
        "assignments": MaxAssignmentsIncrement or 0,
        "expire_at": _expire_at(hit, ExpirationIncrementInSeconds),
    }
    entry = journal.begin(call.store, call.account_id, "ExtendHIT", token, call.call_id, plan)
    if entry.result is not None or entry.plan["HITId"] != HITId:
        if entry.call_id == call.call_id:
            return None
        raise LegacyError(f"{TURK}DuplicateCall", "The UniqueRequestToken has been used before.", ("Token", token))
    _carry_out(call, token, entry.plan)
    journal.finish(call.store, call.account_id, "ExtendHIT", token, {})
    return None


def _wrong_state(state: str) -> LegacyError:
    expected = "Assignable, Unassignable, Reviewable"
    message = (
        f"This HIT is currently in the state '{state}'.  This operation can be called with a status of: {expected}"
    )
    return LegacyError(f"{TURK}InvalidHITState", message, ("CurrentState", state), ("ExpectedStates", expected))


def _expire_at(hit: dict[str, Any], increment: int | None) -> int | None:
    """The new expiration, in epoch seconds: from the old one, or from now when that has passed."""
    if increment is None:
        return None
    now = int(datetime.now(UTC).timestamp())
    return max(int(hit["Expiration"]), now) + increment


def _carry_out(call: Call, token: str, plan: dict[str, Any]) -> None:
    hit_id, assignments, expire_at = plan["HITId"], plan["assignments"], plan["expire_at"]
    if assignments:
        # first, because an expired HIT comes back to life only with free assignments and a future expiration
        try:
            call.mturk.create_additional_assignments_for_hit(
                HITId=hit_id, NumberOfAdditionalAssignments=assignments, UniqueRequestToken=token
            )
        except ClientError as error:
            if not used_before(error):
                # refused: nothing was changed, so the token is free for another try
                journal.forget(call.store, call.account_id, "ExtendHIT", token)
                raise
    if expire_at is not None:
        try:
            call.mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=datetime.fromtimestamp(expire_at, UTC))
        except ClientError as error:
            if _expires_at(call, hit_id) == expire_at and "processed" in message_of(error):
                return
            if not assignments:
                journal.forget(call.store, call.account_id, "ExtendHIT", token)
            raise


def _expires_at(call: Call, hit_id: str) -> int:
    return int(call.mturk.get_hit(HITId=hit_id)["HIT"]["Expiration"])


@operation("DisableHIT", groups=HIT_GROUPS)
def disable_hit(call: Call, HITId: HITId) -> Result:
    """Take a HIT away and pay what was submitted: GetHIT, UpdateExpirationForHIT, ApproveAssignment, DeleteHIT.

    What still is with Workers is finished by the worker loop. The HIT is hidden at once; a repeat succeeds.
    """
    if journal.disabled(call.store, call.account_id, HITId) is not None:
        return None
    hit = call.mturk.get_hit(HITId=HITId)["HIT"]
    if hit["HITStatus"] not in {"Assignable", "Unassignable"}:
        expected = "Assignable, Unassignable"
        message = (
            f"This HIT is currently in the state '{hit['HITStatus']}'.  "
            f"This operation can be called with a status of: {expected}"
        )
        raise LegacyError(
            f"{TURK}InvalidHITState", message, ("CurrentState", hit["HITStatus"]), ("ExpectedStates", expected)
        )
    disable(call, HITId)
    return None
