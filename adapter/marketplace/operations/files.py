"""GetFileUploadURL."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.review_decisions import own_assignment, wrong_assignment_state
from adapter.marketplace.domain.uploads import upload_url
from adapter.marketplace.errors import invalid_value
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import assignments
from adapter.marketplace.store.uploads import find_upload


@operation("GetFileUploadURL")
def get_file_upload_url(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """A URL for the file that answers a question of an assignment, good for 60 seconds."""
    row = own_assignment(call, request["AssignmentId"])
    if row.status not in assignments.SHOWN:
        raise wrong_assignment_state("Reviewable,Approved,Rejected")
    found = find_upload(call.connection, row.assignment_id, request["QuestionIdentifier"])
    if found is None:
        raise invalid_value(request["QuestionIdentifier"], "QuestionIdentifier")
    return {"FileUploadURL": upload_url(call.store, found, call.now)}
