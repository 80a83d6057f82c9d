"""Workers as operators look for them: those who can sign in, and those whom scripts made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select

from adapter.core.database import Store
from adapter.marketplace.store.worker_tables import worker_counters, workers
from adapter.pages.store.credentials import compared
from adapter.pages.store.tables import worker_accounts

_COUNTED = ("submitted", "approved", "rejected")
_done = (
    select(worker_counters.c.worker_id, *(func.sum(worker_counters.c[name]).label(name) for name in _COUNTED))
    .group_by(worker_counters.c.worker_id)
    .subquery()
)


def find_workers(store: Store, text: str, most: int) -> Sequence[Any]:
    """The newest workers, or those with this WorkerId or with this in the name that they sign in with.

    worker_id, name, country, masters, created_at, signs_in, submitted, approved, rejected.
    """
    query = (
        select(
            *(workers.c[name] for name in ("worker_id", "name", "country", "masters", "created_at")),
            worker_accounts.c.worker_id.is_not(None).label("signs_in"),
            *(func.coalesce(_done.c[name], 0).label(name) for name in _COUNTED),
        )
        .select_from(workers)
        .outerjoin(worker_accounts, worker_accounts.c.worker_id == workers.c.worker_id)
        .outerjoin(_done, _done.c.worker_id == workers.c.worker_id)
    )
    if text:
        name = worker_accounts.c.sign_in_name.contains(compared(text), autoescape=True)
        query = query.where(or_(workers.c.worker_id == text, name))
    with store.read() as connection:
        return connection.execute(query.order_by(workers.c.created_at.desc(), workers.c.worker_id).limit(most)).all()
