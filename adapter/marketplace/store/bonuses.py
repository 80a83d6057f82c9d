"""Bonuses as rows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert

from adapter.core.database import keyset
from adapter.marketplace.store.tables import bonuses

_insert = insert(bonuses)
_of_hit = keyset.pages(bonuses, equal={"hit_id": "of_hit"})
_of_assignment = keyset.pages(bonuses, equal={"assignment_id": "of_assignment"})


def add_bonus(
    connection: Connection, assignment: Row[Any], amount: Decimal, fee: Decimal, reason: str | None, at: int
) -> None:
    """Put in a bonus for an assignment; money in dollars, time in epoch ms."""
    connection.execute(
        _insert,
        {
            "account_id": assignment.account_id,
            "assignment_id": assignment.assignment_id,
            "hit_id": assignment.hit_id,
            "worker_id": assignment.worker_id,
            "amount": amount,
            "fee": fee,
            "reason": reason,
            "granted_at": at,
        },
    )


def list_of_hit(connection: Connection, hit_id: str, after: int, most: int) -> Sequence[Row[Any]]:
    """At most so many bonuses of the HIT's assignments, the oldest first, after a `seq`."""
    return connection.execute(_of_hit[connection.dialect.name], {"of_hit": hit_id, "after": after, "most": most}).all()


def list_of_assignment(connection: Connection, assignment_id: str, after: int, most: int) -> Sequence[Row[Any]]:
    """At most so many bonuses of the assignment, the oldest first, after a `seq`."""
    terms = {"of_assignment": assignment_id, "after": after, "most": most}
    return connection.execute(_of_assignment[connection.dialect.name], terms).all()
