"""The record of what old clients do: counts, and the last calls in full, from memory to the database every few seconds."""

from __future__ import annotations

import functools
import inspect
import logging
import re
import threading
from collections import Counter

from werkzeug import Request

from adapter.core import clock
from adapter.core.database import DatabaseError, Store, UnavailableError, UnknownCommitError
from adapter.core.observability import Record
from adapter.core.settings import Settings
from adapter.legacy.kept_calls import KeptCalls, Waiting
from adapter.legacy.operations import registry
from adapter.legacy.protocol.request import LegacyRequest
from adapter.legacy.store import kept_calls, usage

LOG = logging.getLogger("adapter.usage")

#: Seconds for which counts wait in memory.
FLUSH_SECONDS = 5.0
#: Client programs that one process tells apart, and kinds of calls that wait at once; what comes beyond is counted as others.
MOST_CLIENTS, MOST_WAITING = 200, 5000
LONGEST_CLIENT = 120
OTHERS, UNKNOWN = "(others)", "(not known)"
#: The client program of those whose key is not known or did not sign: anybody can call a program anything.
STRANGERS = "(caller not known)"
#: Members of every call, which are not in the signature of an operation.
_COMMON = {"responsegroup": "ResponseGroup"}
_UNPRINTED = re.compile(r"[^ -~]+")


class Usage:
    """Counts the calls of one process, and keeps the last ones; in the database for as long as the settings say, or not at all."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str, str, str, str, frozenset[str]]] = Counter()
        self._strangers: Counter[tuple[str, str, str]] = Counter()
        self._clients: set[str] = set()
        self._kept = KeptCalls()
        self._flushing = False

    def count(
        self, request: Request, parsed: LegacyRequest | None, record: Record, status: int = 200, answer: bytes = b""
    ) -> None:
        """Count an answered call, and keep it where calls are kept."""
        sent = request.environ
        software = (parsed.software if parsed else "") or sent.get("HTTP_X_AMAZON_SOFTWARE", "")
        program = _program(software, sent.get("HTTP_USER_AGENT", ""))
        with self._lock:
            if record.transcript is not None:
                self._kept.take(sent, parsed, record, program, status, answer)
            if parsed is None or record.requester == "-":
                self._strangers[record.operation, record.version, record.error] += 1
            else:
                self._count(parsed, record, program)
            if self._flushing:
                return
            self._flushing = True
        timer = threading.Timer(FLUSH_SECONDS, self.flush)
        timer.daemon = True
        timer.start()

    def _count(self, parsed: LegacyRequest, record: Record, program: str) -> None:
        members = frozenset([_member(record.operation, name) for each in parsed.requests for name in each])
        if program not in self._clients:
            if len(self._clients) < MOST_CLIENTS:
                self._clients.add(program)
            else:
                program = OTHERS
        key = (record.requester, record.operation, record.version, record.protocol, program, record.error, members)
        if len(self._counts) >= MOST_WAITING and key not in self._counts:
            key = (*key[:4], OTHERS, record.error, frozenset())
        self._counts[key] += 1

    def flush(self) -> None:
        """Write down what was counted and kept; when that cannot be done, these seconds are lost, and the log says so."""
        with self._lock:
            counts, self._counts, self._flushing = self._counts, Counter(), False
            strangers, self._strangers = self._strangers, Counter()
            kept = self._kept.hand_over()
        if not counts and not strangers:
            return
        day, minute = clock.milliseconds() // usage.DAY, clock.milliseconds() // usage.MINUTE
        calls: Counter[tuple[int | str, ...]] = Counter()
        members: Counter[tuple[int | str, ...]] = Counter()
        minutes: Counter[tuple[int | str, ...]] = Counter()
        for (*called, names), number in counts.items():
            _, operation, version, _, program, outcome = called
            minutes[minute, operation, version, program, outcome] += number
            if self._store.settings.usage_days:
                calls[day, *called] += number
                for name in names:
                    members[day, called[0], called[1], name] += number
        for (operation, version, outcome), number in strangers.items():
            minutes[minute, operation, version, STRANGERS, outcome] += number
        try:
            with self._store.write() as connection:
                usage.add(connection, calls, members, minutes)
            self._keep(kept)
        except DatabaseError as error:
            LOG.warning("%d calls are not in the record of usage: %s", minutes.total(), type(error).__name__)

    def _keep(self, kept: list[Waiting]) -> None:
        """Write down calls in full; one of which that cannot be done is named in the log and costs no other."""
        try:
            rows = [each.row() for each in kept]
            if rows:
                with self._store.write() as connection:
                    kept_calls.add(connection, rows)
        except (UnavailableError, UnknownCommitError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a client sent
            if len(kept) == 1:
                LOG.warning("request_id=%s is not kept: %s", kept[0].record.request_id, type(error).__name__)
                return
            for each in kept:
                self._keep([each])


def keeps_calls(settings: Settings) -> bool:
    """Whether single calls are kept for the console."""
    return bool(settings.console_calls and settings.console_days)


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
