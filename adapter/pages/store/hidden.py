"""The groups and requesters whose HITs a worker does not want to see in the list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.store.tables import accounts
from adapter.marketplace.store.tables import hit_types
from adapter.pages.store.tables import worker_hidden

#: So many a worker can hide.
MOST = 1000

_of_worker = worker_hidden.c.worker_id == bindparam("of_worker")
_ids = select(worker_hidden.c.hidden_id).where(_of_worker)
_there = select(
    or_(
        exists().where(hit_types.c.hit_type_id == bindparam("of_id")),
        exists().where(accounts.c.account_id == bindparam("of_id")),
    )
)
_named = (
    select(worker_hidden.c.hidden_id, hit_types.c.title, accounts.c.name.label("requester"))
    .select_from(worker_hidden)
    .outerjoin(hit_types, hit_types.c.hit_type_id == worker_hidden.c.hidden_id)
    .join(accounts, accounts.c.account_id == func.coalesce(hit_types.c.account_id, worker_hidden.c.hidden_id))
    .where(_of_worker)
    .order_by(worker_hidden.c.created_at.desc(), worker_hidden.c.hidden_id)
)


def ids(connection: Connection, worker_id: str) -> frozenset[str]:
    """What the worker hides: ids of HIT types and of accounts."""
    return frozenset(connection.scalars(_ids, {"of_worker": worker_id}))


def named(connection: Connection, worker_id: str) -> list[Any]:
    """What the worker hides, the latest first: hidden_id, the `requester` by name, `title` (None for all HITs of it)."""
    return list(connection.execute(_named, {"of_worker": worker_id}))


def can_be_hidden(connection: Connection, hidden_id: str) -> bool:
    """Whether this is a HIT type, or the account of a requester."""
    return bool(connection.scalar(_there, {"of_id": hidden_id}))


def hide(store: Store, worker_id: str, hidden_id: str) -> bool:
    """Hide a HIT type, or an account's HITs; False when the worker hides as many as possible already."""
    row = {"worker_id": worker_id, "hidden_id": hidden_id, "created_at": clock.milliseconds()}
    try:
        with store.write() as connection:
            before = ids(connection, worker_id)
            if len(before) >= MOST and hidden_id not in before:
                return False
            connection.execute(insert(worker_hidden), row)
    except IntegrityError:
        pass
    return True


def show(store: Store, worker_id: str, hidden_id: str) -> None:
    """Hide it no longer."""
    with store.write() as connection:
        connection.execute(
            delete(worker_hidden).where(_of_worker, worker_hidden.c.hidden_id == bindparam("of_id")),
            {"of_worker": worker_id, "of_id": hidden_id},
        )
