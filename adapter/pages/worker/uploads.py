"""A file for a QuestionForm, sent before the form is: so that its progress shows, and what fails takes nothing else along."""

from __future__ import annotations

from flask import Blueprint, Response, request

from adapter.core.settings import Settings
from adapter.marketplace.domain.assignment_lifecycle import question_of
from adapter.marketplace.domain.uploads import store_upload
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions.documents import FileUpload, FormQuestion
from adapter.marketplace.questions.submission import line_ends
from adapter.marketplace.store.hits import Hit
from adapter.pages.frame import FOREIGN_FORM, FORM_KEY, the_store
from adapter.pages.worker.answer_keys import fits
from adapter.pages.worker.work import named_task

#: Where uploads.js sends one file for the question in its address; the form finds it there.
UPLOAD = "/mturk/upload"


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The way in for single files. It answers with nothing, or a sentence in plain text for the page to show."""

    @site.post(UPLOAD)
    def upload() -> Response:
        task = named_task()
        if task is not None and not fits(task.row, request.form.get(FORM_KEY, "")):
            return _said(403, FOREIGN_FORM)
        asked = None if task is None else _asked(task.hit, request.args.get("question", ""))
        file = request.files.get("file")
        if task is None or asked is None or not isinstance(asked.answer, FileUpload) or file is None:
            return _said(404, "There is no question here that this file could answer.")
        try:
            store_upload(
                the_store(),
                task.row.worker_id,
                task.row.assignment_id,
                asked.identifier,
                file.filename or "",
                file.content_type or "",
                file.stream,
                asked.answer.max_bytes,
            )
        except WorkerError as error:
            return _said(409 if error.code.endswith("InvalidAssignmentState") else 422, error.message)
        return Response(status=204, headers={"Cache-Control": "no-store"})


def _asked(hit: Hit, identifier: str) -> FormQuestion | None:
    """The question of a HIT with this identifier."""
    questions = question_of(hit.question).questions
    return next((each for each in questions if line_ends(each.identifier) == line_ends(identifier)), None)


def _said(status: int, sentence: str) -> Response:
    return Response(sentence, status, {"Cache-Control": "no-store"}, content_type="text/plain; charset=UTF-8")
