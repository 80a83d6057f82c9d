"""The templates of pages, and how they write money, times and durations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from jinja2 import Environment, PackageLoader, StrictUndefined

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


def moment(milliseconds: int, zone: tzinfo = UTC) -> str:
    """A moment (epoch ms) in a time zone: 2011-05-09 14:03 UTC."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, zone):%Y-%m-%d %H:%M %Z}"


def second(milliseconds: int) -> str:
    """A moment (epoch ms) in UTC to the second: 2011-05-09 14:03:21."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def templates(folder: str = "templates", **filters: Callable[..., str]) -> Environment:
    """The templates of a folder of this package, with the functions above and these as filters."""
    found = Environment(
        loader=PackageLoader("adapter.pages", folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update({each.__name__: each for each in (dollars, duration, moment, second)} | filters)
    return found
