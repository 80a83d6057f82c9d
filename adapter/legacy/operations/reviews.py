"""What review policies found and did."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Annotated, Any

from adapter.core.errors import unavailable
from adapter.legacy.lists import kept
from adapter.legacy.lists.listing import MOST, Listing, Row
from adapter.legacy.lists.paging import PageNumber
from adapter.legacy.lists.walking import View
from adapter.legacy.operations.registry import Call, Result, operation
from adapter.legacy.protocol.binding import Between, CommaList
from adapter.legacy.protocol.shapes import AssignmentId, HITId


class PolicyLevel(StrEnum):
    """What a review policy looks at."""

    Assignment = "Assignment"
    HIT = "HIT"


@operation("GetReviewResultsForHIT", since="2012-03-25", writes=False)
def get_review_results_for_hit(
    call: Call,
    HITId: HITId,
    PolicyLevel: Annotated[list[PolicyLevel], CommaList()] | None = None,
    AssignmentId: AssignmentId | None = None,
    RetrieveActions: bool = True,
    RetrieveResults: bool = True,
    PageNumber: PageNumber = 1,
    PageSize: Annotated[int, Between(100, 65535)] = 400,
) -> Result:
    """The results and actions of a HIT's review policies, paged within each report: ListReviewPolicyResultsForHIT.

    AssignmentId is in the reference though in no schema: it keeps the rows about that assignment. Results and actions of
    a report count together against PageSize, results first.
    """
    levels = [each.value for each in dict.fromkeys(PolicyLevel)] if PolicyLevel else ["Assignment", "HIT"]
    asked = {"HITId": HITId, "RetrieveActions": RetrieveActions, "RetrieveResults": RetrieveResults}
    answers = list(islice(_report_pages(call, {**asked, "PolicyLevels": levels}), 2))
    found: dict[str, Any] = {"HITId": HITId}
    for level in levels:
        if f"{level}ReviewPolicy" in answers[0]:
            found[f"{level}ReviewPolicy"] = answers[0][f"{level}ReviewPolicy"]
        if f"{level}ReviewReport" not in answers[0]:
            continue
        take = partial(_lines, level)
        if _goes_on(answers[-1]):
            listing = Listing(
                "list_review_policy_results_for_hit",
                f"{level} lines about {AssignmentId or 'all'}",
                {**asked, "PolicyLevels": [level]},
                keys={_ORDER: _is_action},
                take=take,
                only=(lambda line: AssignmentId in _about(line)) if AssignmentId else None,
            )
            lines, total = kept.page(call, listing, View(_ORDER, descending=False, number=PageNumber, size=PageSize))
        else:
            every = sorted((line for answer in answers for line in take(answer)), key=_is_action)
            every = [line for line in every if not AssignmentId or AssignmentId in _about(line)]
            lines, total = every[(PageNumber - 1) * PageSize : PageNumber * PageSize], len(every)
        found[f"{level}ReviewReport"] = {
            "NumResults": len(lines),
            "TotalNumResults": total,
            "PageNumber": PageNumber,
            "ReviewResults": [line for line in lines if not _is_action(line)],
            "ReviewActions": [line for line in lines if _is_action(line)],
        }
    return found


#: The member that tells them apart, by which a list is sorted: results come before actions.
_ORDER = "Kind"
_KINDS = ("ReviewResults", "ReviewActions")


def _is_action(line: Row) -> bool:
    return bool(line[_ORDER] == "ReviewActions")


def _about(line: Row) -> set[str | None]:
    return {line.get("SubjectId"), line.get("TargetId")}


def _lines(level: str, answer: Row) -> list[Row]:
    """The results and actions of a level in an upstream answer, each with its kind."""
    report = answer.get(f"{level}ReviewReport") or {}
    return [{**line, _ORDER: kind} for kind in _KINDS for line in report.get(kind) or []]


def _goes_on(answer: Row) -> bool:
    return bool(answer.get("NextToken")) and any(_lines(level, answer) for level in ("Assignment", "HIT"))


def _report_pages(call: Call, arguments: dict[str, Any]) -> Iterator[Row]:
    """The upstream's answers; ends at one without a token or without lines, since a token may come with the last lines."""
    token: str | None = None
    seen: set[str] = set()
    while True:
        answer = call.mturk.list_review_policy_results_for_hit(
            **arguments, MaxResults=MOST, **({"NextToken": token} if token else {})
        )
        yield answer
        if not _goes_on(answer):
            return
        token = str(answer["NextToken"])
        if token in seen:
            raise unavailable()
        seen.add(token)
