"""The second try of a trusted proxy: a call that has no token of its own is answered as its first try was."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from adapter.core import clock
from adapter.core.errors import LegacyError, Place, still_running
from adapter.legacy.call import Call, Result, error_of
from adapter.legacy.store import journal

LOG = logging.getLogger("adapter.replay")

#: Seconds between two looks at a first try that is still under way.
LOOK = 0.1


def run(call: Call, operation: str, send: Callable[[], Result]) -> Result:
    """Make a call of an operation that a trusted proxy may send again; both tries give one answer and one effect.

    The first try is written down before it starts, and its answer after it. A second try waits for that answer; when the
    first got stuck (its process died, or its outcome was never known), the state is read before anything is sent. An
    answer of 503 is not kept: nothing happened. Raises what the operation raises.
    """
    key = journal.JournalKey(call.account_id, journal.Kind.ANSWER, operation, call.call_id)
    entry = journal.begin(call.store, key, call.call_id, {"owner": owner()})
    if not entry.fresh:
        result = _first_answer(call, key, entry)
        if result is not None and "answer" in result:
            answer: Result = result["answer"]
            return answer
        if result is not None and "code" in result:
            raise LegacyError(
                result["code"],
                result["message"],
                *[(key, value) for key, value in result["data"]],
                place=Place[result["place"]],
                status=result["status"],
            )
        call.again = True
    try:
        answer = send()
    except Exception as error:
        raise _kept_error(call, key, error) from error
    _keep(call, key, {"answer": answer})
    return answer


def _first_answer(call: Call, key: journal.JournalKey, entry: journal.Entry) -> dict[str, Any] | None:
    """What the first try was answered; None when it got stuck."""
    settings = call.settings
    patience = min(
        2 * (settings.upstream_connect_timeout + settings.upstream_read_timeout), settings.request_timeout / 2
    )
    while entry.result is None:
        if clock.milliseconds() > entry.written_at + patience * 1000 or is_dead(entry.plan.get("owner", "")):
            return None
        time.sleep(LOOK)
        found = journal.find(call.store, key)
        if found is None:
            # answered with a 503: nothing happened
            return None
        entry = found
    return entry.result


def _kept_error(call: Call, key: journal.JournalKey, error: Exception) -> LegacyError:
    """The error as it is to be answered, now and at the second try."""
    known = error_of(error, call.record.request_id, call.outcome)
    known.message = known.stamped()
    if known.place is Place.UNAVAILABLE:
        with contextlib.suppress(Exception):
            journal.forget(call.store, key)
        return known
    if known.code == "AWS.ServiceUnavailable":
        # the next try may find out what this one could not, unless the upstream is still at it
        if not (still_running(error) or still_running(error.__cause__)):
            _keep(call, key, {"open": True})
        return known
    kept = {name: getattr(known, name) for name in ("code", "message", "data", "status")}
    _keep(call, key, {**kept, "place": known.place.name})
    return known


def _keep(call: Call, key: journal.JournalKey, result: dict[str, Any]) -> None:
    """Note an answer; a failure to do so must not spoil the answer itself."""
    try:
        journal.finish(call.store, key, result)
    except Exception:
        LOG.exception("request_id=%s: the answer could not be kept for a second try", call.record.request_id)


def owner() -> str:
    """The process that runs this, as others on its machine can look for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_dead(process: str) -> bool:
    """Whether the process that began a call is known to be gone; one on another machine never is."""
    host, _, number = process.rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, ValueError):
        return True
    except PermissionError:
        return False
    return False
