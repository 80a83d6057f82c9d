"""Pages of long lists by the place of their first row in an index, for databases that plan them differently."""

from __future__ import annotations

import operator
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Table, bindparam, literal, select, tuple_

_LAST = 2**63 - 1


def place(
    table: Table, dialect: str, equal: dict[str, str | ColumnElement[Any]], *, descending: bool = False
) -> tuple[list[Any], list[Any]]:
    """The part of an index (columns that equal parameters or values, then seq) after the parameter `after`; its order.

    With `descending` it is the part before the parameter `before`, in the opposite order. PostgreSQL is given it as a
    range of places in the index: with plain equalities it may rather walk everybody's rows in the order of `seq`, up to
    the end of the table where this list has no more. SQLite only seeks the equalities.
    """
    seq = table.c.seq
    edge: ColumnElement[Any] = bindparam("before" if descending else "after")
    columns: list[Any] = [table.c[name] for name in equal]
    values: list[Any] = [bindparam(each) if isinstance(each, str) else each for each in equal.values()]
    order = [each.desc() for each in (*columns, seq)] if descending else [*columns, seq]
    if dialect == "sqlite":
        bound = seq < edge if descending else seq > edge
        return [*map(operator.eq, columns, values), bound], order[-1:]
    row, first = tuple_(*columns, seq), tuple_(*values, edge)
    if descending:
        return [row < first, row >= tuple_(*values, literal(-1, BigInteger))], order
    return [row > first, row <= tuple_(*values, literal(_LAST, BigInteger))], order


def pages(
    table: Table,
    *conditions: Any,
    equal: dict[str, str | ColumnElement[Any]],
    descending: bool = False,
) -> dict[str, Select[Any]]:
    """The query of a page of whole rows, at most the parameter `most`, by dialect."""
    found = {}
    for dialect in ("sqlite", "postgresql"):
        bounds, order = place(table, dialect, equal, descending=descending)
        found[dialect] = select(table).where(*bounds, *conditions).order_by(*order).limit(bindparam("most"))
    return found
