"""Sorted, numbered pages of every list with its total, which the 2017-01-17 API cannot say and old clients ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Any

from adapter.core.database import Store
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.hit_errors import check_own_hit
from adapter.marketplace.domain.qualifications import check_type, own_type
from adapter.marketplace.domain.review_policies import LEVELS
from adapter.marketplace.domain.transactions import reading
from adapter.marketplace.operations import (
    assignments,
    blocks,
    bonuses,
    hit_shape,
    hit_types,
    qualification_requests,
    qualification_types,
    qualifications,
    review_results,
)
from adapter.marketplace.store import sorted_pages as lists
from adapter.marketplace.store.assignments import SHOWN
from adapter.marketplace.store.hits import hits_of
from adapter.marketplace.store.sorted_pages import Part, sorted_rows

Rows = list[dict[str, Any]]
Arguments = dict[str, Any]
Page = tuple[Rows, int]


def sorted_page(
    store: Store,
    account_id: str,
    method: str,
    arguments: Arguments,
    sort: str,
    descending: bool,
    offset: int,
    limit: int,
    hidden: Collection[str] = (),
) -> Page | None:
    """Rows `offset` to `offset + limit` of a sorted list and its total, or None for a method that is not one of these.

    `method` and `arguments` are a boto3 client's, and well-formed; what else they may be, the function of the method says.
    `sort` is a legacy SortProperty, or empty for the API's own order. Rows are as the JSON API shows them, their times in
    epoch seconds. HITs whose ids are `hidden` are neither shown nor counted. Raises TurkError as the operation does.
    """
    listed = LISTS.get(method)
    if listed is None:
        return None
    with reading(store, account_id) as call:
        return listed(call, arguments, Part(sort, descending, offset, limit, hidden))


def _hits(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    """All HITs but disposed ones; or, where a Qualification is named, those of them that require it."""
    values = {"account_id": call.account_id, "alive": True}
    if "QualificationTypeId" in arguments:
        check_type(call, arguments["QualificationTypeId"])
        values["qualification_type_id"] = arguments["QualificationTypeId"]
    return _hits_of(call, lists.HITS, values, part)


def _reviewable_hits(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    """HITs by Status, which may be a list of both: of equal ones, those come first whose status is named first."""
    hit_types.check_registered(call, arguments)
    status = arguments.get("Status", "Reviewable")
    statuses = [status] if isinstance(status, str) else status
    values = {"account_id": call.account_id}
    if "HITTypeId" in arguments:
        values["hit_type_id"] = arguments["HITTypeId"]
    if len(statuses) == 1:
        return _hits_of(call, lists.HITS, {**values, "status": statuses[0]}, part)
    return _hits_of(call, lists.HITS_IN_TWO_STATUSES, {**values, "statuses": statuses, "first": statuses[0]}, part)


def _hits_of(call: ServiceCall, listed: lists.SortedList, values: Arguments, part: Part) -> Page:
    found, total = sorted_rows(call.connection, listed, values, part)
    return [hit_shape.shape(hit, call.settings) for hit in hits_of(found)], total


def _assignments(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    check_own_hit(call, arguments["HITId"])
    values = {"hit_id": arguments["HITId"], "statuses": list(arguments.get("AssignmentStatuses") or SHOWN)}
    return _rows(call, lists.ASSIGNMENTS, values, part, assignments.shape)


def _bonuses(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    bonuses.check_subject(call, arguments)
    of_hit = "HITId" in arguments
    values = {"hit_id": arguments["HITId"]} if of_hit else {"assignment_id": arguments["AssignmentId"]}
    return _rows(call, lists.BONUSES, values, part, bonuses.shape)


def _blocks(call: ServiceCall, _: Arguments, part: Part) -> Page:
    return _rows(call, lists.BLOCKS, {"account_id": call.account_id}, part, blocks.shape)


def _qualification_types(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    """The service's own types, which are few and in no table, among the caller's."""
    words, requestable, system = qualification_types.search_of(arguments)
    values = {"account_id": call.account_id, "alive": True, **({"requestable": True} if requestable else {})}
    # however many of the service's own come before this page, it shows no types of the caller's but these
    start = max(0, part.offset - len(system))
    wanted = part._replace(offset=start, limit=part.offset + part.limit - start)
    found, total = sorted_rows(call.connection, lists.QUALIFICATION_TYPES, values, wanted, words)
    own = [qualification_types.answer(row) for row in found]
    merged = [*system, *(reversed(own) if part.descending else own)]
    if part.sort == "Name":
        merged.sort(key=itemgetter("Name"))
    if part.descending:
        merged.reverse()
    return merged[part.offset - start :][: part.limit], len(system) + total


def _holders(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    found = own_type(call, arguments["QualificationTypeId"])
    values = {
        "qualification_type_id": found.qualification_type_id,
        "status": arguments.get("Status", "Granted"),
    }
    return _rows(call, lists.QUALIFICATIONS, values, part, qualifications.shape)


def _qualification_requests(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    if "QualificationTypeId" in arguments:
        found = own_type(call, arguments["QualificationTypeId"])
        values = {"qualification_type_id": found.qualification_type_id}
    else:
        values = {"account_id": call.account_id}
    values["status"] = "Pending"
    return _rows(call, lists.QUALIFICATION_REQUESTS, values, part, qualification_requests.shape)


def _review_lines(call: ServiceCall, arguments: Arguments, part: Part) -> Page:
    """Results, then actions, each kind in its own order; those about the AssignmentId, where one is given.

    Only actions have an ActionName.
    """
    check_own_hit(call, arguments["HITId"])
    values = {"hit_id": arguments["HITId"], "levels": list(arguments.get("PolicyLevels") or LEVELS)}
    if "AssignmentId" in arguments:
        values["about"] = arguments["AssignmentId"]
    lines: Rows = []
    total = 0
    for wanted, listed, shape in (
        ("RetrieveResults", lists.REVIEW_RESULTS, review_results.result_shape),
        ("RetrieveActions", lists.REVIEW_ACTIONS, review_results.action_shape),
    ):
        if arguments.get(wanted, True):
            rest = Part("", False, max(0, part.offset - total), part.limit - len(lines))
            found, count = _rows(call, listed, values, rest, shape)
            lines += found
            total += count
    return lines, total


def _rows(
    call: ServiceCall, listed: lists.SortedList, values: Arguments, part: Part, shape: Callable[[Any], dict[str, Any]]
) -> Page:
    found, total = sorted_rows(call.connection, listed, values, part)
    return [shape(row) for row in found], total


#: By boto3 method.
LISTS: dict[str, Callable[[ServiceCall, Arguments, Part], Page]] = {
    "list_hits": _hits,
    "list_hits_for_qualification_type": _hits,
    "list_reviewable_hits": _reviewable_hits,
    "list_assignments_for_hit": _assignments,
    "list_bonus_payments": _bonuses,
    "list_worker_blocks": _blocks,
    "list_qualification_types": _qualification_types,
    "list_workers_with_qualification_type": _holders,
    "list_qualification_requests": _qualification_requests,
    "list_review_policy_results_for_hit": _review_lines,
}
