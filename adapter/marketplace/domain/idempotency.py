"""UniqueRequestToken: the same token, account and operation within 24 hours is the same call."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.store import idempotency as rows

KEPT_MILLISECONDS = 24 * 3600 * 1000


def recall(call: ServiceCall, operation: str, token: str | None) -> Any | None:
    """What remember() kept for this token within the last 24 hours, or None."""
    if token is None:
        return None
    return rows.find(call.connection, call.account_id, operation, token, call.now)


def remember(call: ServiceCall, operation: str, token: str | None, result: Any) -> None:
    """Keep a JSON value for this token for 24 hours; nothing happens without a token."""
    if token is not None:
        expires_at = call.now + KEPT_MILLISECONDS
        rows.keep(call.connection, call.account_id, operation, token, result, call.now, expires_at)
