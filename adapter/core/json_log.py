"""The log for programs: an object in each line."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime


class JsonFormatter(logging.Formatter):
    """Makes an object in one line of whatever is logged; the values of a call and an exception are members of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        args = record.args if isinstance(record.args, Mapping) else None
        values = {
            "event": record.getMessage() if args is None else "call",
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            **(args or {}),
        }
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        return json.dumps(values, default=repr)
