"""The upstream inside this process: the marketplace, called as a function."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapter.upstream.base import Caller, Client, Row, boto3_client, note, read_answer, write_down

#: Nothing listens there; botocore wants an address.
URL = "http://marketplace.invalid"


class EmbeddedUpstream:
    """Hands calls to the marketplace without signing, HTTP, or a second check of the arguments."""

    events_queue_url: str | None = None
    sorts = True

    def __init__(
        self,
        model_path: Path,
        answer: Callable[[str, str, bytes], tuple[int, bytes]],
        sorted_page: Callable[..., tuple[list[Row], int] | None],
        statistic: Callable[[str, str, str, int, str | None], list[tuple[int, Any]]],
    ) -> None:
        """`answer` is the marketplace: (account, operation, JSON) -> HTTP status and JSON.

        `sorted_page` and `statistic` are its own ways to what the modern API cannot say; see Upstream.
        """
        self.answer = answer
        self.sorted_page = sorted_page
        self.statistic = statistic
        self._model_path = model_path

    @functools.cached_property
    def boto3_client(self) -> Any:
        """The client of all callers."""
        return boto3_client(URL, "us-east-1", self._model_path, self._send, validate=False)

    def client(self, caller: Caller) -> Client:
        """The boto3 client, its calls made for this caller."""
        return Client(self.boto3_client, caller)

    def _send(self, caller: Caller, model: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        """Run an operation; once more where it is not known whether it took effect and a repeat is safe."""
        status, parsed = self._try(caller, model, body)
        return self._try(caller, model, body) if caller.repeat and status >= 500 else (status, parsed)

    def _try(self, caller: Caller, model: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        answered, content = self.answer(caller.key.account_id, model.name, body)
        write_down(caller, model.name, body, answered, content)
        status, parsed = read_answer(model, answered, content)
        note(caller, model.name, status, parsed)
        return status, parsed
