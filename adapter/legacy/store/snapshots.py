"""Sorted snapshots of upstream lists: rows kept outside the process, shared by all replicas, made by one builder at a time."""

from __future__ import annotations

import json
import secrets
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from adapter.core.database import Store
from adapter.core.store.accounts import milliseconds
from adapter.legacy.store import own_writes
from adapter.legacy.store.list_tables import snapshot_rows, snapshots, walks

Row = dict[str, Any]

#: Milliseconds by which the clocks of two machines may differ.
SKEW = 500
#: Snapshots of one account, and bytes of their rows; above that the oldest go.
MOST_SNAPSHOTS = 1_000
MOST_BYTES = 2 * 1024**3
#: Rows deleted in one transaction.
_DELETED_AT_ONCE = 10_000
_SHORT = 500
#: Bytes from which a row is compressed.
_PACKED_FROM = 4096


class Keyed(NamedTuple):
    """A row with its sort key and the id of what it is about."""

    key: Any
    subject: str
    row: Row


@dataclass(frozen=True)
class Snapshot:
    """A list as it stood when it was scanned: when (epoch ms), for how long (ms), after which own write, how many rows."""

    snapshot_id: str
    since: int
    total: int
    took: int
    made_at: int


_columns = (snapshots.c.snapshot_id, snapshots.c.since, snapshots.c.total, snapshots.c.took, snapshots.c.made_at)
_of_listing = (
    snapshots.c.account_id == bindparam("of_account"),
    snapshots.c.listing == bindparam("of_listing"),
)
_newest = select(*_columns).where(*_of_listing).order_by(snapshots.c.made_at.desc()).limit(1)
_order = select(snapshots.c.positions, snapshots.c.subjects).where(snapshots.c.snapshot_id == bindparam("of_id"))
_rows = select(snapshot_rows.c.position, snapshot_rows.c.seen, snapshot_rows.c.body).where(
    snapshot_rows.c.snapshot_id == bindparam("of_id"),
    snapshot_rows.c.position.in_(bindparam("wanted", expanding=True)),
)
_refresh = (
    update(snapshot_rows)
    .where(snapshot_rows.c.snapshot_id == bindparam("of_id"), snapshot_rows.c.position == bindparam("at_position"))
    .values(seen=bindparam("seen_now"), body=bindparam("body_now"))
)
_finish = (
    update(snapshots)
    .where(snapshots.c.snapshot_id == bindparam("of_id"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("listing", "total", "bytes", "took", "made_at", "used_at", "positions", "subjects")
        }
    )
)
_referred = exists().where(walks.c.snapshot_id == snapshots.c.snapshot_id)
_superseded = select(snapshots.c.snapshot_id).where(
    *_of_listing, snapshots.c.made_at <= bindparam("before"), snapshots.c.snapshot_id != bindparam("newest"), ~_referred
)
_superseded_short = _superseded.where(snapshots.c.total <= bindparam("most"))
_old = (
    select(snapshots.c.snapshot_id)
    .where(snapshots.c.used_at <= bindparam("before"), ~_referred)
    .order_by(snapshots.c.used_at)
    .limit(100)
)
_size = select(func.count(), func.sum(snapshots.c.bytes)).where(
    snapshots.c.account_id == bindparam("of_account"), snapshots.c.listing != ""
)
_by_age = (
    select(snapshots.c.snapshot_id, snapshots.c.bytes)
    .where(snapshots.c.account_id == bindparam("of_account"), snapshots.c.listing != "")
    .order_by(snapshots.c.made_at)
)
_hide = update(snapshots).where(snapshots.c.snapshot_id == bindparam("of_id")).values(listing="", used_at=0)
_end_walks = delete(walks).where(walks.c.snapshot_id == bindparam("of_id"))
_delete_rows = delete(snapshot_rows).where(
    snapshot_rows.c.snapshot_id == bindparam("of_id"), snapshot_rows.c.position >= bindparam("from_position")
)
_last_position = select(func.max(snapshot_rows.c.position)).where(snapshot_rows.c.snapshot_id == bindparam("of_id"))
_delete = delete(snapshots).where(snapshots.c.snapshot_id == bindparam("of_id"))


