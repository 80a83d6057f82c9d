"""What review policies found and did."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from adapter.core.errors import does_not_exist
from adapter.legacy.call import Call, Result
from adapter.legacy.lists.listing import MOST, Listing, Row
from adapter.legacy.lists.paging import PageNumber, page
from adapter.legacy.operations.registry import operation
from adapter.legacy.protocol.binding import Between, CommaList
from adapter.legacy.protocol.shapes import AssignmentId, HITId, given

PolicyLevel = Literal["Assignment", "HIT"]


@operation("GetReviewResultsForHIT", since="2012-03-25", writes=False)
def get_review_results_for_hit(
    call: Call,
    HITId: HITId,
    PolicyLevel: Annotated[list[PolicyLevel], CommaList()] | None = None,
    AssignmentId: AssignmentId | None = None,
    RetrieveActions: bool = True,
    RetrieveResults: bool = True,
    PageNumber: PageNumber = 1,
    # the reference says 100 at least, the manual of a client of that time 1 to 400
    PageSize: Annotated[int, Between(1, 65535)] = 400,
) -> Result:
    """The results and actions of a HIT's review policies, paged within each report: GetAssignment, ListReviewPolicyResultsForHIT.

    AssignmentId is in the reference though in no schema: it keeps the rows about that assignment. Results and actions of
    a report count together against PageSize, results first.
    """
    if AssignmentId and call.mturk.get_assignment(AssignmentId=AssignmentId)["Assignment"]["HITId"] != HITId:
        raise does_not_exist("Assignment", AssignmentId)
    levels = list(dict.fromkeys(PolicyLevel or ["Assignment", "HIT"]))
    asked = {"HITId": HITId, "RetrieveActions": RetrieveActions, "RetrieveResults": RetrieveResults}
    first = call.mturk.list_review_policy_results_for_hit(**asked, PolicyLevels=levels, MaxResults=MOST)
    found: dict[str, Any] = {"HITId": HITId}
    for level in levels:
        if f"{level}ReviewPolicy" in first:
            found[f"{level}ReviewPolicy"] = first[f"{level}ReviewPolicy"]
        if f"{level}ReviewReport" not in first:
            continue
        listing = Listing(
            "list_review_policy_results_for_hit",
            f"{level} lines about {AssignmentId or 'all'}",
            {**asked, "PolicyLevels": [level]},
            # results come before actions
            keys={"": _is_action},
            narrower=given(AssignmentId=AssignmentId),
            take=partial(_lines, level),
            only=(lambda line: AssignmentId in _about(line)) if AssignmentId else None,
        )
        counters, lines = page(call, listing, PageNumber, PageSize)
        found[f"{level}ReviewReport"] = {
            **counters,
            "ReviewResults": [line for line in lines if not _is_action(line)],
            "ReviewActions": [line for line in lines if _is_action(line)],
        }
    return found


def _is_action(line: Row) -> bool:
    return "ActionName" in line


def _about(line: Row) -> set[str | None]:
    return {line.get("SubjectId"), line.get("TargetId")}


def _lines(level: str, answer: Row) -> list[Row]:
    """The results and actions of a level in an upstream answer."""
    report = answer.get(f"{level}ReviewReport") or {}
    return [*(report.get("ReviewResults") or []), *(report.get("ReviewActions") or [])]
