"""Answers that could not be stored: the page that says so holds them, to be sent again or copied."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from adapter.core import urlencoded
from adapter.pages import frame

#: Where a QuestionForm is sent, with files.
SUBMIT = "/mturk/submit"
#: Where turkSubmitTo leads with and without a slash at its end, from a page that left out the leading one, and with one too many.
EXTERNAL_SUBMIT = (
    "/mturk/externalSubmit",
    "//mturk/externalSubmit",
    "/mturk/mturk/externalSubmit",
    "/mturk/externalSubmit/",
)

Fields = list[tuple[str, str]]


def kept_page(status: int, message: str, fields: Fields, *, again: bool) -> Response:
    """The fields of a QuestionForm under a sentence on what is wrong; `again` says whether sending them again can help."""
    return frame.render("kept.html", status, message=message, fields=fields, again=frame.here() if again else "")


def kept_frame(status: int, message: str, fields: Fields, assignment_id: str = "", *, again: bool = False) -> Response:
    """The same for a page in a frame."""
    where = EXTERNAL_SUBMIT[0] if again else ""
    return frame.frame_page(status, message, assignment_id, fields=fields, again=where)


def failed(error: Exception) -> Response:
    """The page for a request that cannot be served; when an answer was in it, the page holds the answer."""
    answer = frame.failed(error)
    if answer.status_code < 500 or request.path not in ((SUBMIT, *EXTERNAL_SUBMIT)):
        return answer
    # the database may have failed before the bounds were set
    settings = frame.the_store().settings
    request.max_content_length, request.max_form_parts = settings.max_body, settings.max_parameters
    framed = request.path in EXTERNAL_SUBMIT
    try:
        fields = sent_fields() if framed else list(request.form.items(multi=True))
    except HTTPException:
        return answer
    message = "This site cannot store your answer just now. It is still here: send it again in a moment."
    page = kept_frame if framed else kept_page
    kept = page(answer.status_code, message, fields, again=True)
    kept.headers["Retry-After"] = "5"
    return kept


def sent_fields() -> Fields:
    """All names and values of the query and of the form, of a file its name.

    Raises RequestEntityTooLarge when they are too many.
    """
    most = request.max_form_parts or 0
    try:
        fields = _pairs(request.query_string, most)
        if request.mimetype == "application/x-www-form-urlencoded":
            return fields + _pairs(request.get_data(), most)
    except ValueError as error:
        raise RequestEntityTooLarge from error
    files = [(name, file.filename or "") for name, file in request.files.items(multi=True)]
    return [*fields, *request.form.items(multi=True), *files]


def _pairs(encoded: bytes, most: int) -> Fields:
    """The pairs of a query; old pages that do not say in which characters they are written mean Windows' by them."""
    return [(_text(name), _text(value)) for name, value in urlencoded.split(encoded, most)]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("windows-1252", "replace")
