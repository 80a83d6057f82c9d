"""The key that the page of an accepted HIT has: who sends it with an answer need not be signed in any more."""

from __future__ import annotations

import hmac
from typing import Any

from adapter.pages.frame import the_store


def key_of(assignment: Any) -> str:
    """What only the page of the worker with this assignment knows."""
    bound = f"{assignment.assignment_id}:{assignment.worker_id}"
    return hmac.digest(the_store().secrets.derive("worker-answers"), bound.encode(), "sha256").hex()


def fits(assignment: Any, given: str) -> bool:
    """Whether this is the key of the assignment."""
    return given.isascii() and hmac.compare_digest(given, key_of(assignment))
