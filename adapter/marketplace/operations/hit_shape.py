"""A HIT as the API answers it."""

from __future__ import annotations

from typing import Any

from adapter.core.settings import Settings
from adapter.marketplace.domain.structures import seconds
from adapter.marketplace.store.hits import Hit


def shape(hit: Hit, settings: Settings) -> dict[str, Any]:
    """The HIT structure of the API model; absent members are left out.

    NumberOfAssignmentsCompleted counts decided assignments only; never used ones of an expired HIT are available only
    where the settings say so.
    """
    open_for_work = hit.disposed_at is None and (hit.expired_at is None or settings.available_after_expiry)
    answer: dict[str, Any] = {
        "HITId": hit.hit_id,
        "HITTypeId": hit.hit_type_id,
        "HITGroupId": hit.hit_group_id,
        "CreationTime": seconds(hit.created_at),
        "Title": hit.title,
        "Description": hit.description,
        "Question": hit.question,
        "HITStatus": hit.status,
        "MaxAssignments": hit.max_assignments,
        "Reward": f"{hit.reward:.2f}",
        "AutoApprovalDelayInSeconds": hit.auto_approval_delay,
        "Expiration": seconds(hit.expires_at),
        "AssignmentDurationInSeconds": hit.assignment_duration,
        "QualificationRequirements": hit.requirements,
        "HITReviewStatus": hit.review_status,
        "NumberOfAssignmentsPending": hit.accepted,
        "NumberOfAssignmentsAvailable": hit.free if open_for_work else 0,
        "NumberOfAssignmentsCompleted": hit.approved + hit.rejected,
    }
    if hit.hit_layout_id is not None:
        answer["HITLayoutId"] = hit.hit_layout_id
    if hit.keywords is not None:
        answer["Keywords"] = hit.keywords
    if hit.annotation is not None:
        answer["RequesterAnnotation"] = hit.annotation
    return answer
