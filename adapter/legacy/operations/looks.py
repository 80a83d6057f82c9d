"""A look through the HITs of a foreign upstream: what others did to them, and what happened by itself, becomes facts."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from adapter.core.database import Store
from adapter.core.settings import Settings
from adapter.core.statistic_definitions import DAY_MILLISECONDS
from adapter.core.store.accounts import milliseconds
from adapter.legacy.call import Call, on_behalf_of
from adapter.legacy.lists.listing import Listing, scan
from adapter.legacy.operations.money import cents_of, fee_of
from adapter.legacy.operations.opened import settle
from adapter.legacy.operations.scores import scored
from adapter.legacy.store import facts
from adapter.legacy.store import looks as store_looks
from adapter.legacy.store.facts import Fact
from adapter.legacy.store.looks import Change, Known, Look
from adapter.upstream.base import Upstream

LOG = logging.getLogger("adapter.looks")

Hit = dict[str, Any]

#: HITs whose assignments are listed in one look, HITs whose review results are read, calls by one round of the worker.
MOST_LISTED, MOST_REVIEWED, A_ROUND = 500, 200, 10
#: Milliseconds for which an account is looked at by the worker after somebody asked for its statistics.
ASKED_MILLISECONDS = 30 * DAY_MILLISECONDS


@dataclass
class Seen:
    """What the HITs of an account showed: sums by source, Worker (None where it is about none) and UTC day since 1970."""

    until: float = 0.0
    sums: Counter[tuple[str, str | None, int]] = field(default_factory=Counter)
    listed: int = 0
    reviewed: int = 0
    #: HITs whose assignments would have had to be listed, too.
    skipped: set[str] = field(default_factory=set)

    def add(self, source: str, at: int, value: int = 1, worker_id: str | None = None) -> None:
        """Add a value of a moment (epoch ms)."""
        self.sums[source, worker_id, at // DAY_MILLISECONDS] += value

    def between(self, source: str, since: int, until: int, worker_id: str | None) -> Counter[int]:
        """The sums of a source by day, from `since` to before `until` (epoch ms)."""
        days: Counter[int] = Counter()
        for (of_source, of_worker, day), value in self.sums.items():
            wanted = of_source == source and (worker_id is None or worker_id == of_worker)
            if wanted and since <= day * DAY_MILLISECONDS < until:
                days[day] += value
        return days


def whole(call: Call) -> Seen:
    """Look through all HITs of an account now. Raises what the upstream raises."""
    store_looks.asked(call.store, call.account_id, milliseconds())
    seen = Seen()
    for _ in walk(call, seen):
        pass
    return seen


def walk(call: Call, seen: Seen) -> Iterator[None]:
    """The same in steps, a page of HITs each."""
    begun, previous = milliseconds(), store_looks.looked_at(call.store, call.account_id)
    for batch in scan(call, Listing("list_hits", "HITs")):
        _look(call, seen, batch, previous)
        yield
    for look in store_looks.left_open(call.store, call.account_id, begun):
        if look.hit_id in seen.skipped:
            continue
        # deleted past this gateway: how its last assignments ended, nobody can tell
        held = [one for lo, hi, count in look.opened or () for one in [(lo, hi)] * count]
        accepted = [_taken(call, look.hit_id, look.released + n, hi) for n, (_, hi) in enumerate(held, 1)]
        new = replace(look, opened=None, released=look.released + len(held), looked_at=begun)
        store_looks.save(call.store, call.account_id, [Change(look, new, accepted)])
    store_looks.finished(call.store, call.account_id, begun)


def last(call: Call, hit_id: str, hit: Hit | None = None) -> int:
    """The last look at a HIT that is about to be deleted; returns since when it has been Reviewable (epoch ms).

    A failure is logged and spoils nothing. Not for an embedded upstream.
    """
    if not call.upstream.leaves_doubt:
        return 0
    try:
        hit = hit or call.mturk.get_hit(HITId=hit_id)["HIT"]
        known = _look(call, Seen(), [hit], store_looks.looked_at(call.store, call.account_id))
        return _reviewable_at(hit, known[hit_id])
    except Exception as error:  # noqa: BLE001 - the statistics must not stand in the way
        LOG.warning("hit=%s: no last look before it is deleted: %s", hit_id, type(error).__name__)
        return milliseconds()


# ---- one page of HITs -------------------------------------------------------------------------------------------------


def _look(call: Call, seen: Seen, hits: list[Hit], previous: int) -> dict[str, Known]:
    now, store, account_id = milliseconds(), call.store, call.account_id
    facts.add(store, [created(account_id, hit, hit["MaxAssignments"]) for hit in hits])
    known = store_looks.known(store, account_id, [hit["HITId"] for hit in hits])
    waiting = store_looks.waiting(store, account_id, [hit["HITId"] for hit in hits if _undecided(hit) > 0])
    listed = []
    for hit in hits:
        if not _changed(hit, known, waiting):
            continue
        if seen.listed < MOST_LISTED:
            seen.listed += 1
            facts.add(store, _list(call, hit))
            listed.append(hit["HITId"])
        else:
            seen.skipped.add(hit["HITId"])
    if listed:
        known |= store_looks.known(store, account_id, listed)
        waiting |= {hit_id: [] for hit_id in listed} | store_looks.waiting(store, account_id, listed)
    changes = []
    for hit in hits:
        hit_id = hit["HITId"]
        of_hit = known[hit_id]
        if hit_id not in seen.skipped:
            changes += _compared(call, seen, hit, of_hit, now, previous, odd=_differs(hit, of_hit, waiting))
        _show(call, seen, hit, of_hit, now)
        _show_waiting(seen, hit, waiting.get(hit_id, []), whole=hit_id not in seen.skipped)
    store_looks.save(store, account_id, changes)
    return known


def created(account_id: str, hit: Hit, assignments: int) -> Fact:
    """The fact that a HIT was made, with so many assignments."""
    return Fact(
        account_id,
        "created",
        hit["HITId"],
        int(hit["CreationTime"] * 1000) if "CreationTime" in hit else milliseconds(),
        hit_id=hit["HITId"],
        number=assignments,
        cents=cents_of(hit.get("Reward")) * assignments,
    )


def _number(hit: Hit, name: str) -> int:
    return int(hit.get(f"NumberOfAssignments{name}") or 0)


def _undecided(hit: Hit) -> int:
    """How many assignments wait for a decision, as far as the HIT's counters tell."""
    used = sum(_number(hit, name) for name in ("Available", "Pending", "Completed"))
    return max(0, int(hit["MaxAssignments"]) - used)


