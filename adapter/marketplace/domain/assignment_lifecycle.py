"""The worker's side of a HIT: preview, accept, return, submit, and what happens at the deadline."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from adapter.core.database import IntegrityError, Store
from adapter.core.ids import entity_id
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import emit
from adapter.marketplace.domain.hit_lifecycle import change_counters, settle_status
from adapter.marketplace.domain.requirements import meets
from adapter.marketplace.domain.review_decisions import AUTO_APPROVE, hit_of
from adapter.marketplace.domain.review_policies import review_assignment
from adapter.marketplace.domain.timers import cancel, schedule, timer
from adapter.marketplace.domain.transactions import reading, writing
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions.answers import MAX_ANSWER_BYTES, write_answers
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import AnswerError, GivenAnswer, Question
from adapter.marketplace.questions.submission import answers_from_form
from adapter.marketplace.store import assignments
from adapter.marketplace.store.blocks import is_blocked
from adapter.marketplace.store.hits import Hit, find_hit
from adapter.marketplace.store.uploads import find_upload
from adapter.marketplace.store.worker_records import count, find_worker, put_worker

ABANDON = "abandon"
_WORKER_ID = re.compile("A[A-Z0-9]{1,63}")


@lru_cache(maxsize=128)
def question_of(text: str) -> Question:
    """The parsed question of a HIT; it was checked when the HIT was created."""
    return check_question(text)


def preview(store: Store, hit_id: str, worker_id: str | None = None) -> Hit:
    """A HIT that anyone, or this worker, may look at before accepting it.

    Raises WorkerError: HITDoesNotExist (unknown or deleted), InvalidHITState (no assignment left), for a known
    worker also DoesNotMeetRequirements where a requirement guards the preview.
    """
    with reading(store, _owner_of_hit(store, hit_id)) as call:
        hit = _open_hit(call, hit_id)
        if worker_id is not None and not meets(call, worker_id, hit.requirements, "Preview"):
            raise WorkerError("DoesNotMeetRequirements", "You do not have the Qualifications to see this HIT.")
        return hit


def accept(
    store: Store, worker_id: str, hit_id: str, *, ignore_requirements: bool = False, click: str = "", most: int = 1
) -> Any:
    """A worker takes an assignment of a HIT; returns its row (assignment_id, deadline_at, ... in epoch ms).

    The worker must meet the requirements (unless the caller rehearses and says otherwise), not be blocked, and have no
    assignment of this HIT, in hand or submitted; the HIT must be Assignable and not expired. When `click` has taken `most`
    assignments that are still in hand, the last of them is given instead.
    Raises WorkerError: HITDoesNotExist, InvalidHITState, AssignmentAlreadyExists, PermissionDeniedException,
    DoesNotMeetRequirements, InvalidParameterValue (no worker id).
    """
    if not _WORKER_ID.fullmatch(worker_id):
        raise WorkerError(
            "InvalidParameterValue", f'The value "{worker_id[:80]}" is not valid for the parameter WorkerId.'
        )
    with writing(store, _owner_of_hit(store, hit_id)) as call:
        if click and len(earlier := _taken_by(call, worker_id, click)) >= most:
            return earlier[-1]
        if assignments.active_assignment(call.connection, hit_id, worker_id) is not None:
            raise WorkerError("AssignmentAlreadyExists", "You have accepted or submitted this HIT already.")
        hit = _open_hit(call, hit_id)
        if is_blocked(call.connection, call.account_id, worker_id):
            raise WorkerError("PermissionDeniedException", "You cannot work for this Requester.")
        if not ignore_requirements and not meets(call, worker_id, hit.requirements, "Accept"):
            raise WorkerError("DoesNotMeetRequirements", "You do not have the Qualifications that this HIT requires.")
        _make_known(call, worker_id)
        assignment_id = entity_id()
        deadline_at = call.now + hit.assignment_duration * 1000
        assignments.add_assignment(
            call.connection, assignment_id, hit_id, call.account_id, worker_id, call.now, deadline_at, click
        )
        schedule(call, ABANDON, assignment_id, deadline_at)
        count(call.connection, worker_id, call.account_id, accepted=1)
        emit(call, "AssignmentAccepted", hit.hit_type_id, hit_id, assignment_id)
        change_counters(call, hit, accepted=1)
        return assignments.find_assignment(call.connection, assignment_id)


def return_assignment(store: Store, worker_id: str, assignment_id: str) -> None:
    """A worker gives an accepted assignment back; the slot is free again while the HIT lives.

    Raises WorkerError: AssignmentDoesNotExist, InvalidAssignmentState.
    """
    with writing(store, _owner_of_assignment(store, assignment_id)) as call:
        row = _in_hand(call, worker_id, assignment_id)
        cancel(call, ABANDON, assignment_id)
        _release(call, row, "Returned")


@timer(ABANDON)
def abandon(call: ServiceCall, assignment_id: str) -> None:
    """The deadline has passed: what is still accepted is abandoned."""
    row = assignments.find_assignment(call.connection, assignment_id)
    if row is not None and row.status == "Accepted":
        _release(call, row, "Abandoned")


def submit_form(store: Store, worker_id: str, assignment_id: str, fields: list[tuple[str, str]]) -> Any:
    """Submit what a worker's page posts (names and values); otherwise as submit().

    Raises WorkerError, with a reason for each question that is not answered well.
    """
    with store.read() as connection:
        row = assignments.find_assignment(connection, assignment_id)
        hit = None if row is None else find_hit(connection, None, row.hit_id)
    if hit is None:
        raise _no_such_assignment()
    try:
        answers = answers_from_form(question_of(hit.question), fields)
    except AnswerError as error:
        raise WorkerError("InvalidParameterValue", str(error), error.reasons) from None
    return submit(store, worker_id, assignment_id, answers)


def submit(store: Store, worker_id: str, assignment_id: str, answers: Sequence[GivenAnswer]) -> Any:
    """A worker hands in an accepted assignment; returns its row.

    One transaction holds the answer, counters, timers, events, and what the HIT's review policies do. A file among the
    answers must be the one uploaded for its question. Raises WorkerError: AssignmentDoesNotExist, InvalidAssignmentState
    (returned, abandoned, or submitted already), InvalidParameterValue.
    """
    document = write_answers(answers)
    if len(document.encode()) > MAX_ANSWER_BYTES:
        raise WorkerError("InvalidParameterValue", "The answers are too long to be stored.")
    with writing(store, _owner_of_assignment(store, assignment_id)) as call:
        row = _in_hand(call, worker_id, assignment_id)
        _check_files(call, row, answers)
        hit = hit_of(call, row)
        auto_approval_at = call.now + hit.auto_approval_delay * 1000
        assignments.mark_submitted(call.connection, assignment_id, document, call.now, auto_approval_at)
        cancel(call, ABANDON, assignment_id)
        schedule(call, AUTO_APPROVE, assignment_id, auto_approval_at)
        count(call.connection, worker_id, call.account_id, submitted=1)
        emit(call, "AssignmentSubmitted", hit.hit_type_id, hit.hit_id, assignment_id)
        if hit.assignment_review_policy is None:
            change_counters(call, hit, accepted=-1, submitted=1)
        else:
            hit = change_counters(call, hit, accepted=-1, submitted=1, final=False)
            review_assignment(call, hit, assignment_id, answers)
            settle_status(call, hit_of(call, row))
        return assignments.find_assignment(call.connection, assignment_id)


def is_answer(row: Any, hit: Hit, fields: list[tuple[str, str]]) -> bool:
    """Whether what a worker's page posts is what was submitted for the assignment."""
    try:
        return (
            row.answer is not None and write_answers(answers_from_form(question_of(hit.question), fields)) == row.answer
        )
    except AnswerError:
        return False


