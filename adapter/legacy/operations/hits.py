"""HITs and HIT types: register, create, read, list, review."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from botocore.exceptions import ClientError

from adapter.core.errors import TURK, LegacyError, does_not_exist, invalid, missing
from adapter.legacy.call import Call, Result
from adapter.legacy.idempotency.disable_saga import status_of
from adapter.legacy.idempotency.tokens import carried, freed, message_of, named_hit, own_token, used_before
from adapter.legacy.lists.listing import Listing
from adapter.legacy.lists.paging import PageNumber, PageSize, page
from adapter.legacy.operations.registry import HIT_GROUPS, operation
from adapter.legacy.protocol.binding import Also, AtMost, Between, Bytes, CommaList, Id, Since, Unless
from adapter.legacy.protocol.shapes import (
    HITId,
    HITLayoutParameter,
    HITTypeId,
    Price,
    QualificationRequirement,
    QualificationTypeId,
    ReviewPolicy,
    SortDirection,
    given,
    requirements,
)
from adapter.legacy.store import journal

Title = Annotated[str, AtMost(128)]
Description = Annotated[str, AtMost(2000)]
Keywords = Annotated[str, AtMost(1000)]
Question = Annotated[str, Bytes(65535)]
Duration = Annotated[int, Between(30, 31536000)]
ApprovalDelay = Annotated[int, Between(0, 2592000)]
Assignments = Annotated[int, Between(1, 1000000000)]
Token = Annotated[str, AtMost(64), Since("2012-03-25")]
#: Members of the HIT type are ignored, half ones too, where a CreateHIT names a HIT type.
OfType = Unless("HITTypeId")

AUTO_APPROVAL_DEFAULT = 2592000
#: Lifetime of a HIT whose client names a HIT type and no lifetime: a week, as boto 2 gives by default.
LIFETIME_DEFAULT = 604800


#: Enumeration promises no order.
HITsSort = Literal["Title", "Reward", "Expiration", "CreationTime", "Enumeration"]
ReviewableHITStatus = Literal["Reviewable", "Reviewing"]

HIT_KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "Title": lambda hit: hit.get("Title", ""),
    "Reward": lambda hit: Decimal(hit.get("Reward", "0")),
    "Expiration": lambda hit: hit.get("Expiration", 0),
    "CreationTime": lambda hit: hit.get("CreationTime", 0),
    "Enumeration": lambda _: 0,
}


# ---- register and create ----------------------------------------------------------------------------------------------


@operation("RegisterHITType", repeatable=True)
def register_hit_type(
    call: Call,
    Title: Title,
    Description: Description,
    Reward: Price,
    AssignmentDurationInSeconds: Duration,
    AutoApprovalDelayInSeconds: ApprovalDelay = AUTO_APPROVAL_DEFAULT,
    Keywords: Keywords | None = None,
    QualificationRequirement: list[QualificationRequirement] | None = None,
) -> Result:
    """Register the common properties of HITs; equal values give the same id: CreateHITType."""
    answer = call.mturk.create_hit_type(
        **given(
            Title=Title,
            Description=Description,
            Reward=Reward.modern(),
            AssignmentDurationInSeconds=AssignmentDurationInSeconds,
            # sent even where it is the default, so that equal types stay equal
            AutoApprovalDelayInSeconds=AutoApprovalDelayInSeconds,
            Keywords=Keywords or None,
            QualificationRequirements=requirements(QualificationRequirement, call.settings.preview_action),
        )
    )
    return {"HITTypeId": answer["HITTypeId"]}


@operation("CreateHIT", element="HIT", groups=HIT_GROUPS, repeatable=True)
def create_hit(
    call: Call,
    HITTypeId: HITTypeId | None = None,
    Title: Annotated[Title, OfType] | None = None,
    Description: Annotated[Description, OfType] | None = None,
    Keywords: Annotated[Keywords, OfType] | None = None,
    Reward: Annotated[Price, OfType] | None = None,
    AssignmentDurationInSeconds: Annotated[Duration, OfType] | None = None,
    AutoApprovalDelayInSeconds: Annotated[ApprovalDelay, OfType] = AUTO_APPROVAL_DEFAULT,
    QualificationRequirement: Annotated[list[QualificationRequirement], OfType] | None = None,
    LifetimeInSeconds: Duration | None = None,
    MaxAssignments: Assignments = 1,
    Question: Question | None = None,
    RequesterAnnotation: Annotated[str, AtMost(255)] | None = None,
    UniqueRequestToken: Token | None = None,
    AssignmentReviewPolicy: Annotated[ReviewPolicy, Since("2012-03-25")] | None = None,
    HITReviewPolicy: Annotated[ReviewPolicy, Since("2012-03-25")] | None = None,
    HITLayoutId: Annotated[str, Id(), Since("2012-03-25")] | None = None,
    HITLayoutParameter: Annotated[list[HITLayoutParameter], Also("HITLayoutParameters"), Since("2012-03-25")]
    | None = None,
) -> Result:
    """Make a HIT: CreateHIT, or CreateHITWithHITType where a HIT type is named."""
    own = given(
        MaxAssignments=MaxAssignments,
        LifetimeInSeconds=LIFETIME_DEFAULT if LifetimeInSeconds is None and HITTypeId else LifetimeInSeconds,
        Question=Question or None,
        RequesterAnnotation=RequesterAnnotation or None,
        AssignmentReviewPolicy=AssignmentReviewPolicy.modern() if AssignmentReviewPolicy else None,
        HITReviewPolicy=HITReviewPolicy.modern() if HITReviewPolicy else None,
        HITLayoutId=HITLayoutId,
        HITLayoutParameters=[each.modern() for each in HITLayoutParameter] if HITLayoutParameter else None,
    )
    if HITTypeId:
        own["HITTypeId"] = HITTypeId
    else:
        own |= given(
            Title=Title,
            Description=Description or call.settings.default_description,
            Keywords=Keywords or None,
            Reward=Reward.modern() if Reward else None,
            AssignmentDurationInSeconds=AssignmentDurationInSeconds,
            AutoApprovalDelayInSeconds=AutoApprovalDelayInSeconds,
            QualificationRequirements=requirements(QualificationRequirement, call.settings.preview_action),
        )
        for name in ("Title", "Reward", "AssignmentDurationInSeconds", "LifetimeInSeconds"):
            if not own.get(name):
                raise missing(name)
    if bool(Question) == bool(HITLayoutId):
        raise invalid("Question", "", "Exactly one of Question and HITLayoutId is needed.")
    return {"HIT": _create(call, own, UniqueRequestToken)}


def _create(call: Call, members: dict[str, Any], client_token: str | None) -> dict[str, Any]:
    """Create a HIT once, however often the call is tried; a token that another call used is refused.

    It must be known whose a token is: one that the gateway made is this call's; a client's is that of the call which first
    brought it, and that is journalled.
    """
    own = own_token(call, "CreateHIT", client_token)
    client = call.mturk
    send = client.create_hit_with_hit_type if "HITTypeId" in members else client.create_hit
    with carried(call, "CreateHIT", client_token, members) as token:
        try:
            with freed(call, "CreateHIT", client_token if own.ours else None):
                made: dict[str, Any] = send(**members, UniqueRequestToken=token)["HIT"]
        except ClientError as error:
            if not used_before(error):
                raise
            # used by an earlier call, or by an earlier try of this one
            hit_id = named_hit(error, token)
            if hit_id is None or not own.used_by_us(call.outcome):
                data = [("HITId", hit_id)] if hit_id else []
                raise LegacyError(f"{TURK}HITAlreadyExists", message_of(error), *data) from error
            call.outcome.happened = True
            made = call.mturk.get_hit(HITId=hit_id)["HIT"]
    return made


# ---- read -------------------------------------------------------------------------------------------------------------


@operation(
    "GetHIT",
    element="HIT",
    groups=HIT_GROUPS,
    default=("Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary"),
    writes=False,
)
def get_hit(call: Call, HITId: HITId) -> Result:
    """A HIT, also one disposed of a while ago: GetHIT.

    The documented default has no HITAssignmentSummary, but clients read the three numbers without asking for them.
    """
    hit = dict(call.mturk.get_hit(HITId=HITId)["HIT"])
    if journal.is_disabled(call.store, call.account_id, HITId):
        hit["HITStatus"] = "Disposed"
    return {"HIT": hit}


@operation(
    "SearchHITs",
    since="2006-05-05",
    groups=HIT_GROUPS,
    default=("Minimal", "HITDetail", "HITAssignmentSummary"),
    writes=False,
)
def search_hits(
    call: Call,
    SortProperty: HITsSort = "CreationTime",
    SortDirection: SortDirection = "Ascending",
    PageNumber: PageNumber = 1,
    PageSize: PageSize = 10,
) -> Result:
    """All HITs that are not disposed of: ListHITs."""
    listing = Listing("list_hits", "HITs", keys=HIT_KEYS, without=_unseen(call), hidden=_hidden(call))
    counters, rows = page(call, listing, PageNumber, PageSize, SortProperty, SortDirection)
    return {**counters, "HITs": rows}


@operation("GetReviewableHITs", writes=False)
def get_reviewable_hits(
    call: Call,
    HITTypeId: HITTypeId | None = None,
    Status: Annotated[list[ReviewableHITStatus], CommaList(), Also("StatusMatchOption")] | None = None,
    SortProperty: HITsSort = "Expiration",
    SortDirection: SortDirection = "Descending",
    PageNumber: PageNumber = 1,
    PageSize: PageSize = 10,
) -> Result:
    """HITs whose work is done, by id: ListReviewableHITs, once for each status asked for."""
    statuses = list(dict.fromkeys(Status or ["Reviewable"]))
    listing = Listing(
        "list_reviewable_hits",
        "HITs",
        given(HITTypeId=HITTypeId, Status=statuses if len(statuses) > 1 else statuses[0]),
        keys=HIT_KEYS,
        without=("Question",),
        hidden=_hidden(call),
    )
    counters, rows = page(call, listing, PageNumber, PageSize, SortProperty, SortDirection)
    return {**counters, "HITs": rows}


@operation(
    "GetHITsForQualificationType",
    since="2006-08-23",
    groups=HIT_GROUPS,
    default=("Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary"),
    writes=False,
)
def get_hits_for_qualification_type(
    call: Call, QualificationTypeId: QualificationTypeId, PageNumber: PageNumber = 1, PageSize: PageSize = 10
) -> Result:
    """HITs that require a Qualification, whole as the reference's sample shows them: ListHITsForQualificationType."""
    listing = Listing(
        "list_hits_for_qualification_type",
        "HITs",
        {"QualificationTypeId": QualificationTypeId},
        without=_unseen(call),
        hidden=_hidden(call),
    )
    counters, rows = page(call, listing, PageNumber, PageSize)
    return {**counters, "HITs": rows}


