"""Assignments: read, approve, reject; bonuses; uploaded files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from botocore.exceptions import ClientError

from adapter.core.errors import TURK, LegacyError, invalid, missing
from adapter.legacy.call import Call, Result
from adapter.legacy.idempotency.tokens import carried, code_of, freed, message_of, own_token, used_before
from adapter.legacy.lists.listing import Listing
from adapter.legacy.lists.paging import PageNumber, PageSize, page
from adapter.legacy.operations.answers import laid_out
from adapter.legacy.operations.hits import Token, refuse_disabled
from adapter.legacy.operations.registry import operation
from adapter.legacy.protocol.binding import Also, AtMost, CommaList, NoControls
from adapter.legacy.protocol.shapes import AssignmentId, HITId, Price, SortDirection, WorkerId, given

Feedback = Annotated[str, AtMost(1024), NoControls()]


AssignmentStatus = Literal["Submitted", "Approved", "Rejected"]
#: Answer sorts by the text of the document.
AssignmentsSort = Literal["AcceptTime", "SubmitTime", "Answer", "AssignmentStatus"]
_KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "AcceptTime": lambda row: row.get("AcceptTime", 0),
    "SubmitTime": lambda row: row.get("SubmitTime", 0),
    "Answer": lambda row: row.get("Answer", ""),
    "AssignmentStatus": lambda row: row.get("AssignmentStatus", ""),
}
_GROUPS = ("Minimal", "AssignmentFeedback")


# ---- read -------------------------------------------------------------------------------------------------------------


@operation(
    "GetAssignment",
    since="2012-03-25",
    groups=("Minimal", "AssignmentFeedback", "HITDetail", "HITQuestion"),
    writes=False,
)
def get_assignment(call: Call, AssignmentId: AssignmentId) -> Result:
    """One assignment and its HIT: GetAssignment."""
    answer = call.mturk.get_assignment(AssignmentId=AssignmentId)
    return {"Assignment": laid_out(answer["Assignment"]), "HIT": answer.get("HIT") or {}}


@operation("GetAssignmentsForHIT", groups=_GROUPS, writes=False)
def get_assignments_for_hit(
    call: Call,
    HITId: HITId,
    AssignmentStatus: Annotated[list[AssignmentStatus], CommaList()] | None = None,
    SortProperty: AssignmentsSort = "SubmitTime",
    SortDirection: SortDirection = "Ascending",
    PageNumber: PageNumber = 1,
    PageSize: PageSize = 10,
) -> Result:
    """The submitted work of a HIT: ListAssignmentsForHIT."""
    refuse_disabled(call, HITId)
    statuses = list(dict.fromkeys(AssignmentStatus)) if AssignmentStatus else None
    listing = Listing(
        "list_assignments_for_hit", "Assignments", given(HITId=HITId, AssignmentStatuses=statuses), keys=_KEYS
    )
    counters, rows = page(call, listing, PageNumber, PageSize, SortProperty, SortDirection)
    return {**counters, "Assignments": [laid_out(row) for row in rows]}


@operation("GetFileUploadURL", since="2006-08-23", writes=False)
def get_file_upload_url(call: Call, AssignmentId: AssignmentId, QuestionIdentifier: str) -> Result:
    """Where an uploaded file can be fetched for the next 60 seconds: GetFileUploadURL."""
    answer = call.mturk.get_file_upload_url(AssignmentId=AssignmentId, QuestionIdentifier=QuestionIdentifier)
    return {"FileUploadURL": answer["FileUploadURL"]}


# ---- decide -----------------------------------------------------------------------------------------------------------


@operation("ApproveAssignment")
def approve_assignment(call: Call, AssignmentId: AssignmentId, RequesterFeedback: Feedback | None = None) -> Result:
    """Accept and pay submitted work: ApproveAssignment."""
    _decide(
        call,
        AssignmentId,
        lambda: call.mturk_once.approve_assignment(
            **given(AssignmentId=AssignmentId, RequesterFeedback=RequesterFeedback or None)
        ),
        "Approved",
    )
    return None


@operation("RejectAssignment")
def reject_assignment(call: Call, AssignmentId: AssignmentId, RequesterFeedback: Feedback | None = None) -> Result:
    """Refuse submitted work: RejectAssignment."""
    feedback = RequesterFeedback or call.settings.default_feedback
    _decide(
        call,
        AssignmentId,
        lambda: call.mturk_once.reject_assignment(AssignmentId=AssignmentId, RequesterFeedback=feedback),
        "Rejected",
    )
    return None


@operation("ApproveRejectedAssignment", since="2012-03-25")
def approve_rejected_assignment(
    call: Call, AssignmentId: AssignmentId, RequesterFeedback: Feedback | None = None
) -> Result:
    """Accept and pay work that was rejected within 30 days: GetAssignment, ApproveAssignment with OverrideRejection.

    The state is looked at first, because the modern call would approve undecided work, too.
    """
    state = _state(call, AssignmentId)
    if call.again and state == "Approved":
        return None
    if state != "Rejected":
        raise _wrong_state(state, "Rejected")
    _decide(
        call,
        AssignmentId,
        lambda: call.mturk_once.approve_assignment(
            **given(AssignmentId=AssignmentId, RequesterFeedback=RequesterFeedback or None, OverrideRejection=True)
        ),
        "Approved",
    )
    return None


def _decide(call: Call, assignment_id: str, send: Callable[[], Any], outcome: str) -> None:
    """Make a decision once; a refusal for the state names the state, which clients read to see that all is well."""
    try:
        call.once(send, happened=lambda: _state(call, assignment_id) == outcome)
    except ClientError as error:
        if code_of(error) != "InvalidAssignmentState":
            raise
        raise _wrong_state(_state(call, assignment_id), "Submitted", message_of(error)) from error


def _state(call: Call, assignment_id: str) -> str:
    return str(call.mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]["AssignmentStatus"])


def _wrong_state(state: str, expected: str, message: str = "") -> LegacyError:
    return LegacyError(
        f"{TURK}InvalidAssignmentState",
        message or f"This operation can be called with a status of: {expected}",
        ("CurrentState", state),
        ("ExpectedStates", expected),
    )


# ---- bonuses ----------------------------------------------------------------------------------------------------------


@operation("GrantBonus", since="2006-06-20", repeatable=True)
def grant_bonus(
    call: Call,
    WorkerId: WorkerId,
    BonusAmount: Annotated[Price, Also("Reward")],
    AssignmentId: AssignmentId,
    Reason: str,
    UniqueRequestToken: Token | None = None,
) -> Result:
    """Pay a Worker extra: SendBonus, always with a token, so that no retry by machine pays twice."""
    own = own_token(call, "GrantBonus", UniqueRequestToken)
    bonus = {
        "WorkerId": WorkerId,
        "BonusAmount": BonusAmount.modern(),
        "AssignmentId": AssignmentId,
        "Reason": Reason,
    }
    with carried(call, "GrantBonus", UniqueRequestToken, bonus) as token:
        try:
            with freed(call, "GrantBonus", UniqueRequestToken if own.ours else None):
                call.mturk.send_bonus(**bonus, UniqueRequestToken=token)
        except ClientError as error:
            if not used_before(error):
                raise
            if not own.used_by_us(call.outcome):
                raise LegacyError(f"{TURK}DuplicateCall", message_of(error), ("Token", token)) from error
    return None


@operation("GetBonusPayments", since="2006-10-31", writes=False)
def get_bonus_payments(
    call: Call,
    HITId: HITId | None = None,
    AssignmentId: AssignmentId | None = None,
    PageNumber: PageNumber = 1,
    PageSize: PageSize = 10,
) -> Result:
    """Bonuses paid for a HIT or for an assignment: ListBonusPayments."""
    if not HITId and not AssignmentId:
        raise missing("HITId or AssignmentId")
    if HITId and AssignmentId:
        raise invalid("AssignmentId", AssignmentId, "Only one of HITId and AssignmentId may be given.")
    listing = Listing("list_bonus_payments", "BonusPayments", given(HITId=HITId, AssignmentId=AssignmentId))
    counters, rows = page(call, listing, PageNumber, PageSize)
    return {**counters, "BonusPayments": rows}
