"""HIT layouts as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from adapter.core.ids import entity_id
from adapter.marketplace.store.tables import layouts

_insert = insert(layouts)
_own = select(layouts).where(layouts.c.account_id == bindparam("of_account"))
_find = _own.where(layouts.c.layout_id == bindparam("of_layout"))
_list = _own.order_by(layouts.c.seq)


def add_layout(connection: Connection, account_id: str, name: str, template: str, at: int) -> str:
    """Put in a layout at a time (epoch ms); returns its id."""
    layout_id = entity_id()
    connection.execute(
        _insert,
        {"layout_id": layout_id, "account_id": account_id, "name": name, "template": template, "created_at": at},
    )
    return layout_id


def find_layout(connection: Connection, account_id: str, layout_id: str) -> Row[Any] | None:
    """The account's layout of this id, or None."""
    return connection.execute(_find, {"of_account": account_id, "of_layout": layout_id}).one_or_none()


def list_layouts(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """The account's layouts, the oldest first."""
    return connection.execute(_list, {"of_account": account_id}).all()
