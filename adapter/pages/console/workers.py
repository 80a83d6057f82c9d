"""The workers of the embedded marketplace: the newest, and those of a name or id."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import WORKERS, asked_for, render
from adapter.pages.store.worker_search import find_workers

#: Workers on the page.
ROWS = 100


def add_views(console: Blueprint, desk: Desk) -> None:
    """The list."""

    @console.get(WORKERS)
    def workers() -> Response:
        if not desk.settings.embedded:
            abort(404)
        asked = asked_for("name")
        return render("workers.html", asked=asked, rows=find_workers(desk.store, asked, ROWS), most=ROWS)
