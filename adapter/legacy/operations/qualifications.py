"""Qualification types, and who holds them."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from botocore.exceptions import ClientError

from adapter.core.errors import TURK, LegacyError
from adapter.legacy.call import Call, Result
from adapter.legacy.idempotency.tokens import code_of, message_of
from adapter.legacy.lists.listing import Listing, scan
from adapter.legacy.lists.paging import PageNumber, PageSize, page
from adapter.legacy.operations.answers import laid_out
from adapter.legacy.operations.registry import operation
from adapter.legacy.protocol.binding import Also, AtMost, Between, Bytes, Id
from adapter.legacy.protocol.shapes import (
    QualificationRequestId,
    QualificationStatus,
    QualificationTypeId,
    QualificationTypeStatus,
    SortDirection,
    WorkerId,
    given,
)

SubjectId = Annotated[str, Id(), Also("WorkerId")]
Document = Annotated[str, Bytes(65535)]
Seconds = Annotated[int, Between(0, 2**31 - 1)]

#: Seconds by which the upstream's clock may be behind ours.
CLOCKS_DIFFER = 300


TypesSort = Literal["Name"]
#: boto 2 sends Expiration, which no schema has, and means the time of the request.
RequestsSort = Literal["QualificationTypeId", "SubmitTime", "Expiration"]


def _holds(call: Call, worker: str, type_id: str) -> dict[str, Any] | None:
    """The Qualification that a Worker holds now, or None."""
    try:
        answer = call.mturk.get_qualification_score(QualificationTypeId=type_id, WorkerId=worker)
    except ClientError as error:
        if code_of(error) in {"QualificationDoesNotExist", "InvalidQualificationState"}:
            return None
        raise
    found: dict[str, Any] = answer["Qualification"]
    return found if found.get("Status", "Granted") == "Granted" else None


# ---- Workers and their Qualifications -------------------------------------------------------------------------------


@operation("RevokeQualification")
def revoke_qualification(
    call: Call,
    SubjectId: SubjectId,
    QualificationTypeId: QualificationTypeId,
    Reason: Annotated[str, Also("SendNotification")] | None = None,
) -> Result:
    """Take a Qualification from a Worker: DisassociateQualificationFromWorker."""
    try:
        call.once(
            lambda: call.mturk_once.disassociate_qualification_from_worker(
                **given(WorkerId=SubjectId, QualificationTypeId=QualificationTypeId, Reason=Reason)
            ),
            happened=lambda: _holds(call, SubjectId, QualificationTypeId) is None,
        )
    except ClientError as error:
        if refusal := _with_data(error, QualificationTypeId):
            raise refusal from error
        raise
    return None


def _with_data(error: ClientError, type_id: str) -> LegacyError | None:
    """The refusal with the Data that the modern API leaves out: of which type, or in which state; None for any other."""
    code = code_of(error)
    if code == "QualificationDoesNotExist":
        return LegacyError(f"{TURK}{code}", message_of(error), ("QualificationTypeId", type_id))
    if code == "InvalidQualificationState":
        return LegacyError(f"{TURK}{code}", message_of(error), *_REVOKED)
    return None


#: A Qualification has two states only, so one that is not Granted is Revoked.
_REVOKED = (("CurrentState", "Revoked"), ("ExpectedStates", "Granted"))


@operation("AssignQualification")
def assign_qualification(
    call: Call,
    QualificationTypeId: QualificationTypeId,
    WorkerId: WorkerId,
    IntegerValue: int = 1,
    SendNotification: bool = True,
) -> Result:
    """Give a Qualification to a Worker who did not ask for it: AssociateQualificationWithWorker."""
    _associate(call, WorkerId, QualificationTypeId, IntegerValue, notify=SendNotification)
    return None


def _associate(call: Call, worker: str, type_id: str, value: int, *, notify: bool) -> None:
    def happened() -> bool:
        held = _holds(call, worker, type_id)
        return held is not None and held.get("IntegerValue") == value

    call.once(
        lambda: call.mturk_once.associate_qualification_with_worker(
            QualificationTypeId=type_id, WorkerId=worker, IntegerValue=value, SendNotification=notify
        ),
        happened=happened,
    )


@operation("GetQualificationScore", element="Qualification", writes=False)
def get_qualification_score(call: Call, QualificationTypeId: QualificationTypeId, SubjectId: SubjectId) -> Result:
    """The value a Worker has: GetQualificationScore."""
    return {"Qualification": _granted(call, SubjectId, QualificationTypeId)}


def _granted(call: Call, worker: str, type_id: str) -> dict[str, Any]:
    """The Qualification that a Worker has.

    The modern API says of a revoked one that its state is wrong. Old clients look for the code that says there is none,
    and newer ones of them for the words about the state: the refusal has both.
    """
    try:
        answer = call.mturk.get_qualification_score(QualificationTypeId=type_id, WorkerId=worker)
    except ClientError as error:
        if code_of(error) != "InvalidQualificationState":
            if refusal := _with_data(error, type_id):
                raise refusal from error
            raise
        message = f"You requested a Qualification that does not exist. {message_of(error)}"
        raise LegacyError(f"{TURK}QualificationDoesNotExist", message, *_REVOKED) from error
    found: dict[str, Any] = answer["Qualification"]
    return found


@operation("UpdateQualificationScore")
def update_qualification_score(
    call: Call, QualificationTypeId: QualificationTypeId, SubjectId: SubjectId, IntegerValue: int | None = None
) -> Result:
    """Change the value of a Worker who holds the Qualification: GetQualificationScore, AssociateQualificationWithWorker.

    The modern call alone would grant it to a Worker who never had it, which the legacy one refuses.
    """
    held = _granted(call, SubjectId, QualificationTypeId)
    value = held.get("IntegerValue", 1) if IntegerValue is None else IntegerValue
    _associate(call, SubjectId, QualificationTypeId, value, notify=False)
    return None


@operation("GetQualificationsForQualificationType", since="2006-08-23", writes=False)
def get_qualifications_for_qualification_type(
    call: Call,
    QualificationTypeId: QualificationTypeId,
    Status: QualificationStatus = "Granted",
    PageNumber: PageNumber = 1,
    PageSize: PageSize = 10,
) -> Result:
    """The Workers who hold, or held, a Qualification: ListWorkersWithQualificationType."""
    listing = Listing(
        "list_workers_with_qualification_type",
        "Qualifications",
        {"QualificationTypeId": QualificationTypeId, "Status": Status},
    )
    counters, rows = page(call, listing, PageNumber, PageSize)
    return {**counters, "Qualifications": rows}


# ---- requests for a Qualification ------------------------------------------------------------------------------------


@operation("GetQualificationRequests", writes=False)
def get_qualification_requests(
    call: Call,
    QualificationTypeId: QualificationTypeId | None = None,
    SortProperty: RequestsSort = "SubmitTime",
    SortDirection: SortDirection = "Ascending",
    PageNumber: PageNumber = 1,
    PageSize: PageSize = 10,
) -> Result:
    """Requests that wait for a decision: ListQualificationRequests."""
    listing = Listing(
        "list_qualification_requests",
        "QualificationRequests",
        given(QualificationTypeId=QualificationTypeId),
        keys={
            "SubmitTime": lambda row: row.get("SubmitTime", 0),
            "Expiration": lambda row: row.get("SubmitTime", 0),
            "QualificationTypeId": lambda row: row.get("QualificationTypeId", ""),
        },
    )
    counters, rows = page(call, listing, PageNumber, PageSize, SortProperty, SortDirection)
    return {**counters, "QualificationRequests": [laid_out(row) for row in rows]}


def _pending(call: Call, request_id: str) -> bool:
    """Whether a request still waits; read from the list, the only place that shows requests."""
    rows = scan(call, Listing("list_qualification_requests", "QualificationRequests"))
    return any(row["QualificationRequestId"] == request_id for batch in rows for row in batch)


@operation("GrantQualification")
def grant_qualification(call: Call, QualificationRequestId: QualificationRequestId, IntegerValue: int = 1) -> Result:
    """Grant what a Worker asked for: AcceptQualificationRequest."""
    call.once(
        lambda: call.mturk_once.accept_qualification_request(
            QualificationRequestId=QualificationRequestId, IntegerValue=IntegerValue
        ),
        happened=lambda: not _pending(call, QualificationRequestId),
    )
    return None


@operation("RejectQualificationRequest", since="2006-08-23")
def reject_qualification_request(
    call: Call, QualificationRequestId: QualificationRequestId, Reason: str | None = None
) -> Result:
    """Refuse what a Worker asked for: RejectQualificationRequest."""
    call.once(
        lambda: call.mturk_once.reject_qualification_request(
            **given(QualificationRequestId=QualificationRequestId, Reason=Reason)
        ),
        happened=lambda: not _pending(call, QualificationRequestId),
    )
    return None


# ---- the types --------------------------------------------------------------------------------------------------------


@operation("CreateQualificationType", element="QualificationType")
def create_qualification_type(
    call: Call,
    Name: Annotated[str, AtMost(200)],
    Description: Annotated[str, AtMost(2000)] | None = None,
    Keywords: Annotated[str, AtMost(1000)] | None = None,
    QualificationTypeStatus: QualificationTypeStatus = "Active",
    RetryDelayInSeconds: Seconds | None = None,
    Test: Document | None = None,
    AnswerKey: Document | None = None,
    TestDurationInSeconds: Seconds | None = None,
    AutoGranted: bool | None = None,
    AutoGrantedValue: int | None = None,
) -> Result:
    """Make a Qualification type: CreateQualificationType."""
    arguments = given(
        Name=Name,
        Description=Description or call.settings.default_description,
        Keywords=Keywords or None,
        QualificationTypeStatus=QualificationTypeStatus,
        RetryDelayInSeconds=RetryDelayInSeconds,
        Test=Test or None,
        AnswerKey=AnswerKey or None,
        TestDurationInSeconds=TestDurationInSeconds,
        AutoGranted=AutoGranted,
        AutoGrantedValue=AutoGrantedValue,
    )
    began = time.time()
    try:
        answer = call.once(
            lambda: call.mturk_once.create_qualification_type(**arguments),
            happened=lambda: _made(call, Name, began) is not None,
        )
    except ClientError as error:
        if code_of(error) == "QualificationTypeAlreadyExists":
            raise _already_exists(call, Name, error) from error
        raise
    return {"QualificationType": answer["QualificationType"] if answer else _named(call, Name)}


def _named(call: Call, name: str) -> dict[str, Any] | None:
    """The caller's own type of exactly this name, or None."""
    arguments = {"Query": name, "MustBeRequestable": False, "MustBeOwnedByCaller": True}
    batches = scan(call, Listing("list_qualification_types", "QualificationTypes", arguments))
    return next((row for batch in batches for row in batch if row.get("Name") == name), None)


