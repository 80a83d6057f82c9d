"""What a browser sees that comes to the bare address, or to one where nothing is."""

from __future__ import annotations

from flask import Response, request
from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.exceptions import HTTPException

from adapter.core.settings import Settings

#: The pages need nothing from elsewhere and run no script.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_pages = Environment(
    loader=PackageLoader("adapter.pages", "templates/front"), autoescape=True, undefined=StrictUndefined
)


def harden(answer: Response) -> Response:
    """Let no page be framed or load anything from elsewhere, unless it has rules of its own."""
    if answer.mimetype == "text/html" and "Content-Security-Policy" not in answer.headers:
        answer.headers.extend(SECURITY_HEADERS)
    return answer


def index_page(settings: Settings) -> str:
    """The page at `/` for a browser: what answers here, and how an old client is pointed to it."""
    address = (settings.site_url or request.url_root).rstrip("/")
    return _pages.get_template("index.html").render(
        address=address,
        host=request.host,
        secure=request.is_secure,
        embedded=settings.embedded,
        sandbox=settings.in_sandbox,
    )


def error_page(error: HTTPException) -> str:
    """The page for a browser that asked for something that is not there."""
    return _pages.get_template("error.html").render(code=error.code or 500, name=error.name)
