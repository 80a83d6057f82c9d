"""Sending: messages are claimed before they are sent, sent side by side, and marked with what became of them."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.egress import networks_of
from adapter.core.errors import unavailable
from adapter.core.ids import entity_id
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.core.store.outbox import Event
from adapter.legacy.protocol.spelling import stamp
from adapter.legacy.store.notification_specifications import Specification
from adapter.notifications import routing, topics
from adapter.notifications.guarded_http import ALL_SECONDS, DeliveryError
from adapter.notifications.messages import members_of, signature
from adapter.notifications.store import deliveries
from adapter.notifications.store.deliveries import Delivery, Lanes
from adapter.notifications.store.topics import find_subscription
from adapter.notifications.transports import mail, subscriptions, webhooks
from adapter.notifications.transports.queues import Queues
from adapter.upstream.base import WriteOutcome

LOG = logging.getLogger("adapter.notifications")

#: Messages under way at once, in one process, and of them to one host.
THREADS, PER_LANE = 32, 4
#: Seconds after which a host counts as slow, and for which it does: it gets one connection, and all slow ones half of them.
SLOW_SECONDS, SLOW_FOR = 2.0, 60.0
#: Test notifications under way at once in one server process.
TESTS = 4
#: Milliseconds after which a message that some process began to send counts as interrupted; no attempt takes as long.
INTERRUPTED = 300_000
#: Milliseconds after which a message that still waits is given up, so that a dead receptor's do not pile up for ever.
STALE = 24 * 3600 * 1000
#: Attempts of what is repeated in any case, and the longest pause between two, in milliseconds.
KEPT_ATTEMPTS, LONGEST_PAUSE = 12, 300_000
#: Seconds that one round may last while there is more to do.
ROUND_SECONDS = 2.0


class Sender:
    """Makes one attempt at a message, by its transport, and writes down what became of it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._networks = networks_of(settings)
        self._queues = Queues(settings, self._networks)

    def send(self, delivery: Delivery, *, last: bool = False) -> DeliveryError | None:
        """Send a claimed message and settle it; returns why it did not arrive, or None. The `last` try is not repeated."""
        started = time.perf_counter()
        try:
            self._attempt(delivery)
        except DeliveryError as error:
            failure = error
        except Exception as error:
            LOG.exception("delivery=%d failed", delivery.seq)
            failure = DeliveryError(f"an error of this service: {type(error).__name__}", repeat=False)
        else:
            LOG.info("%s delivered ms=%.0f", _named(delivery), (time.perf_counter() - started) * 1000)
            deliveries.finish(self.store, delivery, "delivered", clock.milliseconds())
            return None
        if last:
            failure.repeat = False
        settle(self.store, self.settings, delivery, failure)
        return failure

    def _attempt(self, delivery: Delivery) -> None:
        if delivery.transport == "Email":
            mail.send(delivery, self.settings)
        elif delivery.transport in {"REST", "SOAP"}:
            moment = stamp(time.time())
            webhooks.call(delivery, moment, self._signed(delivery, moment), self._networks)
        elif delivery.transport == "SNS" and topics.is_own(delivery.account_id, delivery.destination):
            self._to_own_topic(delivery)
        else:
            self._queues.send(delivery)

    def _to_own_topic(self, delivery: Delivery) -> None:
        """Pass a message to a topic on to its subscribers, and one to a subscriber to its endpoint."""
        if not topics.is_subscription(delivery.destination):
            if not topics.publish(self.store, delivery):
                raise DeliveryError("the topic does not exist", repeat=False)
            return
        with self.store.home.read() as connection:
            subscription = find_subscription(connection, delivery.destination)
        if subscription is None:
            raise DeliveryError("the subscription was cancelled", repeat=False)
        subscriptions.send(delivery, subscription, self._networks, self.settings.address)

    def _signed(self, delivery: Delivery, moment: str) -> str | None:
        """The signature by the key that set the specification; None once that key is disabled, as documented."""
        key = accounts.find_key(self.store, delivery.access_key_id) if delivery.access_key_id else None
        return signature(key.secret_access_key, moment) if key is not None and key.enabled else None


def settle(store: Store, settings: Settings, delivery: Delivery, failure: DeliveryError) -> None:
    """Write down that an attempt failed, and when the next one is, if there is one.

    A receptor is called as often as ADAPTER_NOTIFICATION_ATTEMPTS says. Queues and topics deliver at least once, so they
    are tried for some half an hour; so is a mail that the mail server certainly did not take.
    """
    kept = delivery.transport in {"SQS", "SNS"} or (delivery.transport == "Email" and not failure.sent)
    attempts = KEPT_ATTEMPTS if kept else settings.notification_attempts
    now = clock.milliseconds()
    if failure.repeat and delivery.attempts < attempts:
        later = now + min(1000 * 2**delivery.attempts, LONGEST_PAUSE)
        LOG.info("%s tried again in %.0f s: %s", _named(delivery), (later - now) / 1000, failure)
        deliveries.finish(store, delivery, "pending", now, later, str(failure))
        return
    LOG.warning("%s failed: %s", _named(delivery), failure)
    deliveries.finish(store, delivery, "failed", now, error=str(failure))


