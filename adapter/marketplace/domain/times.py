"""Times as the API's JSON writes them."""

from __future__ import annotations


def seconds(milliseconds: int) -> float | int:
    """Epoch milliseconds as epoch seconds, whole where they are whole."""
    return milliseconds / 1000 if milliseconds % 1000 else milliseconds // 1000
