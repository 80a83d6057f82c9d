"""Qualification types: CreateQualificationType, Get…, Update…, Delete…, ListQualificationTypes."""

from __future__ import annotations

from typing import Any, NamedTuple

from adapter.core.database import Row
from adapter.core.ids import entity_id
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import tell
from adapter.marketplace.domain.qualifications import finish_disposal, own_type, usable_type
from adapter.marketplace.domain.structures import given, seconds
from adapter.marketplace.domain.system_qualifications import SYSTEM_TYPES, shape
from adapter.marketplace.domain.timers import cancel
from adapter.marketplace.errors import TurkError, invalid, missing, out_of_range, too_long
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from adapter.marketplace.questions.keys import check_answer_key
from adapter.marketplace.store import qualification_types as rows
from adapter.marketplace.store import qualifications

_LONGEST = {"Name": 200, "Description": 2000, "Keywords": 1000}
LONGEST_QUERY = 200
#: Longest times that are taken. No reference bounds them, and clients that mean "never again" name many years.
LONGEST_SECONDS = 2**31 - 1
_ALREADY = (
    "You have already created a QualificationType with this name. A QualificationType's name must be unique among "
    "all of the QualificationTypes created by the same user."
)


def answer(row: Row[Any]) -> dict[str, Any]:
    """A row as the API's QualificationType structure."""
    return given(
        QualificationTypeId=row.qualification_type_id,
        CreationTime=seconds(row.created_at),
        Name=row.name,
        Description=row.description,
        QualificationTypeStatus="Inactive" if row.status == "Disposing" else row.status,
        IsRequestable=row.is_requestable,
        AutoGranted=row.auto_granted,
        Keywords=row.keywords,
        Test=row.test,
        TestDurationInSeconds=row.test_duration,
        AnswerKey=row.answer_key,
        RetryDelayInSeconds=row.retry_delay,
        AutoGrantedValue=row.auto_granted_value,
    )


def _check_texts(request: dict[str, Any]) -> None:
    if "Name" in request and not request["Name"].strip():
        raise missing("Name", "")
    for name, most in _LONGEST.items():
        if len(request.get(name, "")) > most:
            raise too_long(name, most)
    for name, least in (("RetryDelayInSeconds", 0), ("TestDurationInSeconds", 1)):
        if name in request and not least <= request[name] <= LONGEST_SECONDS:
            raise out_of_range(request[name], name, least, LONGEST_SECONDS)


def _check_test(request: dict[str, Any]) -> None:
    """Test, AnswerKey and TestDurationInSeconds as they belong together."""
    if "Test" not in request:
        if "AnswerKey" in request:
            raise invalid("An AnswerKey can only be given together with a Test.", "AnswerKey")
        return
    if "TestDurationInSeconds" not in request:
        raise missing("TestDurationInSeconds", " together with Test")
    try:
        test = check_question(request["Test"], allow_html=False, what="Test")
        if "AnswerKey" in request:
            check_answer_key(request["AnswerKey"], test)
    except QuestionError as error:
        raise TurkError(error.code, error.message, exact_type="ParameterValidationError") from error


def _check_auto_granted(auto_granted: bool, test: str | None) -> None:
    if auto_granted and test is not None:
        raise invalid("AutoGranted cannot be true for a QualificationType with a Test.", "AutoGranted")


@operation("CreateQualificationType", writes=True)
def create_qualification_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """A new type. Its name must be the only one of its kind among the caller's types."""
    _check_texts(request)
    auto_granted = request.get("AutoGranted", False)
    _check_auto_granted(auto_granted, request.get("Test"))
    _check_test(request)
    name, keywords = request["Name"], request.get("Keywords")
    if rows.name_taken(call.connection, call.account_id, name):
        raise TurkError("QualificationTypeAlreadyExists", _ALREADY)
    qualification_type_id = entity_id()
    rows.add(
        call.connection,
        {
            "qualification_type_id": qualification_type_id,
            "account_id": call.account_id,
            "name": name,
            "description": request["Description"],
            "keywords": keywords,
            "searchable": rows.searchable(name, request["Description"], keywords),
            "status": request["QualificationTypeStatus"],
            "test": request.get("Test"),
            "test_duration": request.get("TestDurationInSeconds") if "Test" in request else None,
            "answer_key": request.get("AnswerKey"),
            "retry_delay": request.get("RetryDelayInSeconds"),
            "auto_granted": auto_granted,
            "auto_granted_value": request.get("AutoGrantedValue", 1) if auto_granted else None,
            "is_requestable": True,
            "created_at": call.now,
        },
    )
    return {"QualificationType": answer(own_type(call, qualification_type_id))}


