"""Times as the API's JSON writes them."""

from __future__ import annotations


def seconds(milliseconds: int) -> float | int:
    """Epoch milliseconds as epoch seconds, whole where they are whole."""
    whole, rest = divmod(milliseconds, 1000)
    return milliseconds / 1000 if rest else whole
