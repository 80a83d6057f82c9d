"""An upstream that is asked and does nothing: it notes each call, and answers those alone that answer nothing."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapter.core.settings import Settings
from adapter.upstream.base import Caller, Client, Row, boto3_client

#: Nothing listens there; botocore wants an address.
URL = "http://nowhere.invalid"


@dataclass(frozen=True)
class Recorded:
    """A call that was to be made: by boto3's name and arguments, and by the API's name and JSON."""

    method: str
    arguments: dict[str, Any]
    operation: str
    json: dict[str, Any]


class AnswerNeeded(BaseException):
    """How a caller goes on depends on what it would be answered; the message says by what.

    It is no Exception, because nothing that handles errors may take it for one.
    """


class RecordingUpstream:
    """Takes the place of the upstream that the settings name; `calls` are those that were to be made."""

    sorts = False

    def __init__(self, settings: Settings, model_path: Path) -> None:
        self.settings = settings
        self.calls: list[Recorded] = []
        self.events_queue_url: str | None = None if settings.embedded else settings.events_queue_url
        self._model_path = model_path

    @functools.cached_property
    def boto3_client(self) -> Any:
        """The client of all callers; it checks arguments by the API model."""
        return boto3_client(URL, "us-east-1", self._model_path, self._send, validate=True)

    def client(self, caller: Caller) -> Client:
        """The boto3 client, its calls noted."""
        return _NotedClient(self.boto3_client, caller)

    def sorted_page(self, *_: object, **__: object) -> tuple[list[Row], int] | None:
        """None, so that a list is asked for as of any other endpoint."""
        return None

    def statistic(self, *_: object) -> list[tuple[int, Any]] | None:
        """None from what stands for an endpoint elsewhere. Raises AnswerNeeded where the marketplace's own record is read."""
        if self.settings.embedded:
            raise AnswerNeeded("the marketplace's own record of statistics")
        return None

    def _send(self, caller: Caller, model: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        if not isinstance(caller, _NotedCaller):
            raise TypeError("a call past the client of this upstream")
        self.calls.append(Recorded(caller.method, caller.arguments, model.name, json.loads(body)))
        if model.output_shape is not None and model.output_shape.members:
            raise AnswerNeeded(model.name)
        return 200, {"ResponseMetadata": {"HTTPStatusCode": 200, "RequestId": ""}}


@dataclass(frozen=True)
class _NotedCaller(Caller):
    method: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


class _NotedClient(Client):
    def __getattr__(self, method: str) -> Callable[..., Any]:
        """A method of boto3's client, its name and arguments in the caller."""

        def send(**arguments: Any) -> Any:
            of = self._caller
            noted = _NotedCaller(of.key, of.outcome, of.repeat, method=method, arguments=arguments)
            return getattr(Client(self._client, noted), method)(**arguments)

        return send
