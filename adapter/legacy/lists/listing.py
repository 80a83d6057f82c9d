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
_OF_HITS = ("list_hits", "list_hits_for_qualification_type", "list_reviewable_hits")


@dataclass(frozen=True)
class Removal:
    """What an operation takes off lists: the row's id as its arguments name it, and the boto3 methods of the lists.

    With a `state` the row has that one now, and stays on lists that show it; without one it stays on none.
    """

    subject: str
    methods: tuple[str, ...]
    state: str = ""


#: By operation.
REMOVALS = {
    "DisposeHIT": Removal("{HITId}", _OF_HITS),
    "DisableHIT": Removal("{HITId}", _OF_HITS),
    "SetHITAsReviewing": Removal("{HITId}", ("list_reviewable_hits",), "Reviewing"),
    "ApproveAssignment": Removal("{AssignmentId}", ("list_assignments_for_hit",), "Approved"),
    "ApproveRejectedAssignment": Removal("{AssignmentId}", ("list_assignments_for_hit",), "Approved"),
    "RejectAssignment": Removal("{AssignmentId}", ("list_assignments_for_hit",), "Rejected"),
    "UnblockWorker": Removal("{WorkerId}", ("list_worker_blocks",)),
    "RevokeQualification": Removal("{QualificationTypeId}/{SubjectId}", ("list_workers_with_qualification_type",)),
    "GrantQualification": Removal("{QualificationRequestId}", ("list_qualification_requests",)),
    "RejectQualificationRequest": Removal("{QualificationRequestId}", ("list_qualification_requests",)),
    "DisposeQualificationType": Removal("{QualificationTypeId}", ("list_qualification_types",)),
}


def removed(operation: str, arguments: dict[str, Any]) -> tuple[str, Callable[[str], bool]]:
    """What a successful call took off lists (empty: nothing), and whether it is gone from a list of a kind."""
    found = REMOVALS.get(operation)
    if found is None:
        return "", lambda _: False
    state = "Reviewable" if arguments.get("Revert") else found.state

    def gone(kind: str) -> bool:
        method, *states = kind.split("/")
        return method in found.methods and (not state or (bool(states) and state not in states))

    return found.subject.format_map(arguments), gone


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
        """The method and the states that it lists, joined by `/`; no state where it lists all."""
        status = self.arguments.get("AssignmentStatuses") or self.arguments.get("Status") or []
        return "/".join([self.method, *([status] if isinstance(status, str) else status)])

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
    """The rows of each upstream call that has some, those of hidden HITs left out."""
    return (rows for rows, _ in answers(call, listing) if rows)


def answers(call: Call, listing: Listing) -> Iterator[tuple[list[Row], bool]]:
    """The rows that each upstream call lists, those of hidden HITs left out, and whether it was full and more can follow.

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
            yield shown, bool(token) and len(rows) >= MOST
            if not token or not rows:
                break
            if token in seen:
                raise unavailable()
            seen.add(str(token))
