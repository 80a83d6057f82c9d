"""Who holds a Qualification: Associate…, Disassociate…, GetQualificationScore, ListWorkersWithQualificationType."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapter.core.database import Row
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import tell
from adapter.marketplace.domain.qualifications import grant, own_type, usable_type
from adapter.marketplace.domain.structures import seconds
from adapter.marketplace.errors import TurkError, too_long
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import qualifications as rows

LONGEST_REASON = 1024


def check_reason(request: dict[str, Any]) -> str | None:
    """The Reason member; raises TurkError when it is too long."""
    reason: str | None = request.get("Reason")
    if reason is not None and len(reason) > LONGEST_REASON:
        raise too_long("Reason", LONGEST_REASON)
    return reason


def _granted(call: ServiceCall, qualification_type_id: str, worker_id: str) -> Row[Any]:
    found = rows.find(call.connection, qualification_type_id, worker_id)
    if found is None:
        raise TurkError("QualificationDoesNotExist", "You requested a Qualification that does not exist.")
    if found.status != "Granted":
        raise TurkError("InvalidQualificationState", "This operation can be called with a status of: Granted")
    return found


def shape(row: Row[Any]) -> dict[str, Any]:
    """A row as the API's Qualification."""
    return {
        "QualificationTypeId": row.qualification_type_id,
        "WorkerId": row.worker_id,
        "GrantTime": seconds(row.granted_at),
        "IntegerValue": row.value,
        "Status": row.status,
    }


@operation("AssociateQualificationWithWorker", writes=True)
def associate_qualification_with_worker(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Give a worker a Qualification without a request, or change its value. IntegerValue defaults to 1.

    A pending request of the worker stays as it is; accepting it later may change the value.
    """
    found = usable_type(call, request["QualificationTypeId"])
    value, notify = request.get("IntegerValue", 1), request.get("SendNotification", True)
    grant(call, found, request["WorkerId"], value, notify=notify)
    return {}


@operation("DisassociateQualificationFromWorker", writes=True)
def disassociate_qualification_from_worker(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Take a granted Qualification from a worker, who is told the reason."""
    reason = check_reason(request)
    found = own_type(call, request["QualificationTypeId"])
    worker_id = request["WorkerId"]
    _granted(call, found.qualification_type_id, worker_id)
    rows.revoke(call.connection, found.qualification_type_id, worker_id, reason, call.now)
    body = reason or "The requester gave no reason."
    tell(call, worker_id, "QualificationRevoked", f"A Qualification has been revoked: {found.name}", body)
    return {}


@operation("GetQualificationScore")
def get_qualification_score(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """The worker's granted Qualification of one of the caller's types."""
    found = own_type(call, request["QualificationTypeId"])
    return {"Qualification": shape(_granted(call, found.qualification_type_id, request["WorkerId"]))}


@operation("ListWorkersWithQualificationType")
def list_workers_with_qualification_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Qualifications of one type: the granted ones unless Status asks for the revoked ones."""
    found = own_type(call, request["QualificationTypeId"])
    fetch = partial(rows.holders, call.connection, found.qualification_type_id, request.get("Status", "Granted"))
    listed, result = page(call, "ListWorkersWithQualificationType", request, fetch)
    return {**result, "Qualifications": [shape(row) for row in listed]}
