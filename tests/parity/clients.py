"""One way to call the 2017-01-17 API, whichever of its real clients does it."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

Call = Callable[..., dict[str, Any]]


class RefusedError(Exception):
    """The service refused: TurkErrorCode (None where the client does not show it) and the message."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def through_boto3(client) -> Call:
    """Calls by a boto3 client."""

    def call(operation, **given):
        try:
            answer = getattr(client, xform_name(operation))(**given)
        except ClientError as error:
            raise RefusedError(error.response.get("TurkErrorCode"), error.response["Error"]["Message"]) from error
        answer.pop("ResponseMetadata")
        return answer

    return call


def through(process: subprocess.Popen) -> Call:
    """Calls by a process that reads them as JSON, one a line."""

    def call(operation, **given):
        process.stdin.write(json.dumps([operation, given]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, f"the client ended while it made {operation}"
        answer = json.loads(line)
        if "error" in answer:
            raise RefusedError(answer["error"]["code"], answer["error"]["message"])
        return answer["output"]

    return call


def moment(value: Any) -> float:
    """Epoch seconds of a time, however the client spells it."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(re.sub("Z$", "+00:00", value))
    return value.timestamp() if isinstance(value, dt.datetime) else float(value)


def refusal(call: Call, operation: str, code: str, **given: Any) -> str:
    """The message with which a call is refused; its TurkErrorCode must be this one where the client shows it."""
    with pytest.raises(RefusedError) as caught:
        call(operation, **given)
    assert caught.value.code in {None, code}, caught.value
    return caught.value.message
