"""Structures and times as the API's JSON writes them."""

from __future__ import annotations

from typing import Any


def given(**members: Any) -> dict[str, Any]:
    """A structure without the members that are None."""
    return {name: value for name, value in members.items() if value is not None}


def seconds(milliseconds: int | None) -> float | int | None:
    """Epoch milliseconds as epoch seconds, whole where they are whole; None stays None."""
    if milliseconds is None:
        return None
    return milliseconds / 1000 if milliseconds % 1000 else milliseconds // 1000
