"""Where a local FileUploadURL leads: the file that a worker uploaded, sent for keeping, never shown in place."""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_file

from adapter.core.database import Store
from adapter.marketplace.domain.uploads import PATH, open_upload

#: What a stranger uploaded must not run as a page of this site.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


def blueprint(store: Store) -> Blueprint:
    """GET and HEAD below /uploads/; 404 for a URL that is wrong, older than 60 seconds, or whose file is gone."""
    files = Blueprint("uploads", __name__)

    @files.get(PATH + "<token>")
    def download(token: str) -> Response:
        found = open_upload(store, token)
        if found is None:
            abort(404)
        answer = send_file(
            found.content, mimetype=found.content_type, as_attachment=True, download_name=found.file_name
        )
        answer.content_length = found.size
        answer.headers.update(_HEADERS)
        return answer

    return files
