"""Which workers an account keeps from its HITs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from adapter.core.database import keyset
from adapter.marketplace.store.worker_tables import worker_blocks

_both = (worker_blocks.c.account_id == bindparam("of_account"), worker_blocks.c.worker_id == bindparam("of_worker"))
_find = select(worker_blocks.c.seq).where(*_both)
_insert = insert(worker_blocks)
_reword = update(worker_blocks).where(*_both).values(reason=bindparam("new_reason"))
_delete = delete(worker_blocks).where(*_both)
_pages = keyset.pages(worker_blocks, equal={"account_id": "of_account"})


def is_blocked(connection: Connection, account_id: str, worker_id: str) -> bool:
    """True when the account blocks the worker."""
    return connection.scalar(_find, {"of_account": account_id, "of_worker": worker_id}) is not None


def block(connection: Connection, account_id: str, worker_id: str, reason: str | None, at: int) -> bool:
    """Block the worker; True when that is new.

    One who is blocked already gets the new reason and keeps the place in the list.
    """
    if is_blocked(connection, account_id, worker_id):
        connection.execute(_reword, {"of_account": account_id, "of_worker": worker_id, "new_reason": reason})
        return False
    row = {"account_id": account_id, "worker_id": worker_id, "reason": reason, "created_at": at}
    connection.execute(_insert, row)
    return True


def unblock(connection: Connection, account_id: str, worker_id: str) -> None:
    """Lift the block; nothing happens when there is none."""
    connection.execute(_delete, {"of_account": account_id, "of_worker": worker_id})


def list_blocks(connection: Connection, account_id: str, after: int, most: int) -> Sequence[Row[Any]]:
    """At most so many of the account's blocks, the oldest first, after a `seq`."""
    terms = {"of_account": account_id, "after": after, "most": most}
    return connection.execute(_pages[connection.dialect.name], terms).all()
