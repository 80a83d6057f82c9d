"""Amounts as the modern API writes them, and the fee on them, for the gateway's own record."""

from __future__ import annotations

from decimal import Decimal

from adapter.core.database.types import to_cents
from adapter.core.settings import Settings


def fee_of(settings: Settings, cents: int, assignments: int = 0) -> int:
    """The fee on a reward or bonus, in cents: by the settings' percentages, half up, at least one cent."""
    if not settings.fee_percent or not cents:
        return 0
    percent = settings.fee_percent + (settings.fee_percent_large if assignments >= 10 else 0)
    return max(1, (cents * percent + 50) // 100)


def cents_of(dollars: str | None) -> int:
    """An amount as the modern API writes it, in cents."""
    return to_cents(Decimal(dollars or "0"))
