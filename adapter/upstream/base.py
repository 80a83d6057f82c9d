"""What the gateway needs of an upstream, and the boto3 client through which every upstream is called."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import boto3
import botocore.session
import orjson
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from adapter.core import metrics
from adapter.core.errors import never_executed
from adapter.core.store.accounts import Key
from adapter.core.transcript import Transcript

Row = dict[str, Any]

#: The argument in which a call carries its Caller to this module; taken out before botocore looks at the arguments.
_CALLER = "Caller"
#: Operations whose answer may be empty although it has members.
_MAY_BE_EMPTY = {"NotifyWorkers"}


@dataclass
class WriteOutcome:
    """What the upstream calls made for one legacy call have changed: the ground on which a 503 is sent or not."""

    #: Something was changed for certain.
    happened: bool = False
    #: Something may have been changed: a write was sent and no answer tells what became of it.
    in_doubt: bool = False
    #: A write was turned away, but not in the API's own words: most likely nothing was done.
    unexplained: bool = False

    def settle(self) -> None:
        """The state was read: what was in doubt did not happen."""
        self.in_doubt = False

    @property
    def possible(self) -> bool:
        """Whether something was changed, or may have been."""
        return self.happened or self.in_doubt

    @property
    def keeps_token(self) -> bool:
        """Whether a repeat of the call has to carry the same token, since not even the upstream said that it did nothing."""
        return self.possible or self.unexplained


@dataclass(frozen=True)
class Caller:
    """For whom an upstream call is made, where its outcome is noted, and whether it may be sent again by itself."""

    key: Key
    outcome: WriteOutcome = field(default_factory=WriteOutcome)
    repeat: bool = False
    #: Where each try is written down for people to look at.
    transcript: Transcript | None = None


class Upstream(Protocol):
    """A service of the 2017-01-17 API. There are two: EmbeddedUpstream and RemoteUpstream."""

    #: The SQS queue to which this upstream has to be told to report events, empty where there is none; None for one whose
    #: events are known here anyway.
    events_queue_url: str | None
    #: Whether sorted_page answers.
    sorts: bool

    @property
    def boto3_client(self) -> Any:
        """The client of all callers; made when it is first asked for, which takes a while."""

    def client(self, caller: Caller) -> Client:
        """The boto3 client, its calls made for this caller."""

    def sorted_page(
        self,
        account_id: str,
        method: str,
        arguments: dict[str, Any],
        sort: str,
        descending: bool,
        offset: int,
        limit: int,
        hidden: Collection[str] = (),
    ) -> tuple[list[Row], int] | None:
        """Rows `offset` to `offset + limit` of a sorted list and its total; None from an upstream that cannot sort."""

    def statistic(
        self, account_id: str, name: str, period: str, count: int, worker_id: str | None
    ) -> list[tuple[int, Any]] | None:
        """(day in epoch milliseconds, value) pairs; None from an upstream that keeps no statistics.

        Raises LegacyError for a statistic, period or count that there is not.
        """


class Client:
    """A boto3 client whose calls are made for one caller."""

    def __init__(self, client: Any, caller: Caller) -> None:
        self._client = client
        self._caller = caller

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """A method of boto3's client."""
        return functools.partial(getattr(self._client, method), **{_CALLER: self._caller})


#: (caller, botocore's model of the operation, JSON) -> HTTP status and the answer in botocore's form, see read_answer.
Send = Callable[[Caller, Any, bytes], tuple[int, dict[str, Any]]]


