"""The page that explains a legacy call that somebody pastes; nothing is sent, nothing is written, and the text is not kept."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from adapter.legacy.explain.explanation import Explanation, explain
from adapter.legacy.explain.pasted import NothingFoundError
from adapter.marketplace.model import path as model_path
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import post, render

#: The most that a form with a call brings: a HIT's question of 64 KB, escaped.
MOST_BYTES = 512 * 1024
PATH = "/console/explain"


def add_views(console: Blueprint, desk: Desk) -> None:
    """The form, and what it answers."""

    @console.get(PATH)
    def paste() -> Response:
        return _page()

    @console.post(PATH)
    @post
    def explained() -> Response:
        try:
            found = explain(request.form.get("text", ""), desk.settings, model_path(), store=desk.store)
        except NothingFoundError as error:
            return _page(400, problem=str(error))
        return _page(found=found)


def _page(status: int = 200, found: Explanation | None = None, problem: str = "") -> Response:
    return render("explain.html", status, found=found, problem=problem, written=_written)


def _written(value: Any) -> str:
    """A value as people read it: what has parts as JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)
