"""Which events of a HIT type go where, as rows: one specification per HIT type."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from adapter.marketplace.store.tables import notification_settings

_of_type = notification_settings.c.hit_type_id == bindparam("of_type")
_find = select(notification_settings).where(_of_type)
_active = select(notification_settings).where(
    notification_settings.c.hit_type_id.in_(bindparam("types", expanding=True)), notification_settings.c.active
)
_forget = delete(notification_settings).where(_of_type)
_insert = insert(notification_settings)


def find_settings(connection: Connection, hit_type_id: str) -> Row[Any] | None:
    """The HIT type's settings, or None where there never were any."""
    return connection.execute(_find, {"of_type": hit_type_id}).one_or_none()


def put_settings(connection: Connection, row: dict[str, Any]) -> None:
    """Put in a HIT type's settings, a dict of the table's columns, in place of its earlier ones."""
    connection.execute(_forget, {"of_type": row["hit_type_id"]})
    connection.execute(_insert, row)


def active_settings(connection: Connection, hit_type_ids: Collection[str]) -> list[Row[Any]]:
    """The settings of these HIT types that are switched on."""
    return list(connection.execute(_active, {"types": list(hit_type_ids)})) if hit_type_ids else []