def boto3_client(url: str, region: str, model_path: Path, send: Send, *, validate: bool) -> Any:
    """A boto3 client that builds requests and raises errors as ever, and leaves what lies between to `send`.

    botocore's `before-call` event is where its own Stubber answers, too. `model_path` is searched for the API model after
    botocore's own data, so that the model is there when botocore stops shipping it; `validate` says whether botocore
    checks arguments by that model.
    """
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.append(str(model_path))
    # environment and ~/.aws must not change what the gateway does
    session.set_config_variable("config_file", "/dev/null")
    session.set_config_variable("credentials_file", "/dev/null")
    client = boto3.Session(botocore_session=session).client(
        "mturk",
        region_name=region,
        endpoint_url=url,
        config=Config(
            signature_version=UNSIGNED,
            parameter_validation=validate,
            ignore_configured_endpoint_urls=True,
            # computing the default costs a tenth of a small call
            user_agent="mturk-legacy-adapter",
        ),
    )

    def take_caller(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[_CALLER] = params.pop(_CALLER)

    def answer(
        model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any
    ) -> tuple[AWSResponse, dict[str, Any]]:
        body = params["body"]
        started, outcome = time.perf_counter(), "unreachable"
        try:
            status, parsed = send(context[_CALLER], model, body if isinstance(body, bytes) else body.encode())
            outcome = "ok" if status < 300 else "refused" if status < 500 else "failed"
        finally:
            metrics.count_upstream_call(model.name, outcome, time.perf_counter() - started)
        return AWSResponse(url, status, {}, None), parsed

    client.meta.events.register("provide-client-params.mturk", take_caller)
    client.meta.events.register("before-call.mturk", answer)
    return client


def reads(operation: str) -> bool:
    """Whether an operation changes nothing."""
    return operation.startswith(("Get", "List"))


def note(caller: Caller, operation: str, status: int, parsed: dict[str, Any]) -> None:
    """Note what an answered try may have changed."""
    if reads(operation):
        return
    if status < 300:
        caller.outcome.happened = True
    elif status >= 500 and not never_executed(parsed["Error"]["Code"]):
        caller.outcome.in_doubt = True
    elif parsed["Error"]["Code"] == "429":
        caller.outcome.unexplained = True


def write_down(caller: Caller, operation: str, sent: bytes, status: int | None, answer: bytes) -> None:
    """Keep a try for people to look at, where that is wanted; without a status it had no answer."""
    if caller.transcript is not None:
        caller.transcript.note(operation, sent, status, answer)


def read_answer(model: Any, status: int, content: bytes, request_id: str = "") -> tuple[int, dict[str, Any]]:
    """An answer in the form in which botocore's parser gives it, and its status.

    The members of a success stay as the JSON has them (times in epoch seconds), without those that are null. An error
    keeps TurkErrorCode and Parameter, which the parser would drop. Whatever is not the API's own answer, whoever on the
    way gave it, becomes a ServiceFault with status 500 or above: of a success botocore would report one with nothing in
    it, and an error page does not tell that nothing was done. Only HTTP 429 says that by itself.
    """
    metadata = {"HTTPStatusCode": status, "RequestId": request_id}
    found = _object(content)
    if status < 300 and found is not None and _has_members(model, found):
        return status, {**found, "ResponseMetadata": metadata}
    found = found or {}
    # `namespace#Type:address`, of which the type counts
    code = str(found.get("__type") or found.get("code") or "").rsplit("#", 1)[-1].split(":", 1)[0]
    if status < 300 or not (code or found.get("TurkErrorCode") or status == 429):
        metadata["HTTPStatusCode"] = status = max(status, 500)
        code, found = "ServiceFault", {"Message": "The upstream's answer could not be read."}
    message = str(found.get("Message") or found.get("message") or "")
    kept = {name: str(found[name]) for name in ("TurkErrorCode", "Parameter") if found.get(name)}
    return status, {"Error": {"Code": code or str(status), "Message": message}, **kept, "ResponseMetadata": metadata}


def _has_members(model: Any, found: dict[str, Any]) -> bool:
    members = model.output_shape.members if model.output_shape is not None else {}
    return (
        not members
        or model.name in _MAY_BE_EMPTY
        or any(_fits(members[name], found[name]) for name in members if name in found)
    )


def _fits(shape: Any, value: Any) -> bool:
    """Whether a member of a success is at all what it should be: an empty HIT is none."""
    if shape.type_name == "structure":
        return isinstance(value, dict) and bool(value)
    return isinstance(value, {"list": list, "string": str}.get(shape.type_name, object))


def _object(content: bytes) -> dict[str, Any] | None:
    """A JSON object without members that are null, also one that only the lenient reader takes; None for anything else.

    The lenient reader takes half a surrogate pair, as a text cut in two leaves it.
    """
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            return None
    if not isinstance(found, dict):
        return None
    cleaned: dict[str, Any] = _without_nulls(found) if b"null" in content else found
    return cleaned


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value if each is not None] if isinstance(value, list) else value
