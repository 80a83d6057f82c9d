"""The path externalSubmit: where the pages of requesters send what a worker did."""

from __future__ import annotations

from flask import Blueprint, Response, request

from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions.submission import RESERVED
from adapter.marketplace.store import assignments
from adapter.pages.content.frames import PREVIEW, site_address
from adapter.pages.content.host import host_pattern
from adapter.pages.frame import current_worker, frame_page, the_store
from adapter.pages.worker import next_hit
from adapter.pages.worker.kept_answers import EXTERNAL_SUBMIT, Fields, kept_frame, sent_fields

_PROBLEM = "There was a problem submitting your results for this HIT."
_ANOTHER = (
    "The assignment is another worker's: you are signed in under a different name. Sign in as the worker who accepted "
    "it, in another tab, and send it again from here."
)


def add_views(site: Blueprint, settings: Settings) -> None:
    """The path externalSubmit, by POST and, as the documentation of 2008 has it, by GET."""
    content_host = host_pattern(settings)

    def view() -> Response:
        if content_host.fullmatch(request.host):
            # HTML that submits to the host that it is on
            query = request.query_string.decode("latin-1")
            there = site_address() + EXTERNAL_SUBMIT[0] + ("?" + query if query else "")
            return Response("", 307, {"Location": there, "Cache-Control": "no-store"})
        return external_submit()

    for path in EXTERNAL_SUBMIT:
        site.add_url_rule(path, f"external_submit {path}", view, methods=["GET", "POST"], merge_slashes=False)


def external_submit() -> Response:
    """Store what was sent as the answers of the assignment that it names.

    No cookie is needed, as a sandboxed frame sends none: who knows the assignment's id may submit it, unless signed in
    as another worker. Of a file only its name counts, as for a form that does not send files.
    """
    fields = sent_fields()
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
        return kept_frame(403, f"{_PROBLEM} {_ANOTHER}", fields, again=True)
    if row.status in assignments.SHOWN:
        return _submitted_before(assignment_id, fields)
    if not any(name and name not in RESERVED for name, _ in fields):
        return frame_page(400, f"{_PROBLEM} The page sent no answer.")
    try:
        assignment_lifecycle.submit_form(the_store(), row.worker_id, assignment_id, fields)
    except WorkerError as error:
        with the_store().read() as connection:
            row = assignments.find_assignment(connection, assignment_id)
        if row is not None and row.status in assignments.SHOWN:
            return _submitted_before(assignment_id, fields)
        status = 409 if error.code.endswith("InvalidAssignmentState") else 400
        return kept_frame(status, f"{_PROBLEM} {error.message}", fields, assignment_id if status == 409 else "")
    next_hit.take_automatically(row)
    return frame_page(200, "Your results have been submitted. Thank you.", assignment_id)


def _submitted_before(assignment_id: str, fields: Fields) -> Response:
    return kept_frame(409, "You have submitted this HIT already. What you sent first is kept.", fields, assignment_id)