def _named(delivery: Delivery) -> str:
    """A message as the log shows it: without its destination, which may hold a secret or somebody's address."""
    return (
        f"delivery={delivery.seq} account={delivery.account_id} transport={delivery.transport} to={delivery.lane} "
        f"events={len(delivery.events)} attempt={delivery.attempts}"
    )


class Dispatcher:
    """The scheduler's job: makes messages of events and sends what is due, each once among all processes."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._sender = Sender(store, settings)
        self._pool = ThreadPoolExecutor(THREADS, "notifications")
        self._running: dict[Future[float], tuple[str, float]] = {}
        self._slow: dict[str, float] = {}
        self._look = 0.0

    def __call__(self) -> int:
        """One round: it begins what is due and does not wait for slow receptors; returns how many were begun."""
        begun = 0
        latest = time.monotonic() + ROUND_SECONDS
        self._reclaim()
        while True:
            routed = routing.route(self._store) + routing.route_letters(self._store)
            started = self._begin()
            begun += started
            full = len(self._running) >= THREADS
            if (not routed and not started and not full) or time.monotonic() > latest:
                return begun
            if self._running:
                wait(self._running, timeout=0.05, return_when=FIRST_COMPLETED)

    def finish(self) -> None:
        """Do all that is due now and wait for it."""
        while self() or self._running:
            wait(self._running)
            self._tidy()

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way, at most as long as one attempt may take."""
        wait(self._running, timeout=ALL_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> int:
        self._tidy()
        free = THREADS - len(self._running)
        if free <= 0:
            return 0
        busy = Counter(lane for lane, _ in self._running.values())
        room = THREADS // 2 - sum(busy[lane] for lane in self._slow)
        claimed = deliveries.claim(self._store, clock.milliseconds(), free, Lanes(busy, PER_LANE, self._slow, room))
        for each in claimed:
            self._running[self._pool.submit(self._send, each)] = (each.lane, time.monotonic())
        return len(claimed)

    def _send(self, delivery: Delivery) -> float:
        """Send a message; returns the seconds that it took."""
        began = time.monotonic()
        try:
            self._sender.send(delivery)
        except Exception:
            # as after a crash, another round settles it later; it must not hold up the others
            LOG.exception("delivery=%d: what became of it could not be written down", delivery.seq)
        return time.monotonic() - began

    def _tidy(self) -> None:
        """Forget what is done, and note which hosts are slow."""
        now = time.monotonic()
        for each in [each for each in self._running if each.done()]:
            lane, _ = self._running.pop(each)
            if each.result() > SLOW_SECONDS:
                self._slow[lane] = now + SLOW_FOR
        self._slow |= {lane: now + SLOW_FOR for lane, began in self._running.values() if now - began > SLOW_SECONDS}
        self._slow = {lane: until for lane, until in self._slow.items() if until > now}

    def _reclaim(self) -> None:
        """Give up what waited too long, and settle what a process left behind that died while it sent.

        Nobody knows whether that arrived. Queues and topics deliver at least once, so they get it again. A receptor or
        mailbox gets it again only if the settings allow more than one attempt.
        """
        if time.monotonic() < self._look:
            return
        self._look = time.monotonic() + INTERRUPTED / 4000
        given_up = deliveries.expire(self._store, clock.milliseconds() - STALE, clock.milliseconds())
        if given_up:
            LOG.warning("%d messages that waited for a day are given up", given_up)
        for each in deliveries.interrupted(self._store, clock.milliseconds() - INTERRUPTED):
            failure = DeliveryError("interrupted, so that nobody knows whether it arrived", repeat=True, sent=True)
            settle(self._store, self._settings, each, failure)


def tester(store: Store, settings: Settings) -> Callable[[str, str, Specification, WriteOutcome], str | None]:
    """What SendTestEventNotification does for the transports of this gateway: `send(account_id, event_type, to, outcome)`.

    A receptor is called while the caller waits, and the reason is returned when that fails (docs/contract.md, Notifications),
    but not when its name cannot be resolved: many machines resolve no outside names. A mail is put with the others. Raises
    LegacyError (503) when so many tests are under way that another one would hold up other calls.
    """
    sender = Sender(store, settings)
    free = threading.BoundedSemaphore(TESTS)

    def send(account_id: str, event_type: str, to: Specification, outcome: WriteOutcome) -> str | None:
        event = Event(
            account_id,
            event_type,
            entity_id(),
            entity_id(),
            entity_id() if event_type.startswith("Assignment") else None,
            clock.milliseconds(),
        )
        target = routing.legacy_target(account_id, event.hit_type_id, to)
        new = routing.messages_of(target, [members_of(event)])
        at_once = to.transport in {"REST", "SOAP"}
        if at_once and not free.acquire(blocking=False):
            raise unavailable()
        try:
            now = clock.milliseconds()
            with store.write() as connection:
                numbers = deliveries.add(connection, new, now, "sending" if at_once else "pending")
            if not at_once:
                return None
            one = Delivery(
                **vars(new[0]), seq=numbers[0], state="sending", attempts=1, created_at=now, changed_at=now, error=None
            )
            # whatever fails from here on, the receptor may have been called: no 503 may have the caller repeat it
            outcome.happened = True
            failure = sender.send(one, last=True)
            return None if failure is None or failure.unresolved else str(failure)
        finally:
            if at_once:
                free.release()

    return send