def _counters(hit: Hit) -> str:
    return "/".join(str(_number(hit, name)) for name in ("Available", "Pending", "Completed")) + (
        f"/{hit['MaxAssignments']}"
    )


def _differs(hit: Hit, known: Known, waiting: dict[str, list[Any]]) -> bool:
    """Whether the facts do not add up to the HIT's counters."""
    undecided = _undecided(hit)
    count = sum(each for _, _, each in waiting.get(hit["HITId"], ()))
    return (undecided > 0 and undecided != count) or _number(hit, "Completed") > min(known.decided, known.submitted)


def _changed(hit: Hit, known: dict[str, Known], waiting: dict[str, list[Any]]) -> bool:
    of_hit = known[hit["HITId"]]
    return _differs(hit, of_hit, waiting) and of_hit.look.listed != _counters(hit)


def _list(call: Call, hit: Hit) -> list[Fact]:
    """What the submitted work of a HIT tells."""
    found = []
    for batch in scan(call, Listing("list_assignments_for_hit", "Assignments", {"HITId": hit["HITId"]})):
        for row in batch:
            found += of_assignment(call, row, hit)
    return found


def of_assignment(call: Call, row: dict[str, Any], hit: Hit) -> list[Fact]:
    """The facts of one submitted assignment as the upstream answers it: accepted, submitted, decided."""
    status, submitted = row["AssignmentStatus"], row["SubmitTime"]
    common = {"hit_id": row["HITId"], "worker_id": row["WorkerId"]}
    found = [
        Fact(call.account_id, kind, row["AssignmentId"], int(at * 1000), cents=0, **common)
        for kind, at in (("accepted", row.get("AcceptTime") or submitted), ("submitted", submitted))
    ]
    if status in {"Approved", "Rejected"}:
        at = row.get("ApprovalTime" if status == "Approved" else "RejectionTime") or submitted
        cents = cents_of(hit.get("Reward")) if status == "Approved" else 0
        fee = fee_of(call.settings, cents, hit.get("MaxAssignments", 0))
        found.append(
            Fact(call.account_id, status.lower(), row["AssignmentId"], int(at * 1000), cents=cents, fee=fee, **common)
        )
    return found


def _compared(call: Call, seen: Seen, hit: Hit, known: Known, now: int, previous: int, *, odd: bool) -> list[Change]:
    """What has changed since the last look, as a change to be stored; nothing where there is nothing to remember."""
    old = known.look
    learned: list[Fact] = []
    new = replace(old, listed=_counters(hit) if odd else None)
    if old.opened or known.held or _number(hit, "Pending"):
        new, learned = _opened(call, hit, known, new, now, previous)
    anew: tuple[str, ...] = ()
    found = scored(call, hit, known, now) if seen.reviewed < MOST_REVIEWED else None
    if found is not None:
        seen.reviewed += 1
        new = replace(new, policies=found.policies, reviewed=found.state)
        anew = found.anew
        learned = [*learned, *found.facts]
    if new == old and not new.opened and not learned:
        return []
    known.look = replace(new, version=old.version + 1)
    return [Change(old, replace(new, looked_at=now), learned, anew)]