def _unseen(call: Call) -> tuple[str, ...]:
    """Questions are up to 64 KB each; they are not kept for pages that do not show them."""
    return () if "HITQuestion" in call.groups else ("Question",)


def _hidden(call: Call) -> frozenset[str]:
    return journal.hidden(call.store, call.account_id)


# ---- change -----------------------------------------------------------------------------------------------------------


def refuse_disabled(call: Call, hit_id: str) -> None:
    """A HIT that DisableHIT took is gone for every other operation."""
    if journal.is_disabled(call.store, call.account_id, hit_id):
        raise does_not_exist("HIT", hit_id)


@operation("ChangeHITTypeOfHIT", since="2007-06-21")
def change_hit_type_of_hit(call: Call, HITId: HITId, HITTypeId: HITTypeId) -> Result:
    """Move a HIT to another HIT type: UpdateHITTypeOfHIT."""
    refuse_disabled(call, HITId)
    call.once(
        lambda: call.mturk_once.update_hit_type_of_hit(HITId=HITId, HITTypeId=HITTypeId),
        happened=lambda: call.mturk.get_hit(HITId=HITId)["HIT"].get("HITTypeId") == HITTypeId,
    )
    return None


@operation("SetHITAsReviewing")
def set_hit_as_reviewing(call: Call, HITId: HITId, Revert: bool = False) -> Result:
    """Mark a reviewable HIT as being reviewed, or take that back: UpdateHITReviewStatus."""
    refuse_disabled(call, HITId)
    wanted = "Reviewable" if Revert else "Reviewing"
    call.once(
        lambda: call.mturk_once.update_hit_review_status(HITId=HITId, Revert=Revert),
        happened=lambda: status_of(call, HITId) == wanted,
    )
    return None


@operation("DisposeHIT")
def dispose_hit(call: Call, HITId: HITId) -> Result:
    """Do away with a HIT whose work is all decided: DeleteHIT."""
    refuse_disabled(call, HITId)
    call.once(lambda: call.mturk_once.delete_hit(HITId=HITId), happened=lambda: status_of(call, HITId) == "Disposed")
    return None
