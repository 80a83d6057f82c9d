"""What one call sent, and the modern calls that were made for it: kept in memory until the console's copy is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

#: Bytes that are kept of what was sent, of what was answered, and of all modern calls together.
MOST_BYTES = 32 * 1024
MOST_BYTES_OF_CALLS = 64 * 1024
MOST_CALLS = 50


class ModernCall(NamedTuple):
    """One try of a call of the 2017-01-17 API. Without a status there was no answer, which then says why."""

    operation: str
    sent: bytes
    status: int | None
    answer: bytes


@dataclass
class Transcript:
    """The body of a call and its modern calls, as far as there is room; nobody has masked anything in it yet."""

    body: bytes = field(default=b"", repr=False)
    calls: list[ModernCall] = field(default_factory=list, repr=False)
    left_out: int = 0
    _room: int = MOST_BYTES_OF_CALLS

    def note(self, operation: str, sent: bytes, status: int | None, answer: bytes) -> None:
        """Add a modern call, cut to what there is room for."""
        if len(self.calls) >= MOST_CALLS:
            self.left_out += 1
            return
        sent = sent[: self._room]
        self._room -= len(sent)
        answer = answer[: self._room]
        self._room -= len(answer)
        self.calls.append(ModernCall(operation, sent, status, answer))
