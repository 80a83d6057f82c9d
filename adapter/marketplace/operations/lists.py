"""Lists of HITs: ListHITs, ListReviewableHITs, ListHITsForQualificationType."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.qualifications import check_type
from adapter.marketplace.operations.hit_shape import shape
from adapter.marketplace.operations.hit_types import check_registered
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store.hits import Hit, list_hits, list_hits_by_qualification_type, list_hits_by_status


@operation("ListHITs")
def list_hits_of_account(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """All HITs but disposed ones, in the order of creation, with their questions."""
    return _list(call, "ListHITs", request, partial(list_hits, call.connection, call.account_id))


@operation("ListReviewableHITs")
def list_reviewable_hits(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """HITs to review (Status Reviewable, the default) or under review (Reviewing), of one type if one is named."""
    check_registered(call, request)
    wanted = request.get("HITTypeId"), request.get("Status", "Reviewable")
    fetch = partial(list_hits_by_status, call.connection, call.account_id, *wanted)
    return _list(call, "ListReviewableHITs", request, fetch)


@operation("ListHITsForQualificationType")
def list_hits_for_qualification_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """The caller's HITs, but disposed ones, whose type asks for a Qualification."""
    check_type(call, request["QualificationTypeId"])
    fetch = partial(list_hits_by_qualification_type, call.connection, call.account_id, request["QualificationTypeId"])
    return _list(call, "ListHITsForQualificationType", request, fetch)


def _list(
    call: ServiceCall, name: str, request: dict[str, Any], fetch: Callable[[int, int], Sequence[Hit]]
) -> dict[str, Any]:
    rows, answer = page(call, name, request, fetch)
    return {**answer, "HITs": [shape(hit, call.settings) for hit in rows]}
