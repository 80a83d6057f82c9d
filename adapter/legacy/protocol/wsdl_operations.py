"""The operations of the SOAP schema: what each takes and answers, in the notation of the module wsdl."""

from __future__ import annotations

from dataclasses import dataclass

from adapter.core.versions import NEWEST, PUBLISHED


@dataclass(frozen=True)
class Described:
    """One operation as the schemas of the published versions have it (docs/contract.md).

    `request` and `result` are members; `result` is the name of a structure where the result element has a name of its
    own. `many` is `+` where a message needs one Request at least. `bare` says that the echo of the Request was named
    like the operation until 2013-11-15, without `Request` behind it.
    """

    request: str
    result: str = "&Request?"
    element: str = ""
    many: str = "*"
    since: str = PUBLISHED[0]
    until: str = NEWEST
    bare: bool = False


_PAGE = "PageNumber:int? PageSize:int?"
_COUNTS = "&Request? PageNumber:int? NumResults:int? TotalNumResults:int?"
#: Three operations have the counters in another order.
_COUNTS_LATE = "&Request? NumResults:int? TotalNumResults:int? PageNumber:int?"
_TYPE_REST = (
    "RetryDelayInSeconds:long? Test? AnswerKey? TestDurationInSeconds:long? AutoGranted:boolean? AutoGrantedValue:int?"
)
_NEW = "2012-03-25"