@operation("GetQualificationType")
def get_qualification_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """One type: the caller's or the service's own."""
    qualification_type_id = request["QualificationTypeId"]
    if qualification_type_id in SYSTEM_TYPES:
        return {"QualificationType": shape(SYSTEM_TYPES[qualification_type_id])}
    return {"QualificationType": answer(own_type(call, qualification_type_id))}


@operation("UpdateQualificationType", writes=True)
def update_qualification_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Change a type. A test can be replaced, with its key, but not removed; a type with one is never auto-granted."""
    found = usable_type(call, request["QualificationTypeId"])
    _check_texts(request)
    auto_granted = request.get("AutoGranted", found.auto_granted)
    _check_auto_granted(auto_granted, request.get("Test", found.test))
    _check_test(request)
    changes: dict[str, Any] = {"auto_granted": auto_granted}
    if "Test" in request:
        changes |= {"test": request["Test"], "answer_key": request.get("AnswerKey")}
        changes["test_duration"] = request["TestDurationInSeconds"]
    elif "TestDurationInSeconds" in request:
        if found.test is None:
            raise invalid("TestDurationInSeconds needs a Test.", "TestDurationInSeconds")
        changes["test_duration"] = request["TestDurationInSeconds"]
    for name, column in (("QualificationTypeStatus", "status"), ("RetryDelayInSeconds", "retry_delay")):
        if name in request:
            changes[column] = request[name]
    if "Description" in request:
        text = request["Description"]
        changes |= {"description": text, "searchable": rows.searchable(found.name, text, found.keywords)}
    before = 1 if found.auto_granted_value is None else found.auto_granted_value
    changes["auto_granted_value"] = request.get("AutoGrantedValue", before) if auto_granted else None
    rows.change(call.connection, found.qualification_type_id, changes)
    return {"QualificationType": answer(own_type(call, found.qualification_type_id))}


@operation("DeleteQualificationType", writes=True)
def delete_qualification_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Begin to delete a type: open requests are rejected, HIT types that need it are deleted.

    It ends at once, or when the last HIT that needs the type is disposed; workers keep what they hold, and the name is
    free afterwards. Repeating it changes nothing.
    """
    found = own_type(call, request["QualificationTypeId"])
    if found.status == "Disposing":
        return {}
    for pending in qualifications.open_requests(call.connection, found.qualification_type_id):
        cancel(call, "qualification-test-timeout", pending.qualification_request_id)
        qualifications.change_request(
            call.connection, pending.qualification_request_id, status="Rejected", decided_at=call.now
        )
        body = "The requester has withdrawn this Qualification."
        tell(call, pending.worker_id, "QualificationRejected", f"Qualification not granted: {found.name}", body)
    rows.change(call.connection, found.qualification_type_id, {"status": "Disposing"})
    rows.delete_hit_types(call.connection, found.qualification_type_id, call.now)
    finish_disposal(call, found.qualification_type_id)
    return {}


class TypeSearch(NamedTuple):
    """What ListQualificationTypes looks for: all of these words (case-folded); `system` are the service's own that have them."""

    words: list[str]
    requestable: bool
    system: list[dict[str, Any]]


def search_of(request: dict[str, Any]) -> TypeSearch:
    """What a request for ListQualificationTypes looks for; raises TurkError when its Query is too long."""
    requestable = request["MustBeRequestable"]
    query = request.get("Query", "")
    if len(query) > LONGEST_QUERY:
        raise too_long("Query", LONGEST_QUERY)
    words = query.casefold().split()
    system = []
    if not requestable and not request.get("MustBeOwnedByCaller", False):
        texts = ((each, rows.searchable(each.name, each.description, None)) for each in SYSTEM_TYPES.values())
        system = [shape(each) for each, text in texts if all(word in text for word in words)]
    return TypeSearch(words, requestable, system)


class _Listed(NamedTuple):
    seq: int
    shape: dict[str, Any]


@operation("ListQualificationTypes")
def list_qualification_types(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Types whose name, description or keywords contain all words of Query: the service's own, then the caller's."""
    words, requestable, system_types = search_of(request)
    system = [_Listed(position, each) for position, each in enumerate(system_types, 1)]
    offset = len(SYSTEM_TYPES)

    def fetch(after: int, most: int) -> list[_Listed]:
        found = [each for each in system if each.seq > after][:most]
        if len(found) < most:
            own = rows.listed(
                call.connection,
                call.account_id,
                max(0, after - offset),
                most - len(found),
                words,
                requestable=requestable,
            )
            found += [_Listed(row.seq + offset, answer(row)) for row in own]
        return found

    listed, result = page(call, "ListQualificationTypes", request, fetch)
    return {**result, "QualificationTypes": [each.shape for each in listed]}
