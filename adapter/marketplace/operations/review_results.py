"""ListReviewPolicyResultsForHIT."""

from __future__ import annotations

from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.hit_errors import own_hit
from adapter.marketplace.domain.review_policies import LEVELS
from adapter.marketplace.domain.structures import given, seconds
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import reviews


@operation("ListReviewPolicyResultsForHIT")
def list_review_policy_results_for_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """What the HIT's review policies found and did, a page of both together in one order."""
    hit = own_hit(call, request["HITId"])
    levels = tuple(request.get("PolicyLevels") or LEVELS)

    def fetch(after: int, most: int) -> list[_Line]:
        # Even positions are results, odd ones actions, so that one position leads through both tables.
        lines: list[_Line] = []
        if request.get("RetrieveResults", True):
            found = reviews.list_results(call.connection, hit.hit_id, levels, after // 2, most)
            lines += [(row.seq * 2, row) for row in found]
        if request.get("RetrieveActions", True):
            found = reviews.list_actions(call.connection, hit.hit_id, levels, (after - 1) // 2, most)
            lines += [(row.seq * 2 + 1, row) for row in found]
        return sorted(lines, key=_position)[:most]

    lines, answer = page(call, "ListReviewPolicyResultsForHIT", request, fetch, seq=_position)
    answer = {"HITId": hit.hit_id, **answer}
    answer.pop("NumResults")
    for level, policy in (("Assignment", hit.assignment_review_policy), ("HIT", hit.hit_review_policy)):
        if policy is None or level not in levels:
            continue
        answer[f"{level}ReviewPolicy"] = policy
        rows = [(position, row) for position, row in lines if row.level == level]
        answer[f"{level}ReviewReport"] = {
            "ReviewResults": [result_shape(row) for position, row in rows if not position % 2],
            "ReviewActions": [action_shape(row) for position, row in rows if position % 2],
        }
    return answer


_Line = tuple[int, Any]


def _position(line: _Line) -> int:
    return line[0]


def result_shape(row: Any) -> dict[str, Any]:
    """A row as the API's ReviewResultDetail."""
    return given(
        ActionId=row.action_id,
        SubjectId=row.subject_id,
        SubjectType=row.subject_type,
        QuestionId=row.question_id,
        Key=row.key,
        Value=row.value,
    )


def action_shape(row: Any) -> dict[str, Any]:
    """A row as the API's ReviewActionDetail."""
    return given(
        ActionId=row.action_id,
        ActionName=row.action_name,
        TargetId=row.target_id,
        TargetType=row.target_type,
        Status=row.status,
        CompleteTime=seconds(row.completed_at),
        Result=row.result,
        ErrorCode=row.error_code,
    )
