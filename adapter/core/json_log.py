"""The log for programs: an object in each line."""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog


def json_formatter() -> logging.Formatter:
    """Makes an object in one line of whatever is logged; the values of a call and an exception are members of it."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.format_exc_info,
            _name_values,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        pass_foreign_args=True,
    )


def _name_values(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["pid"] = event["_record"].process
    values = event.pop("positional_args")
    if isinstance(values, Mapping):
        event.update({"event": "call", **values})
    return event
