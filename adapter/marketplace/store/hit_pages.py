"""Sorted, numbered pages of HITs with their total, straight from the database."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select

from adapter.marketplace.store.hits import Hit, hits_of, joined, place
from adapter.marketplace.store.tables import hit_type_requirements, hit_types, hits

#: Titles sort by code points, alike on both databases.
_CODE_POINTS = {"sqlite": "BINARY", "postgresql": "C"}
#: Filters beside account and status. HITs by status are never disposed ones.
_FILTERS: dict[str, ColumnElement[bool]] = {
    "hit_type_id": hits.c.hit_type_id == bindparam("hit_type_id"),
    "qualification_type_id": exists().where(
        hit_type_requirements.c.hit_type_id == hits.c.hit_type_id,
        hit_type_requirements.c.qualification_type_id == bindparam("qualification_type_id"),
    ),
    "hidden": hits.c.hit_id.not_in(bindparam("hidden", expanding=True)),
}


def sorted_hits(
    connection: Connection,
    account_id: str,
    filters: Mapping[str, Any],
    sort: str,
    *,
    descending: bool,
    offset: int,
    limit: int,
) -> tuple[list[Hit], int]:
    """HITs `offset` to `offset + limit` of the sorted list, and how many the list has.

    `filters` may have status, hit_type_id, qualification_type_id, and hidden (ids that are left out); `sort` is Title,
    Reward, Expiration, or anything else for the order of creation, which also breaks ties.
    """
    values = {"of_account": account_id, **filters}
    names = tuple(sorted(filters))
    total: int = connection.execute(_count(names), values).scalar_one()
    if offset >= total:
        return [], total
    query = sorted_query(names, sort, connection.dialect.name, descending=descending)
    return hits_of(connection.execute(query, {**values, "after": 0, "from": offset, "most": limit})), total


@functools.cache
def _count(names: tuple[str, ...]) -> Select[Any]:
    return select(func.count()).select_from(hits).where(*_account(names), *_terms(names))


@functools.cache
def sorted_query(names: tuple[str, ...], sort: str, dialect: str, *, descending: bool) -> Select[Any]:
    """The query of one page; only its rows are read whole, the rest of the list by its sort key."""
    keys: Select[Any] = select(hits.c.seq).where(*_terms(names))
    if sort == "Title":
        keys = keys.join(hit_types, hits.c.hit_type_id == hit_types.c.hit_type_id).where(*_account(names))
        order: list[Any] = [hit_types.c.title.collate(_CODE_POINTS[dialect]), hits.c.seq]
    elif sort in {"Reward", "Expiration"}:
        keys = keys.where(*_account(names))
        order = [hits.c.reward if sort == "Reward" else hits.c.expires_at, hits.c.seq]
    else:
        bounds, order = place(dialect, account_id="of_account", **({"status": "status"} if "status" in names else {}))
        keys = keys.where(*bounds)
    order = [each.desc() for each in order] if descending else order
    page = keys.order_by(*order).offset(bindparam("from")).limit(bindparam("most")).subquery()
    return joined().join(page, page.c.seq == hits.c.seq).order_by(*order)


def _account(names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    account = [hits.c.account_id == bindparam("of_account")]
    return [*account, hits.c.status == bindparam("status")] if "status" in names else account


def _terms(names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    terms = [_FILTERS[name] for name in names if name in _FILTERS]
    return terms if "status" in names else [*terms, hits.c.disposed_at.is_(None)]
