"""Column types of the store: money in whole cents, JSON as text, row numbers."""

from __future__ import annotations

import functools
import json
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

#: A row number; SQLite only counts up in a column of type INTEGER.
Seq = BigInteger().with_variant(Integer(), "sqlite")


def to_cents(amount: Decimal) -> int:
    """Whole cents of an amount in dollars.

    Raises TypeError for anything but a Decimal, ValueError for a fraction of a cent.
    """
    if not isinstance(amount, Decimal):
        raise TypeError(f"money is a Decimal, not {type(amount).__name__}")
    cents = amount.scaleb(2)
    if cents != cents.to_integral_value():
        raise ValueError(f"{amount} has a fraction of a cent")
    return int(cents)


@functools.lru_cache(maxsize=1024)
def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


class Money(TypeDecorator[Decimal]):
    """An amount in dollars, kept as integer cents; refuses floats and fractions of a cent."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Dollars to cents."""
        return None if value is None else to_cents(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Cents to dollars, always with two decimals."""
        return None if value is None else _dollars(int(value))


class Json(TypeDecorator[Any]):
    """A JSON value kept as text with sorted keys, the same on every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The value as text."""
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:  # noqa: ARG002
        """The text as a value."""
        return None if value is None else orjson.loads(value)
