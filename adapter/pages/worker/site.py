"""The worker pages of the embedded marketplace, on which people find, do and submit HITs."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from adapter.core.database import Store, UnavailableError
from adapter.core.observability import Record, request_id
from adapter.core.settings import Settings
from adapter.pages import frame, static_files
from adapter.pages.content import frames
from adapter.pages.worker import accounts, dashboard, external_submit, hits, old_links, qualifications, work

_READ_AT_ONCE = 128 * 1024


def blueprint(settings: Settings, store: Store) -> Blueprint:
    """All worker pages, below /mturk/; see docs/workers.md. Each module adds its own views."""
    site = Blueprint("site", __name__)
    site.record_once(lambda state: state.app.extensions.update(worker_site=store))
    for module in (accounts, hits, work, frames, external_submit, qualifications, dashboard, static_files, old_links):
        module.add_views(site, settings)

    @site.before_request
    def bound() -> None:
        g.record = Record(request_id(), protocol="PAGE", operation=str(request.url_rule))
        # what is larger is refused before it is read; only a QuestionForm comes with files, and only from a worker
        with_files = request.path == work.SUBMIT and frame.current_worker() is not None
        request.max_content_length = settings.max_upload if with_files else settings.max_body
        # the parser of files reads so much at a time, and counts that too
        request.max_form_memory_size = max(settings.max_body, _READ_AT_ONCE)
        request.max_form_parts = settings.max_parameters
        # many fields cost more than large ones; what is read here is kept for the view
        encoded = request.mimetype == "application/x-www-form-urlencoded"
        if encoded and request.get_data().count(b"&") >= settings.max_parameters:
            raise RequestEntityTooLarge

    @site.after_request
    def account(answer: Response) -> Response:
        if "record" in g:
            g.record.finish(answer.status_code)
        return answer

    site.register_error_handler(HTTPException, frame.failed)
    site.register_error_handler(UnavailableError, frame.failed)
    site.after_request(frame.bind_visitor)
    return site
