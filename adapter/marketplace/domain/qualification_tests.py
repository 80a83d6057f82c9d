"""The worker's side of Qualifications: asking for one, taking its test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapter.core.database import Connection, Row, Store
from adapter.core.ids import entity_id
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.qualifications import does_not_exist, grant
from adapter.marketplace.domain.system_qualifications import SYSTEM_TYPES
from adapter.marketplace.domain.timers import cancel, schedule, timer
from adapter.marketplace.domain.transactions import reading, writing
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.questions.answers import write_answers
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import AnswerError, FileUpload, GivenAnswer, Question
from adapter.marketplace.questions.keys import check_answer_key, score
from adapter.marketplace.questions.submission import answers_from_form
from adapter.marketplace.questions.workable import hindrance
from adapter.marketplace.store import qualification_types, worker_records
from adapter.marketplace.store import qualifications as rows

TEST_TIMEOUT = "qualification-test-timeout"
_OVER = "The test was submitted before, or its time is over."


@dataclass(frozen=True)
class RequestOutcome:
    """Where a worker's request stands: `Granted` (with the value), `Pending`, or `Testing` (with the test).

    `due_at` is when the test must be submitted, epoch ms.
    """

    qualification_request_id: str
    status: str
    value: int | None = None
    test: str | None = None
    due_at: int | None = None


@dataclass(frozen=True)
class TypeStanding:
    """How a worker stands with a Qualification type; rows of the store, None for nothing.

    `refusal` says why the worker cannot ask for it now, None where nothing speaks against it; `retry_at` is when it can
    be asked for again, epoch ms, where waiting is all it takes.
    """

    qualification_type: Row[Any]
    held: Row[Any] | None
    last_request: Row[Any] | None
    refusal: str | None
    retry_at: int | None = None


@lru_cache(maxsize=64)
def test_of(text: str) -> Question:
    """The parsed test of a type; it was checked when the type was made."""
    return check_question(text, allow_html=False, what="Test")


def standing(store: Store, worker_id: str, qualification_type_id: str) -> TypeStanding:
    """How the worker stands with a requester's type, after all that was due. Raises TurkError when there is no such type."""
    with reading(store, _owner(store, qualification_type_id)) as call:
        found = _find(call.connection, qualification_type_id)
        held = rows.find(call.connection, qualification_type_id, worker_id)
        last = rows.latest_request(call.connection, qualification_type_id, worker_id)
        refusal = retry_at = None
        try:
            _check_requestable(call, found)
            if last is None or last.status != "Testing":
                _check_retry(call, found, last, worker_id)
        except TurkError as error:
            refusal = error.message
            if error.code.endswith("RetryDelayNotElapsed") and last is not None:
                retry_at = last.requested_at + found.retry_delay * 1000
        return TypeStanding(found, held, last, refusal, retry_at)


def request_qualification(store: Store, worker_id: str, qualification_type_id: str) -> RequestOutcome:
    """A worker asks for a Qualification: it is granted, waits for the requester, or begins with a test.

    Asking again while the test runs gives the same test again. Raises TurkError: QualificationTypeDoesNotExist,
    InvalidQualificationTypeState (not active), QualificationAlreadyExists (held, or asked for and undecided),
    QualificationTypeDoesNotAllowRetake, QualificationTypeRetryDelayNotElapsed.
    """
    with writing(store, _owner(store, qualification_type_id)) as call:
        found = _find(call.connection, qualification_type_id)
        _check_requestable(call, found)
        last = rows.latest_request(call.connection, qualification_type_id, worker_id)
        if last is not None and last.status == "Testing":
            return RequestOutcome(last.qualification_request_id, "Testing", test=last.test, due_at=last.due_at)
        _check_retry(call, found, last, worker_id)
        worker_records.put_worker(call.connection, worker_id, call.now)
        if found.auto_granted:
            grant(call, found, worker_id, found.auto_granted_value, notify=False)
            return RequestOutcome(_add(call, found, worker_id, "Granted"), "Granted", found.auto_granted_value)
        if found.test is None:
            return RequestOutcome(_add(call, found, worker_id, "Pending"), "Pending")
        due_at = call.now + found.test_duration * 1000
        request_id = _add(call, found, worker_id, "Testing", due_at)
        schedule(call, TEST_TIMEOUT, request_id, due_at)
        return RequestOutcome(request_id, "Testing", test=found.test, due_at=due_at)


def find_request(store: Store, worker_id: str, qualification_request_id: str) -> Row[Any]:
    """The worker's request as it stands after all that was due: a test whose time is over is no longer `Testing`.

    Raises TurkError QualificationRequestDoesNotExist, also for another worker's.
    """
    known = _own_request(store, worker_id, qualification_request_id)
    with reading(store, known.account_id) as call:
        return rows.find_request(call.connection, qualification_request_id) or known


def submit_test_form(
    store: Store, worker_id: str, qualification_request_id: str, fields: list[tuple[str, str]]
) -> RequestOutcome:
    """Hand in what the page of a test posts (names and values); otherwise as submit_test().

    Raises WorkerError with a reason for each question that is not answered well.
    """
    test = find_request(store, worker_id, qualification_request_id).test
    if test is None:
        raise TurkError("InvalidQualificationRequestState", _OVER)
    asked = test_of(test)
    files = {each.identifier: each for each in asked.questions if isinstance(each.answer, FileUpload)}
    given = {name for name, value in fields if name in files and value}
    if given:
        reasons = {each: f"{files[each].label}: a test takes no file, leave this empty." for each in sorted(given)}
        raise WorkerError("InvalidParameterValue", " ".join(reasons.values()), reasons)
    try:
        answers = answers_from_form(asked, fields)
    except AnswerError as error:
        raise WorkerError("InvalidParameterValue", str(error), error.reasons) from None
    return submit_test(store, worker_id, qualification_request_id, answers)


