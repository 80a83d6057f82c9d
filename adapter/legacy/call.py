"""What a legacy operation works with, and the error that its caller gets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapter.core.database import Store, UnavailableError, UnknownCommitError
from adapter.core.errors import (
    LegacyError,
    Place,
    UnknownOutcomeError,
    from_upstream,
    internal,
    outcome_unknown,
    still_running,
    unavailable,
)
from adapter.core.observability import Record, request_id
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.store.accounts import Key
from adapter.core.versions import NEWEST
from adapter.legacy.store.notification_specifications import Specification
from adapter.upstream.base import Caller, Client, Upstream, WriteOutcome

Result = dict[str, Any] | None

#: Tries a notification of this gateway's own transports: (account, event type, specification, outcome) -> why it failed.
SendTest = Callable[[str, str, Specification, WriteOutcome], str | None]


@dataclass
class Call:
    """Everything an operation may use: who asks, the upstream, the store, the settings. One per Request."""

    #: The access key that signed the call; None where a stranger may ask.
    key: Key | None = field(repr=False)
    version: str
    groups: frozenset[str]
    settings: Settings
    store: Store
    upstream: Upstream
    record: Record
    #: The same for both tries of one call that a trusted proxy repeats; with the number of the Request inside the call.
    call_id: str = ""
    send_test: SendTest | None = None
    #: An earlier try of this call got stuck, so that the state is to be read before anything is sent.
    again: bool = False
    #: What the upstream calls made so far have changed.
    outcome: WriteOutcome = field(default_factory=WriteOutcome)

    @property
    def account_id(self) -> str:
        """Whose call it is; empty for a stranger's."""
        return self.key.account_id if self.key else ""

    @property
    def late(self) -> bool:
        """Whether the server has given the call up, so that its client was told that the outcome is open."""
        return time.perf_counter() > self.record.started + self.settings.request_timeout

    @property
    def mturk(self) -> Client:
        """The boto3 client for calls that may be repeated: reads, and writes that carry a token."""
        return self._client(repeat=True)

    @property
    def mturk_once(self) -> Client:
        """The boto3 client for calls that must not be repeated by machine."""
        return self._client(repeat=False)

    def _client(self, *, repeat: bool) -> Client:
        if self.key is None:
            raise RuntimeError("an operation that calls the upstream must not be open to strangers")
        self.record.upstream_calls += 1
        return self.upstream.client(Caller(self.key, self.outcome, repeat, self.record.transcript))

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
            if not self._is_open(error):
                raise
            try:
                took_effect = happened()
            except Exception as second:  # noqa: BLE001 - whatever it is, the state could not be read
                raise UnknownOutcomeError(str(second)) from error
            if took_effect:
                return None
            if still_running(error):
                raise UnknownOutcomeError(str(error)) from error
            self.outcome.settle()
            raise unavailable() from error

    def _is_open(self, error: Exception) -> bool:
        """Whether a write that failed may have been executed, by its last try or by one before that."""
        if isinstance(error, LegacyError):
            return False
        return outcome_unknown(error) or (self.outcome.in_doubt and from_upstream(error, "").place is Place.UNAVAILABLE)


def on_behalf_of(account_id: str, settings: Settings, store: Store, upstream: Upstream) -> Call | None:
    """A call that the scheduler makes for an account, with nothing done yet; None when it has no enabled access key."""
    key = accounts.find_key_of(store, account_id)
    if key is None:
        return None
    return Call(key, NEWEST, frozenset(), settings, store, upstream, Record(request_id()))


def error_of(error: Exception, reference: str, outcome: WriteOutcome) -> LegacyError:
    """The legacy error for anything an operation may raise short of a programming error.

    A 503, on which old clients repeat the call, is for a call of which certainly nothing happened: also when a write
    went through and a later step failed, or when one of botocore's tries may have been executed, the answer is in band.
    """
    if isinstance(error, UnknownOutcomeError):
        return internal(reference)
    if isinstance(error, (UnavailableError, UnknownCommitError)) and not outcome.possible:
        # what the gateway writes for itself may be written again
        return unavailable()
    if not isinstance(error, LegacyError) and outcome_unknown(error) and not outcome.possible:
        return unavailable()
    found = error if isinstance(error, LegacyError) else from_upstream(error, reference)
    return internal(reference) if found.place is Place.UNAVAILABLE and outcome.possible else found
