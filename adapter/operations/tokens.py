"""Tokens that keep a repeated call from happening twice, and how an upstream says that one was used before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapter.operations import Call
from adapter.store import journal
from adapter.upstream import EFFECTS

_USED = re.compile(r"already been (?:processed|used)|already (?:processed|used)|idempotency token", re.IGNORECASE)
#: A token that the service finds malformed was never used.
_MALFORMED = re.compile(r"failed to satisfy constraint|validation error", re.IGNORECASE)
_ID = re.compile(r"\b[A-Z0-9]{20,64}\b")


def derived(call: Call) -> str:
    """The token of a call whose client sent none.

    It follows from the call's id alone, which a trusted proxy repeats with its second try: so that try, botocore's own
    retries and a try after a crash of this process all carry the same token, and nothing has to be written down first.
    """
    return "g-" + hashlib.sha256(f"{call.account_id}:{call.call_id}".encode()).hexdigest()[:56]


def own_token(call: Call, operation: str, token: str) -> bool:
    """Whether this very call was the first to bring a client's token; written down, so that it is known afterwards."""
    return journal.begin(call.store, call.account_id, operation, token, call.call_id, {}).call_id == call.call_id


@contextmanager
def freed(call: Call, operation: str, token: str | None) -> Iterator[None]:
    """Leave a client's token to the next call that brings it, when this one was refused and changed nothing."""
    try:
        yield
    except Exception as error:
        if token and not EFFECTS.possible and not used_before(error):
            journal.forget(call.store, call.account_id, operation, token)
        raise


def code_of(error: Any) -> str:
    """The TurkErrorCode of an upstream error, without its prefix."""
    return str(getattr(error, "response", {}).get("TurkErrorCode", "")).removeprefix("AWS.MechanicalTurk.")


def message_of(error: Any) -> str:
    """The message of an upstream error."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Message") or response.get("Message") or "")


def used_before(error: Any) -> bool:
    """Whether an upstream error says that the token was used before: the work is done already."""
    if code_of(error) in {"HitAlreadyExists", "HITAlreadyExists", "DuplicateCall"}:
        return True
    message = message_of(error)
    return bool(_USED.search(message)) and not _MALFORMED.search(message)


def named_hit(error: Any, token: str) -> str | None:
    """The HITId that a HitAlreadyExists names in its message."""
    return next((found for found in _ID.findall(message_of(error)) if found != token), None)
