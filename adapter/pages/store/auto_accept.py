"""Whether a worker goes on to the next HIT automatically: a switch that is remembered."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from adapter.core.database import Store
from adapter.pages.store.tables import worker_accounts

_find = select(worker_accounts.c.auto_accept).where(worker_accounts.c.worker_id == bindparam("of_worker"))


def is_on(store: Store, worker_id: str) -> bool:
    """Whether the worker has switched it on."""
    with store.read() as connection:
        return bool(connection.scalar(_find, {"of_worker": worker_id}))


def switch(store: Store, worker_id: str, *, on: bool) -> None:
    """Switch it on or off, for all that the worker submits from now on."""
    with store.write() as connection:
        mine = worker_accounts.c.worker_id == worker_id
        connection.execute(update(worker_accounts).where(mine).values(auto_accept=on))
