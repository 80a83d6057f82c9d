"""The console at /console: its pages, and that only operators see them."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from adapter.core.database import UnavailableError
from adapter.core.observability import Record, request_id
from adapter.pages import static_files
from adapter.pages.console import (
    accounts,
    calls,
    deliveries,
    explain,
    frame,
    installation,
    overview,
    sign_in,
    single_sign_on,
    workers,
)
from adapter.pages.console.desk import Desk
from adapter.pages.frame import finish
from adapter.pages.store.people import OPERATOR

#: The most that a form of the console sends, and its fields; also of any query.
MOST_BYTES, MOST_FIELDS = 32 * 1024, 100


def blueprint(desk: Desk) -> Blueprint:
    """All pages of the console of one world; see docs/console.md. Each module adds its own views."""
    frame.check_settings(desk.settings)
    console = Blueprint("console", __name__)
    console.record_once(lambda state: state.app.extensions.update(console=desk.store))
    styles = static_files.styles("site.css", "console.css")
    for module in (sign_in, single_sign_on, overview, calls, explain, deliveries, accounts, workers, installation):
        module.add_views(console, desk)

    @console.get("/console/static/<name>")
    def styles_of(name: str) -> Response:
        return static_files.answer_file(styles, name)

    @console.route("/console/<path:rest>", methods=["GET", "POST"])
    def nothing(rest: str) -> Response:  # noqa: ARG001 (the path of the rule)
        abort(404)

    @console.before_request
    def operators_only() -> Response | None:
        g.record = Record(request_id(), protocol="PAGE", operation=str(request.url_rule))
        if len(request.query_string) > MOST_BYTES:
            raise RequestEntityTooLarge
        most = explain.MOST_BYTES if request.path == explain.PATH else MOST_BYTES
        request.max_content_length = request.max_form_memory_size = most
        request.max_form_parts = MOST_FIELDS
        if request.endpoint in {
            f"console.{name}" for name in (*sign_in.OPEN, *single_sign_on.OPEN, styles_of.__name__)
        }:
            return None
        person = frame.current_person()
        return None if person is not None and person.role == OPERATOR else frame.ask_to_sign_in()

    console.register_error_handler(HTTPException, frame.failed)
    console.register_error_handler(UnavailableError, frame.failed)
    console.after_request(finish)
    return console
