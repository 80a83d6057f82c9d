"""GetAccountBalance."""

from __future__ import annotations

from typing import Any

from adapter.core.store.balances import balances
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.operations.registry import operation


@operation("GetAccountBalance")
def get_account_balance(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """What the account may still spend, in dollars."""
    available, _ = balances(call.connection, call.account_id)
    return {"AvailableBalance": f"{available:.2f}"}
