"""The worker pages of the embedded marketplace, on which people find, do and submit HITs."""

from __future__ import annotations

from flask import Blueprint, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from adapter.core import urlencoded
from adapter.core.database import Store, UnavailableError
from adapter.core.observability import Record, request_id
from adapter.core.settings import Settings
from adapter.pages import frame, static_files
from adapter.pages.content import frames
from adapter.pages.worker import (
    account,
    accounts,
    dashboard,
    earnings,
    external_submit,
    forgotten,
    hiding,
    hits,
    kept_answers,
    messages,
    old_links,
    qualifications,
    uploads,
    work,
)

_READ_AT_ONCE = 128 * 1024
#: Bytes of the headers of one part of a form.
_PART_HEADER_BYTES = 8 * 1024
#: The most that anybody has to send who is not signed in, by the forms for signing up and in; also of any query.
STRANGERS_BYTES = 32 * 1024


def blueprint(settings: Settings, store: Store) -> Blueprint:
    """All worker pages, below /mturk/; see docs/workers.md. Each module adds its own views."""
    site = Blueprint("site", __name__)
    site.record_once(lambda state: state.app.extensions.update(worker_site=store))
    modules = (
        accounts,
        account,
        forgotten,
        hits,
        hiding,
        work,
        uploads,
        frames,
        external_submit,
        qualifications,
        dashboard,
        earnings,
        messages,
        static_files,
        old_links,
    )
    for module in modules:
        module.add_views(site, settings)

    @site.before_request
    def bound() -> None:
        g.record = Record(request_id(), protocol="PAGE", operation=str(request.url_rule))
        # what is larger is refused before it is read
        request.max_content_length = _most_bytes(settings)
        if len(request.query_string) > STRANGERS_BYTES and request.path not in kept_answers.EXTERNAL_SUBMIT:
            raise RequestEntityTooLarge
        # the parser of files reads so much at a time, and counts that too
        request.max_form_memory_size = max(settings.max_body, _READ_AT_ONCE)
        request.max_form_parts = settings.max_parameters
        # the parsers would take seconds for what no browser sends; what is read here is kept for them
        if request.mimetype == "application/x-www-form-urlencoded":
            try:
                urlencoded.split(request.get_data(), settings.max_parameters)
            except ValueError as error:
                raise RequestEntityTooLarge from error
        elif request.mimetype == "multipart/form-data" and request.max_content_length <= settings.max_body:
            boundary = b"--" + request.mimetype_params.get("boundary", "").encode("latin-1", "replace")
            _check_parts(request.get_data(), boundary, settings.max_parameters)

    site.register_error_handler(HTTPException, kept_answers.failed)
    site.register_error_handler(UnavailableError, kept_answers.failed)
    site.after_request(frame.finish)
    return site


def _most_bytes(settings: Settings) -> int:
    """The largest body that this request may have: only a QuestionForm comes with files, and only of accepted HITs.

    Those may come from somebody whose session has ended meanwhile.
    """
    if request.path in kept_answers.EXTERNAL_SUBMIT:
        return settings.max_body  # sandboxed frames send no cookie
    if request.method == "POST" and request.path in {kept_answers.SUBMIT, uploads.UPLOAD} and work.named_task():
        return settings.max_upload
    if request.method != "POST" or frame.current_worker() is None:
        return min(STRANGERS_BYTES, settings.max_body)
    return settings.max_body


def _check_parts(body: bytes, boundary: bytes, most: int) -> None:
    if body.count(boundary) > most + 1:
        raise RequestEntityTooLarge
    for part in body.split(boundary)[1:]:
        start = part[:_PART_HEADER_BYTES]
        if len(start) < len(part) and b"\r\n\r\n" not in start:
            raise RequestEntityTooLarge
