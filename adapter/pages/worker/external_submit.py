"""The path externalSubmit: where the pages of requesters send what a worker did."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from adapter.core import urlencoded
from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions.submission import RESERVED
from adapter.marketplace.store import assignments
from adapter.pages.content.frames import PREVIEW, site_address
from adapter.pages.content.host import host_pattern
from adapter.pages.frame import current_worker, frame_page, the_store

#: Where turkSubmitTo leads with and without a slash at its end, and from a page that left out the leading one.
PATHS = ("/mturk/externalSubmit", "//mturk/externalSubmit", "/mturk/mturk/externalSubmit")

_PROBLEM = "There was a problem submitting your results for this HIT."


def add_views(site: Blueprint, settings: Settings) -> None:
    """The path externalSubmit, by POST and, as the documentation of 2008 has it, by GET."""
    content_host = host_pattern(settings)

    def view() -> Response:
        if content_host.fullmatch(request.host):
            # HTML that submits to the host that it is on
            query = request.query_string.decode("latin-1")
            there = site_address(settings) + PATHS[0] + ("?" + query if query else "")
            return Response("", 307, {"Location": there, "Cache-Control": "no-store"})
        return external_submit()

    for path in PATHS:
        site.add_url_rule(path, f"external_submit {path}", view, methods=["GET", "POST"], merge_slashes=False)


def external_submit() -> Response:
    """Store what was sent as the answers of the assignment that it names.

    No cookie is needed, as a sandboxed frame sends none: who knows the assignment's id may submit it, unless signed in
    as another worker. Of a file only its name counts, as for a form that does not send files.
    """
    fields = _fields()
    assignment_id = next((value for name, value in fields if name == "assignmentId" and value), "")
    if not assignment_id:
        return frame_page(400, f"{_PROBLEM} The page did not say which assignment it belongs to (assignmentId).")
    if assignment_id == PREVIEW:
        return frame_page(
            400, "This was a preview: nothing was stored. Accept the HIT first, then do it and submit it."
        )
    row = None
    if is_id(assignment_id):
        with the_store().read() as connection:
            row = assignments.find_assignment(connection, assignment_id)
    if row is None:
        return frame_page(404, f"{_PROBLEM} There is no such assignment.")
    worker = current_worker()
    if worker is not None and worker.worker_id != row.worker_id:
        return frame_page(403, f"{_PROBLEM} The assignment is another worker's.")
    if row.status in assignments.SHOWN:
        return _submitted_before(assignment_id)
    if not any(name and name not in RESERVED for name, _ in fields):
        return frame_page(400, f"{_PROBLEM} The page sent no answer.")
    try:
        assignment_lifecycle.submit_form(the_store(), row.worker_id, assignment_id, fields)
    except WorkerError as error:
        with the_store().read() as connection:
            row = assignments.find_assignment(connection, assignment_id)
        if row is not None and row.status in assignments.SHOWN:
            return _submitted_before(assignment_id)
        status = 409 if error.code.endswith("InvalidAssignmentState") else 400
        return frame_page(status, f"{_PROBLEM} {error.message}", assignment_id if status == 409 else "")
    return frame_page(200, "Your results have been submitted. Thank you.", assignment_id)


def _fields() -> list[tuple[str, str]]:
    """All names and values of the query and of the form. Raises RequestEntityTooLarge when they are too many."""
    most = request.max_form_parts or 0
    try:
        fields = _pairs(request.query_string, most)
        if request.mimetype == "application/x-www-form-urlencoded":
            return fields + _pairs(request.get_data(), most)
    except ValueError as error:
        raise RequestEntityTooLarge from error
    files = [(name, file.filename or "") for name, file in request.files.items(multi=True)]
    return [*fields, *request.form.items(multi=True), *files]


def _pairs(encoded: bytes, most: int) -> list[tuple[str, str]]:
    """The pairs of a query; old pages that do not say in which characters they are written mean Windows' by them."""
    return [(_text(name), _text(value)) for name, value in urlencoded.split(encoded, most)]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("windows-1252", "replace")


def _submitted_before(assignment_id: str) -> Response:
    return frame_page(409, "You have submitted this HIT already. What you sent first is kept.", assignment_id)
