"""The few files that the worker pages and the pages of requesters load: styles and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from flask import Blueprint, Response

from adapter.core.settings import Settings
from adapter.pages.content import crowd_elements

_TYPES = {"css": "text/css; charset=UTF-8", "js": "text/javascript; charset=UTF-8"}


def add_views(site: Blueprint, _settings: Settings) -> None:
    """Each file below /mturk/static/; scripts are also for the sandboxed frames of HTMLQuestions."""
    folders = [resources.files("adapter.pages").joinpath(name) for name in ("static", "content/static")]
    contents = {each.name: each.read_bytes() for folder in folders for each in folder.iterdir()}
    contents |= dict.fromkeys(crowd_elements.SCRIPTS, crowd_elements.script().encode())

    @site.get("/mturk/static/<name>")
    def static(name: str) -> Response:
        return answer_file(contents, name)


def styles(*names: str) -> dict[str, bytes]:
    """Styles of our pages by their names."""
    folder = resources.files("adapter.pages").joinpath("static")
    return {name: folder.joinpath(name).read_bytes() for name in names}


def answer_file(contents: Mapping[str, bytes], name: str) -> Response:
    """One of these files, or 404."""
    if name not in contents:
        return Response("There is no such file.\n", 404, content_type="text/plain; charset=UTF-8")
    answer = Response(contents[name], content_type=_TYPES[name.rpartition(".")[2]])
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
