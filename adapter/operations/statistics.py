"""Statistics about the requester, and about one Worker's work for the requester; the 2017 API has none."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from adapter.errors import LegacyError
from adapter.operations import Call, Result, operation
from adapter.wire.shapes import WorkerId
from adapter.wire.types import Between

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
    """A number about all the caller's HITs; no modern call: the marketplace's own records."""
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
    """A number about one Worker's work for the caller; no modern call: the marketplace's own records."""
    return _statistic(call, Statistic, TimePeriod, Count, WorkerId)


def _statistic(
    call: Call, statistic: RequesterStatistic, period: TimePeriod, count: int, worker_id: str | None
) -> Result:
    if call.upstream.statistic is None:
        raise LegacyError(
            "AWS.MechanicalTurk.InvalidParameterValue",
            f'The value "{statistic.value}" is not valid for the parameter Statistic. '
            "Statistics are kept only where the marketplace of this gateway is the upstream.",
            ("Parameter", "Statistic"),
        )
    points = call.upstream.statistic(
        call.account_id, statistic.value, period.value, count if period is TimePeriod.OneDay else 1, worker_id
    )
    member = "LongValue" if statistic.value in COUNTS else "DoubleValue"
    return {
        "points": [{"Date": day / 1000, member: value} for day, value in points],
        "Statistic": statistic.value,
        "TimePeriod": period.value,
        "WorkerId": worker_id,
    }
