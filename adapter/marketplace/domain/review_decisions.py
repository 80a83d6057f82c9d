"""Approving and rejecting a submitted assignment: its row, money, counters, timers and events."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import emit, tell
from adapter.marketplace.domain.hit_errors import no_such_hit
from adapter.marketplace.domain.hit_lifecycle import change_counters, settle_status
from adapter.marketplace.domain.money import pay_assignment
from adapter.marketplace.domain.timers import cancel, timer
from adapter.marketplace.errors import TurkError
from adapter.marketplace.store import assignments
from adapter.marketplace.store.hits import Hit, find_hit
from adapter.marketplace.store.worker_messages import title_of
from adapter.marketplace.store.worker_records import count

AUTO_APPROVE = "auto-approve"
#: How long after its submission a rejected assignment can still be approved (model: ApproveAssignment).
OVERRIDE_MILLISECONDS = 30 * 24 * 3600 * 1000


def wrong_assignment_state(expected: str = "Submitted") -> TurkError:
    """The assignment is not in a state that allows the call; recorded wording."""
    return TurkError("InvalidAssignmentState", f"This operation can be called with a status of: {expected}")


def own_assignment(call: ServiceCall, assignment_id: str) -> Any:
    """The row of one of the account's assignments; raises TurkError AssignmentDoesNotExist."""
    row = assignments.find_assignment(call.connection, assignment_id)
    if row is None or row.account_id != call.account_id:
        raise TurkError("AssignmentDoesNotExist", f"Assignment {assignment_id} does not exist.", "AssignmentId")
    return row


def hit_of(call: ServiceCall, assignment: Any) -> Hit:
    """The HIT of an assignment, as it is stored now."""
    hit = find_hit(call.connection, None, assignment.hit_id)
    if hit is None:
        raise no_such_hit(assignment.hit_id)
    return hit


def approve(
    call: ServiceCall, assignment: Any, feedback: str | None = None, *, override: bool = False, settle: bool = True
) -> None:
    """Approve a submitted assignment and pay for it; with `override` also one rejected at most 30 days after submission.

    With `settle` false the HIT's status is left for the caller to settle. Raises TurkError InvalidAssignmentState and
    InsufficientFundsError.
    """
    hit = hit_of(call, assignment)
    overridden = assignment.status == "Rejected" and override
    if overridden and (hit.disposed_at is not None or call.now > assignment.submitted_at + OVERRIDE_MILLISECONDS):
        raise wrong_assignment_state()
    if assignment.status != "Submitted" and not overridden:
        raise wrong_assignment_state()
    assignments.mark_approved(call.connection, assignment.assignment_id, call.now, feedback)
    cancel(call, AUTO_APPROVE, assignment.assignment_id)
    before = {"rejected": -1} if overridden else {"submitted": -1}
    hit = change_counters(call, hit, approved=1, final=False, **before)
    pay_assignment(call, hit, assignment.assignment_id)
    worker_before = {"rejected": -1} if overridden else {}
    count(call.connection, assignment.worker_id, call.account_id, approved=1, **worker_before)
    emit(call, "AssignmentApproved", hit.hit_type_id, hit.hit_id, assignment.assignment_id)
    if overridden:
        _tell(call, assignment, "AssignmentApproved", "Approved after all", feedback)
    if settle:
        settle_status(call, hit)


def reject(call: ServiceCall, assignment: Any, feedback: str, *, settle: bool = True) -> None:
    """Reject a submitted assignment; what was held for it is free again, the slot is not.

    Raises TurkError InvalidAssignmentState.
    """
    if assignment.status != "Submitted":
        raise wrong_assignment_state()
    hit = hit_of(call, assignment)
    assignments.mark_rejected(call.connection, assignment.assignment_id, call.now, feedback)
    cancel(call, AUTO_APPROVE, assignment.assignment_id)
    hit = change_counters(call, hit, submitted=-1, rejected=1, final=False)
    count(call.connection, assignment.worker_id, call.account_id, rejected=1)
    emit(call, "AssignmentRejected", hit.hit_type_id, hit.hit_id, assignment.assignment_id)
    _tell(call, assignment, "AssignmentRejected", "Not approved", feedback)
    if settle:
        settle_status(call, hit)


def _tell(call: ServiceCall, assignment: Any, kind: str, outcome: str, feedback: str | None) -> None:
    """Tell the worker of a decision that matters to find out about, with what the requester wrote."""
    subject = f"{outcome}: {title_of(call.connection, assignment.hit_id)}"
    said = f"The requester says: {feedback}\n\n" if feedback else ""
    tell(call, assignment.worker_id, kind, subject, f"{said}Assignment {assignment.assignment_id}")


@timer(AUTO_APPROVE)
def approve_by_itself(call: ServiceCall, assignment_id: str) -> None:
    """AutoApprovalTime has come: what is still undecided is approved."""
    row = assignments.find_assignment(call.connection, assignment_id)
    if row is not None and row.status == "Submitted":
        approve(call, row)
