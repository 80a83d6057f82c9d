"""How worker pages write money, times and durations; filters of the templates."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def dollars(amount: Decimal) -> str:
    """An amount as people write it: $1,234.50."""
    return f"${amount:,.2f}"


def duration(seconds: float, most: int = 2) -> str:
    """A time span in its largest units, at most so many: 1 hour 30 minutes."""
    rest = max(0, int(seconds))
    parts = []
    for size, name in _UNITS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {name}" + ("s" if number > 1 else ""))
    return " ".join(parts[:most]) or "0 seconds"


def moment(milliseconds: int) -> str:
    """A moment (epoch ms) in UTC: 2011-05-09 14:03 UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(milliseconds / 1000))


def second(milliseconds: int) -> str:
    """A moment (epoch ms) in UTC to the second: 2011-05-09 14:03:21."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(milliseconds / 1000))


#: By their names in the templates.
FILTERS: dict[str, Callable[..., str]] = {
    "dollars": dollars,
    "duration": duration,
    "moment": moment,
    "second": second,
}
