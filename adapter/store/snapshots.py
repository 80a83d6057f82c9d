"""Sorted snapshots of upstream lists: rows kept outside the process, pages read by rank, shared by all replicas."""

from __future__ import annotations

import json
import secrets
import threading
import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from adapter.store.accounts import milliseconds
from adapter.store.engine import Store
from adapter.store.schema.listings import snapshot_rows, snapshots

Row = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A list as it stood when it was scanned: `total` rows, and their positions in sorted order."""

    snapshot_id: str
    total: int
    positions: bytes


_newest = (
    select(snapshots.c.snapshot_id, snapshots.c.total, snapshots.c.positions)
    .where(
        snapshots.c.account_id == bindparam("account_id"),
        snapshots.c.listing == bindparam("listing"),
        snapshots.c.made_at > bindparam("after"),
    )
    .order_by(snapshots.c.made_at.desc())
    .limit(1)
)
_rows = select(snapshot_rows.c.position, snapshot_rows.c.body).where(
    snapshot_rows.c.snapshot_id == bindparam("snapshot_id"),
    snapshot_rows.c.position.in_(bindparam("positions", expanding=True)),
)
_finish = (
    update(snapshots)
    .where(snapshots.c.snapshot_id == bindparam("made"))
    .values(
        listing=bindparam("of_listing"), total=bindparam("rows"), made_at=bindparam("now"), positions=bindparam("order")
    )
)
_old = select(snapshots.c.snapshot_id).where(snapshots.c.made_at <= bindparam("before")).limit(100)

#: Bytes of rows that are written in one transaction: each costs a wait for the disk.
_WRITTEN_AT_ONCE = 2 * 1024 * 1024
#: Bytes from which a row is compressed.
_PACKED_FROM = 4096

_builders: dict[tuple[str, str], threading.Lock] = {}
_builders_lock = threading.Lock()


@contextmanager
def building(account_id: str, listing: str) -> Iterator[bool]:
    """One builder per list in this process; yields whether somebody else was building when this one came."""
    with _builders_lock:
        lock = _builders.setdefault((account_id, listing), threading.Lock())
        if len(_builders) > 10_000:
            _builders.clear()
    waited = not lock.acquire(blocking=False)
    if waited:
        lock.acquire()
    try:
        yield waited
    finally:
        lock.release()


def find(store: Store, account_id: str, listing: str, seconds: int) -> Snapshot | None:
    """The newest snapshot of a list that is no older than `seconds`, or None."""
    with store.read() as connection:
        row = connection.execute(
            _newest, {"account_id": account_id, "listing": listing, "after": milliseconds() - seconds * 1000}
        ).one_or_none()
    return Snapshot(row.snapshot_id, row.total, row.positions) if row else None


def make(
    store: Store,
    account_id: str,
    listing: str,
    batches: Iterable[list[tuple[Any, Row]]],
    seconds: int,
) -> Snapshot:
    """Scan a list into a snapshot: batches of (sort key, row) in upstream order; ties keep that order.

    Rows leave the process some megabytes at a time; only the keys of one order are held until the end. Snapshots older than twice
    `seconds` are removed on the way.
    """
    snapshot_id = secrets.token_hex(16)
    with store.write() as connection:
        # without the name of its list nobody finds it, but what a killed process leaves behind is found by its age
        connection.execute(
            insert(snapshots),
            {
                "snapshot_id": snapshot_id,
                "account_id": account_id,
                "listing": "",
                "since": 0,
                "total": 0,
                "bytes": 0,
                "took": 0,
                "made_at": milliseconds(),
                "used_at": milliseconds(),
                "positions": b"",
                "subjects": b"",
            },
        )
    keys: list[Any] = []
    waiting: list[dict[str, Any]] = []
    size = 0
    for batch in batches:
        for key, row in batch:
            body = _packed(row)
            waiting.append({"snapshot_id": snapshot_id, "position": len(keys), "seen": 0, "body": body})
            keys.append(key)
            size += len(body)
        if size >= _WRITTEN_AT_ONCE:
            _write(store, waiting)
            waiting, size = [], 0
    _write(store, waiting)
    positions = array("I", sorted(range(len(keys)), key=keys.__getitem__)).tobytes()
    made = Snapshot(snapshot_id, len(keys), positions)
    now = milliseconds()
    with store.write() as connection:
        connection.execute(
            _finish,
            {"made": snapshot_id, "of_listing": listing, "rows": made.total, "now": now, "order": positions},
        )
        _remove_old(connection, now - 2 * seconds * 1000)
    return made


def _write(store: Store, rows: list[dict[str, Any]]) -> None:
    if rows:
        with store.write() as connection:
            connection.execute(insert(snapshot_rows), rows)


def _packed(row: Row) -> bytes:
    """A row as JSON; compressed where that pays, as compressing a small one costs ten times its writing."""
    body = json.dumps(row).encode()
    return body if len(body) < _PACKED_FROM else zlib.compress(body, 1)


def _unpacked(body: bytes) -> Any:
    return json.loads(body if body.startswith(b"{") else zlib.decompress(body))


def purge(store: Store, before: int) -> int:
    """Delete snapshots made before a moment (epoch ms), with their rows; returns how many."""
    removed = 0
    while True:
        with store.write() as connection:
            found = _remove_old(connection, before)
        removed += found
        if not found:
            return removed


def _remove_old(connection: Connection, before: int) -> int:
    old = list(connection.execute(_old, {"before": before}).scalars())
    if old:
        connection.execute(delete(snapshot_rows).where(snapshot_rows.c.snapshot_id.in_(old)))
        connection.execute(delete(snapshots).where(snapshots.c.snapshot_id.in_(old)))
    return len(old)


def page(store: Store, snapshot: Snapshot, offset: int, limit: int, *, descending: bool) -> list[Row]:
    """`limit` rows from a rank on, in the snapshot's order or its reverse."""
    positions = array("I")
    positions.frombytes(snapshot.positions)
    if descending:
        positions.reverse()
    wanted = positions[offset : offset + limit].tolist()
    if not wanted:
        return []
    with store.read() as connection:
        found = {
            position: body
            for start in range(0, len(wanted), 500)
            for position, body in connection.execute(
                _rows, {"snapshot_id": snapshot.snapshot_id, "positions": wanted[start : start + 500]}
            )
        }
    return [_unpacked(found[position]) for position in wanted if position in found]