def submit_test(
    store: Store, worker_id: str, qualification_request_id: str, answers: Iterable[GivenAnswer]
) -> RequestOutcome:
    """A worker hands in a test: scored and granted at once when there is an AnswerKey, otherwise left to the requester.

    Raises TurkError: QualificationRequestDoesNotExist (unknown, or another worker's), InvalidQualificationRequestState
    (already handed in, or out of time).
    """
    known = _own_request(store, worker_id, qualification_request_id)
    with writing(store, known.account_id) as call:
        asked = rows.find_request(call.connection, qualification_request_id)
        if asked is None or asked.status != "Testing":
            raise TurkError("InvalidQualificationRequestState", _OVER)
        cancel(call, TEST_TIMEOUT, qualification_request_id)
        given = list(answers)
        found = qualification_types.find(call.connection, asked.qualification_type_id)
        value = None
        # The key of a test that was replaced meanwhile says nothing about the old one: the requester decides.
        if found is not None and found.answer_key is not None and found.test == asked.test:
            value = score(check_answer_key(found.answer_key, test_of(found.test)), given)
            grant(call, found, worker_id, value, notify=False)
        status = "Pending" if value is None else "Granted"
        rows.change_request(
            call.connection,
            qualification_request_id,
            status=status,
            answer=write_answers(given),
            submitted_at=call.now,
            decided_at=None if value is None else call.now,
        )
        return RequestOutcome(qualification_request_id, status, value)


@timer(TEST_TIMEOUT)
def expire_test(call: ServiceCall, qualification_request_id: str) -> None:
    """A test that was not handed in in time ends without a Qualification."""
    rows.change_request(call.connection, qualification_request_id, status="Expired", decided_at=call.now)


def _owner(store: Store, qualification_type_id: str) -> str:
    if qualification_type_id in SYSTEM_TYPES:
        raise TurkError("InvalidQualificationTypeState", "This Qualification cannot be requested.")
    with store.read() as connection:
        return str(_find(connection, qualification_type_id).account_id)


def _find(connection: Connection, qualification_type_id: str) -> Row[Any]:
    found = qualification_types.find(connection, qualification_type_id)
    if found is None:
        raise does_not_exist(qualification_type_id)
    return found


def _check_requestable(call: ServiceCall, found: Row[Any]) -> None:
    if found.status != "Active" or not found.is_requestable:
        raise TurkError("InvalidQualificationTypeState", "This Qualification cannot be requested.")
    if found.test is None:
        return
    test = test_of(found.test)
    # only answers to HITs come with files
    if any(each.required and isinstance(each.answer, FileUpload) for each in test.questions):
        raise TurkError(
            "InvalidQualificationTypeState", "The test of this Qualification demands a file, and a test takes no file."
        )
    if reason := hindrance(call.settings, test):
        raise TurkError(
            "InvalidQualificationTypeState", f"The test of this Qualification cannot be taken: it {reason}."
        )


def _own_request(store: Store, worker_id: str, qualification_request_id: str) -> Row[Any]:
    """The worker's request as it is stored; raises TurkError QualificationRequestDoesNotExist."""
    with store.read() as connection:
        known = rows.find_request(connection, qualification_request_id)
    if known is None or known.worker_id != worker_id:
        raise TurkError(
            "QualificationRequestDoesNotExist", f"QualificationRequest {qualification_request_id[:80]} does not exist."
        )
    return known


def _check_retry(call: ServiceCall, found: Row[Any], last: Row[Any] | None, worker_id: str) -> None:
    if last is not None and last.status == "Pending":
        raise TurkError("QualificationAlreadyExists", "You have already requested this Qualification.")
    held = rows.find(call.connection, found.qualification_type_id, worker_id)
    if held is not None and held.status == "Granted" and (found.test is None or found.retry_delay is None):
        raise TurkError("QualificationAlreadyExists", "You already have this Qualification.")
    if last is None:
        return
    if found.retry_delay is None:
        raise TurkError("QualificationTypeDoesNotAllowRetake", "This Qualification can be requested only once.")
    if call.now < last.requested_at + found.retry_delay * 1000:
        raise TurkError(
            "QualificationTypeRetryDelayNotElapsed",
            f"You must wait {found.retry_delay} seconds before you request this Qualification again.",
        )


def _add(call: ServiceCall, found: Row[Any], worker_id: str, status: str, due_at: int | None = None) -> str:
    request_id = entity_id()
    rows.add_request(
        call.connection,
        {
            "qualification_request_id": request_id,
            "qualification_type_id": found.qualification_type_id,
            "account_id": call.account_id,
            "worker_id": worker_id,
            "status": status,
            "test": found.test,
            "requested_at": call.now,
            "due_at": due_at,
            "submitted_at": None if status == "Testing" else call.now,
            "decided_at": call.now if status == "Granted" else None,
        },
    )
    return request_id