OPERATIONS = {
    "CreateHIT": Described(
        "HITTypeId? MaxAssignments:int? AutoApprovalDelayInSeconds:long? LifetimeInSeconds:long"
        " AssignmentDurationInSeconds:long? Reward:Price? Title? Keywords? Description? Question~2008-08-02"
        " Question?@2012-03-25 RequesterAnnotation? QualificationRequirement:QualificationRequirement*"
        " UniqueRequestToken?@2012-03-25 AssignmentReviewPolicy:ReviewPolicy?@2012-03-25"
        " HITReviewPolicy:ReviewPolicy?@2012-03-25 HITLayoutId?@2012-03-25"
        " HITLayoutParameter:HITLayoutParameter*@2012-03-25 ResponseGroup*",
        "HIT",
        "HIT",
        "+",
    ),
    "RegisterHITType": Described(
        "AutoApprovalDelayInSeconds:long? AssignmentDurationInSeconds:long Reward:Price Title Keywords? Description"
        " QualificationRequirement:QualificationRequirement* ResponseGroup*",
        "&Request? HITTypeId?",
        many="+",
    ),
    "SetHITTypeNotification": Described("HITTypeId Notification:NotificationSpecification? Active:boolean?", many="+"),
    "SendTestEventNotification": Described("Notification:NotificationSpecification TestEventType:EventType?", many="+"),
    "DisposeHIT": Described("HITId ResponseGroup*"),
    "DisableHIT": Described("HITId ResponseGroup*"),
    "GetHIT": Described("HITId ResponseGroup*", "HIT", "HIT"),
    "GetAssignment": Described("AssignmentId ResponseGroup*", "&Request? Assignment:Assignment? HIT:HIT?", since=_NEW),
    "GetReviewResultsForHIT": Described(
        "HITId PolicyLevel:ReviewPolicyLevel* RetrieveActions:boolean? RetrieveResults:boolean?"
        f" {_PAGE} ResponseGroup*",
        "&Request? HITId AssignmentReviewPolicy:ReviewPolicy? HITReviewPolicy:ReviewPolicy?"
        " AssignmentReviewReport:ReviewReport? HITReviewReport:ReviewReport?",
        since=_NEW,
    ),
    "GetReviewableHITs": Described(
        "HITTypeId? Status:ReviewableHITStatus? SortDirection:SortDirection?"
        f" SortProperty:GetReviewableHITsSortProperty? {_PAGE} ResponseGroup*",
        f"{_COUNTS} HIT:HIT*",
    ),
    "GetHITsForQualificationType": Described(f"QualificationTypeId {_PAGE} ResponseGroup*", f"{_COUNTS} HIT:HIT*"),
    "GetQualificationsForQualificationType": Described(
        f"QualificationTypeId Status:QualificationStatus? {_PAGE} ResponseGroup*",
        f"{_COUNTS} Qualification:Qualification*",
    ),
    "SetHITAsReviewing": Described("HITId Revert:boolean? ResponseGroup*"),
    "ExtendHIT": Described(
        "HITId MaxAssignmentsIncrement:int? ExpirationIncrementInSeconds:long? UniqueRequestToken?@2012-03-25"
        " ResponseGroup*",
        many="+",
    ),
    "ForceExpireHIT": Described("HITId ResponseGroup*"),
    "ApproveAssignment": Described("AssignmentId ResponseGroup* RequesterFeedback?"),
    "RejectAssignment": Described("AssignmentId ResponseGroup* RequesterFeedback?"),
    "ApproveRejectedAssignment": Described("AssignmentId ResponseGroup* RequesterFeedback?", since=_NEW),
    "GetAssignmentsForHIT": Described(
        f"HITId SortDirection:SortDirection? SortProperty:GetAssignmentsForHITSortProperty? {_PAGE}"
        " AssignmentStatus:AssignmentStatus* ResponseGroup*",
        f"{_COUNTS} Assignment:Assignment*",
        bare=True,
    ),
    "GetFileUploadURL": Described("AssignmentId QuestionIdentifier", "&Request? FileUploadURL", bare=True),
    "SearchHITs": Described(
        f"SortDirection:SortDirection? SortProperty:SearchHITsSortProperty? {_PAGE} ResponseGroup*",
        f"{_COUNTS} HIT:HIT*",
    ),
    "GrantBonus": Described(
        "WorkerId BonusAmount:Price AssignmentId Reason UniqueRequestToken?@2012-03-25 ResponseGroup*", many="+"
    ),
    "GetBonusPayments": Described(
        f"HITId? AssignmentId? {_PAGE} ResponseGroup*",
        "&Request? NumResults:int? PageNumber:int? TotalNumResults:int? BonusPayment:BonusPayment*",
        many="+",
    ),
    "ChangeHITTypeOfHIT": Described("HITId HITTypeId ResponseGroup*", many="+"),
    "CreateQualificationType": Described(
        f"Name Keywords? Description? QualificationTypeStatus:QualificationTypeStatus? {_TYPE_REST} ResponseGroup*",
        "QualificationType",
        "QualificationType",
    ),
    "GrantQualification": Described("QualificationRequestId IntegerValue:int? ResponseGroup*"),
    "AssignQualification": Described(
        "QualificationTypeId WorkerId IntegerValue:int? SendNotification:boolean? ResponseGroup*"
    ),
    "RevokeQualification": Described("SubjectId QualificationTypeId Reason? ResponseGroup*"),
    "GetQualificationType": Described("QualificationTypeId ResponseGroup*", "QualificationType", "QualificationType"),
    "GetQualificationRequests": Described(
        "QualificationTypeId? SortDirection:SortDirection? SortProperty:GetQualificationRequestsSortProperty?"
        f" {_PAGE} ResponseGroup*",
        f"{_COUNTS_LATE} QualificationRequest:QualificationRequest*",
    ),
    "RejectQualificationRequest": Described("QualificationRequestId Reason? ResponseGroup*"),
    "UpdateQualificationType": Described(
        "QualificationTypeId Description? QualificationTypeStatus:QualificationTypeStatus? Test? AnswerKey?"
        " TestDurationInSeconds:long? RetryDelayInSeconds:long? AutoGranted:boolean? AutoGrantedValue:int?"
        " ResponseGroup*",
        "QualificationType",
        "QualificationType",
    ),
    "SearchQualificationTypes": Described(
        "Query? MustBeRequestable:boolean MustBeOwnedByCaller:boolean? SortDirection:SortDirection?"
        f" SortProperty:SearchQualificationTypesSortProperty? {_PAGE} ResponseGroup*",
        f"{_COUNTS_LATE} QualificationType:QualificationType*",
    ),
    "GetQualificationScore": Described(
        "QualificationTypeId SubjectId ResponseGroup*", "Qualification", "Qualification"
    ),
    "UpdateQualificationScore": Described("QualificationTypeId SubjectId IntegerValue:int? ResponseGroup*"),
    "DisposeQualificationType": Described("QualificationTypeId?", since="2008-08-02"),
    "GetRequesterStatistic": Described(
        "Statistic:RequesterStatistic TimePeriod:TimePeriod? Count:int? ResponseGroup*",
        "GetStatisticResult",
        "GetStatisticResult",
        bare=True,
    ),
    "GetRequesterWorkerStatistic": Described(
        "Statistic:RequesterStatistic TimePeriod:TimePeriod? WorkerId Count:int? ResponseGroup*",
        "GetStatisticResult",
        "GetStatisticResult",
        since=_NEW,
        bare=True,
    ),
    "NotifyWorkers": Described(
        "Subject? MessageText WorkerId{1,100} ResponseGroup*",
        "&Request? NotifyWorkersFailureStatus:NotifyWorkersFailureStatus{0,100}@2008-08-02",
        many="+",
    ),
    "GetAccountBalance": Described(
        "ResponseGroup* Unused?", "&Request? AvailableBalance:Price? OnHoldBalance:Price?", many="+"
    ),
    "SetWorkerAcceptLimit": Described(
        "MaxWorkerAcceptLimit:int LimitGroupType:LimitGroupType LimitGroupId? ResponseGroup*",
        many="+",
        until="2007-06-21",
    ),
    "GetWorkerAcceptLimit": Described(
        "LimitGroupType:LimitGroupType LimitGroupId? ResponseGroup*",
        "MaxWorkerAcceptLimit:int &Request?",
        many="+",
        until="2007-06-21",
    ),
    "GetBlockedWorkers": Described(
        f"{_PAGE} ResponseGroup*", f"{_COUNTS} WorkerBlock:WorkerBlock*", many="+", since=_NEW
    ),
    "BlockWorker": Described("WorkerId Reason ResponseGroup*", many="+"),
    "UnblockWorker": Described("WorkerId Reason? ResponseGroup*", many="+"),
    "Help": Described("About+ HelpType:HelpType? ResponseGroup*", "Information", "&Information"),
}

