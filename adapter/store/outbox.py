"""Rows written in the transaction of the change they tell of: events, and messages to workers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from adapter.store.schema.marketplace import events
from adapter.store.schema.workers import worker_messages

_event = insert(events)
_message = insert(worker_messages)


def add_event(
    connection: Connection,
    account_id: str,
    event_type: str,
    hit_type_id: str,
    hit_id: str,
    assignment_id: str | None,
    happened_at: int,
    specification: dict[str, Any] | None = None,
) -> None:
    """Put an event into the outbox; `happened_at` in epoch ms.

    With a specification it is a test event that goes to this NotificationSpecification and nowhere else.
    """
    connection.execute(
        _event,
        {
            "account_id": account_id,
            "event_type": event_type,
            "hit_type_id": hit_type_id,
            "hit_id": hit_id,
            "assignment_id": assignment_id,
            "specification": specification,
            "happened_at": happened_at,
        },
    )


def add_message(
    connection: Connection, account_id: str, worker_id: str, kind: str, subject: str, body: str, at: int
) -> None:
    """Put a message to a worker into the outbox, which is also the worker's inbox."""
    connection.execute(
        _message,
        {
            "account_id": account_id,
            "worker_id": worker_id,
            "kind": kind,
            "subject": subject,
            "body": body,
            "created_at": at,
        },
    )
