"""Our copy of the API model of 2017-01-17, laid out for botocore's loader."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

SERVICE = "mturk"
API_VERSION = "2017-01-17"


def path() -> Path:
    """The folder to put on the search path of a botocore Loader."""
    return Path(__file__).parent


@functools.cache
def service() -> dict[str, Any]:
    """The service description: operations and shapes."""
    text = (path() / SERVICE / API_VERSION / "service-2.json").read_text(encoding="utf-8")
    description: dict[str, Any] = json.loads(text)
    return description