#: The operations whose Request can be shown inside the reply, in the order of the schemas.
# fmt: off
ECHOES = (
    "CreateHIT", "RegisterHITType", "DisposeHIT", "DisableHIT", "GetHIT", "GetAssignment", "GetReviewResultsForHIT",
    "GetReviewableHITs", "GetHITsForQualificationType", "GetQualificationsForQualificationType", "SetHITAsReviewing",
    "SearchHITs", "ExtendHIT", "ForceExpireHIT", "ChangeHITTypeOfHIT", "CreateQualificationType",
    "DisposeQualificationType", "GrantQualification", "AssignQualification", "RevokeQualification",
    "GetQualificationRequests", "RejectQualificationRequest", "GetQualificationType", "SearchQualificationTypes",
    "UpdateQualificationType", "ApproveAssignment", "RejectAssignment", "ApproveRejectedAssignment",
    "GetAssignmentsForHIT", "GetFileUploadURL", "GrantBonus", "GetBonusPayments", "GetAccountBalance",
    "NotifyWorkers", "SetWorkerAcceptLimit", "GetWorkerAcceptLimit", "GetBlockedWorkers", "BlockWorker",
    "UnblockWorker", "GetRequesterStatistic", "GetRequesterWorkerStatistic", "Help",
)
# fmt: on
#: Before this version GetRequesterStatistic had no echo.
STATISTIC_ECHO_SINCE = _NEW
