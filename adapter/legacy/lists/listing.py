"""The upstream's lists: what to ask for, how rows are sorted, and one scan over all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adapter.core.errors import unavailable
from adapter.legacy.call import Call

Row = dict[str, Any]

#: The most rows one upstream call lists.
MOST = 100


#: The id of a row, by boto3 method.
SUBJECTS = {
    "list_hits": "HITId",
    "list_hits_for_qualification_type": "HITId",
    "list_reviewable_hits": "HITId",
    "list_assignments_for_hit": "AssignmentId",
    "list_worker_blocks": "WorkerId",
    "list_workers_with_qualification_type": "WorkerId",
    "list_qualification_requests": "QualificationRequestId",
    "list_qualification_types": "QualificationTypeId",
}
_OF_HITS = ("list_hits", "list_hits_for_qualification_type", "list_reviewable_hits", "list_reviewable_hits/both")
#: Operations that take a row off lists: its id as their arguments name it, and the kinds of these lists.
REMOVALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "DisposeHIT": ("{HITId}", _OF_HITS),
    "DisableHIT": ("{HITId}", _OF_HITS),
    "SetHITAsReviewing": ("{HITId}", ("list_reviewable_hits",)),
    "ApproveAssignment": ("{AssignmentId}", ("list_assignments_for_hit/some",)),
    "ApproveRejectedAssignment": ("{AssignmentId}", ("list_assignments_for_hit/some",)),
    "RejectAssignment": ("{AssignmentId}", ("list_assignments_for_hit/some",)),
    "UnblockWorker": ("{WorkerId}", ("list_worker_blocks",)),
    "RevokeQualification": ("{QualificationTypeId}/{SubjectId}", ("list_workers_with_qualification_type",)),
    "GrantQualification": ("{QualificationRequestId}", ("list_qualification_requests",)),
    "RejectQualificationRequest": ("{QualificationRequestId}", ("list_qualification_requests",)),
    "DisposeQualificationType": ("{QualificationTypeId}", ("list_qualification_types",)),
}


@dataclass(frozen=True)
class Listing:
    """One upstream list: the boto3 method, its arguments, the member that holds the rows.

    A `Status` with several values is asked for one after the other where the modern call takes one. `keys` are the sort
    keys by SortProperty, texts or numbers; a list that is not sorted has the upstream's own order.
    """

    method: str
    rows: str
    arguments: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Callable[[Row], Any]] = field(default_factory=dict)
    #: Large members that this answer will not show need not be kept.
    without: tuple[str, ...] = ()
    #: Ids of HITs that no list shows.
    hidden: frozenset[str] = frozenset()
    #: What only an upstream that sorts can leave rows out by; elsewhere `only` does.
    narrower: dict[str, Any] = field(default_factory=dict)
    #: Takes the rows out of an answer in which they are no member, and those of them that the list is to have; `rows` then
    #: says in words what that is.
    take: Callable[[dict[str, Any]], list[Row]] | None = None
    only: Callable[[Row], bool] | None = None

    @property
    def kind(self) -> str:
        """What rows can go from it: the method, and whether it lists some states only, or both."""
        if isinstance(self.arguments.get("Status"), list):
            return f"{self.method}/both"
        return self.method + ("/some" if "AssignmentStatuses" in self.arguments else "")

    def subject(self, row: Row) -> str:
        """What a row is about: the id that a write names."""
        member = SUBJECTS.get(self.method, "")
        if self.method == "list_workers_with_qualification_type":
            return f"{self.arguments['QualificationTypeId']}/{row.get(member)}"
        return str(row.get(member, ""))

    def name(self, sort: str) -> str:
        """What tells this list from every other of the account."""
        text = json.dumps([self.method, self.rows, self.arguments, self.without, sort], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]


def scan(call: Call, listing: Listing) -> Iterator[list[Row]]:
    """The rows of each upstream call that has some, those of hidden HITs left out.

    A token may come with the last non-empty page, so the scan ends at the first page without a token or without rows.
    Raises LegacyError when the upstream hands out the same token twice.
    """
    status = listing.arguments.get("Status")
    sweeps = [{"Status": each} for each in status] if isinstance(status, list) else [{}]
    for sweep in sweeps:
        token: str | None = None
        seen: set[str] = set()
        while True:
            asked = {**listing.arguments, **sweep, "MaxResults": MOST, **({"NextToken": token} if token else {})}
            answer = getattr(call.mturk, listing.method)(**asked)
            rows: list[Row] = listing.take(answer) if listing.take else answer.get(listing.rows) or []
            token = answer.get("NextToken")
            shown = [row for row in rows if row.get("HITId") not in listing.hidden] if listing.hidden else rows
            if listing.only is not None:
                shown = list(filter(listing.only, shown))
            if shown:
                yield shown
            if not token or not rows:
                break
            if token in seen:
                raise unavailable()
            seen.add(str(token))
