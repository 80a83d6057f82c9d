"""Accepted HITs: the worker's queue, doing one, returning it, submitting it, and what comes after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.uploads import store_upload
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions import FileUpload, Question, form_problems
from adapter.marketplace.store import assignments, open_groups
from adapter.marketplace.store.hits import Hit, find_hit
from adapter.marketplace.store.uploads import find_upload
from adapter.pages.content.frames import question_view
from adapter.pages.frame import FORM_KEY, go, post, refuse, render, signed_in, the_store
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.hits import MOST_IN_HAND

#: Where a QuestionForm is sent, with files.
SUBMIT = "/mturk/submit"

_NOT_YOURS = "You do not have this assignment."


@dataclass(frozen=True)
class Task:
    """An assignment of the worker with its HIT and its group; `over` when its time has passed."""

    row: Any
    hit: Hit
    group: Any
    now: int

    @property
    def over(self) -> bool:
        """Whether the assignment can no longer be submitted because of its deadline."""
        passed: bool = self.row.deadline_at <= self.now
        return self.row.status == "Abandoned" or (self.row.status == "Accepted" and passed)


def add_views(site: Blueprint, settings: Settings) -> None:
    """The pages from accepting a HIT on."""

    @site.get("/mturk/myhits")
    @signed_in
    def my_hits(worker: Worker) -> Response:
        now = clock.milliseconds()
        with the_store().read() as connection:
            rows = assignments.list_in_hand(connection, worker.worker_id, MOST_IN_HAND)
            held = [(row, find_hit(connection, None, row.hit_id)) for row in rows if row.deadline_at > now]
        return render("my_hits.html", held=held, now=now)

    @site.get("/mturk/continue")
    @signed_in
    def work(worker: Worker) -> Response:
        task = _task(worker, request.args.get("assignmentId", ""))
        if task.row.status != "Accepted" or task.over:
            return go(f"/mturk/submitted?assignmentId={task.row.assignment_id}")
        return _work_page(settings, task, worker)

    @site.post("/mturk/return")
    @post
    @signed_in
    def return_hit(worker: Worker) -> Response:
        task = _task(worker, request.form.get("assignmentId", ""))
        try:
            assignment_lifecycle.return_assignment(the_store(), worker.worker_id, task.row.assignment_id)
        except WorkerError as error:
            if task.row.status != "Returned":
                refuse(409, error.message)
        return go(f"/mturk/submitted?assignmentId={task.row.assignment_id}")

    @site.post(SUBMIT)
    @post
    @signed_in
    def submit(worker: Worker) -> Response:
        task = _task(worker, request.args.get("assignmentId", ""))
        after = f"/mturk/submitted?assignmentId={task.row.assignment_id}"
        if task.row.status != "Accepted" or task.over:
            return go(after)
        fields = list(request.form.items(multi=True))
        # the first of this name is the page's own; a question may have the same name
        fields.remove((FORM_KEY, request.form[FORM_KEY]))
        question = assignment_lifecycle.question_of(task.hit.question)
        fields, reasons = _with_files(worker, task.row.assignment_id, question, fields)
        if reasons:
            reasons = form_problems(question, fields) | reasons
        if not reasons:
            try:
                assignment_lifecycle.submit_form(the_store(), worker.worker_id, task.row.assignment_id, fields)
            except WorkerError as error:
                if error.code.endswith("InvalidAssignmentState"):
                    return go(after)
                reasons = error.reasons or {"": error.message}
            else:
                return go(after)
        return _work_page(settings, task, worker, 422, fields, reasons)

    @site.get("/mturk/submitted")
    @signed_in
    def submitted(worker: Worker) -> Response:
        task = _task(worker, request.args.get("assignmentId", ""))
        with the_store().read() as connection:
            more = open_groups.offered(connection, task.hit.hit_type_id, worker.worker_id, task.now)
        return render("submitted.html", task=task, more=bool(more))


def _task(worker: Worker, assignment_id: str) -> Task:
    """The worker's assignment; others, and unknown ones, are refused alike."""
    with the_store().read() as connection:
        row = assignments.find_assignment(connection, assignment_id) if is_id(assignment_id) else None
        hit = None if row is None or row.worker_id != worker.worker_id else find_hit(connection, None, row.hit_id)
        group = None if hit is None else open_groups.find_group(connection, hit.hit_type_id)
    if hit is None or group is None:
        refuse(404, _NOT_YOURS)
    return Task(row, hit, group, clock.milliseconds())


def _work_page(
    settings: Settings,
    task: Task,
    worker: Worker,
    status: int = 200,
    values: list[tuple[str, str]] | None = None,
    reasons: dict[str, str] | None = None,
) -> Response:
    view = question_view(settings, task.hit, task.row.assignment_id, worker.worker_id, values, reasons)
    return render("work.html", status, task=task, view=view)


def _with_files(
    worker: Worker, assignment_id: str, question: Question, fields: list[tuple[str, str]]
) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """The fields with keys and sizes of the files that came, or came with an earlier try; what is wrong with files."""
    reasons: dict[str, str] = {}
    for asked in question.questions:
        if not isinstance(asked.answer, FileUpload):
            continue
        names = {asked.identifier, f"{asked.identifier}.size"}
        fields = [(name, value) for name, value in fields if name not in names]
        file = request.files.get(asked.identifier)
        try:
            stored = _stored(worker, assignment_id, asked.identifier, file, asked.answer.max_bytes)
        except WorkerError as error:
            reasons[asked.identifier] = f"{asked.label}: {error.message}"
            continue
        if stored is not None:
            fields += [(asked.identifier, stored[0]), (f"{asked.identifier}.size", str(stored[1]))]
    return fields, reasons


def _stored(
    worker: Worker, assignment_id: str, identifier: str, file: FileStorage | None, most: int
) -> tuple[str, int] | None:
    if file is not None and file.filename:
        return store_upload(
            the_store(),
            worker.worker_id,
            assignment_id,
            identifier,
            file.filename,
            file.content_type or "",
            file.stream,
            most,
        )
    with the_store().read() as connection:
        found = find_upload(connection, assignment_id, identifier)
    return None if found is None else (found.upload_id, found.size)
