"""What the gateway's own writes do to lists that are kept for paging."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from botocore.exceptions import ClientError

from adapter.legacy.call import Call, Result
from adapter.legacy.idempotency import replayed_answers
from adapter.legacy.idempotency.tokens import code_of
from adapter.legacy.lists.listing import Listing, Row
from adapter.legacy.operations.registry import Operation
from adapter.legacy.store import own_writes
from adapter.legacy.store.own_writes import OwnWrite

LOG = logging.getLogger("adapter.changes")

#: (kind, id, state now): the state is empty where it is not known, the id where it is not.
Change = tuple[str, str, str]


# ---- what a write changes ---------------------------------------------------------------------------------------------

Arguments = dict[str, Any]


def _hit(state: str = "") -> Callable[[Arguments, Any], list[Change]]:
    return lambda given, _: [("HIT", given["HITId"], state)]


def _assignment(state: str) -> Callable[[Arguments, Any], list[Change]]:
    return lambda given, _: [("Assignment", given["AssignmentId"], state)]


def _qualification(worker: str, state: str) -> Callable[[Arguments, Any], list[Change]]:
    return lambda given, _: [("Qualification", f"{given['QualificationTypeId']}/{given[worker]}", state)]


def _type(state: str = "") -> Callable[[Arguments, Any], list[Change]]:
    return lambda given, _: [("Type", given.get("QualificationTypeId", ""), state)]


#: By operation: its arguments and its result (None when it failed half-way) to changes.
CHANGES: dict[str, Callable[[Arguments, Any], list[Change]]] = {
    "CreateHIT": lambda _, result: [("HIT", result["HIT"]["HITId"] if result else "", "Assignable")],
    "ExtendHIT": _hit(),
    "ForceExpireHIT": _hit(),
    "ChangeHITTypeOfHIT": _hit(),
    "SetHITAsReviewing": lambda given, _: [
        ("HIT", given["HITId"], "Reviewable" if given.get("Revert") else "Reviewing")
    ],
    "DisposeHIT": _hit("Disposed"),
    "DisableHIT": _hit("Disposed"),
    "ApproveAssignment": _assignment("Approved"),
    "ApproveRejectedAssignment": _assignment("Approved"),
    "RejectAssignment": _assignment("Rejected"),
    "GrantBonus": lambda given, _: [("Bonus", given["AssignmentId"], "Paid")],
    "BlockWorker": lambda given, _: [("Block", given["WorkerId"], "Blocked")],
    "UnblockWorker": lambda given, _: [("Block", given["WorkerId"], "Unblocked")],
    "GrantQualification": lambda given, _: [
        ("Request", given["QualificationRequestId"], "Granted"),
        ("Qualification", "", ""),
    ],
    "RejectQualificationRequest": lambda given, _: [("Request", given["QualificationRequestId"], "Rejected")],
    "AssignQualification": _qualification("WorkerId", "Granted"),
    "UpdateQualificationScore": _qualification("SubjectId", ""),
    "RevokeQualification": _qualification("SubjectId", "Revoked"),
    "CreateQualificationType": _type(),
    "UpdateQualificationType": _type(),
    "DisposeQualificationType": _type("Disposed"),
}


def run(call: Call, found: Operation, arguments: Arguments, *, again: bool) -> Result:
    """Run an operation and note what it changed; `again` says that a trusted proxy may send the same call twice.

    Noted before the answer goes out, so that the caller's next list shows it; also when the operation failed after it
    may have changed something, then without the state. Raises what the operation raises.
    """
    try:
        result = replayed_answers.run(call, found, arguments) if again else found.function(call, **arguments)
    except Exception:
        if found.writes and call.outcome.possible:
            _note(call, found.name, arguments, None, known=False)
        raise
    if found.writes:
        _note(call, found.name, arguments, result, known=True)
    return result


def _note(call: Call, name: str, arguments: Arguments, result: Result, *, known: bool) -> None:
    """Write the changes down; a failure to do so is logged and spoils nothing, for lists are kept for a short time."""
    changes = CHANGES.get(name)
    if changes is None:
        return
    try:
        found = changes(arguments, result)
        own_writes.add(
            call.store, call.account_id, [(kind, subject, state if known else "") for kind, subject, state in found]
        )
    except Exception:
        LOG.exception("request_id=%s: lists do not know yet what %s changed", call.record.request_id, name)


# ---- what a change means to a list ------------------------------------------------------------------------------------


class Effect(Enum):
    """What a change does to a list."""

    NOTHING = 0
    #: The row, if it is on the list, no longer belongs there.
    GONE = 1
    #: A row has come, or looks different now.
    CHANGED = 2


@dataclass(frozen=True)
class Rows:
    """What the rows of an upstream list are about.

    `kind` is the kind of changes that are about single rows, `subject` the id that such a change names, `read` the row
    as it is now (None: no longer there), `also` the kinds of changes which touch rows that nobody can name.
    """

    kind: str
    subject: Callable[[Listing, Row], str]
    read: Callable[[Call, Listing, Row], Row | None]
    also: frozenset[str] = frozenset()
    #: The member of a row that holds the state, where rows have one.
    state: str = ""


def _read_hit(call: Call, _: Listing, row: Row) -> Row | None:
    found: Row = call.mturk.get_hit(HITId=row["HITId"])["HIT"]
    return found if found.get("HITStatus") != "Disposed" else None


def _read_assignment(call: Call, _: Listing, row: Row) -> Row | None:
    found: Row = call.mturk.get_assignment(AssignmentId=row["AssignmentId"])["Assignment"]
    return found


def _read_qualification(call: Call, listing: Listing, row: Row) -> Row | None:
    type_id = listing.arguments["QualificationTypeId"]
    found: Row = call.mturk.get_qualification_score(QualificationTypeId=type_id, WorkerId=row["WorkerId"])[
        "Qualification"
    ]
    return found


def _read_type(call: Call, _: Listing, row: Row) -> Row | None:
    found: Row = call.mturk.get_qualification_type(QualificationTypeId=row["QualificationTypeId"])["QualificationType"]
    return found


def _unread(_call: Call, _: Listing, row: Row) -> Row | None:
    """The row as it was: no call shows a single one."""
    return row


def _id(member: str) -> Callable[[Listing, Row], str]:
    return lambda _, row: str(row.get(member, ""))


_COUNTED = frozenset({"Assignment"})
LISTS: dict[str, Rows] = {
    # rows count their assignments, which a decision changes
    "list_hits": Rows("HIT", _id("HITId"), _read_hit, _COUNTED, state="HITStatus"),
    "list_hits_for_qualification_type": Rows("HIT", _id("HITId"), _read_hit, _COUNTED, state="HITStatus"),
    "list_reviewable_hits": Rows("HIT", _id("HITId"), _read_hit, state="HITStatus"),
    "list_assignments_for_hit": Rows("Assignment", _id("AssignmentId"), _read_assignment, state="AssignmentStatus"),
    "list_bonus_payments": Rows("Bonus", lambda *_: "", _unread),
    "list_worker_blocks": Rows("Block", _id("WorkerId"), _unread),
    "list_workers_with_qualification_type": Rows(
        "Qualification",
        lambda listing, row: f"{listing.arguments.get('QualificationTypeId')}/{row.get('WorkerId')}",
        _read_qualification,
        state="Status",
    ),
    # who is given a Qualification may have asked for it
    "list_qualification_requests": Rows(
        "Request", _id("QualificationRequestId"), _unread, frozenset({"Qualification"})
    ),
    "list_qualification_types": Rows("Type", _id("QualificationTypeId"), _read_type),
    # what a policy found stays; no call of a client changes it
    "list_review_policy_results_for_hit": Rows("Review", lambda *_: "", _unread),
}


def shown(listing: Listing) -> frozenset[str] | None:
    """The states of what this list shows; None: every state but Disposed."""
    given = (listing.arguments, *listing.also)
    if listing.method == "list_reviewable_hits":
        return frozenset(each.get("Status", "Reviewable") for each in given)
    if listing.method == "list_assignments_for_hit":
        statuses = listing.arguments.get("AssignmentStatuses")
        return frozenset(statuses) if statuses else None
    if listing.method == "list_workers_with_qualification_type":
        return frozenset({listing.arguments.get("Status", "Granted")})
    return {"list_worker_blocks": frozenset({"Blocked"}), "list_qualification_requests": frozenset()}.get(
        listing.method
    )


def effect(listing: Listing, write: OwnWrite) -> Effect:
    """What one change does to a list that was scanned before it."""
    rows = LISTS[listing.method]
    if write.kind != rows.kind:
        return Effect.CHANGED if write.kind in rows.also and write.subject else Effect.NOTHING
    if write.kind == "Qualification" and write.subject:
        type_id, _, _ = write.subject.partition("/")
        if type_id != listing.arguments.get("QualificationTypeId"):
            return Effect.NOTHING
    if write.kind == "Bonus" and listing.arguments.get("AssignmentId") not in {None, write.subject}:
        return Effect.NOTHING
    if not write.state:
        return Effect.CHANGED
    states = shown(listing)
    on_it = write.state != "Disposed" if states is None else write.state in states
    return Effect.CHANGED if on_it else Effect.GONE


def may_add(listing: Listing, write: OwnWrite) -> bool:
    """Whether a change can bring a row that was not on the list; a decision brings none where every status is shown."""
    return write.kind != "Assignment" or write.kind != LISTS[listing.method].kind or shown(listing) is not None


def present(call: Call, listing: Listing, row: Row) -> Row | None:
    """A row of a list as it is now, or None when it is no longer on the list."""
    rows = LISTS[listing.method]
    try:
        found = rows.read(call, listing, row)
    except ClientError as error:
        if code_of(error).endswith("DoesNotExist") or code_of(error) == "InvalidQualificationState":
            return None
        raise
    if found is None:
        return None
    states = shown(listing)
    if rows.state and states is not None and found.get(rows.state) not in states:
        return None
    return {name: value for name, value in found.items() if name not in listing.without}
