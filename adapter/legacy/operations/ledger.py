"""The gateway's own record of what went through it to a foreign upstream, which keeps no statistics."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from adapter.core.database import Store
from adapter.core.errors import outcome_unknown
from adapter.core.settings import Settings
from adapter.core.statistic_definitions import STATISTICS, Value, data_points
from adapter.core.store.accounts import milliseconds
from adapter.core.store.outbox import Event
from adapter.legacy.call import Call, on_behalf_of
from adapter.legacy.idempotency.tokens import code_of
from adapter.legacy.operations import looks, scores
from adapter.legacy.operations.money import cents_of, fee_of
from adapter.legacy.operations.opened import SLACK
from adapter.legacy.store import facts
from adapter.legacy.store import looks as store_looks
from adapter.legacy.store.facts import Fact
from adapter.legacy.store.looks import Change, Look
from adapter.upstream.base import Upstream

LOG = logging.getLogger("adapter.ledger")

#: Sources that facts are summed for: the kind of the facts and the column.
_FACTS: dict[str, tuple[tuple[str, str], ...]] = {
    "hits_created": (("created", "rows"),),
    "hits_completed": (("disposed", "rows"),),
    "offered": (("created", "number"), ("extended", "number")),
    "offered_reward": (("created", "cents"), ("extended", "cents")),
    "accepted": (("accepted", "rows"), ("taken", "rows")),
    "approved": (("approved", "rows"),),
    "rejected": (("rejected", "rows"),),
    "returned": (("returned", "rows"),),
    "abandoned": (("abandoned", "rows"),),
    "reward_paid": (("approved", "cents"),),
    "reward_fee_paid": (("approved", "fee"),),
    "bonus_paid": (("bonus", "cents"),),
    "bonus_fee_paid": (("bonus", "fee"),),
    **{name: ((name, "number"),) for name in (*scores.KNOWN, *scores.PLURALITY)},
}
#: Sources that can be asked for one Worker alone; of those who gave work back only notifications could tell who it was.
OF_WORKERS = {"accepted", "approved", "rejected", "returned", "abandoned", "pending"} | {
    *("reward_paid", "reward_fee_paid", "bonus_paid", "bonus_fee_paid", *scores.KNOWN, *scores.PLURALITY)
}

#: Events of the upstream that become facts.
_TOLD = {f"Assignment{kind.capitalize()}": kind for kind in ("accepted", "returned", "abandoned")}

#: Facts looked up before one answer, and by one round of the worker.
MOST_LOOKED_UP, A_ROUND = 200, 20
#: Seconds for which the HITs of an account count as looked through.
SEEN_SECONDS = 30.0


def note(call: Call, kind: str, subject_id: str, **more: Any) -> None:
    """Write down what has just happened at a foreign upstream; a failure to do so is logged and spoils nothing."""
    if call.upstream.leaves_doubt:
        fact = Fact(call.account_id, kind, subject_id, milliseconds(), **more)
        _write(call, kind, lambda: facts.add(call.store, [fact]))


def created(call: Call, hit: dict[str, Any], assignments: int, *, of_assignments: bool, of_hit: bool) -> None:
    """Write down that a HIT was made, and which review policies it has, since no later answer tells."""
    if not call.upstream.leaves_doubt:
        return
    policies = of_assignments * scores.OF_ASSIGNMENTS + of_hit * scores.OF_HIT

    def put() -> None:
        fact = looks.created(call.account_id, hit, assignments)
        look = Look(hit["HITId"])
        store_looks.save(call.store, call.account_id, [Change(look, replace(look, policies=policies), [fact])])

    # whatever the upstream's answer looks like, the HIT is made
    _write(call, "created", put)


def disposing(call: Call, hit_id: str, hit: dict[str, Any] | None = None) -> int:
    """Look at a HIT before it is deleted; returns since when it has been Reviewable, for the fact of its disposal."""
    return looks.last(call, hit_id, hit)


def disposed(call: Call, hit_id: str, reviewable_at: int) -> None:
    """Write down that a HIT was deleted."""
    if call.upstream.leaves_doubt:
        fact = Fact(call.account_id, "disposed", hit_id, reviewable_at, hit_id=hit_id, cents=0)
        _write(call, "disposed", lambda: store_looks.dispose(call.store, fact))


def observe(store: Store, events: Iterable[Event]) -> None:
    """Write down what notifications of the upstream tell of: acceptances, and how they ended. May be told twice."""
    for event in events:
        kind = _TOLD.get(event.event_type)
        if kind is None or not event.assignment_id:
            continue
        fact = Fact(event.account_id, kind, event.assignment_id, event.happened_at, hit_id=event.hit_id, cents=0)
        if kind == "accepted":
            facts.add(store, [fact])
        else:
            store_looks.end(store, fact, SLACK)


def _write(call: Call, kind: str, put: Callable[[], None]) -> None:
    try:
        put()
    except Exception:
        LOG.exception("request_id=%s: %s was not recorded for the statistics", call.record.request_id, kind)
    with _lock:
        _seen.pop(call.account_id, None)


# ---- what is not known at once ----------------------------------------------------------------------------------------


def look_up(call: Call, found: list[facts.Open]) -> None:
    """Fill in the money and the Worker of facts, with one read each; what no longer exists counts nothing."""
    for each in found:
        try:
            values, further = _details(call, each)
        except ClientError as error:
            if outcome_unknown(error) or not code_of(error).endswith("DoesNotExist"):
                raise
            values, further = {"cents": 0}, []
        facts.resolve(call.store, each.seq, further, **values)


def _details(call: Call, fact: facts.Open) -> tuple[dict[str, Any], list[Fact]]:
    if fact.kind == "extended":
        hit = call.mturk.get_hit(HITId=fact.hit_id)["HIT"]
        return {"cents": cents_of(hit.get("Reward")) * fact.number}, []
    answer = call.mturk.get_assignment(AssignmentId=fact.subject_id)
    row, hit = answer["Assignment"], answer.get("HIT") or {}
    cents = cents_of(hit.get("Reward")) if fact.kind == "approved" else 0
    values = {
        "cents": cents,
        "fee": fee_of(call.settings, cents, hit.get("MaxAssignments", 0)),
        "worker_id": row.get("WorkerId"),
        "hit_id": row.get("HITId"),
    }
    # when it was decided is known better: at the call that did it
    return values, [each for each in looks.of_assignment(call, row, hit) if each.kind in {"accepted", "submitted"}]


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
    """Data points of a statistic as adapter.formulas.data_points gives them; None for one that is not about Workers."""
    formula = STATISTICS[name]
    if worker_id is not None and not OF_WORKERS.issuperset(formula.sources):
        return None
    look_up(call, facts.open_facts(call.store, call.account_id, MOST_LOOKED_UP))
    seen = _lately_seen(call)

    def of_source(source: str, since: int, until: int) -> Counter[int]:
        days: Counter[int] = Counter()
        for kind, column in _FACTS.get(source, ()):
            days.update(facts.by_day(call.store, call.account_id, kind, column, since, until, worker_id))
        # what no Worker is named with is nobody's
        days.update(seen.between(source, since, until, worker_id))
        return days

    return data_points(formula, period, count, milliseconds(), of_source)


_seen: OrderedDict[str, looks.Seen] = OrderedDict()
_lock = threading.Lock()


def _lately_seen(call: Call) -> looks.Seen:
    with _lock:
        found = _seen.get(call.account_id)
    if found is None or found.until < time.monotonic():
        found = looks.whole(call)
        found.until = time.monotonic() + SEEN_SECONDS
        with _lock:
            _seen[call.account_id] = found
            while len(_seen) > 1000:
                _seen.popitem(last=False)
    return found
