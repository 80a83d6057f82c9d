"""Events: written in the transaction of the change they tell of."""

from __future__ import annotations

from adapter.core.store import outbox
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.store import worker_messages


def emit(call: ServiceCall, event_type: str, hit_type_id: str, hit_id: str, assignment_id: str | None = None) -> None:
    """Put an event of the API's EventType into the outbox, dated `call.now`."""
    outbox.add_event(call.connection, call.account_id, event_type, hit_type_id, hit_id, assignment_id, call.now)


def tell(call: ServiceCall, worker_id: str, kind: str, subject: str, body: str) -> None:
    """Put a message to a worker into the outbox; `kind` names the operation that sends it."""
    worker_messages.add_message(call.connection, call.account_id, worker_id, kind, subject, body, call.now)
