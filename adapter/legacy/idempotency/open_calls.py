"""Calls whose outcome stayed open, left to the next equal one; in a file while the database is away."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import astuple
from typing import IO

from adapter.core import clock
from adapter.core.database import DatabaseError, Store, UnavailableError, UnknownCommitError
from adapter.legacy.call import Call
from adapter.legacy.store import journal
from adapter.legacy.store.journal import JournalKey, Kind

LOG = logging.getLogger("adapter.tokens")

#: Milliseconds for which an equal call takes up the token of one whose outcome stayed open.
TAKEN_UP = 60 * 60_000
#: In the data folder.
FILE = "open-calls.jsonl"


def leave(call: Call, key: JournalKey, token: str) -> None:
    """Leave a call's token to the next equal call; a failure to do so must not spoil the answer."""
    _noted(call, key, token, lambda: _leave(call.store, key, token))


def give_up(call: Call, key: JournalKey, note: Callable[[Store, JournalKey], None] = journal.give_up) -> None:
    """Note that a call which wrote itself down was answered. In the file the note says that what it began is still open."""
    _noted(call, key, "", lambda: note(call.store, key))


def catch_up(store: Store) -> None:
    """Bring what is in the file to the journal, before anybody looks there. Raises UnavailableError while that is away."""
    if not _has_notes(store):
        return
    with _locked(store) as file:
        for line in file:
            try:
                account_id, kind, operation, name, token = json.loads(line)
                key = JournalKey(account_id, Kind(kind), operation, name)
                if token:
                    _leave(store, key, token)
                else:
                    journal.give_up(store, key)
            except (UnavailableError, UnknownCommitError):
                raise
            except Exception:
                # a line that a crash cut off, for one; it must not hold up all calls
                LOG.exception("a note on an open call is passed over")
        file.truncate(0)


def _leave(store: Store, key: JournalKey, token: str) -> None:
    found = journal.insist(store, lambda: journal.begin(store, key, "", {"token": token}))
    if found.plan["token"] == token:
        journal.give_up(store, key)
    elif found.written_at <= clock.milliseconds() - TAKEN_UP:
        journal.forget(store, key)
        journal.begin(store, key, "", {"token": token})


def _noted(call: Call, key: JournalKey, token: str, note: Callable[[], None]) -> None:
    try:
        try:
            note()
        except DatabaseError:
            with _locked(call.store) as file:
                file.write(json.dumps([*astuple(key), token]) + "\n")
                file.flush()
                os.fsync(file.fileno())
    except Exception:
        LOG.exception("request_id=%s: an open call could not be kept for a repeated one", call.record.request_id)


def _has_notes(store: Store) -> bool:
    try:
        return (store.settings.data / FILE).stat().st_size > 0
    except OSError:
        return False


@contextlib.contextmanager
def _locked(store: Store) -> Iterator[IO[str]]:
    """The file, for one thread of all processes, at its beginning for reading; what is written goes to its end."""
    folder = store.settings.data
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file
