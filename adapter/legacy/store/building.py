"""One builder per list, in whatever process or machine: the right to scan it, and the scan into the store."""

from __future__ import annotations

import secrets
import threading
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from adapter.core.database import Store
from adapter.core.store.accounts import milliseconds
from adapter.legacy.store import own_writes, snapshots
from adapter.legacy.store.list_tables import builders, snapshot_rows
from adapter.legacy.store.list_tables import snapshots as _snapshots
from adapter.legacy.store.snapshots import Keyed, Snapshot

#: Milliseconds for which a builder that says nothing counts as alive, and seconds between two signs of life.
LEASE = 15_000
BEAT_SECONDS = 4.0
#: Bytes of rows that are written in one transaction: each costs a wait for the disk.
_WRITTEN_AT_ONCE = 2 * 1024 * 1024


@dataclass(frozen=True)
class Claim:
    """The right to scan a list: nobody else does until it is released, or its holder says nothing for a while."""

    account_id: str
    listing: str
    scan: Snapshot


_builder = select(builders.c.snapshot_id, builders.c.until_at).where(
    builders.c.account_id == bindparam("of_account"), builders.c.listing == bindparam("of_listing")
)
_end_builder = delete(builders).where(
    builders.c.account_id == bindparam("of_account"), builders.c.listing == bindparam("of_listing")
)
_end_mine = _end_builder.where(builders.c.snapshot_id == bindparam("of_id"))
_renew = update(builders).where(builders.c.snapshot_id == bindparam("of_id")).values(until_at=bindparam("until"))
_dead = delete(builders).where(builders.c.until_at <= bindparam("before"))
_use = update(_snapshots).where(_snapshots.c.snapshot_id == bindparam("of_id")).values(used_at=bindparam("now"))


def busy(connection: Connection, account_id: str, listing: str) -> bool:
    """Whether a builder that is alive scans a list."""
    found = connection.execute(_builder, {"of_account": account_id, "of_listing": listing}).one_or_none()
    return found is not None and found.until_at > milliseconds()


def claim(store: Store, account_id: str, listing: str, asked_at: int | None = None) -> Claim | None:
    """Take the right to scan a list, or None while another builder has it.

    `asked_at` (epoch ms) is when the first rows were asked for, where that was before.
    """
    made = secrets.token_hex(16)
    names = {"of_account": account_id, "of_listing": listing}
    try:
        with store.write(account_id) as connection:
            now = milliseconds()
            found = connection.execute(_builder, names).one_or_none()
            if found is not None and found.until_at > now:
                return None
            connection.execute(_end_builder, names)
            connection.execute(
                insert(builders),
                {"account_id": account_id, "listing": listing, "snapshot_id": made, "until_at": now + LEASE},
            )
            since = own_writes.last(connection, account_id, None if asked_at is None else asked_at - snapshots.SKEW)
            connection.execute(insert(_snapshots), snapshots.new(made, account_id, since, now))
    except IntegrityError:
        # another replica was faster
        return None
    return Claim(account_id, listing, Snapshot(made, since, 0, 0, now))


@contextmanager
def alive(store: Store, held: Claim) -> Iterator[None]:
    """Say again and again that the builder is alive; whatever ends it otherwise, its claim is given up at the end."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                renew(store, held)
            except SQLAlchemyError:
                # somebody else may take over, which costs a scan and nothing else
                continue

    beating = threading.Thread(target=beat, name="snapshot-builder", daemon=True)
    beating.start()
    try:
        yield
    except BaseException:
        ended.set()
        with suppress(SQLAlchemyError):
            release(store, held)
        raise
    finally:
        ended.set()


def renew(store: Store, held: Claim) -> None:
    """Say that the builder is alive."""
    now = milliseconds()
    with store.write() as connection:
        connection.execute(_renew, {"of_id": held.scan.snapshot_id, "until": now + LEASE})
        connection.execute(_use, {"of_id": held.scan.snapshot_id, "now": now})


def release(store: Store, held: Claim) -> None:
    """Give up the right to scan, and what was scanned."""
    with store.write() as connection:
        connection.execute(
            _end_mine,
            {"of_account": held.account_id, "of_listing": held.listing, "of_id": held.scan.snapshot_id},
        )
    snapshots.drop(store, held.scan.snapshot_id)


def purge(store: Store, before: int) -> None:
    """Forget builders that have said nothing since a moment (epoch ms)."""
    with store.write() as connection:
        connection.execute(_dead, {"before": before})


def fill(store: Store, held: Claim, batches: Iterable[list[Keyed]]) -> Snapshot:
    """Scan a list into a snapshot, from batches of rows in upstream order; rows of equal keys keep that order.

    Rows leave the process some megabytes at a time; only their keys are held until the end.
    """
    keys: list[Any] = []
    subjects = array("Q")
    waiting: list[dict[str, Any]] = []
    size = whole = 0
    snapshot_id = held.scan.snapshot_id
    for batch in batches:
        for each in batch:
            body = snapshots.packed(each.row)
            waiting.append({"snapshot_id": snapshot_id, "position": len(keys), "seen": 0, "body": body})
            keys.append(each.key)
            subjects.append(snapshots.number_of(each.subject))
            size += len(body)
        if size >= _WRITTEN_AT_ONCE:
            _write(store, waiting)
            whole += size
            waiting, size = [], 0
    _write(store, waiting)
    with store.write() as connection:
        made = snapshots.finish(connection, held.scan, held.listing, keys, subjects, whole + size)
        connection.execute(_end_mine, {"of_account": held.account_id, "of_listing": held.listing, "of_id": snapshot_id})
    return made


def _write(store: Store, rows: list[dict[str, Any]]) -> None:
    if rows:
        with store.write() as connection:
            connection.execute(insert(snapshot_rows), rows)
