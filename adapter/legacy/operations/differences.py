"""What is known to be different here from the old service, by operation and member: docs/compatibility.md as a list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One known difference, and the heading of docs/compatibility.md under which it stands."""

    operations: tuple[str, ...]
    says: str
    heading: str
    #: the member that it is about; empty where every call is concerned
    member: str = ""

    def concerns(self, operation: str, member: str = "") -> bool:
        """Whether it is about calls of an operation (without a member), or about this member of them."""
        return operation in self.operations and member == self.member


_LISTS = (
    "GetAssignmentsForHIT",
    "GetBlockedWorkers",
    "GetBonusPayments",
    "GetHITsForQualificationType",
    "GetQualificationRequests",
    "GetQualificationsForQualificationType",
    "GetReviewResultsForHIT",
    "GetReviewableHITs",
    "SearchHITs",
    "SearchQualificationTypes",
)

DIFFERENCES = (
    Difference(
        ("CreateHIT", "GrantBonus"),
        "Without a UniqueRequestToken, an equal call within an hour of one whose outcome stayed open takes up what that one made.",
        "When something breaks",
    ),
    Difference(("CreateHIT",), "Without a lifetime a HIT takes a week.", "Reading a call", "LifetimeInSeconds"),
    Difference(
        ("CreateHIT",),
        "Documents with a type declaration or entities of their own, and what is not well formed, are refused.",
        "HITs and their questions",
        "Question",
    ),
    Difference(
        ("CreateHIT",),
        "Placeholders that a call leaves out are named by AWS.MissingParameters.",
        "HITs and their questions",
        "HITLayoutParameter",
    ),
    Difference(
        ("CreateQualificationType",),
        "The refusal of a second type of the same name names the first in its Data.",
        "Qualifications",
    ),
    Difference(
        ("AssignQualification", "RevokeQualification"),
        "A revoked Qualification may be assigned again at once, without a new request.",
        "Qualifications",
    ),
    Difference(
        ("UpdateQualificationScore",), "A Worker who does not hold the Qualification is refused.", "Qualifications"
    ),
    Difference(
        ("GetQualificationScore",),
        "A score that was revoked is QualificationDoesNotExist, with CurrentState in its Data.",
        "Qualifications",
    ),
    Difference(
        ("DisableHIT",),
        "Works on all HITs but disposed ones; work that is still in hand is waited for, then the HIT is deleted.",
        "HITs and their questions",
    ),
    Difference(("ExtendHIT",), "Without any increment it succeeds and does nothing.", "Reading a call"),
    Difference(("GetHIT",), "The three numbers of assignments are shown without being asked for.", "Replies"),
    Difference(
        _LISTS,
        "In front of another endpoint later pages show the rows of the last scan; the embedded marketplace has live pages.",
        "Lists",
    ),
    Difference(("GetBlockedWorkers", "GetReviewResultsForHIT"), "1 to 65535 are accepted.", "Bounds", "PageSize"),
    Difference(
        ("GetQualificationRequests",), "Expiration means the time of the request.", "Reading a call", "SortProperty"
    ),
    Difference(
        ("SearchQualificationTypes",),
        "Only the account's own types and the system's are found, not those of other requesters.",
        "Accounts",
    ),
    Difference(
        ("SearchQualificationTypes",), "May be absent, which means false.", "Reading a call", "MustBeRequestable"
    ),
    Difference(
        ("GetRequesterStatistic", "GetRequesterWorkerStatistic"),
        "In front of another endpoint those are refused that its lists do not tell exactly.",
        "Statistics",
    ),
    Difference(
        ("GetWorkerAcceptLimit", "SetWorkerAcceptLimit"), "Refused, as in every version since 2008.", "Versions"
    ),
    Difference(
        ("NotifyWorkers",), "Repeated after an open outcome, its messages may arrive twice.", "When something breaks"
    ),
    Difference(
        ("SetHITTypeNotification",),
        "Receptors inside the operator's network are called only where that is allowed.",
        "Notifications",
        "Notification",
    ),
    Difference(
        ("SendTestEventNotification",),
        "A web receptor is called while the client waits; other transports succeed once the test is recorded.",
        "Notifications",
    ),
    Difference(("Help",), "At most 50 names.", "Reading a call"),
)
