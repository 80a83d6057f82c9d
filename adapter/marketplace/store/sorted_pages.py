"""Sorted, numbered pages of every list with their totals, straight from the database."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Table, Text, bindparam, exists, func, select

from adapter.core.database import keyset
from adapter.marketplace.store.hits import joined
from adapter.marketplace.store.tables import (
    assignments,
    bonuses,
    hit_type_requirements,
    hit_types,
    hits,
    review_actions,
    review_results,
)
from adapter.marketplace.store.worker_tables import (
    qualification_requests,
    qualification_types,
    qualifications,
    worker_blocks,
)

#: Texts sort by code points, alike on both databases.
_CODE_POINTS = {"sqlite": "BINARY", "postgresql": "C"}
#: Queries kept; more than there are, but for those that search for words.
_STATEMENTS = 500


class Part(NamedTuple):
    """What is asked of a list: its rows `offset` to `offset + limit` when it is sorted, HITs of the `hidden` ids left out.

    `sort` is a legacy SortProperty; where a list has no such key, its own order (that of `seq`) is meant.
    """

    sort: str
    descending: bool
    offset: int
    limit: int
    hidden: Collection[str] = ()


@dataclass(frozen=True, eq=False)
class SortedList:
    """A list: its table, its sort keys by SortProperty, and the query of its whole rows (by default, the table's).

    `filters` are conditions by name; one that has a parameter has it under the same name, and a column alone means that it
    has one of several values. Rows of equal keys come in the order of `ties`, then of `seq`. A key may be a column of a
    table that a foreign key leads to, if the whole rows have that table, too.
    """

    table: Table
    keys: Mapping[str, Column[Any]] = field(default_factory=dict)
    filters: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    ties: tuple[ColumnElement[Any], ...] = ()
    whole: Select[Any] | None = None


HITS = SortedList(
    hits,
    # by CreationTime as by `seq`, which an index has
    {"Title": hit_types.c.title, "Reward": hits.c.reward, "Expiration": hits.c.expires_at},
    {
        "alive": hits.c.disposed_at.is_(None),
        "hit_type_id": hits.c.hit_type_id == bindparam("hit_type_id"),
        "qualification_type_id": exists().where(
            hit_type_requirements.c.hit_type_id == hits.c.hit_type_id,
            hit_type_requirements.c.qualification_type_id == bindparam("qualification_type_id"),
        ),
        "statuses": hits.c.status,
        "hidden": hits.c.hit_id.not_in(bindparam("hidden", expanding=True)),
    },
    whole=joined(),
)
#: HITs in either of two statuses: those in the parameter `first` come before others of equal keys.
HITS_IN_TWO_STATUSES = replace(
    HITS, keys={**HITS.keys, "CreationTime": hits.c.created_at}, ties=(hits.c.status != bindparam("first"),)
)
ASSIGNMENTS = SortedList(
    assignments,
    {
        "AcceptTime": assignments.c.accepted_at,
        "SubmitTime": assignments.c.submitted_at,
        "Answer": assignments.c.answer,
        "AssignmentStatus": assignments.c.status,
    },
    {"statuses": assignments.c.status},
)
BONUSES = SortedList(bonuses)
BLOCKS = SortedList(worker_blocks)
QUALIFICATION_TYPES = SortedList(
    qualification_types,
    {"Name": qualification_types.c.name},
    {
        "alive": qualification_types.c.deleted_at.is_(None),
        "requestable": qualification_types.c.is_requestable & (qualification_types.c.status == "Active"),
    },
)
QUALIFICATIONS = SortedList(qualifications)
QUALIFICATION_REQUESTS = SortedList(
    qualification_requests,
    {
        "QualificationTypeId": qualification_requests.c.qualification_type_id,
        "SubmitTime": qualification_requests.c.submitted_at,
        "Expiration": qualification_requests.c.submitted_at,
    },
)
REVIEW_RESULTS = SortedList(
    review_results,
    filters={
        "levels": review_results.c.level,
        "about": review_results.c.subject_id == bindparam("about"),
    },
)
REVIEW_ACTIONS = SortedList(
    review_actions,
    filters={
        "levels": review_actions.c.level,
        "about": review_actions.c.target_id == bindparam("about"),
    },
)


def sorted_rows(
    connection: Connection, listed: SortedList, values: Mapping[str, Any], part: Part, words: Sequence[str] = ()
) -> tuple[Sequence[Row[Any]], int]:
    """The rows of a part of a list, and how many rows the whole list has.

    `values` say which rows are on the list: values of columns, in the order of an index, and of filters (anything for one
    without a parameter); each of the `words` (case-folded) must be in the `searchable` text of a row.
    """
    if part.hidden and "hidden" in listed.filters:
        values = {**values, "hidden": tuple(part.hidden)}
    several = {name: dict.fromkeys(values[name]) for name in values if isinstance(listed.filters.get(name), Column)}
    names, words = tuple((name, len(several.get(name, ()))) for name in values), tuple(words)
    terms = {name: value for name, value in values.items() if name not in several}
    terms |= {f"{name}_{number}": each for name, all_ in several.items() for number, each in enumerate(all_)}
    sort = part.sort if part.sort in listed.keys else ""
    query = _page(listed, names, words, sort, connection.dialect.name, descending=part.descending)
    rows = connection.execute(query, {**terms, "after": 0, "from": part.offset, "most": part.limit}).all()
    if len(rows) < part.limit and (rows or not part.offset):
        # the page holds the end of the list
        return rows, part.offset + len(rows)
    return rows, connection.execute(_count(listed, names, words), terms).scalar_one()


#: What says which rows are meant: names of values, each with how many values it is where several will do.
_Names = tuple[tuple[str, int], ...]


@functools.lru_cache(_STATEMENTS)
def _count(listed: SortedList, names: _Names, words: tuple[str, ...]) -> Select[Any]:
    query = select(func.count()).select_from(listed.table)
    return query.where(*_equal(listed, names), *_filters(listed, names, words))


@functools.lru_cache(_STATEMENTS)
def _page(
    listed: SortedList, names: _Names, words: tuple[str, ...], sort: str, dialect: str, *, descending: bool
) -> Select[Any]:
    """The query of one page; only its rows are read whole, the rest of the list by its sort key."""
    table = listed.table
    keys = select(table.c.seq).where(*_filters(listed, names, words))
    key = listed.keys.get(sort)
    order: list[Any] = [*listed.ties, table.c.seq]
    if key is not None:
        order.insert(0, key.collate(_CODE_POINTS[dialect]) if isinstance(key.type, Text) else key)
        keys = keys if key.table is table else keys.join(key.table)
    if len(order) > 1:
        bounds: list[Any] = _equal(listed, names)
    else:
        bounds, order = keyset.place(table, dialect, {name: name for name in _columns(listed, names)})
    order = [each.desc() for each in order] if descending else order
    page = keys.where(*bounds).order_by(*order).offset(bindparam("from")).limit(bindparam("most")).subquery()
    whole = select(table) if listed.whole is None else listed.whole
    return whole.join(page, page.c.seq == table.c.seq).order_by(*order)


def _columns(listed: SortedList, names: _Names) -> list[str]:
    return [name for name, _ in names if name in listed.table.c and name not in listed.filters]


def _equal(listed: SortedList, names: _Names) -> list[ColumnElement[bool]]:
    return [listed.table.c[name] == bindparam(name) for name in _columns(listed, names)]


def _filters(listed: SortedList, names: _Names, words: tuple[str, ...]) -> list[ColumnElement[bool]]:
    # as many parameters as there are values: SQLAlchemy words a list of open length anew at each call
    found = [
        listed.filters[name].in_([bindparam(f"{name}_{number}") for number in range(count)])
        if count
        else listed.filters[name]
        for name, count in names
        if name in listed.filters
    ]
    return [*found, *(listed.table.c.searchable.contains(word, autoescape=True) for word in words)]
