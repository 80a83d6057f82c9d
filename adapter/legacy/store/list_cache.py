"""Lists of a remote upstream, scanned once and kept for paging: rows with their sort keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, select, update

from adapter.core import clock
from adapter.core.database import Store
from adapter.legacy.store.tables import list_cache, list_cache_rows

#: Lists kept for an account; beyond that the one that was used longest ago goes.
MOST_LISTS = 100
#: Milliseconds between two notes that a list is in use.
NOTED = 60_000

_find = (
    select(
        list_cache.c.list_id, list_cache.c.total, list_cache.c.scanned_at, list_cache.c.used_at, list_cache.c.changed
    )
    .where(
        list_cache.c.account_id == bindparam("of_account"),
        list_cache.c.listing == bindparam("of_listing"),
        list_cache.c.total.is_not(None),
        list_cache.c.used_at > bindparam("since"),
    )
    .order_by(list_cache.c.list_id.desc())
)
_of_account = select(list_cache.c.list_id, list_cache.c.kind).where(list_cache.c.account_id == bindparam("of_account"))
_rows = select(list_cache_rows.c.row, list_cache_rows.c.gone).where(list_cache_rows.c.list_id == bindparam("of_list"))
_upwards = _rows.order_by(list_cache_rows.c.sort_key, list_cache_rows.c.number)
_downwards = _rows.order_by(list_cache_rows.c.sort_key.desc(), list_cache_rows.c.number.desc())


@dataclass(frozen=True)
class CachedList:
    """A list whose scan is done; times are epoch milliseconds."""

    list_id: str
    total: int
    scanned_at: int
    used_at: int
    #: Whether the gateway wrote something for the account since the scan began.
    changed: bool


def find(store: Store, account_id: str, listing: str, since: int) -> CachedList | None:
    """Of the scans of a list that were used after `since` (epoch ms), the one that began last: others may have ended later."""
    found = store.fetch(_find, {"of_account": account_id, "of_listing": listing, "since": since})
    return CachedList(*found[0]) if found else None


def begin(store: Store, account_id: str, listing: str, kind: str) -> str:
    """Begin to keep a list, before anything of it is read; nobody finds it before it is finished. Returns its id."""
    for superfluous in _oldest(store, account_id):
        drop(store, superfluous)
    now = clock.milliseconds()
    # sorts by the moment, and behind the hexadecimal ids of earlier versions
    list_id = f"scan-{now:014}-{secrets.token_hex(8)}"
    values = {
        "account_id": account_id,
        "listing": listing,
        "kind": kind,
        "changed": 0,
        "scanned_at": now,
        "used_at": now,
    }
    with store.write() as connection:
        connection.execute(insert(list_cache), {"list_id": list_id, **values})
    return list_id


def add(store: Store, list_id: str, number: int, rows: list[tuple[bytes, str, dict[str, Any]]]) -> None:
    """Add rows, numbered from `number` in the upstream's order, each with its sort key and what it is about."""
    values = [
        {
            "list_id": list_id,
            "number": each,
            "sort_key": key,
            "row": orjson.dumps(row),
            "subject": subject,
            "gone": 0,
        }
        for each, (key, subject, row) in enumerate(rows, number)
    ]
    with store.write() as connection:
        connection.execute(insert(list_cache_rows), values)
        connection.execute(update(list_cache).where(list_cache.c.list_id == list_id), {"used_at": clock.milliseconds()})


def finish(store: Store, list_id: str, total: int) -> None:
    """The scan is done: the list can be found."""
    now = clock.milliseconds()
    with store.write() as connection:
        connection.execute(
            update(list_cache).where(list_cache.c.list_id == list_id),
            {"total": total, "scanned_at": now, "used_at": now},
        )


def rows(store: Store, found: CachedList, offset: int, count: int, *, descending: bool) -> list[dict[str, Any]]:
    """Rows `offset` to `offset + count` in sorted order, without those that are gone.

    Rows of equal keys have the upstream's order, or exactly the reverse.
    """
    statement = (_downwards if descending else _upwards).offset(offset).limit(count)
    with store.read() as connection:
        read = connection.execute(statement, {"of_list": found.list_id}).all()
    now = clock.milliseconds()
    if now > found.used_at + NOTED:
        with store.write() as connection:
            connection.execute(update(list_cache).where(list_cache.c.list_id == found.list_id), {"used_at": now})
    return [orjson.loads(each.row) for each in read if not each.gone]


def mark_changed(store: Store, account_id: str, subject: str, gone: Callable[[str], bool]) -> None:
    """The gateway wrote something for an account: page 1 of its lists is to be read anew.

    Rows about `subject` are gone from lists of those kinds of which `gone` says so.
    """
    lists = store.fetch(_of_account, {"of_account": account_id})
    if not lists:
        return
    with store.write(account_id) as connection:
        of_account = list_cache.c.account_id == account_id
        connection.execute(update(list_cache).where(of_account, list_cache.c.changed == 0), {"changed": 1})
        if subject:
            off = [list_id for list_id, kind in lists if gone(kind)]
            about = (list_cache_rows.c.subject == subject, list_cache_rows.c.list_id.in_(off))
            connection.execute(update(list_cache_rows).where(*about), {"gone": 1})


def purge(store: Store, before: int) -> int:
    """Delete lists that were used last before a moment (epoch ms); returns how many."""
    with store.read() as connection:
        old = connection.execute(select(list_cache.c.list_id).where(list_cache.c.used_at < before)).scalars().all()
    for list_id in old:
        drop(store, list_id)
    return len(old)


def _oldest(store: Store, account_id: str) -> Sequence[str]:
    """The lists of an account that are too many once another one begins."""
    statement = select(list_cache.c.list_id).where(list_cache.c.account_id == account_id)
    with store.read() as connection:
        return (
            connection.execute(statement.order_by(list_cache.c.used_at.desc()).offset(MOST_LISTS - 1)).scalars().all()
        )


def drop(store: Store, list_id: str) -> None:
    """Delete a list with its rows."""
    with store.write() as connection:
        connection.execute(delete(list_cache_rows).where(list_cache_rows.c.list_id == list_id))
        connection.execute(delete(list_cache).where(list_cache.c.list_id == list_id))
