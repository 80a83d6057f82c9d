"""SendBonus, ListBonusPayments."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import tell
from adapter.marketplace.domain.hit_errors import check_own_hit
from adapter.marketplace.domain.idempotency import recall, remember
from adapter.marketplace.domain.money import dollars, pay_bonus
from adapter.marketplace.domain.review_decisions import own_assignment
from adapter.marketplace.domain.structures import given, seconds
from adapter.marketplace.domain.texts import check_text
from adapter.marketplace.errors import INVALID_VALUE, TurkError, invalid, invalid_value
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import bonuses
from adapter.marketplace.store.assignments import SHOWN

#: Longest reason kept; the service states no limit, the store needs one.
REASON_LENGTH = 4096


def shape(row: Any) -> dict[str, Any]:
    """A row as the API's BonusPayment."""
    return given(
        WorkerId=row.worker_id,
        BonusAmount=f"{row.amount:.2f}",
        AssignmentId=row.assignment_id,
        GrantTime=seconds(row.granted_at),
        Reason=row.reason,
    )


@operation("SendBonus", writes=True)
def send_bonus(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Pay a worker a bonus for a submitted assignment, once per UniqueRequestToken within 24 hours.

    A repeated token is an error that names the request which paid.
    """
    token = request.get("UniqueRequestToken")
    if (earlier := recall(call, "SendBonus", token)) is not None:
        raise TurkError(
            INVALID_VALUE,
            f'The idempotency token "{token}" has already been processed. RequestId: {earlier}',
            "UniqueRequestToken",
        )
    amount = dollars(request["BonusAmount"], "BonusAmount")
    reason = check_text(request["Reason"], "Reason", REASON_LENGTH)
    row = own_assignment(call, request["AssignmentId"])
    if row.worker_id != request["WorkerId"] or row.status not in SHOWN:
        raise invalid_value(request["WorkerId"], "WorkerId")
    fee = pay_bonus(call, amount, row.assignment_id)
    bonuses.add_bonus(call.connection, row, amount, fee, reason, call.now)
    tell(call, row.worker_id, "SendBonus", f"You have received a bonus of ${amount:.2f}", reason or "")
    remember(call, "SendBonus", token, call.request_id)
    return {}


def check_subject(call: ServiceCall, request: dict[str, Any]) -> None:
    """Exactly one of the caller's HITs or assignments must be named; raises TurkError."""
    hit_id, assignment_id = request.get("HITId"), request.get("AssignmentId")
    if (hit_id is None) == (assignment_id is None):
        raise invalid("Either the HITId or the AssignmentId must be specified, and not both.", "HITId")
    if hit_id is not None:
        check_own_hit(call, hit_id)
    else:
        own_assignment(call, assignment_id or "")


@operation("ListBonusPayments")
def list_bonus_payments(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """The bonuses paid for a HIT or for an assignment."""
    check_subject(call, request)
    if "HITId" in request:
        fetch = partial(bonuses.list_of_hit, call.connection, request["HITId"])
    else:
        fetch = partial(bonuses.list_of_assignment, call.connection, request["AssignmentId"])
    rows, answer = page(call, "ListBonusPayments", request, fetch)
    return {**answer, "BonusPayments": [shape(row) for row in rows]}
