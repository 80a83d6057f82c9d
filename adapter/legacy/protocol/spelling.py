"""How values are spelled in the XML of a reply: texts, times, prices."""

from __future__ import annotations

import functools
import time
from decimal import Decimal
from typing import Any

from botocore.utils import parse_timestamp
from markupsafe import Markup


def content(value: Any) -> str:
    """A value as the text of an element.

    Quotes stay, as in recorded replies: some clients undo only &lt; &gt; &amp;, and no attribute holds a client's text.
    Raises ValueError for None, which must never reach a client as the word "None".
    """
    if value is None:
        raise ValueError("a reply may not say None")
    text: str = value if type(value) is str else str(value)
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text


def finalize(value: Any) -> Any:
    """A value on its way into a template (Jinja2's `finalize`): never None, and its quotes stay as `content` has it."""
    if value is None or (type(value) is str and ('"' in value or "'" in value)):
        return Markup(content(value))  # noqa: S704 - escaped by content
    return value


def el(name: str, value: Any) -> Markup:
    """An element with a text, or nothing where there is no value."""
    if value is None:
        return Markup("")
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else content(value)
    return Markup(f"<{name}>{text}</{name}>")  # noqa: S704 - the name is a template's


@functools.lru_cache(maxsize=4096)
def _minute(number: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:", time.gmtime(number * 60))


_SECONDS = [f"{second:02d}Z" for second in range(60)]


def stamp(moment: Any) -> str:
    """A time (epoch seconds, an aware datetime, or as text) as the wire spells it: UTC, whole seconds, `Z`."""
    if type(moment) is not float and not isinstance(moment, int):
        moment = (parse_timestamp(moment) if isinstance(moment, str) else moment).timestamp()
    number = int(moment)
    return _minute(number // 60) + _SECONDS[number % 60]


@functools.lru_cache(maxsize=4096)
def price(amount: str) -> Markup:
    """The three members of a Price."""
    return _price(amount, f"{Decimal(amount):.2f}")


def balance(amount: str) -> Markup:
    """A Price with three decimals, as balances were recorded."""
    return _price(amount, f"{Decimal(amount):.3f}")


def _price(amount: str, spelled: str) -> Markup:
    return Markup(  # noqa: S704 - digits, a point and commas
        f"<Amount>{spelled}</Amount><CurrencyCode>USD</CurrencyCode>"
        f"<FormattedPrice>${Decimal(amount):,.2f}</FormattedPrice>"
    )
