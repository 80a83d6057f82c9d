"""Finding HITs."""

from __future__ import annotations

from flask import Blueprint, Response

from adapter.marketplace.site.pages import render
from adapter.settings import Settings


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages of HITs."""

    @site.get("/mturk/findhits")
    def find_hits() -> Response:
        return render("find_hits.html", groups=[])
