"""Counts of what old clients use, by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from adapter.legacy.store.tables import used_calls, used_members

DAY = 24 * 3600 * 1000


def _adding(table: Table, kind: Any) -> Any:
    added = kind.insert(table)
    return added.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_={"calls": table.c.calls + added.excluded.calls}
    )


_add = {
    table: {"sqlite": _adding(table, sqlite), "postgresql": _adding(table, postgresql)}
    for table in (used_calls, used_members)
}


def add(connection: Connection, calls: Mapping[tuple[Any, ...], int], members: Mapping[tuple[Any, ...], int]) -> None:
    """Add to the counts; a key has the columns of the table's key in their order."""
    for table, counts in ((used_calls, calls), (used_members, members)):
        names = [each.name for each in table.columns]
        # in one order, so that two processes do not wait for each other
        rows = [dict(zip(names, (*key, number), strict=True)) for key, number in sorted(counts.items())]
        if rows:
            connection.execute(_add[table][connection.dialect.name], rows)


def calls_since(connection: Connection, since: int) -> Sequence[Any]:
    """Calls since a moment (epoch ms), added up over the days, with the `first` and `last` of these."""
    used = used_calls.c
    what = (used.account_id, used.operation, used.version, used.protocol, used.client, used.outcome)
    days = (func.sum(used.calls).label("calls"), func.min(used.day).label("first"), func.max(used.day).label("last"))
    return connection.execute(
        select(*what, *days).where(used.day >= since // DAY).group_by(*what).order_by(*what)
    ).all()


def members_since(connection: Connection, since: int) -> Sequence[Any]:
    """How many calls since a moment (epoch ms) had each member."""
    used = used_members.c
    what = (used.account_id, used.operation, used.member)
    number = func.sum(used.calls).label("calls")
    return connection.execute(
        select(*what, number).where(used.day >= since // DAY).group_by(*what).order_by(*what)
    ).all()


def purge(connection: Connection, before: int) -> int:
    """Delete the counts of days before a moment (epoch ms); returns how many rows."""
    return sum(
        connection.execute(delete(table).where(table.c.day < before // DAY)).rowcount
        for table in (used_calls, used_members)
    )
