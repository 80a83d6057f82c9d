"""The record of what old clients use: counted in memory, added to the database every few seconds."""

from __future__ import annotations

import functools
import inspect
import logging
import re
import threading
from collections import Counter

from werkzeug import Request

from adapter.core import clock
from adapter.core.database import DatabaseError, Store
from adapter.core.observability import Record
from adapter.legacy.operations import registry
from adapter.legacy.protocol.request import LegacyRequest
from adapter.legacy.store import usage

LOG = logging.getLogger("adapter.usage")

#: Seconds for which counts wait in memory.
FLUSH_SECONDS = 5.0
#: Client programs that one process tells apart, and kinds of calls that wait at once; what comes beyond is counted as others.
MOST_CLIENTS, MOST_WAITING = 200, 5000
LONGEST_CLIENT = 120
OTHERS, UNKNOWN = "(others)", "(not known)"
#: Members of every call, which are not in the signature of an operation.
_COMMON = {"responsegroup": "ResponseGroup"}
_UNPRINTED = re.compile(r"[^ -~]+")


class Usage:
    """Counts the calls of one process; kept in the database for as many days as the settings say, or not at all."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str, str, str, str, frozenset[str]]] = Counter()
        self._clients: set[str] = set()
        self._flushing = False

    def count(self, request: Request, parsed: LegacyRequest | None, record: Record) -> None:
        """Count an answered call whose requester is known."""
        if parsed is None or record.requester == "-" or not self._store.settings.usage_days:
            return
        sent = request.environ
        software = parsed.software or sent.get("HTTP_X_AMAZON_SOFTWARE", "")
        program = _program(software, sent.get("HTTP_USER_AGENT", ""))
        members = frozenset([_member(record.operation, name) for each in parsed.requests for name in each])
        with self._lock:
            if program not in self._clients:
                if len(self._clients) < MOST_CLIENTS:
                    self._clients.add(program)
                else:
                    program = OTHERS
            key = (record.requester, record.operation, record.version, record.protocol, program, record.error, members)
            if len(self._counts) >= MOST_WAITING and key not in self._counts:
                key = (*key[:4], OTHERS, record.error, frozenset())
            self._counts[key] += 1
            if self._flushing:
                return
            self._flushing = True
        timer = threading.Timer(FLUSH_SECONDS, self.flush)
        timer.daemon = True
        timer.start()

    def flush(self) -> None:
        """Add what was counted to the database; when that cannot be done, these seconds are lost, and the log says so."""
        with self._lock:
            counts, self._counts, self._flushing = self._counts, Counter(), False
        if not counts:
            return
        day = clock.milliseconds() // usage.DAY
        calls: Counter[tuple[int | str, ...]] = Counter()
        members: Counter[tuple[int | str, ...]] = Counter()
        for (*called, names), number in counts.items():
            calls[day, *called] += number
            for name in names:
                members[day, called[0], called[1], name] += number
        try:
            with self._store.write() as connection:
                usage.add(connection, calls, members)
        except DatabaseError as error:
            LOG.warning("%d calls are not in the report of usage: %s", counts.total(), type(error).__name__)


@functools.lru_cache(maxsize=1024)
def _program(software: str, agent: str) -> str:
    """The client program, by both of the ways in which programs say what they are."""
    said = agent if software in agent else f"{software} ({agent})" if agent else software
    return " ".join(_UNPRINTED.sub(" ", said).split())[:LONGEST_CLIENT] or UNKNOWN


@functools.lru_cache(maxsize=4096)
def _member(operation: str, name: str) -> str:
    """A member as the reference spells it, however the client did."""
    return members_of(operation).get(name.lower(), UNKNOWN)


@functools.cache
def members_of(operation: str) -> dict[str, str]:
    """The members of an operation by their names in lower case."""
    names = list(inspect.signature(registry.OPERATIONS[operation].function).parameters)[1:]
    return _COMMON | {name.lower(): name for name in names}
