"""The legacy operations: one function each, registered by name; no HTTP, no XML, no SQL here."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapter.core.database import Store, UnavailableError
from adapter.core.errors import (
    LegacyError,
    Place,
    UnknownOutcomeError,
    does_not_exist,
    from_upstream,
    internal,
    outcome_unknown,
    still_running,
    unavailable,
)
from adapter.core.observability import Record, request_id
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.versions import NEWEST, VERSIONS, shape_of
from adapter.legacy.store.notification_specifications import Specification
from adapter.upstream.base import EFFECTS, Upstream

Result = dict[str, Any] | None

#: Modules that register operations; the last part of HOUSE's rule "one function and one template".
_MODULES = (
    "account",
    "assignments",
    "hits",
    "lifetime",
    "notifications",
    "qualifications",
    "reviews",
    "statistics",
    "workers",
)

SendTest = Callable[[str, str, Specification], str | None]

HIT_GROUPS = ("Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary")


@dataclass(frozen=True)
class Operation:
    """One legacy operation as the registry knows it."""

    name: str
    function: Callable[..., Result]
    element: str
    since: str
    until: str
    groups: tuple[str, ...]
    default: tuple[str, ...]
    writes: bool
    anonymous: bool
    #: Whether the answer is kept for the second try of a trusted proxy: a write that no token or end state makes one.
    replayed: bool

    def available(self, version: str) -> bool:
        """Whether this version of the API has the operation.

        What a version older than the oldest published schema had is not known for sure, so those are served leniently.
        """
        shape = shape_of(version)
        return self.since <= max(shape, version) and version <= self.until

    def answered_groups(self, asked: list[str]) -> frozenset[str]:
        """The response groups in force: those asked for, else the defaults (docs/contract.md, Response groups).

        Unknown groups are passed over. `Request` asked alone suppresses everything else, as was recorded.
        """
        known = {each for each in asked if each in self.groups or each == "Request"}
        if not known:
            return frozenset(self.default)
        return frozenset(known) if known == {"Request"} else frozenset(known | {"Minimal"})


OPERATIONS: dict[str, Operation] = {}


def operation(
    name: str,
    *,
    element: str | None = None,
    since: str = VERSIONS[0],
    until: str = NEWEST,
    groups: tuple[str, ...] = ("Minimal",),
    default: tuple[str, ...] = ("Minimal",),
    writes: bool = True,
    repeatable: bool = False,
    anonymous: bool = False,
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Register a function as a legacy operation.

    `element` is the result element where it is not `<name>Result`; `since` and `until` are versions of the API;
    `groups` and `default` are the response groups; `writes` says whether the operation changes anything, `repeatable`
    that a second try of the same call by itself ends in one effect and the same answer.
    """

    def register(function: Callable[..., Result]) -> Callable[..., Result]:
        if name in OPERATIONS:
            raise ValueError(f"{name} is registered twice")
        OPERATIONS[name] = Operation(
            name,
            function,
            element or f"{name}Result",
            since,
            until,
            groups,
            default,
            writes,
            anonymous,
            replayed=writes and not repeatable,
        )
        return function

    return register


@dataclass
class Call:
    """Everything an operation may use: who asks, the upstream, the store, the settings. One per Request."""

    account_id: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    version: str
    groups: frozenset[str]
    settings: Settings
    store: Store
    upstream: Upstream
    record: Record
    #: The same for both tries of one call that a trusted proxy repeats; with the number of the Request inside the call.
    call_id: str = ""
    #: The access key that signed the call, whatever key goes upstream.
    signed_by: str = ""
    #: Tries a notification of this gateway's own transports: (account, event type, specification) -> why it failed.
    send_test: SendTest | None = None
    #: An earlier try of this call got stuck, so that the state is to be read before anything is sent.
    again: bool = False

    @property
    def mturk(self) -> Any:
        """The boto3 client for calls that may be repeated: reads, and writes that carry a token."""
        self.record.upstream_calls += 1
        return self.upstream.client(self.access_key_id, self.secret_access_key, repeat=True)

    @property
    def mturk_once(self) -> Any:
        """The boto3 client for calls that must not be repeated by machine."""
        self.record.upstream_calls += 1
        return self.upstream.client(self.access_key_id, self.secret_access_key, repeat=False)

    def once(self, send: Callable[[], Any], happened: Callable[[], bool]) -> Any:
        """Make a call that has no token, and never leave its outcome open.

        When the connection breaks after the call was sent, `happened` reads the state. If the call took effect, the
        answer is success (None); if it did not, a 503 tells the client to repeat. If the state cannot be read either, or
        the upstream may still be at it, the failure is answered in band, because a 503 would be repeated blindly.
        """
        if self.again and happened():
            return None
        try:
            return send()
        except Exception as error:  # whatever it is, only an open outcome is handled here
            if not _is_open(error):
                raise
            try:
                took_effect = happened()
            except Exception as second:  # noqa: BLE001 - whatever it is, the state could not be read
                raise UnknownOutcomeError(str(second)) from error
            if took_effect:
                return None
            if still_running(error):
                raise UnknownOutcomeError(str(error)) from error
            EFFECTS.settle()
            raise unavailable() from error


def on_behalf_of(account_id: str, settings: Settings, store: Store, upstream: Upstream) -> Call | None:
    """A call that the worker loop makes for an account, with nothing done yet; None when it has no enabled access key."""
    key = accounts.find_key_of(store, account_id)
    if key is None:
        return None
    EFFECTS.reset()
    pair = key.upstream_pair(embedded=upstream.embedded)
    return Call(
        account_id,
        *pair,
        NEWEST,
        frozenset(),
        settings,
        store,
        upstream,
        Record(request_id()),
        signed_by=key.access_key_id,
    )


def _is_open(error: Exception) -> bool:
    """Whether a write that failed may have been executed, by its last try or by one before that."""
    if isinstance(error, LegacyError):
        return False
    return outcome_unknown(error) or (EFFECTS.in_doubt and from_upstream(error, "").place is Place.UNAVAILABLE)


def error_of(error: Exception, reference: str) -> LegacyError:
    """The legacy error for anything an operation may raise short of a programming error.

    A 503, on which old clients repeat the call, is for a call of which certainly nothing happened: also when a write
    went through and a later step failed, or when one of botocore's tries may have been executed, the answer is in band.
    """
    if isinstance(error, UnknownOutcomeError):
        return internal(reference)
    if isinstance(error, UnavailableError) and not EFFECTS.possible:
        return unavailable()
    if not isinstance(error, LegacyError) and outcome_unknown(error) and not EFFECTS.possible:
        return unavailable()
    found = error if isinstance(error, LegacyError) else from_upstream(error, reference)
    return internal(reference) if found.place is Place.UNAVAILABLE and EFFECTS.possible else found


def load() -> dict[str, Operation]:
    """The registry, complete."""
    for name in _MODULES:
        importlib.import_module(f"adapter.legacy.operations.{name}")
    return OPERATIONS


__all__ = [
    "HIT_GROUPS",
    "OPERATIONS",
    "Call",
    "Operation",
    "Result",
    "does_not_exist",
    "error_of",
    "load",
    "on_behalf_of",
    "operation",
]
