"""The last calls, and one of them opened up: what was sent, how it was understood, what was called, what went back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request
from lxml import etree

from adapter.core.database import Store
from adapter.core.errors import LegacyError
from adapter.core.safe_xml import XmlError
from adapter.core.safe_xml import parse as parse_xml
from adapter.core.store import accounts
from adapter.legacy.explain.translation import plain
from adapter.legacy.operations import registry
from adapter.legacy.protocol.binding import bind
from adapter.legacy.store import kept_calls
from adapter.legacy.usage import keeps_calls
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import asked_for, render

#: Calls on one page.
ROWS = 50
_FILTERS = ("account", "operation", "outcome", "id")
_MOST_CHARACTERS = 200
_MOST_ELEMENTS = 20_000


def add_views(console: Blueprint, desk: Desk) -> None:
    """The list of calls, and the page of one."""

    @console.get("/console/calls")
    def calls() -> Response:
        asked = {name: asked_for(name) for name in _FILTERS}
        store = desk.store
        rows = kept_calls.listed(
            store,
            ROWS + 1,
            account_id=asked["account"],
            operation=asked["operation"],
            outcome=asked["outcome"],
            text=asked["id"],
            before=_place(request.args.get("before", "")),
        )
        given = {name: value for name, value in asked.items() if value}
        older = ""
        if len(rows) > ROWS:
            last = rows[ROWS - 1]
            older = "/console/calls?" + urlencode({**given, "before": f"{last.happened_at}.{last.call_id}"})
        return render(
            "calls.html",
            rows=rows[:ROWS],
            older=older,
            asked=asked,
            filtered=bool(given),
            names=_names(desk.store),
            operations=sorted(registry.OPERATIONS),
            keeps=keeps_calls(store.settings),
            most=store.settings.console_calls,
            days=store.settings.console_days,
        )

    @console.get("/console/calls/<call_id>")
    def call(call_id: str) -> Response:
        row = kept_calls.found(desk.store, call_id[:_MOST_CHARACTERS].replace("\x00", ""))
        if row is None:
            abort(404)
        details = row.details
        return render(
            "call.html",
            row=row,
            details=details,
            name=_names(desk.store).get(row.account_id, ""),
            requests=[_request(row.operation, each) for each in details["requests"] or ()],
            modern=[
                {**each, "sent": _json(each["sent"]), "answer": _json(each["answer"])} for each in details["calls"]
            ],
            answer=_xml(details["answer"], whole=details["answer_bytes"] == len(details["answer"].encode())),
        )


def _names(store: Store) -> dict[str, str]:
    """The names of accounts by their ids."""
    return {each.account_id: each.name for each in accounts.list_keys(store)}


def _place(text: str) -> tuple[int, str] | None:
    at, _, call_id = text.partition(".")
    return (int(at), call_id[:_MOST_CHARACTERS]) if at.isascii() and at.isdigit() and len(at) <= 15 else None


def _request(operation: str, tree: Any) -> dict[str, Any]:
    """One Request: its members as they came, and the arguments that the operation got, or why it got none."""
    found = registry.OPERATIONS.get(operation)
    bound, refusal = [], ""
    try:
        arguments = bind(found.function, tree) if found else {}
        bound = [(name, _shown(value)) for name, value in arguments.items() if value is not None]
    except LegacyError as error:
        refusal = f"{error.code}: {error.message}"
    return {"sent": json.dumps(tree, indent=2, ensure_ascii=False), "bound": bound, "refusal": refusal}


def _shown(value: Any) -> str:
    found = plain(value)
    return found if isinstance(found, str) else json.dumps(found, indent=2, ensure_ascii=False)


def _json(text: str) -> str:
    """JSON with line breaks; what is no whole JSON as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _xml(text: str, *, whole: bool) -> str:
    """XML with line breaks; what was cut, or is none, as it is."""
    if not whole:
        return text
    try:
        root = parse_xml(text.encode(), _MOST_ELEMENTS)
    except XmlError:
        return text
    etree.indent(root)
    return str(etree.tostring(root, encoding="unicode"))
