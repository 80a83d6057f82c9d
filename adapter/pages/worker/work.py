"""Accepted HITs: the worker's queue, doing one, returning it, submitting it, and what comes after."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.datastructures import FileStorage

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.taking import MOST_IN_HAND, in_hand
from adapter.marketplace.domain.uploads import store_upload
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions.documents import FileUpload, Question
from adapter.marketplace.questions.submission import form_problems
from adapter.marketplace.store import assignments, open_groups
from adapter.marketplace.store.hits import Hit, find_hit
from adapter.marketplace.store.uploads import find_upload
from adapter.pages.content.frames import question_view
from adapter.pages.frame import (
    FOREIGN_FORM,
    FORM_KEY,
    current_worker,
    go,
    has_form_key,
    here,
    own_path,
    post,
    refuse,
    render,
    sign_in_address,
    signed_in,
    the_store,
)
from adapter.pages.store import auto_accept
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker import next_hit
from adapter.pages.worker.answer_keys import fits, key_of
from adapter.pages.worker.kept_answers import SUBMIT, Fields, kept_page

_COUNTS = [str(number) for number in range(1, MOST_IN_HAND + 1)]
_NOT_YOURS = "You do not have this assignment."
_SIGNED_OUT = (
    "You are not signed in any more, so your answer was not stored. It is still here: sign in in another tab, "
    "then come back to this one and send it again."
)
_ANOTHER = (
    "Your answer was not stored: another worker accepted this HIT, and you are signed in as {} now. It is still here: "
    "sign in as the worker who accepted the HIT in another tab, then come back to this one and send it again."
)
_TOO_OLD = "You have signed in again since this page was opened. Look at your answers, and submit them once more."


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

    @property
    def at_work(self) -> bool:
        """Whether the assignment can be submitted."""
        return self.row.status == "Accepted" and not self.over


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages from accepting a HIT on."""

    @site.get("/mturk/myhits")
    @signed_in
    def my_hits(worker: Worker) -> Response:
        held = _queue(in_hand(the_store(), worker.worker_id))
        accepted = request.args.get("accepted", "")
        return render(
            "my_hits.html",
            held=held,
            groups={task.group.hit_type_id: task.group for task in held}.values(),
            now=clock.milliseconds(),
            most=MOST_IN_HAND,
            accepted=int(accepted) if accepted in _COUNTS else 0,
            auto_accept=auto_accept.is_on(the_store(), worker.worker_id),
        )

    @site.post("/mturk/autoaccept")
    @signed_in
    @post
    def accept_automatically(worker: Worker) -> Response:
        auto_accept.switch(the_store(), worker.worker_id, on="on" in request.form)
        return go(own_path(request.form.get("then", ""), "/mturk/myhits"))

    @site.get("/mturk/continue")
    @signed_in
    def work(worker: Worker) -> Response:
        task = _task(worker, request.args.get("assignmentId", ""))
        return _work_page(task) if task.at_work else go(_done(task))

    @site.post("/mturk/return")
    @signed_in
    @post
    def return_hit(worker: Worker) -> Response:
        task = _task(worker, request.form.get("assignmentId", ""))
        try:
            assignment_lifecycle.return_assignment(the_store(), worker.worker_id, task.row.assignment_id)
        except WorkerError as error:
            if task.row.status != "Returned":
                refuse(409, error.message)
        if "another" in request.form:
            with contextlib.suppress(WorkerError):
                next_hit.take_another(task.row)
        return go(_after(task))

    @site.post(SUBMIT)
    def submit() -> Response:
        return _submit()

    @site.get(SUBMIT)
    @signed_in
    def reload(worker: Worker) -> Response:
        # the address of a page that says what is wrong with an answer
        task = _task(worker, request.args.get("assignmentId", ""))
        return go(f"/mturk/continue?assignmentId={task.row.assignment_id}")

    @site.get("/mturk/submitted")
    def submitted() -> Response:
        worker = current_worker()
        task = _found(request.args.get("assignmentId", ""))
        if worker is None and (task is None or not fits(task.row, request.args.get("key", ""))):
            return go(sign_in_address(here()))
        if task is None or (worker is not None and worker.worker_id != task.row.worker_id):
            refuse(404, _NOT_YOURS)
        return _after_page(task, worker)


def named_task() -> Task | None:
    """The assignment that the query names, if there is one; looked up once for a request, whose body may take a while."""
    if "named_task" not in g:
        g.named_task = _found(request.args.get("assignmentId", ""))
    task: Task | None = g.named_task
    return task and replace(task, now=clock.milliseconds())


def _submit() -> Response:
    """Store the answer to a QuestionForm, or say why not on a page that still holds it.

    Nobody need be signed in: the form has a key of the assignment, so that an answer is not lost with a session.
    """
    worker, task = current_worker(), named_task()
    mine = worker is not None and task is not None and worker.worker_id == task.row.worker_id
    fields, given = list(request.form.items(multi=True)), request.form.get(FORM_KEY, "")
    keyed = task is not None and fits(task.row, given)
    if worker is None and not keyed:
        return kept_page(403, _SIGNED_OUT, fields, again=True)
    if not keyed and not has_form_key():
        return _work_page(task, 403, fields, {"": _TOO_OLD}) if task and mine else refuse(403, FOREIGN_FORM)
    if task is None or not (mine or keyed):
        refuse(404, _NOT_YOURS)
    if worker is not None and not mine:
        return kept_page(403, _ANOTHER.format(worker.name), fields, again=True)
    # the first of this name is the page's own; a question may have the same name
    fields.remove((FORM_KEY, given))
    return _store_answer(task, worker, fields)


