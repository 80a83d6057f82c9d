"""Events of a remote upstream that sends none here, found by looking through its HITs: a part of them, and later."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from adapter.core.database import Store
from adapter.core.settings import Settings
from adapter.core.store import outbox
from adapter.core.store.accounts import milliseconds
from adapter.core.store.outbox import Event
from adapter.legacy.call import Call, on_behalf_of
from adapter.legacy.lists.listing import Listing, scan
from adapter.legacy.store import notification_specifications
from adapter.legacy.store.notification_specifications import Of
from adapter.notifications.store import inbox
from adapter.upstream.base import Upstream

LOG = logging.getLogger("adapter.notifications")

#: The events that the state of HITs shows.
SHOWN = frozenset({"AssignmentSubmitted", "HITReviewable", "HITExpired"})
#: HITs whose assignments are listed in one look, for one account; the others' turn comes with the next.
MOST_LISTED = 200
_DAY = 24 * 3600 * 1000
#: What is still listed is remembered anew after so long; submissions older than this are no news (milliseconds).
RENEWED, NEWS = 7 * _DAY, 14 * _DAY


class Sweep:
    """The worker's job: every so often, by one process at a time, look through the HITs of accounts that wait for events."""

    def __init__(self, store: Store, settings: Settings, upstream: Upstream) -> None:
        self._store = store
        self._settings = settings
        self._upstream = upstream
        self._next = 0.0

    def __call__(self) -> int:
        """One look, if it is time for one; returns how many events were found."""
        seconds = self._settings.notification_poll_seconds
        if time.monotonic() < self._next:
            return 0
        self._next = time.monotonic() + seconds
        now = milliseconds()
        turn = f"turn:{int(now / (seconds * 1000))}"
        with self._store.write() as connection:
            if not inbox.take_in(connection, self._store, turn, now):
                return 0
        return self.look(now)

    def look(self, now: int) -> int:
        """Look through the HITs of every account with a specification in force; returns how many events were found."""
        with self._store.read() as connection:
            listed = [
                each
                for each in notification_specifications.active(connection)
                if SHOWN & set(each.specification.event_types)
            ]
        of_account: dict[str, dict[str, Of]] = defaultdict(dict)
        for each in listed:
            of_account[each.account_id][each.hit_type_id] = each
        number = 0
        for account_id, wanted in of_account.items():
            call = on_behalf_of(account_id, self._settings, self._store, self._upstream)
            if call is None:
                continue
            try:
                number += _look(call, wanted, now)
            except Exception as error:  # noqa: BLE001 - one account must not stop the others
                LOG.warning("account=%s: HITs are looked through later: %s", account_id, type(error).__name__)
        return number


def _look(call: Call, wanted: dict[str, Of], now: int) -> int:
    found, listed = 0, 0
    first = {each: f"{call.account_id}:first:{each}:{of.set_at}" for each, of in wanted.items()}
    with call.store.read() as connection:
        begun = inbox.known(connection, first.values())
    for batch in scan(call, Listing("list_hits", "HITs")):
        hits = [each for each in batch if each.get("HITTypeId") in wanted]
        seen = {name for hit in hits for name, _ in _of_hit(call.account_id, hit, wanted[hit["HITTypeId"]], now)}
        seen |= {_counters(call.account_id, hit) for hit in hits}
        with call.store.read() as connection:
            known = inbox.known(connection, seen)
        for hit in hits:
            of = wanted[hit["HITTypeId"]]
            # what was so before anybody asked is no news
            fresh = first[of.hit_type_id] in begun or hit["CreationTime"] * 1000 >= of.set_at
            news: dict[str, Event | None] = {
                name: event if fresh or event.event_type != "HITReviewable" else None
                for name, event in _of_hit(call.account_id, hit, of, now)
                if name not in known
            }
            counters = _counters(call.account_id, hit)
            if "AssignmentSubmitted" in of.specification.event_types and counters not in known and listed < MOST_LISTED:
                listed += 1
                news |= _submitted(call, hit, of, now)
                news[counters] = None
            found += _write(call, news, now)
        with call.store.write() as connection:
            inbox.renew(connection, [name for name, since in known.items() if since < now - RENEWED], now)
    _write(call, dict.fromkeys(name for name in first.values() if name not in begun), now)
    return found


def _of_hit(account_id: str, hit: dict[str, Any], of: Of, now: int) -> Iterator[tuple[str, Event]]:
    """What a HIT's own state says, by a name that changes when the HIT is extended."""
    expires = int(hit["Expiration"] * 1000)
    kinds = of.specification.event_types
    if "HITExpired" in kinds and of.set_at <= expires <= now:
        yield f"{account_id}:expired:{hit['HITId']}:{expires}", _event(account_id, "HITExpired", hit, expires)
    if "HITReviewable" in kinds and hit.get("HITStatus") == "Reviewable":
        name = f"{account_id}:reviewable:{hit['HITId']}:{hit['MaxAssignments']}:{expires}"
        yield name, _event(account_id, "HITReviewable", hit, min(now, max(expires, of.set_at)))


def _counters(account_id: str, hit: dict[str, Any]) -> str:
    """A name for how much work of a HIT was submitted; more work gives another name."""
    left = hit.get("NumberOfAssignmentsAvailable", 0) + hit.get("NumberOfAssignmentsPending", 0)
    return f"{account_id}:counters:{hit['HITId']}:{hit['MaxAssignments']}:{hit['MaxAssignments'] - left}"


def _submitted(call: Call, hit: dict[str, Any], of: Of, now: int) -> dict[str, Event | None]:
    found: dict[str, Event | None] = {}
    for batch in scan(call, Listing("list_assignments_for_hit", "Assignments", {"HITId": hit["HITId"]})):
        for row in batch:
            at = int(row["SubmitTime"] * 1000)
            # whole seconds: what was submitted in the second of the call counts
            if at >= max(of.set_at - of.set_at % 1000, now - NEWS):
                name = f"{call.account_id}:submitted:{row['AssignmentId']}"
                found[name] = _event(call.account_id, "AssignmentSubmitted", hit, at, row["AssignmentId"])
    return found


def _event(account_id: str, kind: str, hit: dict[str, Any], at: int, assignment_id: str | None = None) -> Event:
    return Event(account_id, kind, hit["HITTypeId"], hit["HITId"], assignment_id, at)


def _write(call: Call, news: dict[str, Event | None], now: int) -> int:
    """Note names as seen and put their events into the outbox, in one transaction; a name noted before is passed over."""
    if not news:
        return 0
    with call.store.write() as connection:
        events = [event for name, event in news.items() if inbox.take_in(connection, call.store, name, now)]
        fresh = [event for event in events if event is not None]
        outbox.add_events(connection, fresh)
    return len(fresh)
