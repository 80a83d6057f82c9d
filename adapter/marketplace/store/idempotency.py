"""Tokens of calls that were done, kept for a while."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from adapter.marketplace.store.tables import idempotency

_key = (
    idempotency.c.account_id == bindparam("of_account"),
    idempotency.c.operation == bindparam("of_operation"),
    idempotency.c.token == bindparam("of_token"),
)
_find = select(idempotency.c.result).where(*_key, idempotency.c.expires_at > bindparam("now"))


def _replacing(dialect: Any) -> Any:
    row = dialect.insert(idempotency)
    return row.on_conflict_do_update(
        index_elements=["account_id", "operation", "token"],
        set_={name: row.excluded[name] for name in ("result", "created_at", "expires_at")},
    )


_keep = {"sqlite": _replacing(sqlite), "postgresql": _replacing(postgresql)}
_purge = delete(idempotency).where(idempotency.c.expires_at <= bindparam("now"))


def find(connection: Connection, account_id: str, operation: str, token: str, now: int) -> Any | None:
    """What was kept for this token, or None when it is unknown or expired at `now` (epoch ms)."""
    return connection.scalar(
        _find, {"of_account": account_id, "of_operation": operation, "of_token": token, "now": now}
    )


def keep(
    connection: Connection, account_id: str, operation: str, token: str, result: Any, now: int, expires_at: int
) -> None:
    """Keep a result for this token until a time; an expired one of the same token is replaced."""
    connection.execute(
        _keep[connection.dialect.name],
        {
            "account_id": account_id,
            "operation": operation,
            "token": token,
            "result": result,
            "created_at": now,
            "expires_at": expires_at,
        },
    )


def purge(connection: Connection, now: int) -> int:
    """Delete what expired; returns how many."""
    return connection.execute(_purge, {"now": now}).rowcount