def _opened(call: Call, hit: Hit, known: Known, look: Look, now: int, previous: int) -> tuple[Look, list[Fact]]:
    """Compare the assignments in somebody's hands with those of the last look."""
    unseen = look.opened and known.fact > look.fact
    joined = store_looks.joined(call.store, call.account_id, look) if unseen else []
    named = store_looks.held(call.store, call.account_id, look.hit_id) if known.held > 0 else []
    since = max(int(hit["CreationTime"] * 1000), previous, look.looked_at)
    duration = int(hit["AssignmentDurationInSeconds"]) * 1000
    opened, ended = settle(look.opened or [], named, joined, _number(hit, "Pending"), since, now, duration)
    learned = []
    released = look.released
    for each in ended:
        subject_id = each.assignment_id
        if subject_id is None:
            released += 1
            learned.append(_taken(call, look.hit_id, released, each.accepted))
            subject_id = learned[-1].subject_id
        learned.append(Fact(call.account_id, each.kind, subject_id, each.at, hit_id=look.hit_id, cents=0))
    return replace(look, opened=opened or None, released=released, fact=known.fact), learned


def _taken(call: Call, hit_id: str, number: int, at: int) -> Fact:
    """An acceptance that never led to a submission, so that its id is not known."""
    return Fact(call.account_id, "taken", f"{hit_id}:{number}", at, hit_id=hit_id, cents=0)


# ---- what is shown as it is now ---------------------------------------------------------------------------------------


def _reviewable_at(hit: Hit, known: Known) -> int:
    """Since when a HIT has been Reviewable: its last submission, or its expiration where assignments were left."""
    finished = known.submitted >= int(hit["MaxAssignments"])
    expiration = 0 if finished else int(hit["Expiration"] * 1000)
    found = max(expiration, known.last_submit)
    made = int(hit["CreationTime"] * 1000)
    return found if made <= found <= milliseconds() else milliseconds()


def _show(call: Call, seen: Seen, hit: Hit, known: Known, now: int) -> None:
    made, status = int(hit["CreationTime"] * 1000), hit.get("HITStatus")
    available = _number(hit, "Available") if hit["Expiration"] * 1000 > now else 0
    cents = cents_of(hit.get("Reward"))
    outstanding = available + _number(hit, "Pending") + _undecided(hit)
    if status == "Assignable":
        seen.add("hits_assignable", made)
    if status in {"Reviewable", "Reviewing"}:
        seen.add("hits_completed", _reviewable_at(hit, known))
    if status == "Reviewable":
        seen.add("hits_reviewable", _reviewable_at(hit, known))
    seen.add("available", made, available)
    seen.add("reward_liability", made, cents * outstanding)
    seen.add("fee_liability", made, fee_of(call.settings, cents, hit["MaxAssignments"]) * outstanding)
    for _, accepted, count in known.look.opened or ():
        seen.add("accepted", accepted, count)


def _show_waiting(seen: Seen, hit: Hit, rows: list[tuple[str | None, int, int]], *, whole: bool) -> None:
    for worker_id, day, count in rows:
        seen.add("pending", day * DAY_MILLISECONDS, count, worker_id)
    if not whole:
        rest = _undecided(hit) - sum(count for _, _, count in rows)
        seen.add("pending", int(hit["CreationTime"] * 1000), max(0, rest))


# ---- the worker loop --------------------------------------------------------------------------------------------------


class Looker:
    """The worker's job that looks now and then at the HITs of accounts whose statistics are asked for."""

    def __init__(self, store: Store, settings: Settings, upstream: Upstream) -> None:
        self._store, self._settings, self._upstream = store, settings, upstream
        self._steps: Iterator[None] = iter(())
        self._next = 0.0

    def __call__(self) -> int:
        """Go on with the look under way, or begin one that is due; returns how many pages of HITs were looked at."""
        done = 0
        for _ in self._steps:
            done += 1
            if done == A_ROUND:
                return done
        if time.monotonic() >= self._next:
            self._begin()
        return done

    def _begin(self) -> None:
        seconds = self._settings.statistics_seconds
        if not seconds:
            return
        now = milliseconds()
        account_id = store_looks.claim_due(self._store, now, seconds * 1000, now - ASKED_MILLISECONDS)
        if account_id is None:
            self._next = time.monotonic() + min(seconds, 10)
            return
        call = on_behalf_of(account_id, self._settings, self._store, self._upstream)
        if call is not None:
            self._steps = walk(call, Seen())
