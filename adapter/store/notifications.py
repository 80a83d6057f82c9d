"""Notification specifications as legacy clients set them, one per HIT type."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from adapter.store.accounts import milliseconds
from adapter.store.engine import Store
from adapter.store.schema.gateway import notifications


@dataclass(frozen=True)
class Specification:
    """What to send where: `version` is the API version of the call that set it, `message_version` that of the messages."""

    transport: str
    destination: str
    version: str
    message_version: str
    event_types: list[str]
    active: bool
    access_key_id: str


_mine = (
    notifications.c.account_id == bindparam("account"),
    notifications.c.hit_type_id == bindparam("hit_type"),
)
_find = select(notifications).where(*_mine)
_remove = delete(notifications).where(*_mine)
_activate = update(notifications).where(*_mine).values(active=bindparam("on"))


def find(store: Store, account_id: str, hit_type_id: str) -> Specification | None:
    """The specification of a HIT type, or None."""
    with store.read() as connection:
        row = connection.execute(_find, {"account": account_id, "hit_type": hit_type_id}).one_or_none()
    if row is None:
        return None
    return Specification(
        row.transport,
        row.destination,
        row.version,
        row.message_version,
        row.event_types,
        bool(row.active),
        row.access_key_id,
    )


def put(store: Store, account_id: str, hit_type_id: str, specification: Specification) -> None:
    """Set the specification of a HIT type; it replaces the one before."""
    with store.write(account_id) as connection:
        connection.execute(_remove, {"account": account_id, "hit_type": hit_type_id})
        connection.execute(
            insert(notifications),
            {
                "account_id": account_id,
                "hit_type_id": hit_type_id,
                "version": specification.version,
                "transport": specification.transport,
                "destination": specification.destination,
                "message_version": specification.message_version,
                "event_types": specification.event_types,
                "active": int(specification.active),
                "access_key_id": specification.access_key_id,
                "set_at": milliseconds(),
            },
        )


def activate(store: Store, account_id: str, hit_type_id: str, *, active: bool) -> None:
    """Switch the specification of a HIT type on or off."""
    with store.write(account_id) as connection:
        connection.execute(_activate, {"account": account_id, "hit_type": hit_type_id, "on": int(active)})
