"""What the operator has paid out to workers, and what is owed to them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from adapter.core.database import keyset
from adapter.marketplace.store.tables import assignments, bonuses, hits
from adapter.marketplace.store.worker_history import LAST, earned
from adapter.marketplace.store.worker_tables import payouts, workers

ZERO = Decimal("0.00")

_mine = payouts.c.worker_id == bindparam("of_worker")
_paid = select(func.sum(payouts.c.amount)).where(_mine)
_find = select(payouts).where(_mine, payouts.c.reference == bindparam("of_reference"))
_pending = (
    select(func.count(), func.sum(hits.c.reward))
    .join_from(assignments, hits, hits.c.hit_id == assignments.c.hit_id)
    .where(assignments.c.worker_id == bindparam("of_worker"), assignments.c.status == "Submitted")
)
_pages = keyset.pages(payouts, equal={"worker_id": "of_worker"}, descending=True)
#: For all workers: rewards, bonuses, and what was paid out.
_sums = (
    select(assignments.c.worker_id, func.sum(hits.c.reward))
    .join_from(assignments, hits, hits.c.hit_id == assignments.c.hit_id)
    .where(assignments.c.status == "Approved")
    .group_by(assignments.c.worker_id),
    select(bonuses.c.worker_id, func.sum(bonuses.c.amount)).group_by(bonuses.c.worker_id),
    select(payouts.c.worker_id, func.sum(payouts.c.amount)).group_by(payouts.c.worker_id),
)


class Earned(NamedTuple):
    """What a worker has earned, in dollars, and how much of it was paid out."""

    worker_id: str
    name: str
    email: str
    earned: Decimal
    paid: Decimal

    @property
    def owed(self) -> Decimal:
        """What is still to be paid."""
        return self.earned - self.paid


def find_payout(connection: Connection, worker_id: str, reference: str) -> Row[Any] | None:
    """What a worker was paid under a reference, or None."""
    return connection.execute(_find, {"of_worker": worker_id, "of_reference": reference}).one_or_none()


def add_payout(connection: Connection, worker_id: str, amount: Decimal, reference: str, at: int) -> None:
    """Note that a worker was paid."""
    connection.execute(
        insert(payouts), {"worker_id": worker_id, "amount": amount, "reference": reference, "paid_at": at}
    )


def paid(connection: Connection, worker_id: str) -> Decimal:
    """What a worker was paid in all, in dollars."""
    return connection.scalar(_paid, {"of_worker": worker_id}) or ZERO


def owed(connection: Connection, worker_id: str) -> Decimal:
    """What a worker is still to be paid, in dollars."""
    return sum(earned(connection, worker_id), ZERO) - paid(connection, worker_id)


def pending(connection: Connection, worker_id: str) -> tuple[int, Decimal]:
    """How many assignments of a worker wait for a decision, and what they would pay in all, in dollars."""
    number, amount = connection.execute(_pending, {"of_worker": worker_id}).one()
    return number, amount or ZERO


def list_payouts(connection: Connection, worker_id: str, before: int = LAST, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many payouts to a worker before a `seq`, the newest first."""
    terms = {"of_worker": worker_id, "before": before, "most": most}
    return connection.execute(_pages[connection.dialect.name], terms).all()


def standings(connection: Connection) -> list[Earned]:
    """All workers who have earned anything, in the order of their ids."""
    rewards, extra, out = (dict(map(tuple, connection.execute(query))) for query in _sums)
    names = {row.worker_id: row for row in connection.execute(select(workers))}
    found = []
    for worker_id in sorted(rewards.keys() | extra.keys()):
        known = names.get(worker_id)
        together = rewards.get(worker_id, ZERO) + extra.get(worker_id, ZERO)
        name, email = (known.name or "", known.email or "") if known is not None else ("", "")
        found.append(Earned(worker_id, name, email, together, out.get(worker_id, ZERO)))
    return found
