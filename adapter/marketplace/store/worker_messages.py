"""Messages to workers: an outbox, and the inbox that a worker reads."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from adapter.marketplace.store.worker_tables import worker_messages

_message = insert(worker_messages)


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
