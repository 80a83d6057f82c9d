"""Tokens that keep a repeated call from happening twice, and how an upstream says that one was used before."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adapter.core import clock
from adapter.legacy.call import Call
from adapter.legacy.idempotency import open_calls
from adapter.legacy.store import journal
from adapter.upstream.base import WriteOutcome

LOG = logging.getLogger("adapter.tokens")

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


@contextmanager
def carried(call: Call, operation: str, token: str | None, members: dict[str, Any]) -> Iterator[str]:
    """The token that a call goes upstream with: its client's, or one that keeps the client's own retries from counting.

    Some clients repeat an answer in band of `AWS.ServiceUnavailable` by themselves. So where the outcome of a call without
    a token of its client stays open, its own one is written down by what the call says, and the next equal call of the
    account within an hour goes on with it: what the first made is found, not made again. One open call is taken up once.
    So it is with a call that was done after the server had given it up. Nothing is written down as long as nothing breaks.
    """
    if token:
        yield token
        return
    key = journal.JournalKey(call.account_id, journal.Kind.LEFT_OPEN, operation, _digest(members))
    open_calls.catch_up(call.store)
    taken = journal.take(call.store, key, call.call_id, clock.milliseconds() - open_calls.TAKEN_UP)
    own = taken.plan["token"] if taken else derived(call)
    try:
        yield own
    except Exception:
        if taken or call.outcome.keeps_token:
            open_calls.leave(call, key, own)
        raise
    if call.late:
        open_calls.leave(call, key, own)
    elif taken:
        _drop(call, key)


def _drop(call: Call, key: journal.JournalKey) -> None:
    """Forget what was taken up and is done. Where that fails nobody else can take it up, and the answer stays true."""
    try:
        journal.forget(call.store, key)
    except Exception:
        LOG.exception("request_id=%s: a token that was taken up could not be dropped", call.record.request_id)


def _digest(members: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(members, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Own:
    """Whose a token is: whether this call was the first to bring it here, and whether this is the first try of it."""

    ours: bool
    fresh: bool

    def used_by_us(self, outcome: WriteOutcome) -> bool:
        """Whether an upstream that finds the token used can mean an earlier try of this very call.

        If not, it was used past this gateway, or by another call, and the client is told so as ever.
        """
        return self.ours and (not self.fresh or outcome.keeps_token)


def _key_of(call: Call, operation: str, token: str) -> journal.JournalKey:
    return journal.JournalKey(call.account_id, journal.Kind.TOKEN, operation, token)


def own_token(call: Call, operation: str, token: str | None) -> Own:
    """Whose a client's token is; written down, so that it is known afterwards. Without one the call has its own."""
    if not token:
        return Own(ours=True, fresh=False)
    entry = journal.begin(call.store, _key_of(call, operation, token), call.call_id, {})
    return Own(entry.call_id == call.call_id, entry.fresh)


@contextmanager
def freed(call: Call, operation: str, token: str | None) -> Iterator[None]:
    """Leave a client's token to the next call that brings it, when this one was refused and changed nothing."""
    try:
        yield
    except Exception as error:
        if token and not call.outcome.keeps_token and not used_before(error):
            journal.forget(call.store, _key_of(call, operation, token))
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
