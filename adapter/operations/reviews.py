"""What review policies found and did."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from adapter.errors import unavailable
from adapter.operations import Call, Result, operation
from adapter.operations.paging import PageNumber
from adapter.wire.shapes import AssignmentId, HITId
from adapter.wire.types import Between, CommaList

Report = dict[str, Any]


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
    whole: dict[str, Any] = {}
    reports: dict[str, Report] = {}
    for answer in report_pages(
        call,
        {
            "HITId": HITId,
            "PolicyLevels": levels,
            "RetrieveActions": RetrieveActions,
            "RetrieveResults": RetrieveResults,
        },
    ):
        for name in ("AssignmentReviewPolicy", "HITReviewPolicy"):
            if name in answer:
                whole[name] = answer[name]
        for name in ("AssignmentReviewReport", "HITReviewReport"):
            report = reports.setdefault(name, {"ReviewResults": [], "ReviewActions": []})
            for rows in ("ReviewResults", "ReviewActions"):
                report[rows].extend((answer.get(name) or {}).get(rows) or [])
    for name, report in reports.items():
        if name.removesuffix("ReviewReport") in levels:
            whole[name] = _cut(report, AssignmentId, PageNumber, PageSize)
    return {"HITId": HITId, **whole}


def report_pages(call: Call, arguments: dict[str, Any]) -> Any:
    """All pages; ends at one without a token or without rows, since a token may come with the last rows."""
    token: str | None = None
    seen: set[str] = set()
    while True:
        answer = call.mturk.list_review_policy_results_for_hit(
            **arguments, MaxResults=100, **({"NextToken": token} if token else {})
        )
        yield answer
        token = answer.get("NextToken")
        rows = [
            row
            for report in ("AssignmentReviewReport", "HITReviewReport")
            for kind in ("ReviewResults", "ReviewActions")
            for row in (answer.get(report) or {}).get(kind) or []
        ]
        if not token or not rows:
            return
        if token in seen:
            raise unavailable()
        seen.add(token)


def _cut(report: Report, assignment_id: str | None, number: int, size: int) -> Report:
    rows = [("ReviewResults", row) for row in report["ReviewResults"]]
    rows += [("ReviewActions", row) for row in report["ReviewActions"]]
    if assignment_id:
        rows = [(kind, row) for kind, row in rows if assignment_id in {row.get("SubjectId"), row.get("TargetId")}]
    shown = rows[(number - 1) * size : number * size]
    return {
        "NumResults": len(shown),
        "TotalNumResults": len(rows),
        "PageNumber": number,
        "ReviewResults": [row for kind, row in shown if kind == "ReviewResults"],
        "ReviewActions": [row for kind, row in shown if kind == "ReviewActions"],
    }