def _taken_by(call: ServiceCall, worker_id: str, click: str) -> list[Any]:
    held = assignments.list_in_hand(call.connection, worker_id)
    return [row for row in held if row.taken_by == click and row.deadline_at > call.now]


def _release(call: ServiceCall, row: Any, status: str) -> None:
    hit = hit_of(call, row)
    assignments.mark_released(call.connection, row.assignment_id, status, call.now)
    count(call.connection, row.worker_id, call.account_id, **{status.lower(): 1})
    emit(call, f"Assignment{status}", hit.hit_type_id, hit.hit_id, row.assignment_id)
    change_counters(call, hit, accepted=-1)


def _in_hand(call: ServiceCall, worker_id: str, assignment_id: str) -> Any:
    row = assignments.find_assignment(call.connection, assignment_id)
    if row is None or row.worker_id != worker_id:
        raise _no_such_assignment()
    if row.status == "Accepted" and row.deadline_at > call.now:
        return row
    reasons = {"Returned": "You have returned this assignment.", "Accepted": "The time for this assignment is over."}
    reasons["Abandoned"] = reasons["Accepted"]
    raise WorkerError("InvalidAssignmentState", reasons.get(row.status, "You have submitted this assignment already."))


def _check_files(call: ServiceCall, row: Any, answers: Sequence[GivenAnswer]) -> None:
    for answer in answers:
        if answer.file_key is None:
            continue
        found = find_upload(call.connection, row.assignment_id, answer.question)
        if found is None or found.upload_id != answer.file_key or found.size != answer.file_size:
            reason = "The file did not arrive, upload it again."
            raise WorkerError("InvalidParameterValue", reason, {answer.question: reason})


def _make_known(call: ServiceCall, worker_id: str) -> None:
    """Workers come into being on first use; two accounts may meet the same new worker at the same time."""
    if find_worker(call.connection, worker_id) is not None:
        return
    with contextlib.suppress(IntegrityError), call.connection.begin_nested():
        put_worker(call.connection, worker_id, call.now)


def _open_hit(call: ServiceCall, hit_id: str) -> Hit:
    hit = find_hit(call.connection, None, hit_id)
    if hit is None or hit.disposed_at is not None:
        raise _no_such_hit(hit_id)
    if not hit.acceptable or hit.expires_at <= call.now:
        raise WorkerError("InvalidHITState", "No assignment of this HIT is left.")
    return hit


def _owner_of_hit(store: Store, hit_id: str) -> str:
    with store.read() as connection:
        hit = find_hit(connection, None, hit_id)
    if hit is None:
        raise _no_such_hit(hit_id)
    return hit.account_id


def _owner_of_assignment(store: Store, assignment_id: str) -> str:
    with store.read() as connection:
        account_id = assignments.owner(connection, assignment_id)
    if account_id is None:
        raise _no_such_assignment()
    return account_id


def _no_such_hit(hit_id: str) -> WorkerError:
    return WorkerError("HITDoesNotExist", f"Hit {hit_id[:80]} does not exist.")


def _no_such_assignment() -> WorkerError:
    return WorkerError("AssignmentDoesNotExist", "You do not have this assignment.")
