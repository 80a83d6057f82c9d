"""The legacy API's requester statistics, from the marketplace's own record."""

from __future__ import annotations

from adapter.core.database import Store
from adapter.core.statistic_definitions import MOST_DAYS, PERIODS, STATISTICS, Value, data_points
from adapter.marketplace.domain.transactions import reading
from adapter.marketplace.errors import invalid_value, out_of_range
from adapter.marketplace.store.statistics import WORKER_SOURCES, by_day

__all__ = ["STATISTICS", "statistic"]


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

        def of_source(source: str, since: int, until: int) -> dict[int, int]:
            return by_day(call.connection, account_id, source, since, until, worker_id)

        return data_points(found, period, count, call.now if now is None else now, of_source)
