"""How each statistic of the legacy API is calculated: of which counts and sums by day, and by which formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

DAY_MILLISECONDS = 24 * 3600 * 1000
#: Days that a period covers, today among them; None: all.
PERIODS: dict[str, int | None] = {"OneDay": 1, "SevenDays": 7, "ThirtyDays": 30, "LifeToDate": None}
#: The most data points of OneDay.
MOST_DAYS = 730

Value = int | float | Decimal


@dataclass(frozen=True)
class Formula:
    """Which sources a statistic is made of, and how."""

    sources: tuple[str, ...]
    make: Callable[..., Value]
    #: Whether it is a number of things; all others are amounts, averages or fractions.
    counts: bool = False


def _count(*sources: str) -> Formula:
    return Formula(sources, lambda *totals: sum(totals), counts=True)


def _money(*sources: str) -> Formula:
    return Formula(sources, lambda *totals: Decimal(sum(totals)).scaleb(-2))


def _share(part: str, rest: str) -> Formula:
    return Formula((part, rest), lambda some, others: some / (some + others) if some + others else 0.0)


def _average(cents: int, count: int) -> Decimal:
    amount = Decimal(cents).scaleb(-2) / count if count else Decimal(0)
    return amount.quantize(Decimal("0.0001")).normalize() + Decimal("0.00")


#: The enumeration RequesterStatistic; fractions are of 1.
STATISTICS: dict[str, Formula] = {
    "NumberHITsAssignable": _count("hits_assignable"),
    "NumberHITsReviewable": _count("hits_reviewable"),
    "NumberHITsCreated": _count("hits_created"),
    "NumberHITsCompleted": _count("hits_completed"),
    "TotalRewardPayout": _money("reward_paid"),
    "TotalRewardFeePayout": _money("reward_fee_paid"),
    "TotalFeePayout": _money("reward_fee_paid"),
    "TotalRewardAndFeePayout": _money("reward_paid", "reward_fee_paid"),
    "TotalBonusPayout": _money("bonus_paid"),
    "TotalBonusFeePayout": _money("bonus_fee_paid"),
    "EstimatedFeeLiability": _money("fee_liability"),
    "EstimatedRewardLiability": _money("reward_liability"),
    "EstimatedTotalLiability": _money("reward_liability", "fee_liability"),
    "NumberAssignmentsAvailable": _count("available"),
    "NumberAssignmentsAccepted": _count("accepted"),
    "NumberAssignmentsPending": _count("pending"),
    "NumberAssignmentsApproved": _count("approved"),
    "NumberAssignmentsRejected": _count("rejected"),
    "NumberAssignmentsReturned": _count("returned"),
    "NumberAssignmentsAbandoned": _count("abandoned"),
    "AverageRewardAmount": Formula(("offered_reward", "offered"), _average),
    "PercentAssignmentsApproved": _share("approved", "rejected"),
    "PercentAssignmentsRejected": _share("rejected", "approved"),
    "NumberKnownAnswersCorrect": _count("known_correct"),
    "NumberKnownAnswersIncorrect": _count("known_incorrect"),
    "NumberKnownAnswersEvaluated": _count("known_correct", "known_incorrect"),
    "PercentKnownAnswersCorrect": _share("known_correct", "known_incorrect"),
    "NumberPluralityAnswersCorrect": _count("plurality_correct"),
    "NumberPluralityAnswersIncorrect": _count("plurality_incorrect"),
    "NumberPluralityAnswersEvaluated": _count("plurality_correct", "plurality_incorrect"),
    "PercentPluralityAnswersCorrect": _share("plurality_correct", "plurality_incorrect"),
}

#: (source, since, until) -> sums by the number of the UTC day since 1970; times in epoch ms, money in cents.
ByDay = Callable[[str, int, int], Mapping[int, int]]


def data_points(formula: Formula, period: str, count: int, now: int, by_day: ByDay) -> list[tuple[int, Value]]:
    """Data points of a statistic, the oldest first, each with the first moment of its UTC day (epoch ms).

    OneDay gives the last `count` days, today the last of them; the other periods give one point, dated today, over
    their days.
    """
    today = now // DAY_MILLISECONDS
    days = PERIODS[period]
    first = 0 if days is None else today - (count if period == "OneDay" else days) + 1
    totals = [by_day(source, first * DAY_MILLISECONDS, (today + 1) * DAY_MILLISECONDS) for source in formula.sources]
    if period == "OneDay":
        return [
            (day * DAY_MILLISECONDS, formula.make(*(total.get(day, 0) for total in totals)))
            for day in range(first, today + 1)
        ]
    return [(today * DAY_MILLISECONDS, formula.make(*(sum(total.values()) for total in totals)))]
