"""Sorted, numbered pages of HITs with their total, straight from the database."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select

from adapter.store.hits import Hit, hits_of, joined
from adapter.store.schema.marketplace import hit_type_requirements, hit_types, hits

#: Titles sort by code points, alike on both databases.
_CODE_POINTS = {"sqlite": "BINARY", "postgresql": "C"}
#: Filters beside the account: what they compare. HITs by status are never disposed ones.
_FILTERS: dict[str, ColumnElement[bool]] = {
    "status": hits.c.status == bindparam("status"),
    "hit_type_id": hits.c.hit_type_id == bindparam("hit_type_id"),
    "qualification_type_id": exists().where(
        hit_type_requirements.c.hit_type_id == hits.c.hit_type_id,
        hit_type_requirements.c.qualification_type_id == bindparam("qualification_type_id"),
    ),
}


def sorted_hits(
    connection: Connection,
    account_id: str,
    filters: Mapping[str, str],
    sort: str,
    *,
    descending: bool,
    offset: int,
    limit: int,
) -> tuple[list[Hit], int]:
    """HITs `offset` to `offset + limit` of the sorted list, and how many the list has.

    `filters` may have status, hit_type_id and qualification_type_id; `sort` is Title, Reward, Expiration, or anything
    else for the order of creation, which also breaks ties.
    """
    values = {"of_account": account_id, **filters}
    names = tuple(sorted(filters))
    total: int = connection.execute(_count(names), values).scalar_one()
    if offset >= total:
        return [], total
    query = sorted_query(names, sort, connection.dialect.name, descending=descending)
    return hits_of(connection.execute(query, {**values, "from": offset, "most": limit})), total


@functools.cache
def _count(names: tuple[str, ...]) -> Select[Any]:
    return _narrowed(select(func.count()).select_from(hits), names)


@functools.cache
def sorted_query(names: tuple[str, ...], sort: str, dialect: str, *, descending: bool) -> Select[Any]:
    """The query of one page; only its rows are read whole, the rest of the list by its sort key."""
    key: list[ColumnElement[Any]] = []
    keys: Select[Any] = select(hits.c.seq)
    if sort == "Title":
        key = [hit_types.c.title.collate(_CODE_POINTS[dialect])]
        keys = keys.join(hit_types, hits.c.hit_type_id == hit_types.c.hit_type_id)
    elif sort in {"Reward", "Expiration"}:
        key = [hits.c.reward if sort == "Reward" else hits.c.expires_at]
    order = [each.desc() if descending else each for each in (*key, hits.c.seq)]
    page = _narrowed(keys, names).order_by(*order).offset(bindparam("from")).limit(bindparam("most")).subquery()
    return joined().join(page, page.c.seq == hits.c.seq).order_by(*order)


def _narrowed(query: Select[Any], names: tuple[str, ...]) -> Select[Any]:
    query = query.where(hits.c.account_id == bindparam("of_account"), *(_FILTERS[name] for name in names))
    return query if "status" in names else query.where(hits.c.disposed_at.is_(None))
