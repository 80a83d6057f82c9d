"""Checks of the free texts that requesters send to workers."""

from __future__ import annotations

import re

from adapter.marketplace.errors import invalid, missing, too_long

#: Feedback is at most this long and must not hold these control characters.
FEEDBACK_LENGTH = 1024
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def check_text(value: str | None, parameter: str, most: int, *, required: bool = False) -> str | None:
    """The text, when it is at most so many characters long and holds no control characters XML cannot carry.

    None stays None. Raises TurkError naming the parameter; with `required` also for an empty or blank text.
    """
    if value is None:
        return None
    if required and not value.strip():
        raise missing(parameter, " and must not be empty")
    if len(value) > most:
        raise too_long(parameter, most)
    if _CONTROLS.search(value):
        raise invalid(
            f"The value specified for {parameter} contains control characters that are not allowed.", parameter
        )
    return value
