"""NotifyWorkers."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import tell
from adapter.marketplace.domain.texts import check_text
from adapter.marketplace.errors import invalid, missing
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store.assignments import has_worked

MOST_WORKERS = 100
SUBJECT_LENGTH = 200
TEXT_LENGTH = 4096
_NEVER_WORKED = {
    "NotifyWorkersFailureCode": "HardFailure",
    "NotifyWorkersFailureMessage": "The Worker has not done any work for you, so no message was sent.",
}


@operation("NotifyWorkers", writes=True)
def notify_workers(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Send a message to up to 100 workers; those whose work the account never decided come back as HardFailure.

    A WorkerId given twice is written to once.
    """
    subject = check_text(request["Subject"], "Subject", SUBJECT_LENGTH, required=True)
    body = check_text(request["MessageText"], "MessageText", TEXT_LENGTH, required=True)
    worker_ids = list(dict.fromkeys(request["WorkerIds"]))
    if not worker_ids:
        raise missing("WorkerIds", " and must not be empty")
    if len(request["WorkerIds"]) > MOST_WORKERS:
        raise invalid(f"At most {MOST_WORKERS} Workers can be notified at once.", "WorkerIds")
    failures = []
    for worker_id in worker_ids:
        if has_worked(call.connection, call.account_id, worker_id):
            tell(call, worker_id, "NotifyWorkers", subject or "", body or "")
        else:
            failures.append({**_NEVER_WORKED, "WorkerId": worker_id})
    return {"NotifyWorkersFailureStatuses": failures}