def _store_answer(task: Task, worker: Worker | None, fields: Fields) -> Response:
    question = assignment_lifecycle.question_of(task.hit.question)
    reasons: dict[str, str] = {}
    if task.at_work:
        fields, reasons = _with_files(task.row.worker_id, task.row.assignment_id, question, fields)
        if reasons:
            reasons = form_problems(question, fields) | reasons
    if not reasons:
        try:
            assignment_lifecycle.submit_form(the_store(), task.row.worker_id, task.row.assignment_id, fields)
        except WorkerError as error:
            reasons = error.reasons or {"": error.message}
        else:
            next_hit.take_automatically(task.row)
            return go(_after(task))
    now = _found(task.row.assignment_id) or task
    if now.at_work:
        return _work_page(task, 422, fields, reasons)
    if assignment_lifecycle.is_answer(now.row, now.hit, fields):
        # a second click
        return go(_after(task))
    return _after_page(now, worker, 409, fields)


def _after_page(task: Task, worker: Worker | None, status: int = 200, fields: Fields | None = None) -> Response:
    """What became of an assignment, and what can be done next; or the next HIT itself, where that was asked for."""
    next_one, queue = next_hit.following(task.row)
    automatic = auto_accept.is_on(the_store(), task.row.worker_id)
    if worker is not None and "next" in request.args and task.row.status != "Accepted":
        onwards = next_one or (queue[0] if queue and automatic else None)
        if onwards is not None:
            return go(f"/mturk/continue?assignmentId={onwards.assignment_id}&after={task.row.assignment_id}")
    with the_store().read() as connection:
        offered = open_groups.offered(connection, task.hit.hit_type_id, task.row.worker_id, task.now, MOST_IN_HAND)
    # who has returned a HIT wants another one
    others = [hit_id for hit_id in offered if hit_id != task.row.hit_id]
    return render(
        "submitted.html",
        status,
        task=task,
        fields=fields,
        queue=_queue([next_one] if next_one else queue[:1]),
        others=others[: MOST_IN_HAND - len(queue) - bool(next_one)],
        auto_accept=automatic,
    )


def _queue(rows: Sequence[Any]) -> list[Task]:
    """The HITs and groups of assignments in hand."""
    found = [_found(row.assignment_id) for row in rows]
    return [task for task in found if task is not None]


def _done(task: Task) -> str:
    """The address of the page that says what became of an assignment."""
    return f"/mturk/submitted?assignmentId={task.row.assignment_id}"


def _after(task: Task) -> str:
    """The address that leads on from an assignment, also for a worker whose session has ended."""
    return _done(task) + ("&next=yes" if current_worker() else f"&key={key_of(task.row)}")


def _found(assignment_id: str) -> Task | None:
    """An assignment, whoever has it."""
    with the_store().read() as connection:
        row = assignments.find_assignment(connection, assignment_id) if is_id(assignment_id) else None
        hit = None if row is None else find_hit(connection, None, row.hit_id)
        group = None if hit is None else open_groups.find_group(connection, hit.hit_type_id)
    return None if hit is None or group is None else Task(row, hit, group, clock.milliseconds())


def _task(worker: Worker, assignment_id: str) -> Task:
    """The worker's assignment; others, and unknown ones, are refused alike."""
    task = _found(assignment_id)
    if task is None or task.row.worker_id != worker.worker_id:
        refuse(404, _NOT_YOURS)
    return task


def _work_page(
    task: Task, status: int = 200, values: Fields | None = None, reasons: dict[str, str] | None = None
) -> Response:
    view = question_view(task.hit, task.row.assignment_id, task.row.worker_id, values, reasons)
    before = _found(request.args.get("after", ""))
    return render(
        "work.html",
        status,
        task=task,
        view=view,
        key=key_of(task.row),
        unsent=values is not None,
        before=before if before and before.row.worker_id == task.row.worker_id else None,
        skip=next_hit.next_in_queue(task.row),
        auto_accept=auto_accept.is_on(the_store(), task.row.worker_id),
    )


def _with_files(
    worker_id: str, assignment_id: str, question: Question, fields: Fields
) -> tuple[Fields, dict[str, str]]:
    """The fields with keys and sizes of the files that came, or came with an earlier try; what is wrong with files."""
    reasons: dict[str, str] = {}
    for asked in question.questions:
        if not isinstance(asked.answer, FileUpload):
            continue
        names = {asked.identifier, f"{asked.identifier}.size"}
        fields = [(name, value) for name, value in fields if name not in names]
        file = request.files.get(asked.identifier)
        try:
            stored = _stored(worker_id, assignment_id, asked.identifier, file, asked.answer.max_bytes)
        except WorkerError as error:
            reasons[asked.identifier] = f"{asked.label}: {error.message}"
            continue
        if stored is not None:
            fields += [(asked.identifier, stored[0]), (f"{asked.identifier}.size", str(stored[1]))]
    return fields, reasons


def _stored(
    worker_id: str, assignment_id: str, identifier: str, file: FileStorage | None, most: int
) -> tuple[str, int] | None:
    if file is not None and file.filename:
        return store_upload(
            the_store(),
            worker_id,
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
