"""Events and messages: written in the transaction of the change they tell of."""

from __future__ import annotations

from adapter.core.store import outbox
from adapter.core.store.outbox import Event, Letter
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.store import worker_messages

#: The kind of message that never says whom it is from, and that nobody can answer.
BLOCKED = "WorkerBlocked"


def emit(call: ServiceCall, event_type: str, hit_type_id: str, hit_id: str, assignment_id: str | None = None) -> None:
    """Put an event of the API's EventType into the outbox, dated `call.now`."""
    event = Event(call.account_id, event_type, hit_type_id, hit_id, assignment_id, call.now)
    outbox.add_events(call.connection, event)


def tell(call: ServiceCall, worker_id: str, kind: str, subject: str, body: str) -> None:
    """Put a message into a worker's inbox, and mail it where mail can be sent and the worker has an address.

    `kind` names the operation or event that it tells of.
    """
    worker_messages.add_message(call.connection, call.account_id, worker_id, kind, subject, body, call.now)
    if not call.settings.smtp_url:
        return
    found = worker_messages.mail_of(call.connection, worker_id, call.account_id)
    if found is not None and found.email:
        sender = "" if kind == BLOCKED else f"The requester {found.requester} sent you this. "
        foot = f"{sender}Read your messages at {call.settings.address}/mturk/messages"
        letter = Letter(subject, f"{body}\n\n-- \n{foot}\n", found.email, call.account_id)
        outbox.add_letter(call.connection, letter, call.now)


def tell_of_block(call: ServiceCall, worker_id: str) -> None:
    """Tell a worker of a block, without a word of who made it and why."""
    body = (
        "You can no longer accept that requester's HITs; work that you have accepted already can still be submitted. "
        "Requesters need not say why, and this message does not say who it was. Your other work goes on as before."
    )
    tell(call, worker_id, BLOCKED, "A requester no longer offers you HITs", body)
