"""The one clock of the service."""

from __future__ import annotations

import time


def milliseconds() -> int:
    """Now, as UTC epoch milliseconds. Called through this module everywhere, so that tests set one clock."""
    return time.time_ns() // 1_000_000
