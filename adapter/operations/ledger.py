"""The gateway's own record of what went through it to a foreign upstream, which keeps no statistics."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from adapter.errors import outcome_unknown
from adapter.formulas import DAY_MILLISECONDS, STATISTICS, Value, data_points
from adapter.operations import Call, on_behalf_of
from adapter.operations.paging import Listing, scan
from adapter.operations.tokens import code_of
from adapter.settings import Settings
from adapter.store import facts
from adapter.store.accounts import milliseconds
from adapter.store.engine import Store
from adapter.store.facts import Fact
from adapter.store.types import to_cents
from adapter.upstream import Upstream

LOG = logging.getLogger("adapter.ledger")

#: Sources that facts are summed for: the kind of the facts and the column.
_FACTS: dict[str, tuple[tuple[str, str], ...]] = {
    "hits_created": (("created", "rows"),),
    "hits_completed": (("disposed", "rows"),),
    "offered": (("created", "number"), ("extended", "number")),
    "offered_reward": (("created", "cents"), ("extended", "cents")),
    "approved": (("approved", "rows"),),
    "rejected": (("rejected", "rows"),),
    "reward_paid": (("approved", "cents"),),
    "reward_fee_paid": (("approved", "fee"),),
    "bonus_paid": (("bonus", "cents"),),
    "bonus_fee_paid": (("bonus", "fee"),),
}
#: Sources that the HITs of the account show as they are now.
_SHOWN = {"hits_assignable", "hits_reviewable", "hits_completed", "available", "pending", "reward_liability"} | {
    "fee_liability"
}
OF_WORKERS = {"approved", "rejected", "reward_paid", "reward_fee_paid", "bonus_paid", "bonus_fee_paid", "pending"}
KNOWN = _FACTS.keys() | _SHOWN

#: HITs whose assignments are listed in one sweep, facts looked up before one answer, and by one round of the worker.
MOST_LISTED, MOST_LOOKED_UP, A_ROUND = 500, 200, 20
#: Seconds for which the HITs of an account count as looked through.
SWEPT_SECONDS = 30.0


def note(call: Call, kind: str, subject_id: str, **more: Any) -> None:
    """Write down what has just happened at a foreign upstream; a failure to do so is logged and spoils nothing."""
    if call.upstream.embedded:
        return
    try:
        facts.add(call.store, [Fact(call.account_id, kind, subject_id, milliseconds(), **more)])
    except Exception:
        LOG.exception("request_id=%s: %s was not recorded for the statistics", call.record.request_id, kind)
    with _lock:
        _sweeps.pop(call.account_id, None)


def fee_of(settings: Settings, cents: int, assignments: int = 0) -> int:
    """The fee on a reward or bonus, in cents: by the settings' percentages, half up, at least one cent."""
    if not settings.fee_percent or not cents:
        return 0
    percent = settings.fee_percent + (settings.fee_percent_large if assignments >= 10 else 0)
    return max(1, (cents * percent + 50) // 100)


def cents_of(dollars: str | None) -> int:
    """An amount as the modern API writes it, in cents."""
    return to_cents(Decimal(dollars or "0"))


# ---- what is not known at once ----------------------------------------------------------------------------------------


def look_up(call: Call, found: list[facts.Open]) -> None:
    """Fill in the money and the Worker of facts, with one read each; what no longer exists counts nothing."""
    for each in found:
        try:
            facts.resolve(call.store, each.seq, **_details(call, each))
        except ClientError as error:
            if outcome_unknown(error) or not code_of(error).endswith("DoesNotExist"):
                raise
            facts.resolve(call.store, each.seq, cents=0)


def _details(call: Call, fact: facts.Open) -> dict[str, Any]:
    if fact.kind == "extended":
        hit = call.mturk.get_hit(HITId=fact.hit_id)["HIT"]
        return {"cents": cents_of(hit.get("Reward")) * fact.number}
    answer = call.mturk.get_assignment(AssignmentId=fact.subject_id)
    assignment, hit = answer["Assignment"], answer.get("HIT") or {}
    cents = cents_of(hit.get("Reward")) if fact.kind == "approved" else 0
    return {
        "cents": cents,
        "fee": fee_of(call.settings, cents, hit.get("MaxAssignments", 0)),
        "worker_id": assignment.get("WorkerId"),
        "hit_id": assignment.get("HITId"),
    }


def run_due(store: Store, settings: Settings, upstream: Upstream) -> int:
    """Look up some of what is not known yet, for every account; returns how many facts were looked at."""
    looked = 0
    for account_id in facts.accounts_open(store):
        call = on_behalf_of(account_id, settings, store, upstream)
        if call is None:
            continue
        found = facts.open_facts(store, account_id, A_ROUND)
        looked += len(found)
        try:
            look_up(call, found)
        except Exception as error:  # noqa: BLE001 - one account must not stop the others
            LOG.warning("account=%s: facts are looked up later: %s", account_id, type(error).__name__)
    return looked


# ---- answers ----------------------------------------------------------------------------------------------------------


def statistic(
    call: Call, name: str, period: str, count: int, worker_id: str | None = None
) -> list[tuple[int, Value]] | None:
    """Data points of a statistic as adapter.formulas.data_points gives them; None for one that cannot be known here."""
    formula = STATISTICS[name]
    known = KNOWN if worker_id is None else OF_WORKERS
    if not known.issuperset(formula.sources):
        return None
    look_up(call, facts.open_facts(call.store, call.account_id, MOST_LOOKED_UP))
    swept = _swept(call)

    def of_source(source: str, since: int, until: int) -> Counter[int]:
        days: Counter[int] = Counter()
        for kind, column in _FACTS.get(source, ()):
            days.update(facts.by_day(call.store, call.account_id, kind, column, since, until, worker_id))
        days.update(swept.between(source, since, until, worker_id))
        return days

    return data_points(formula, period, count, milliseconds(), of_source)


@dataclass
class _Swept:
    """What the HITs of an account showed: sums by source, Worker (None where it is about none) and day."""

    until: float
    sums: Counter[tuple[str, str | None, int]] = field(default_factory=Counter)

    def add(self, source: str, seconds: float, value: int = 1, worker_id: str | None = None) -> None:
        self.sums[source, worker_id, int(seconds * 1000) // DAY_MILLISECONDS] += value

    def between(self, source: str, since: int, until: int, worker_id: str | None) -> Counter[int]:
        days: Counter[int] = Counter()
        for (of_source, of_worker, day), value in self.sums.items():
            wanted = of_source == source and worker_id in {None, of_worker}
            if wanted and since <= day * DAY_MILLISECONDS < until:
                days[day] += value
        return days


_sweeps: OrderedDict[str, _Swept] = OrderedDict()
_lock = threading.Lock()


def _swept(call: Call) -> _Swept:
    with _lock:
        found = _sweeps.get(call.account_id)
    if found is None or found.until < time.monotonic():
        found = _sweep(call)
        with _lock:
            _sweeps[call.account_id] = found
            while len(_sweeps) > 1000:
                _sweeps.popitem(last=False)
    return found


def _sweep(call: Call) -> _Swept:
    """Look through all HITs; what others did to them, and the service by itself, becomes facts on the way."""
    swept = _Swept(time.monotonic() + SWEPT_SECONDS)
    known = facts.decided(call.store, call.account_id)
    listed = 0
    for batch in scan(call, Listing("list_hits", "HITs")):
        facts.add(call.store, [_created(call, hit) for hit in batch])
        for hit in batch:
            left = hit["MaxAssignments"] - sum(
                hit.get(f"NumberOfAssignments{each}", 0) for each in ("Available", "Pending", "Completed")
            )
            submitted = 0
            if (left > 0 or hit.get("NumberOfAssignmentsCompleted", 0) > known.get(hit["HITId"], 0)) and (
                listed < MOST_LISTED
            ):
                listed += 1
                submitted = _list(call, swept, hit)
            _show(call, swept, hit, submitted)
    return swept


def _created(call: Call, hit: dict[str, Any]) -> Fact:
    return Fact(
        call.account_id,
        "created",
        hit["HITId"],
        int(hit["CreationTime"] * 1000),
        hit_id=hit["HITId"],
        number=hit["MaxAssignments"],
        cents=cents_of(hit.get("Reward")) * hit["MaxAssignments"],
    )


def _list(call: Call, swept: _Swept, hit: dict[str, Any]) -> int:
    """The submitted work of a HIT; returns how much of it is undecided."""
    submitted = 0
    cents = cents_of(hit.get("Reward"))
    fee = fee_of(call.settings, cents, hit["MaxAssignments"])
    for batch in scan(call, Listing("list_assignments_for_hit", "Assignments", {"HITId": hit["HITId"]})):
        decided = []
        for row in batch:
            status, worker_id = row["AssignmentStatus"], row["WorkerId"]
            if status == "Submitted":
                submitted += 1
                swept.add("pending", row["SubmitTime"], worker_id=worker_id)
                continue
            moment = row.get("ApprovalTime" if status == "Approved" else "RejectionTime") or row["SubmitTime"]
            paid = status == "Approved"
            decided.append(
                Fact(
                    call.account_id,
                    status.lower(),
                    row["AssignmentId"],
                    int(moment * 1000),
                    hit_id=hit["HITId"],
                    worker_id=worker_id,
                    cents=cents if paid else 0,
                    fee=fee if paid else 0,
                )
            )
        facts.add(call.store, decided)
    return submitted


def _show(call: Call, swept: _Swept, hit: dict[str, Any], submitted: int) -> None:
    made, now = hit["CreationTime"], milliseconds() / 1000
    status = hit.get("HITStatus")
    available = hit.get("NumberOfAssignmentsAvailable", 0) if hit["Expiration"] > now else 0
    cents = cents_of(hit.get("Reward"))
    outstanding = available + hit.get("NumberOfAssignmentsPending", 0) + submitted
    if status == "Assignable":
        swept.add("hits_assignable", made)
    if status in {"Reviewable", "Reviewing"}:
        swept.add("hits_completed", min(now, hit["Expiration"]))
    if status == "Reviewable":
        swept.add("hits_reviewable", min(now, hit["Expiration"]))
    swept.add("available", made, available)
    swept.add("reward_liability", made, cents * outstanding)
    swept.add("fee_liability", made, fee_of(call.settings, cents, hit["MaxAssignments"]) * outstanding)
