"""Statistics about the requester, and about one Worker's work for the requester; the 2017 API has none."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from adapter.core.errors import LegacyError
from adapter.legacy.call import Call, Result
from adapter.legacy.operations import ledger
from adapter.legacy.operations.registry import operation
from adapter.legacy.protocol.binding import Between
from adapter.legacy.protocol.shapes import WorkerId

Count = Annotated[int, Between(1, 730)]
_GROUPS = ("Minimal", "Parameters")

#: Values that are counts of things (LongValue); all others are amounts, averages or fractions (DoubleValue).
COUNTS = (
    "NumberHITsAssignable",
    "NumberHITsReviewable",
    "NumberHITsCreated",
    "NumberHITsCompleted",
    "NumberAssignmentsAvailable",
    "NumberAssignmentsAccepted",
    "NumberAssignmentsPending",
    "NumberAssignmentsApproved",
    "NumberAssignmentsRejected",
    "NumberAssignmentsReturned",
    "NumberAssignmentsAbandoned",
    "NumberKnownAnswersCorrect",
    "NumberKnownAnswersIncorrect",
    "NumberKnownAnswersEvaluated",
    "NumberPluralityAnswersCorrect",
    "NumberPluralityAnswersIncorrect",
    "NumberPluralityAnswersEvaluated",
)
OTHERS = (
    "TotalRewardPayout",
    "TotalRewardFeePayout",
    "TotalFeePayout",
    "TotalRewardAndFeePayout",
    "TotalBonusPayout",
    "TotalBonusFeePayout",
    "EstimatedFeeLiability",
    "EstimatedRewardLiability",
    "EstimatedTotalLiability",
    "AverageRewardAmount",
    "PercentAssignmentsApproved",
    "PercentAssignmentsRejected",
    "PercentKnownAnswersCorrect",
    "PercentPluralityAnswersCorrect",
)

RequesterStatistic = StrEnum("RequesterStatistic", {name: name for name in (*COUNTS, *OTHERS)})  # type: ignore[misc]


class TimePeriod(StrEnum):
    """How far back a statistic looks."""

    OneDay = "OneDay"
    SevenDays = "SevenDays"
    ThirtyDays = "ThirtyDays"
    LifeToDate = "LifeToDate"


@operation("GetRequesterStatistic", element="GetStatisticResult", groups=_GROUPS, default=_GROUPS, writes=False)
def get_requester_statistic(
    call: Call, Statistic: RequesterStatistic, TimePeriod: TimePeriod = TimePeriod.LifeToDate, Count: Count = 1
) -> Result:
    """A number about all the caller's HITs; no modern call: the marketplace's record, or the gateway's own."""
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
    TimePeriod: TimePeriod = TimePeriod.LifeToDate,
    Count: Count = 1,
) -> Result:
    """A number about one Worker's work for the caller; no modern call: the marketplace's record, or the gateway's own."""
    return _statistic(call, Statistic, TimePeriod, Count, WorkerId)


def _statistic(
    call: Call, statistic: RequesterStatistic, period: TimePeriod, count: int, worker_id: str | None
) -> Result:
    days = count if period is TimePeriod.OneDay else 1
    points = call.upstream.statistic(call.account_id, statistic.value, period.value, days, worker_id)
    if points is None:
        points = _recorded(call, statistic, period, days, worker_id)
    member = "LongValue" if statistic.value in COUNTS else "DoubleValue"
    return {
        "points": [{"Date": day / 1000, member: value} for day, value in points],
        "Statistic": statistic.value,
        "TimePeriod": period.value,
        "WorkerId": worker_id,
    }


def _recorded(
    call: Call, statistic: RequesterStatistic, period: TimePeriod, days: int, worker_id: str | None
) -> list[tuple[int, Any]]:
    """From the gateway's own ledger and the HITs as they are now."""
    found = ledger.statistic(call, statistic.value, period.value, days, worker_id)
    if found is None:
        raise LegacyError(
            "AWS.MechanicalTurk.InvalidParameterValue",
            f'The value "{statistic.value}" is not valid for the parameter Statistic. '
            "This statistic is not about Workers.",
            ("Parameter", "Statistic"),
        )
    return found
