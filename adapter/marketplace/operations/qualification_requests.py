"""Requests for Qualifications: ListQualificationRequests, AcceptQualificationRequest, RejectQualificationRequest."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapter.core.database import Row
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import tell
from adapter.marketplace.domain.qualifications import grant, own_type
from adapter.marketplace.domain.structures import given, seconds
from adapter.marketplace.errors import TurkError
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.qualifications import check_reason
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import qualifications as rows


def _pending(call: ServiceCall, qualification_request_id: str) -> Row[Any]:
    found = rows.find_request(call.connection, qualification_request_id)
    if found is None or found.account_id != call.account_id or found.status in {"Testing", "Expired"}:
        raise TurkError(
            "QualificationRequestDoesNotExist", f"QualificationRequest {qualification_request_id} does not exist."
        )
    if found.status != "Pending":
        raise TurkError(
            "InvalidQualificationRequestState",
            f"This QualificationRequest is currently in the state '{found.status}'.  "
            "This operation can be called with a status of: Submitted",
        )
    return found


def shape(row: Row[Any]) -> dict[str, Any]:
    """A row as the API's QualificationRequest."""
    return given(
        QualificationRequestId=row.qualification_request_id,
        QualificationTypeId=row.qualification_type_id,
        WorkerId=row.worker_id,
        SubmitTime=seconds(row.submitted_at),
        Test=row.test,
        Answer=row.answer,
    )


@operation("ListQualificationRequests")
def list_qualification_requests(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Requests that wait for the caller's decision: of one type, or of all of the caller's types."""
    qualification_type_id = request.get("QualificationTypeId")
    if qualification_type_id is not None:
        own_type(call, qualification_type_id)
    fetch = partial(rows.pending_requests, call.connection, call.account_id, qualification_type_id)
    listed, result = page(call, "ListQualificationRequests", request, fetch)
    return {**result, "QualificationRequests": [shape(row) for row in listed]}


@operation("AcceptQualificationRequest", writes=True)
def accept_qualification_request(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Grant what a worker asked for, with IntegerValue 1 unless another is given."""
    found = _pending(call, request["QualificationRequestId"])
    qualification_type = own_type(call, found.qualification_type_id)
    rows.change_request(call.connection, found.qualification_request_id, status="Granted", decided_at=call.now)
    grant(call, qualification_type, found.worker_id, request.get("IntegerValue", 1), notify=True)
    return {}


@operation("RejectQualificationRequest", writes=True)
def reject_qualification_request(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Refuse what a worker asked for; the worker is told the reason."""
    reason = check_reason(request)
    found = _pending(call, request["QualificationRequestId"])
    qualification_type = own_type(call, found.qualification_type_id)
    rows.change_request(
        call.connection, found.qualification_request_id, status="Rejected", decided_at=call.now, reason=reason
    )
    body = reason or "The requester gave no reason."
    tell(call, found.worker_id, "QualificationRejected", f"Qualification not granted: {qualification_type.name}", body)
    return {}
