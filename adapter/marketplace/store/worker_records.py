"""Workers: who they are, and what they did, counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from adapter.marketplace.store.worker_tables import worker_counters, workers

COUNTERS = ("accepted", "submitted", "approved", "rejected", "returned", "abandoned")

_find = select(workers).where(workers.c.worker_id == bindparam("of_worker"))
_totals = select(*(func.coalesce(func.sum(worker_counters.c[name]), 0).label(name) for name in COUNTERS)).where(
    worker_counters.c.worker_id == bindparam("of_worker")
)
_with = (
    worker_counters.c.worker_id == bindparam("of_worker"),
    worker_counters.c.account_id == bindparam("of_account"),
)
_count = (
    update(worker_counters)
    .where(*_with)
    .values({name: worker_counters.c[name] + bindparam(f"more_{name}") for name in COUNTERS})
)


def find_worker(connection: Connection, worker_id: str) -> Row[Any] | None:
    """What is known of a worker: name, country, subdivision, adult, masters."""
    return connection.execute(_find, {"of_worker": worker_id}).one_or_none()


def lock_worker(connection: Connection, worker_id: str) -> bool:
    """Let nobody else lock this worker until the transaction ends; False when there is no such worker."""
    return connection.execute(_find.with_for_update(), {"of_worker": worker_id}).first() is not None


def put_worker(connection: Connection, worker_id: str, at: int, **columns: Any) -> None:
    """Make a worker known, or change what is known; the columns are those of the table."""
    if find_worker(connection, worker_id) is None:
        connection.execute(insert(workers), {"worker_id": worker_id, "created_at": at, **columns})
    elif columns:
        connection.execute(update(workers).where(workers.c.worker_id == worker_id), columns)


def totals(connection: Connection, worker_id: str) -> dict[str, int]:
    """What the worker did for all requesters: accepted, submitted, approved, rejected, returned, abandoned."""
    row = connection.execute(_totals, {"of_worker": worker_id}).one()
    return {name: int(getattr(row, name)) for name in COUNTERS}


def count(connection: Connection, worker_id: str, account_id: str, **more: int) -> None:
    """Add to the worker's counters with one requester, such as `submitted=1`."""
    if unknown := more.keys() - set(COUNTERS):
        raise ValueError(f"no such counters: {sorted(unknown)}")
    terms = {"of_worker": worker_id, "of_account": account_id}
    changes = {f"more_{name}": more.get(name, 0) for name in COUNTERS}
    if connection.execute(_count, {**terms, **changes}).rowcount == 0:
        row = {name: more.get(name, 0) for name in COUNTERS}
        connection.execute(insert(worker_counters), {"worker_id": worker_id, "account_id": account_id, **row})
