"""Notification specifications as legacy clients set them, one per HIT type."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from adapter.core import clock
from adapter.core.database import Store
from adapter.legacy.store.tables import notifications


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


#: The transports that this gateway delivers by itself; the others are the upstream's.
LOCAL = ("REST", "SOAP", "Email")

_mine = (
    notifications.c.account_id == bindparam("account"),
    notifications.c.hit_type_id == bindparam("hit_type"),
)
_find = select(notifications).where(*_mine)
_remove = delete(notifications).where(*_mine)
_activate = update(notifications).where(*_mine, notifications.c.active != bindparam("on"))
_active = select(notifications).where(notifications.c.active == 1, notifications.c.transport.in_(LOCAL))
_mailed = (
    select(notifications.c.hit_type_id, notifications.c.destination)
    .where(
        notifications.c.account_id == bindparam("account"),
        notifications.c.active == 1,
        notifications.c.transport == "Email",
    )
    .order_by(notifications.c.set_at.desc())
)
_active_of = _active.where(notifications.c.hit_type_id.in_(bindparam("types", expanding=True)))


def find(store: Store, account_id: str, hit_type_id: str) -> Specification | None:
    """The specification of a HIT type, or None."""
    with store.read() as connection:
        row = connection.execute(_find, {"account": account_id, "hit_type": hit_type_id}).one_or_none()
    return _specification(row) if row is not None else None


def _specification(row: Row[Any]) -> Specification:
    return Specification(
        row.transport,
        row.destination,
        row.version,
        row.message_version,
        row.event_types,
        bool(row.active),
        row.access_key_id,
    )


def active_of(connection: Connection, hit_type_ids: Collection[str]) -> list[Row[Any]]:
    """The rows of these HIT types, of any account, that are switched on and delivered by this gateway."""
    if not hit_type_ids:
        return []
    return list(connection.execute(_active_of, {"types": list(hit_type_ids)}))


def active(connection: Connection) -> list[Row[Any]]:
    """All rows that are switched on and delivered by this gateway."""
    return list(connection.execute(_active))


def mail_address(connection: Connection, account_id: str, hit_type_id: str) -> str | None:
    """Where an account has notifications of a HIT type mailed to; else of the HIT type that it said so of last."""
    rows = connection.execute(_mailed, {"account": account_id}).all()
    return next((row.destination for row in (*(each for each in rows if each.hit_type_id == hit_type_id), *rows)), None)


def put(store: Store, account_id: str, hit_type_id: str, specification: Specification) -> None:
    """Set the specification of a HIT type; it replaces the one before."""
    with store.write(account_id) as connection:
        connection.execute(_remove, {"account": account_id, "hit_type": hit_type_id})
        connection.execute(
            insert(notifications),
            {
                **asdict(specification),
                "account_id": account_id,
                "hit_type_id": hit_type_id,
                "active": int(specification.active),
                "set_at": clock.milliseconds(),
            },
        )


def activate(store: Store, account_id: str, hit_type_id: str, *, active: bool) -> None:
    """Switch the specification of a HIT type on or off; when that changes it, it is in force from now on."""
    changed = {"active": int(active), "set_at": clock.milliseconds()}
    with store.write(account_id) as connection:
        connection.execute(
            _activate.values(**changed), {"account": account_id, "hit_type": hit_type_id, "on": int(active)}
        )
