"""GetAssignment, ListAssignmentsForHIT, ApproveAssignment, RejectAssignment."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.hit_errors import check_own_hit
from adapter.marketplace.domain.review_decisions import approve, hit_of, own_assignment, reject, wrong_assignment_state
from adapter.marketplace.domain.structures import seconds
from adapter.marketplace.domain.texts import FEEDBACK_LENGTH, check_text
from adapter.marketplace.operations.hit_shape import shape as hit_shape
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import assignments


def shape(row: Any) -> dict[str, Any]:
    """An assignment's row as the API's Assignment."""
    shaped: dict[str, Any] = {
        "AssignmentId": row.assignment_id,
        "WorkerId": row.worker_id,
        "HITId": row.hit_id,
        "AssignmentStatus": row.status,
    }
    times = {
        "AutoApprovalTime": row.auto_approval_at,
        "AcceptTime": row.accepted_at,
        "SubmitTime": row.submitted_at,
        "ApprovalTime": row.approved_at,
        "RejectionTime": row.rejected_at,
        "Deadline": row.deadline_at,
    }
    # not by given(), as lists are long
    for name, at in times.items():
        if at is not None:
            shaped[name] = seconds(at)
    if row.answer is not None:
        shaped["Answer"] = row.answer
    if row.feedback is not None:
        shaped["RequesterFeedback"] = row.feedback
    return shaped


@operation("GetAssignment")
def get_assignment(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """A submitted assignment and its HIT; an error for one that is accepted, returned or abandoned."""
    row = own_assignment(call, request["AssignmentId"])
    if row.status not in assignments.SHOWN:
        raise wrong_assignment_state("Reviewable,Approved,Rejected")
    return {"Assignment": shape(row), "HIT": hit_shape(hit_of(call, row), call.settings)}


@operation("ListAssignmentsForHIT")
def list_assignments_for_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """The submitted assignments of a HIT in the statuses asked for, in the order of acceptance."""
    check_own_hit(call, request["HITId"])
    statuses = request.get("AssignmentStatuses") or assignments.SHOWN
    fetch = partial(assignments.list_assignments, call.connection, request["HITId"], statuses)
    rows, answer = page(call, "ListAssignmentsForHIT", request, fetch)
    return {**answer, "Assignments": [shape(row) for row in rows]}


@operation("ApproveAssignment", writes=True)
def approve_assignment(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Approve and pay; with OverrideRejection also a rejected assignment, for 30 days."""
    feedback = check_text(request.get("RequesterFeedback"), "RequesterFeedback", FEEDBACK_LENGTH)
    row = own_assignment(call, request["AssignmentId"])
    approve(call, row, feedback, override=request.get("OverrideRejection", False))
    return {}


@operation("RejectAssignment", writes=True)
def reject_assignment(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Reject a submitted assignment; the worker is shown the feedback."""
    feedback = check_text(request["RequesterFeedback"], "RequesterFeedback", FEEDBACK_LENGTH)
    reject(call, own_assignment(call, request["AssignmentId"]), feedback or "")
    return {}