# ---- read -------------------------------------------------------------------------------------------------------------


def newest(connection: Connection, account_id: str, listing: str) -> Snapshot | None:
    """The newest snapshot of a list, whatever its age, or None."""
    row = connection.execute(_newest, {"of_account": account_id, "of_listing": listing}).one_or_none()
    return Snapshot(*row) if row else None


def order(connection: Connection, snapshot_id: str) -> tuple[array[int], array[int]] | None:
    """The positions of a snapshot's rows in sorted order, and a number for what each position is about; None if it is gone."""
    row = connection.execute(_order, {"of_id": snapshot_id}).one_or_none()
    if row is None:
        return None
    positions, subjects = array("I"), array("Q")
    positions.frombytes(row.positions)
    subjects.frombytes(row.subjects)
    return positions, subjects


def rows_at(connection: Connection, snapshot_id: str, positions: Iterable[int]) -> dict[int, tuple[int, Row]]:
    """The rows at these positions, each with the last own write it shows (0: as in the snapshot)."""
    wanted = list(positions)
    return {
        row.position: (row.seen, _unpacked(row.body))
        for start in range(0, len(wanted), 500)
        for row in connection.execute(_rows, {"of_id": snapshot_id, "wanted": wanted[start : start + 500]})
    }


def refresh(store: Store, snapshot_id: str, fresh: Iterable[tuple[int, int, Row]]) -> None:
    """Keep rows as they were read anew: (position, the last own write that was known before, the row)."""
    changed = [
        {"of_id": snapshot_id, "at_position": position, "seen_now": seen, "body_now": packed(row)}
        for position, seen, row in fresh
    ]
    if changed:
        with store.write() as connection:
            connection.execute(_refresh, changed)


def number_of(subject: str) -> int:
    """The number that stands for the id of what a row is about."""
    return int.from_bytes(blake2b(subject.encode(), digest_size=8).digest())


# ---- make -------------------------------------------------------------------------------------------------------------


def new(snapshot_id: str, account_id: str, since: int, now: int) -> dict[str, Any]:
    """A snapshot without rows: without the name of its list nobody finds it."""
    return {
        "snapshot_id": snapshot_id,
        "account_id": account_id,
        "listing": "",
        "since": since,
        "total": 0,
        "bytes": 0,
        "took": 0,
        "made_at": now,
        "used_at": now,
        "positions": b"",
        "subjects": b"",
    }


def keep(connection: Connection, account_id: str, listing: str, rows: list[Keyed], asked_at: int) -> Snapshot:
    """Keep a list that came in one piece, asked for at a moment (epoch ms)."""
    now = milliseconds()
    since = own_writes.last(connection, account_id, asked_at - SKEW)
    made = Snapshot(secrets.token_hex(16), since, len(rows), now - asked_at, now)
    bodies = [packed(each.row) for each in rows]
    subjects = array("Q", [number_of(each.subject) for each in rows])
    written = _written(made, listing, [each.key for each in rows], subjects, sum(map(len, bodies)))
    connection.execute(insert(snapshots), {**new(made.snapshot_id, account_id, since, now), **written})
    connection.execute(
        insert(snapshot_rows),
        [
            {"snapshot_id": made.snapshot_id, "position": position, "seen": 0, "body": body}
            for position, body in enumerate(bodies)
        ],
    )
    return made


def finish(
    connection: Connection, begun: Snapshot, listing: str, keys: list[Any], subjects: array[int], size: int
) -> Snapshot:
    """Put rows that are written in order and let the snapshot be found; `begun.made_at` is when the scan began."""
    now = milliseconds()
    made = Snapshot(begun.snapshot_id, begun.since, len(keys), now - begun.made_at, now)
    written = _written(made, listing, keys, subjects, size)
    connection.execute(_finish, {"of_id": made.snapshot_id, **{f"new_{name}": each for name, each in written.items()}})
    return made


