"""Statistics about the requester, and about one Worker's work for the requester; the 2017 API has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Annotated, Literal, TypeAlias

from adapter.core import clock
from adapter.core.errors import LegacyError, invalid
from adapter.core.statistic_definitions import DAY_MILLISECONDS, MOST_DAYS, STATISTICS, Value, data_points
from adapter.legacy.call import Call, Result
from adapter.legacy.lists.listing import Listing, Row, scan
from adapter.legacy.operations.registry import operation
from adapter.legacy.protocol.binding import Between
from adapter.legacy.protocol.shapes import WorkerId

Count = Annotated[int, Between(1, MOST_DAYS)]
_GROUPS = ("Minimal", "Parameters")

#: All that are defined; a type checker can read none of these names.
RequesterStatistic: TypeAlias = Literal[tuple(STATISTICS)]  # type: ignore[valid-type]
TimePeriod = Literal["OneDay", "SevenDays", "ThirtyDays", "LifeToDate"]


@operation("GetRequesterStatistic", element="GetStatisticResult", groups=_GROUPS, default=_GROUPS, writes=False)
def get_requester_statistic(
    call: Call, Statistic: RequesterStatistic, TimePeriod: TimePeriod = "LifeToDate", Count: Count = 1
) -> Result:
    """A number about all the caller's HITs; no modern call: the marketplace's record, or the upstream's lists."""
    return _statistic(call, Statistic, TimePeriod, Count, None)


@operation(
    "GetRequesterWorkerStatistic",
    since="2012-03-25",
    element="GetStatisticResult",
    groups=_GROUPS,
    default=_GROUPS,
    writes=False,
)
def get_requester_worker_statistic(
    call: Call,
    Statistic: RequesterStatistic,
    WorkerId: WorkerId,
    TimePeriod: TimePeriod = "LifeToDate",
    Count: Count = 1,
) -> Result:
    """A number about one Worker's work for the caller; no modern call: the marketplace's record, or the upstream's lists."""
    return _statistic(call, Statistic, TimePeriod, Count, WorkerId)


def _statistic(
    call: Call, statistic: RequesterStatistic, period: TimePeriod, count: int, worker_id: str | None
) -> Result:
    days = count if period == "OneDay" else 1
    points = call.upstream.statistic(call.account_id, statistic, period, days, worker_id)
    if points is None:
        points = _listed(call, statistic, period, days, worker_id)
    member = "LongValue" if STATISTICS[statistic].counts else "DoubleValue"
    return {
        "points": [{"Date": day / 1000, member: value} for day, value in points],
        "Statistic": statistic,
        "TimePeriod": period,
        "WorkerId": worker_id,
    }


# ---- in front of another endpoint -------------------------------------------------------------------------------------

#: The most calls to the endpoint for one answer.
MOST_CALLS = 500
#: The sources that its lists tell exactly, and why they do not tell the others.
_ANSWERED = {"hits_assignable", "hits_reviewable", "available", "pending", "reward_liability"}
_DISPOSED = "its lists leave out HITs that were disposed of"
_REASONS = {
    **dict.fromkeys(("accepted", "returned", "abandoned"), "its lists leave out work that was returned or abandoned"),
    **dict.fromkeys(("reward_fee_paid", "bonus_fee_paid", "fee_liability"), "its lists show no fees"),
}


def _listed(call: Call, name: str, period: TimePeriod, days: int, worker_id: str | None) -> list[tuple[int, Value]]:
    """The statistic as the upstream's lists tell it now; raises LegacyError, with the reason, where they do not.

    Dated as the marketplace dates it: HITs by their creation, work by its submission.
    """
    formula = STATISTICS[name]
    for source in formula.sources:
        if source not in _ANSWERED:
            raise _refused(name, _REASONS.get(source, _DISPOSED))
    if worker_id is not None and formula.sources != ("pending",):
        raise _refused(name, "it is not about Workers")
    if formula.sources == ("hits_reviewable",) and period != "LifeToDate":
        raise _refused(name, "its lists do not say since when a HIT is Reviewable, so only LifeToDate is answered")

    def by_day(source: str, since: int, until: int) -> Counter[int]:
        found: Counter[int] = Counter()
        for moment, value in _moments(call, name, source, worker_id):
            if since <= moment * 1000 < until:
                found[int(moment * 1000) // DAY_MILLISECONDS] += value
        return found

    return data_points(formula, period, days, clock.milliseconds(), by_day)


def _moments(call: Call, name: str, source: str, worker_id: str | None) -> Iterator[tuple[float, int]]:
    """What a source is the sum of: when (epoch seconds, 0 where that is not told) and how much, money in cents."""
    if source == "hits_reviewable":
        yield from ((0, 1) for _ in _rows(call, name, Listing("list_reviewable_hits", "HITs")))
        return
    for hit in _rows(call, name, Listing("list_hits", "HITs")):
        held, completed = _number(hit, "Pending"), _number(hit, "Completed")
        available = _number(hit, "Available") if hit["Expiration"] * 1000 > clock.milliseconds() else 0
        if source == "hits_assignable":
            yield hit["CreationTime"], int(hit.get("HITStatus") == "Assignable")
        elif source == "available":
            yield hit["CreationTime"], available
        else:
            # what an expired HIT's counters make of its unused assignments differs, so they only tell where to look
            asked = {"HITId": hit["HITId"], "AssignmentStatuses": ["Submitted"]}
            listing = Listing("list_assignments_for_hit", "Assignments", asked)
            seen = hit["MaxAssignments"] > available + held + completed
            submitted = list(_rows(call, name, listing)) if seen else []
            if source == "pending":
                yield from ((row["SubmitTime"], 1) for row in submitted if worker_id in {None, row["WorkerId"]})
            else:
                cents = int(Decimal(hit["Reward"]) * 100)
                yield hit["CreationTime"], cents * (available + held + len(submitted))


def _number(hit: Row, name: str) -> int:
    return int(hit.get(f"NumberOfAssignments{name}") or 0)


def _rows(call: Call, name: str, listing: Listing) -> Iterator[Row]:
    for row in chain.from_iterable(scan(call, listing)):
        if call.record.upstream_calls > MOST_CALLS:
            raise _refused(name, f"it takes more than {MOST_CALLS} calls to count it")
        yield row


def _refused(name: str, why: str) -> LegacyError:
    return invalid("Statistic", name, f"This gateway's upstream is another endpoint, which keeps no statistics: {why}.")
