"""The legacy API's requester statistics, from the marketplace's own record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from adapter.marketplace.errors import invalid_value, out_of_range
from adapter.marketplace.operation import reading
from adapter.store.engine import Store
from adapter.store.statistics import DAY_MILLISECONDS, WORKER_SOURCES, by_day

#: Days that a period covers, today among them; None: all.
PERIODS: dict[str, int | None] = {"OneDay": 1, "SevenDays": 7, "ThirtyDays": 30, "LifeToDate": None}
#: The most data points of OneDay (legacy reference: two years of days are kept).
MOST_DAYS = 730

Value = int | float | Decimal


@dataclass(frozen=True)
class _Statistic:
    """Which sources a statistic is made of, and how."""

    sources: tuple[str, ...]
    make: Callable[..., Value]


def _count(*sources: str) -> _Statistic:
    return _Statistic(sources, lambda *totals: sum(totals))


def _money(*sources: str) -> _Statistic:
    return _Statistic(sources, lambda *totals: Decimal(sum(totals)).scaleb(-2))


def _share(part: str, rest: str) -> _Statistic:
    return _Statistic((part, rest), lambda some, others: some / (some + others) if some + others else 0.0)


def _average(cents: int, count: int) -> Decimal:
    amount = Decimal(cents).scaleb(-2) / count if count else Decimal(0)
    return amount.quantize(Decimal("0.0001")).normalize() + Decimal("0.00")


#: The enumeration RequesterStatistic; fractions are of 1 (legacy reference: GetRequesterStatistic).
STATISTICS: dict[str, _Statistic] = {
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
    "AverageRewardAmount": _Statistic(("offered_reward", "offered"), _average),
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


def statistic(
    store: Store,
    account_id: str,
    name: str,
    period: str = "LifeToDate",
    count: int = 1,
    now: int | None = None,
    worker_id: str | None = None,
) -> list[tuple[int, Value]]:
    """Data points of a statistic, the oldest first, each with the first moment of its UTC day (epoch ms).

    OneDay gives the last `count` days, today the last of them; the other periods give one point, dated today, over
    their days. What counts HITs as they are now (Assignable, liability, ...) counts those that were created, or became
    Reviewable, in the period. Values are int for numbers, Decimal for dollars, float for fractions of 1. `now` is epoch
    ms, by default the moment of the call; `worker_id` asks for one worker alone. Raises TurkError for an unknown name or
    period, a `count` outside 1..730, and a statistic that is not about workers.
    """
    found = STATISTICS.get(name)
    if found is None or (worker_id is not None and not WORKER_SOURCES.issuperset(found.sources)):
        raise invalid_value(name, "Statistic")
    if period not in PERIODS:
        raise invalid_value(period, "TimePeriod")
    if not 1 <= count <= MOST_DAYS:
        raise out_of_range(count, "Count", 1, MOST_DAYS)
    with reading(store, account_id) as call:
        today = (call.now if now is None else now) // DAY_MILLISECONDS
        days = PERIODS[period]
        first = 0 if days is None else today - (count if period == "OneDay" else days) + 1
        until = (today + 1) * DAY_MILLISECONDS
        totals = [
            by_day(call.connection, account_id, source, first * DAY_MILLISECONDS, until, worker_id)
            for source in found.sources
        ]
    if period == "OneDay":
        return [
            (day * DAY_MILLISECONDS, found.make(*(total.get(day, 0) for total in totals)))
            for day in range(first, today + 1)
        ]
    return [(today * DAY_MILLISECONDS, found.make(*(sum(total.values()) for total in totals)))]
