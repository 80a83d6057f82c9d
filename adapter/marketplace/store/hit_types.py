"""HIT types as rows: put one in, find it by its id or by its identity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select

from adapter.marketplace.store.tables import hit_type_requirements, hit_types

_insert = insert(hit_types)
_require = insert(hit_type_requirements)
_own = select(hit_types).where(hit_types.c.account_id == bindparam("of_account"))
_ever = _own.where(hit_types.c.hit_type_id == bindparam("of_type"))
_find = _ever.where(hit_types.c.deleted_at.is_(None))
_same = _own.where(hit_types.c.identity == bindparam("of_identity"))


def add_hit_type(connection: Connection, row: dict[str, Any]) -> None:
    """Put in a HIT type, a dict of the table's columns, and what Qualifications it asks for."""
    connection.execute(_insert, row)
    wanted = sorted({each["QualificationTypeId"] for each in row["requirements"]})
    if wanted:
        connection.execute(
            _require, [{"hit_type_id": row["hit_type_id"], "qualification_type_id": each} for each in wanted]
        )


def find_hit_type(connection: Connection, account_id: str, hit_type_id: str) -> dict[str, Any] | None:
    """The account's HIT type of this id by column names, or None when there is none or it was deleted."""
    return _one(connection, _find, {"of_account": account_id, "of_type": hit_type_id})


def was_registered(connection: Connection, account_id: str, hit_type_id: str) -> bool:
    """Whether this is a HIT type of the account, or was one: a deleted type may have HITs left."""
    return _one(connection, _ever, {"of_account": account_id, "of_type": hit_type_id}) is not None


def find_same(connection: Connection, account_id: str, identity: str) -> dict[str, Any] | None:
    """The account's HIT type with this identity by column names, or None."""
    return _one(connection, _same, {"of_account": account_id, "of_identity": identity})


def _one(connection: Connection, query: Select[Any], values: dict[str, Any]) -> dict[str, Any] | None:
    row = connection.execute(query, values).mappings().one_or_none()
    return None if row is None else dict(row)
