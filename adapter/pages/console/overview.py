"""The first page of the console."""

from __future__ import annotations

from flask import Blueprint, Response

from adapter.core.settings import Settings
from adapter.pages.console.frame import HOME, render


def add_views(console: Blueprint, _settings: Settings) -> None:
    """The first page."""

    @console.get(HOME)
    @console.get(HOME + "/")
    def overview() -> Response:
        return render("overview.html")
