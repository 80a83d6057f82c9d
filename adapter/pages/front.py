"""What a browser sees that comes to the bare address, or to one where nothing is."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from adapter.core.settings import Settings
from adapter.pages import static_files
from adapter.pages.formats import templates

#: The pages need nothing from elsewhere, run no script and have no form.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_HOST_AND_PORT = re.compile(r"([^/]+):(\d{1,5})(?=/|$)")
_pages = templates("templates/front")


def harden(answer: Response) -> Response:
    """Let no page be framed or load anything from elsewhere, unless it has rules of its own."""
    if answer.mimetype == "text/html" and "Content-Security-Policy" not in answer.headers:
        answer.headers.extend(SECURITY_HEADERS)
    return answer


def blueprint() -> Blueprint:
    """The styles of these pages, which are there without the worker pages, too."""
    styles = Blueprint("front", __name__)
    contents = static_files.styles("site.css", "front.css")

    @styles.get("/static/<any('site.css','front.css'):name>")
    def style(name: str) -> Response:
        return static_files.answer_file(contents, name)

    return styles


def index_page(settings: Settings) -> str:
    """The page at `/` for a browser: what this is, who goes on where, and how an old client is pointed here."""
    address = (settings.site_url or request.url_root).rstrip("/")
    scheme, _, place = address.partition("://")
    found = _HOST_AND_PORT.match(place)
    return _page(
        "index.html",
        settings,
        address=address,
        name=found[1] if found else place,
        port=found[2] if found else 443 if scheme == "https" else 80,
        secure=scheme == "https",
        sign_up=settings.worker_sign_up == "open",
    )


def error_page(error: HTTPException, settings: Settings) -> str:
    """The page for a browser that asked for something that is not there."""
    return _page("error.html", settings, code=error.code or 500, name=error.name)


def _page(template: str, settings: Settings, **values: object) -> str:
    known = {"embedded": settings.embedded, "sandbox": settings.in_sandbox, "here": request.path}
    return _pages.get_template(template).render(**known, **values)
