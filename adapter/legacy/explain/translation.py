"""The modern calls that one Request becomes, by the gateway's own translation, and the same as Python code."""

from __future__ import annotations

import contextlib
import dataclasses
import pprint
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

from adapter.core.database import Store, open_store
from adapter.core.errors import LegacyError
from adapter.core.observability import Record, request_id
from adapter.core.settings import Settings
from adapter.core.store.accounts import Key
from adapter.legacy.call import Call, error_of
from adapter.legacy.operations.registry import Operation
from adapter.upstream.recording import AnswerNeeded, Recorded, RecordingUpstream

#: In whose name the operation runs: an account that does not exist, so that nothing of a real one is read or changed.
_NOBODY = Key("EXPLAINED", "EXPLAINED", "")


def run(
    found: Operation,
    version: str,
    arguments: dict[str, Any],
    groups: list[str],
    store: Store,
    upstream: RecordingUpstream,
) -> tuple[str, LegacyError | None]:
    """Run an operation with an upstream that records calls and answers none, and a store that is thrown away.

    Gives by what answer the gateway would go on (empty where it asks for nothing more), and the error that it would give.
    """
    answered, record = found.answered_groups(groups), Record(request_id())
    call = Call(_NOBODY, version, answered, upstream.settings, store, upstream, record, record.request_id)
    try:
        found.function(call, **arguments)
    except AnswerNeeded as needed:
        return str(needed), None
    except Exception as error:  # noqa: BLE001 - as in the gateway, whatever it is becomes the caller's error
        return "", error_of(error, record.request_id, call.outcome)
    return "", None


@contextlib.contextmanager
def empty_store() -> Iterator[Store]:
    """A database of its own, for what operations note of their calls."""
    with tempfile.TemporaryDirectory(prefix="adapter-explain-") as folder:
        store = open_store(Settings(data=Path(folder), sqlite_synchronous="NORMAL"))
        try:
            store.migrate()
            yield store
        finally:
            store.close()


def as_code(calls: list[Recorded]) -> str:
    """Python code that makes these calls by boto3 alone."""
    if not calls:
        return ""
    lines = []
    for each in calls:
        arguments = "".join(f"    {name}={_literal(value)},\n" for name, value in each.arguments.items())
        lines += [f"answer = mturk.{each.method}(", f"\n{arguments}" if arguments else "", ")\n"]
        if "MaxResults" in each.arguments:
            lines.append("# the next ones are asked for with NextToken=answer['NextToken'], while there is one\n")
    imports = "import datetime\n\n" if any("datetime." in line for line in lines) else ""
    return f'{imports}import boto3\n\nmturk = boto3.client("mturk", region_name="us-east-1")\n\n{"".join(lines)}'


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return repr(value)
    return indent(pprint.pformat(value, width=100, sort_dicts=False), "    ").lstrip()


def plain(value: Any) -> Any:
    """A bound argument as JSON has it: structures as objects, amounts as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = ((each.name, getattr(value, each.name)) for each in dataclasses.fields(value))
        return {name: plain(each) for name, each in members if each is not None}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value if isinstance(value, (bool, int)) or value is None else str(value)
