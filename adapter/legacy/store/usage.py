"""Counts of what old clients use, by day, and of the last day by the minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from adapter.legacy.store.tables import used_calls, used_members, used_minutes

DAY = 24 * 3600 * 1000
MINUTE = 60 * 1000


def _adding(table: Table, kind: Any) -> Any:
    added = kind.insert(table)
    return added.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_={"calls": table.c.calls + added.excluded.calls}
    )


_add = {
    table: {"sqlite": _adding(table, sqlite), "postgresql": _adding(table, postgresql)}
    for table in (used_calls, used_members, used_minutes)
}


def add(
    connection: Connection,
    calls: Mapping[tuple[Any, ...], int],
    members: Mapping[tuple[Any, ...], int],
    minutes: Mapping[tuple[Any, ...], int],
) -> None:
    """Add to the counts; a key has the columns of the table's key in their order."""
    for table, counts in ((used_calls, calls), (used_members, members), (used_minutes, minutes)):
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


_total = func.sum(used_minutes.c.calls).label("calls")
_errors = func.sum(case((used_minutes.c.outcome == "-", 0), else_=used_minutes.c.calls)).label("errors")


def by_name(connection: Connection, since: int, *names: str, errors: bool = False, most: int = 20) -> Sequence[Any]:
    """Calls and errors since a moment (epoch ms, within the last day) by these columns, the most calls first.

    With `errors` only of calls that ended with one.
    """
    columns = [used_minutes.c[name] for name in names]
    query = select(*columns, _total, _errors).where(used_minutes.c.minute >= since // MINUTE)
    if errors:
        query = query.where(used_minutes.c.outcome != "-")
    return connection.execute(query.group_by(*columns).order_by(_total.desc(), *columns).limit(most)).all()


def by_time(connection: Connection, since: int, step: int) -> Sequence[Any]:
    """Calls and errors since a moment (epoch ms, within the last day) by `slot`s of so many minutes, counted from 1970."""
    slot = (used_minutes.c.minute // step).label("slot")
    query = select(slot, _total, _errors).where(used_minutes.c.minute >= since // MINUTE)
    return connection.execute(query.group_by(slot).order_by(slot)).all()


def purge(connection: Connection, before: int, now: int) -> int:
    """Delete the counts of days before a moment, and those of minutes more than a day before now (epoch ms); how many rows."""
    gone = sum(
        connection.execute(delete(table).where(table.c.day < before // DAY)).rowcount
        for table in (used_calls, used_members)
    )
    return gone + connection.execute(delete(used_minutes).where(used_minutes.c.minute < (now - DAY) // MINUTE)).rowcount