def _made(call: Call, name: str, since: float) -> dict[str, Any] | None:
    """The type of this name if it was made after a moment (epoch seconds) or not long before: clocks differ."""
    found = _named(call, name)
    return found if found and found.get("CreationTime", since) >= since - CLOCKS_DIFFER else None


def _already_exists(call: Call, name: str, error: Any) -> LegacyError:
    """The refusal, with the existing type's id, which the old service named and the modern one does not."""
    found = _named(call, name)
    data = [("QualificationTypeId", found["QualificationTypeId"])] if found else []
    return LegacyError(f"{TURK}QualificationTypeAlreadyExists", message_of(error), *data)


@operation("GetQualificationType", element="QualificationType", writes=False)
def get_qualification_type(call: Call, QualificationTypeId: QualificationTypeId) -> Result:
    """A Qualification type: GetQualificationType."""
    return {"QualificationType": _type(call, QualificationTypeId)}


def _type(call: Call, type_id: str) -> dict[str, Any]:
    found: dict[str, Any] = call.mturk.get_qualification_type(QualificationTypeId=type_id)["QualificationType"]
    return found


@operation("UpdateQualificationType", element="QualificationType")
def update_qualification_type(
    call: Call,
    QualificationTypeId: QualificationTypeId,
    Description: Annotated[str, AtMost(2000)] | None = None,
    QualificationTypeStatus: QualificationTypeStatus | None = None,
    RetryDelayInSeconds: Seconds | None = None,
    Test: Document | None = None,
    AnswerKey: Document | None = None,
    TestDurationInSeconds: Seconds | None = None,
    AutoGranted: bool | None = None,
    AutoGrantedValue: int | None = None,
) -> Result:
    """Change a Qualification type; Name and Keywords cannot change: UpdateQualificationType."""
    arguments = given(
        QualificationTypeId=QualificationTypeId,
        Description=Description or None,
        QualificationTypeStatus=QualificationTypeStatus,
        RetryDelayInSeconds=RetryDelayInSeconds,
        Test=Test or None,
        AnswerKey=AnswerKey or None,
        TestDurationInSeconds=TestDurationInSeconds,
        AutoGranted=AutoGranted,
        AutoGrantedValue=AutoGrantedValue,
    )
    answer = call.once(
        lambda: call.mturk_once.update_qualification_type(**arguments),
        happened=lambda: arguments.items() <= _type(call, QualificationTypeId).items(),
    )
    return {"QualificationType": answer["QualificationType"] if answer else _type(call, QualificationTypeId)}


