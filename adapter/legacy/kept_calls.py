"""The last calls of a process in full, for the console: held as they came, without secrets once they are written down."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from adapter.core import clock
from adapter.core.observability import Record
from adapter.core.safe_xml import SIXTEEN_BITS
from adapter.core.transcript import MOST_BYTES, Transcript
from adapter.legacy import masking
from adapter.legacy.protocol import soap
from adapter.legacy.protocol.request import LegacyRequest, Tree

#: Calls that one process holds until they are written: of more, the newest. Strangers' do not push out those of others.
MOST_WAITING, MOST_WAITING_OF_STRANGERS = 50, 10
#: Control characters other than tabs and line ends, which no page may hold, and lone surrogates, which no database takes.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_SHOWN = ("multipart/", "application/json")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One call as it came."""

    happened_at: int
    sent: dict[str, Any]
    query: str
    requests: list[Tree] | None
    signature: str
    record: Record
    transcript: Transcript
    milliseconds: int
    program: str
    status: int
    answer: bytes
    sizes: tuple[int, int]

    def row(self) -> dict[str, Any]:
        """The row of the table: the call with its secrets replaced."""
        record, sent = self.record, self.sent
        details = {
            "caller": record.caller,
            "method": sent["REQUEST_METHOD"],
            "path": sent["PATH_INFO"],
            "query": masking.mask_form(self.query),
            "headers": masking.mask_headers(sent),
            "body": self._body(),
            "sent_bytes": self.sizes[0],
            "requests": None if self.requests is None else [masking.mask_tree(each) for each in self.requests],
            "calls": [
                {
                    "operation": each.operation,
                    "status": each.status,
                    "sent": masking.mask_json(_text(each.sent)),
                    "answer": masking.mask_json(_text(each.answer)),
                }
                for each in self.transcript.calls
            ],
            "calls_left_out": self.transcript.left_out,
            "answer": masking.mask_xml(_text(self.answer)),
            "answer_bytes": self.sizes[1],
        }
        return {
            "call_id": record.request_id,
            "happened_at": self.happened_at,
            "account_id": None if record.requester == "-" else record.requester,
            "operation": record.operation,
            "version": record.version,
            "protocol": record.protocol,
            "client": self.program,
            "outcome": record.error,
            "status": self.status,
            "milliseconds": self.milliseconds,
            "details": _clean(details, masking.spellings(self.signature)),
        }

    def _body(self) -> str:
        body, kind = self.transcript.body, self.sent.get("CONTENT_TYPE", "").lower()
        if soap.is_message(body):
            return masking.mask_xml(body.decode(SIXTEEN_BITS.get(body[:2], "utf-8"), "replace"))
        if body and kind.startswith(_NOT_SHOWN):
            return "(not shown: no form of this API)"
        return masking.mask_form(_text(body))


class KeptCalls:
    """What waits to be written. Not to be used by two threads at once."""

    def __init__(self) -> None:
        self._of_accounts: deque[Waiting] = deque(maxlen=MOST_WAITING)
        self._of_strangers: deque[Waiting] = deque(maxlen=MOST_WAITING_OF_STRANGERS)

    def take(
        self,
        environ: dict[str, Any],
        parsed: LegacyRequest | None,
        record: Record,
        program: str,
        status: int,
        answer: bytes,
    ) -> None:
        """Hold an answered call, cut to what is kept of it."""
        transcript = record.transcript or Transcript()
        query = environ.get("QUERY_STRING", "")
        sizes = (len(query) + len(transcript.body), len(answer))
        transcript.body = transcript.body[:MOST_BYTES]
        sent = {
            name: value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in {"REQUEST_METHOD", "PATH_INFO", "CONTENT_TYPE", "CONTENT_LENGTH"}
        }
        waiting = Waiting(
            clock.milliseconds(),
            sent,
            query[:MOST_BYTES],
            # of a call that is cut, the members would be as large as the call
            parsed.requests if parsed and sizes[0] <= MOST_BYTES else None,
            parsed.credentials.signature if parsed else "",
            record,
            transcript,
            record.milliseconds,
            program,
            status,
            answer[:MOST_BYTES],
            sizes,
        )
        (self._of_strangers if record.requester == "-" else self._of_accounts).append(waiting)

    def hand_over(self) -> list[Waiting]:
        """Everything that waits, which then is somebody else's."""
        found = [*self._of_strangers, *self._of_accounts]
        self._of_strangers.clear()
        self._of_accounts.clear()
        return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _clean(value: Any, secrets: Collection[str] = ()) -> Any:
    """A value that every database, JSON reader and page takes, and in which none of these secrets stands."""
    if isinstance(value, str):
        for each in secrets:
            value = value.replace(each, masking.MASK)
        return value if value.isprintable() else _UNSEEN.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(name): _clean(each, secrets) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, secrets) for each in value]
    return value