def _written(made: Snapshot, listing: str, keys: list[Any], subjects: array[int], size: int) -> dict[str, Any]:
    """What is known of a snapshot once all rows are there."""
    return {
        "listing": listing,
        "total": made.total,
        "bytes": size,
        "took": made.took,
        "made_at": made.made_at,
        "used_at": made.made_at,
        "positions": array("I", sorted(range(len(keys)), key=keys.__getitem__)).tobytes(),
        "subjects": subjects.tobytes(),
    }


def packed(row: Row) -> bytes:
    """A row as JSON; compressed where that pays, as compressing a small one costs ten times its writing."""
    try:
        body = orjson.dumps(row)
    except orjson.JSONEncodeError:
        # half a surrogate pair, or a number beyond 64 bits
        body = json.dumps(row).encode()
    return body if len(body) < _PACKED_FROM else zlib.compress(body, 1)


def _unpacked(body: bytes) -> Any:
    text = body if body.startswith(b"{") else zlib.decompress(body)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


# ---- delete -----------------------------------------------------------------------------------------------------------


def drop_superseded(store: Store, account_id: str, made: Snapshot, listing: str) -> None:
    """Delete older snapshots of a list that nobody walks through, and what is more than an account may have."""
    terms = {"of_account": account_id, "of_listing": listing, "before": made.made_at, "newest": made.snapshot_id}
    with store.read() as connection:
        needless = list(connection.execute(_superseded, terms).scalars())
        count, size = connection.execute(_size, {"of_account": account_id}).one()
        count, size = count - len(needless) - MOST_SNAPSHOTS, int(size or 0) - MOST_BYTES
        if count > 0 or size > 0:
            for snapshot_id, each in connection.execute(_by_age, {"of_account": account_id}):
                if (count > 0 or size > 0) and snapshot_id != made.snapshot_id:
                    needless.append(snapshot_id)
                    count, size = count - 1, size - each
    for snapshot_id in needless:
        drop(store, snapshot_id)


def drop_short(connection: Connection, account_id: str, made: Snapshot, listing: str) -> None:
    """Delete older snapshots of a list that are short and that nobody walks through; longer ones are left to purge()."""
    terms = {"of_account": account_id, "of_listing": listing, "before": made.made_at, "newest": made.snapshot_id}
    for snapshot_id in list(connection.execute(_superseded_short, {**terms, "most": _SHORT}).scalars()):
        connection.execute(_delete_rows, {"of_id": snapshot_id, "from_position": 0})
        connection.execute(_delete, {"of_id": snapshot_id})


def drop(store: Store, snapshot_id: str) -> None:
    """Delete a snapshot, some rows at a time."""
    name = {"of_id": snapshot_id}
    with store.write() as connection:
        connection.execute(_hide, name)
        connection.execute(_end_walks, name)
        last: int = connection.execute(_last_position, name).scalar_one() or 0
        if last < _DELETED_AT_ONCE:
            connection.execute(_delete_rows, {**name, "from_position": 0})
            connection.execute(_delete, name)
            return
    for start in range(last // _DELETED_AT_ONCE, -1, -1):
        with store.write() as connection:
            connection.execute(_delete_rows, {**name, "from_position": start * _DELETED_AT_ONCE})
    with store.write() as connection:
        connection.execute(_delete, name)


def purge(store: Store, before: int) -> int:
    """Delete snapshots that were last used before a moment (epoch ms) and that nobody walks through; returns how many."""
    removed = 0
    while True:
        with store.read() as connection:
            old = list(connection.execute(_old, {"before": before}).scalars())
        for snapshot_id in old:
            drop(store, snapshot_id)
        removed += len(old)
        if len(old) < 100:
            return removed