@operation("DisposeQualificationType", since="2008-08-02")
def dispose_qualification_type(call: Call, QualificationTypeId: QualificationTypeId) -> Result:
    """Do away with a Qualification type: DeleteQualificationType."""

    def gone() -> bool:
        try:
            _type(call, QualificationTypeId)
        except ClientError as error:
            if code_of(error) == "QualificationTypeDoesNotExist":
                return True
            raise
        return False

    call.once(lambda: call.mturk_once.delete_qualification_type(QualificationTypeId=QualificationTypeId), happened=gone)
    return None


@operation("SearchQualificationTypes", writes=False)
def search_qualification_types(
    call: Call,
    MustBeRequestable: bool = False,
    Query: Annotated[str, AtMost(1000)] | None = None,
    MustBeOwnedByCaller: bool = False,
    SortProperty: TypesSort = "Name",
    SortDirection: SortDirection = "Descending",
    PageNumber: PageNumber = 1,
    PageSize: PageSize = 10,
) -> Result:
    """Qualification types by name, description and keywords: ListQualificationTypes.

    MustBeRequestable is documented as required, but clients leave it out and were served.
    """
    listing = Listing(
        "list_qualification_types",
        "QualificationTypes",
        given(Query=Query or None, MustBeRequestable=MustBeRequestable, MustBeOwnedByCaller=MustBeOwnedByCaller),
        keys={"Name": lambda row: row.get("Name", "")},
    )
    counters, rows = page(call, listing, PageNumber, PageSize, SortProperty, SortDirection)
    return {**counters, "QualificationTypes": rows}
