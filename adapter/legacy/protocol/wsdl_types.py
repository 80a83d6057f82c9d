"""The data structures and enumerations of the SOAP schema, version by version, in the notation of the module wsdl."""

from __future__ import annotations

from adapter.core.statistic_definitions import PERIODS, STATISTICS

#: Structures by name. Evidence: the schemas of the published versions (docs/contract.md, Versions, Tokens and values).
STRUCTURES = {
    "Price": "Amount:decimal CurrencyCode FormattedPrice?",
    "Locale": "Country? Subdivision?@2014-08-15",
    "QualificationRequirement": (
        "QualificationTypeId Comparator:Comparator IntegerValue:int?~2012-03-25 IntegerValue:int*@2013-11-15"
        " LocaleValue:Locale?~2012-03-25 LocaleValue:Locale*@2013-11-15 RequiredToPreview:boolean?"
    ),
    "NotificationSpecification": "Destination Transport:NotificationTransport Version EventType:EventType*",
    "HITLayoutParameter": "Name Value",
    "ReviewPolicy": "PolicyName Parameter:PolicyParameter*",
    "PolicyParameter": "Key Value* MapEntry:ParameterMapEntry*",
    "ParameterMapEntry": "Key Value*",
    "HIT": (
        "&Request? HITId? HITTypeId? HITGroupId?@2012-03-25 HITLayoutId?@2012-03-25 CreationTime:dateTime? Title?"
        " Description? Question? Keywords? HITStatus:HITStatus? MaxAssignments:int? Reward:Price?"
        " AutoApprovalDelayInSeconds:long? Expiration:dateTime? AssignmentDurationInSeconds:long?"
        " NumberOfSimilarHITs:int?~2008-08-02 RequesterAnnotation? QualificationRequirement:QualificationRequirement*"
        " HITReviewStatus:HITReviewStatus? NumberOfAssignmentsPending:int? NumberOfAssignmentsAvailable:int?"
        " NumberOfAssignmentsCompleted:int?"
    ),
    "Assignment": (
        "&Request? AssignmentId? WorkerId? HITId? AssignmentStatus:AssignmentStatus? AutoApprovalTime:dateTime?"
        " AcceptTime:dateTime? SubmitTime:dateTime? ApprovalTime:dateTime? RejectionTime:dateTime? Deadline:dateTime?"
        " Answer? RequesterFeedback?"
    ),
    "BonusPayment": "&Request? WorkerId? BonusAmount:Price? AssignmentId? Reason? GrantTime:dateTime?",
    "QualificationType": (
        "&Request? QualificationTypeId? CreationTime:dateTime? Name? Description? Keywords?"
        " QualificationTypeStatus:QualificationTypeStatus? Test? TestDurationInSeconds:long? AnswerKey?"
        " RetryDelayInSeconds:long? IsRequestable:boolean? AutoGranted:boolean? AutoGrantedValue:int?"
    ),
    "Qualification": (
        "&Request? QualificationTypeId? SubjectId? GrantTime:dateTime? IntegerValue:int? LocaleValue:Locale?"
        " Status:QualificationStatus?"
    ),
    "QualificationRequest": "QualificationRequestId QualificationTypeId SubjectId Test? Answer? SubmitTime:dateTime",
    "ReviewReport": (
        "PageNumber:int? NumResults:int? TotalNumResults:int? ReviewResult:ReviewResultDetail*"
        " ReviewAction:ReviewActionDetail*"
    ),
    "ReviewResultDetail": "ActionId SubjectId SubjectType QuestionId? Key Value",
    "ReviewActionDetail": (
        "ActionId ActionName ObjectId ObjectType Status:ReviewActionStatus CompleteTime:dateTime? Result? ErrorCode?"
    ),
    "GetStatisticResult": (
        "&Request? DataPoint:DataPoint* Statistic:RequesterStatistic?@2012-03-25 TimePeriod:TimePeriod?@2012-03-25"
        " WorkerId?@2012-03-25"
    ),
    "DataPoint": "Date:dateTime LongValue:long? DoubleValue:double?",
    "NotifyWorkersFailureStatus": (
        "NotifyWorkersFailureCode:NotifyWorkersFailureCode NotifyWorkersFailureMessage WorkerId"
    ),
    "WorkerBlock": "WorkerId Reason",
    "KeyValuePair": "Key Value",
}

#: Elements that others refer to. The echoes inside Request come from the operations.
ELEMENTS = {
    "OperationRequest": "&HTTPHeaders? RequestId? &Arguments? &Errors?",
    "HTTPHeaders": "Header:(%Name %Value)*",
    "Arguments": "Argument:(%Name %Value)+",
    "Errors": "Error:(Code Message Data:KeyValuePair*)+",
    "Information": "&Request? &OperationInformation* &ResponseGroupInformation*",
    "OperationInformation": (
        "Name? Description? RequiredParameters:(Parameter+)? AvailableParameters:(Parameter+)?"
        " DefaultResponseGroups:(ResponseGroup+)? AvailableResponseGroups:(ResponseGroup+)?"
    ),
    "ResponseGroupInformation": "Name? CreationDate? ValidOperations:(Operation+)? Elements:(Element+)?",
}

#: Enumerations by name: values, with the versions that have them.
ENUMERATIONS = {
    "SortDirection": "Ascending Descending",
    "Comparator": (
        "LessThan LessThanOrEqualTo GreaterThan GreaterThanOrEqualTo EqualTo NotEqualTo Exists"
        " DoesNotExist@2013-11-15 In@2013-11-15 NotIn@2013-11-15"
    ),
    "EventType": (
        "AssignmentAccepted AssignmentAbandoned AssignmentReturned AssignmentSubmitted"
        " AssignmentAutoApproved~2008-08-02 AssignmentRejected@2014-08-15 AssignmentApproved@2014-08-15"
        " HITCreated@2014-08-15 HITExpired HITReviewable HITExtended@2014-08-15 HITDisposed@2014-08-15 Ping@2012-03-25"
    ),
    "NotificationTransport": "SOAP REST Email SQS@2012-03-25",
    "HITStatus": "Assignable Unassignable Reviewable Reviewing Disposed",
    "HITReviewStatus": "NotReviewed MarkedForReview ReviewedAppropriate ReviewedInappropriate",
    "ReviewableHITStatus": "Reviewable Reviewing",
    "GetReviewableHITsSortProperty": "Title Reward Expiration CreationTime Enumeration",
    "SearchHITsSortProperty": "Title Reward Expiration CreationTime Enumeration",
    "AssignmentStatus": "Submitted Approved Rejected",
    "GetAssignmentsForHITSortProperty": "AcceptTime SubmitTime Answer AssignmentStatus",
    "QualificationTypeStatus": "Active Inactive",
    "QualificationStatus": "Granted Revoked",
    "GetQualificationRequestsSortProperty": "QualificationTypeId SubmitTime",
    "SearchQualificationTypesSortProperty": "Name",
    "ReviewPolicyLevel": "Assignment HIT",
    "ReviewActionStatus": "Intended Succeeded Failed Cancelled",
    "RequesterStatistic": " ".join(f"{name}@2012-03-25" if "Answers" in name else name for name in STATISTICS),
    "TimePeriod": " ".join(PERIODS),
    "LimitGroupType": "Default HITType",
    "NotifyWorkersFailureCode": "SoftFailure HardFailure",
    "HelpType": "Operation ResponseGroup",
}
