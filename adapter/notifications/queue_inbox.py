"""Events of a remote upstream, taken in from the gateway's own queue: each once, however often its message comes."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any, TypeGuard

from botocore.exceptions import ClientError

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.errors import outcome_unknown
from adapter.core.settings import Settings
from adapter.core.store import outbox
from adapter.core.store.outbox import Event
from adapter.core.versions import NEWEST
from adapter.legacy.call import Call, on_behalf_of
from adapter.legacy.idempotency.tokens import code_of
from adapter.legacy.operations.notifications import known_events, register
from adapter.legacy.protocol.signature import timestamp
from adapter.legacy.store import notification_specifications
from adapter.notifications.routing import Target, legacy_target
from adapter.notifications.store import inbox
from adapter.notifications.transports.queues import own_queue
from adapter.upstream.base import Upstream

LOG = logging.getLogger("adapter.notifications")

#: Seconds that a long poll waits, and messages that it brings at most.
WAIT_SECONDS, AT_ONCE = 20, 10
_KNOWN = known_events(NEWEST)


class Inbox:
    """The scheduler's job: one long poll, its messages taken in, then deleted from the queue."""

    def __init__(self, store: Store, settings: Settings, upstream: Upstream) -> None:
        self._store = store
        self._settings = settings
        self._upstream = upstream
        self._queue = own_queue(settings)
        self._registered = False

    def __call__(self, wait_seconds: int = WAIT_SECONDS) -> int:
        """Returns how many messages came. One that cannot be taken in now stays in the queue and comes again."""
        url = self._settings.events_queue_url
        if not self._registered:
            self._register()
            self._registered = True
        answer = self._queue.receive_message(QueueUrl=url, MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=wait_seconds)
        messages: list[dict[str, Any]] = answer.get("Messages") or []
        for message in messages:
            try:
                self._take_in(message)
            except Exception:
                LOG.exception("message=%s of the events queue is taken in later", message.get("MessageId"))
                continue
            self._queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def finish(self) -> None:
        """Take in all that waits."""
        while self(wait_seconds=0):
            pass

    def _register(self) -> None:
        """Name the queue to the upstream for specifications that were set before there was this queue, once each."""
        with self._store.read() as connection:
            active = notification_specifications.active(connection)
            names = {
                f"registered:{each.account_id}:{each.hit_type_id}:{each.set_at}:{self._settings.events_queue_url}": each
                for each in active
            }
            done = inbox.known(connection, names)
        for name, each in names.items():
            if name in done:
                continue
            try:
                call = on_behalf_of(each.account_id, self._settings, self._store, self._upstream)
                if call is None:
                    continue
                register(call, each.hit_type_id, each.event_types, active=True)
            except Exception as error:  # noqa: BLE001 - one HIT type, perhaps deleted long ago, must not stop the others
                LOG.warning(
                    "hit_type=%s is not reported to the events queue: %s", each.hit_type_id, type(error).__name__
                )
                continue
            with self._store.write() as connection:
                inbox.take_in(connection, self._store, name, clock.milliseconds())

    def _take_in(self, message: dict[str, Any]) -> None:
        found = read(message.get("Body", ""))
        if found is None:
            LOG.warning("message=%s of the events queue is no notification; it is dropped", message.get("MessageId"))
            return
        document_id, events = found
        name = f"document:{document_id or message['MessageId']}"
        with self._store.read() as connection:
            if inbox.known(connection, [name]):
                return
            targets = [
                legacy_target(each.account_id, each.hit_type_id, each)
                for each in notification_specifications.active_of(connection, {e.hit_type_id for e in events})
            ]
        mine = [
            self._named(each, target) for each in events for target in targets if target.hit_type_id == each.hit_type_id
        ]
        with self._store.write() as connection:
            if inbox.take_in(connection, self._store, name, clock.milliseconds()):
                outbox.add_events(connection, *mine)

    def _named(self, event: Event, target: Target) -> Event:
        """The event as one of the specification's account; an approval that happened by itself is called so.

        The event does not say it, so one read tells, where a specification asks for automatic approvals.
        """
        own = replace(event, account_id=target.account_id)
        if event.event_type != "AssignmentApproved" or "AssignmentAutoApproved" not in target.event_types:
            return own
        call = on_behalf_of(target.account_id, self._settings, self._store, self._upstream)
        if call is None or not _automatic(call, str(event.assignment_id)):
            return own
        return replace(own, event_type="AssignmentAutoApproved")


def _automatic(call: Call, assignment_id: str) -> bool:
    try:
        row = call.mturk.get_assignment(AssignmentId=assignment_id)["Assignment"]
    except ClientError as error:
        if outcome_unknown(error) or not code_of(error).endswith("DoesNotExist"):
            raise
        return False
    due, approved = row.get("AutoApprovalTime"), row.get("ApprovalTime")
    # both are whole seconds, each rounded for itself
    return due is not None and approved is not None and approved >= due - 1


def read(body: str) -> tuple[str, list[Event]] | None:
    """EventDocId and the known events of a message, as SQS brings it, also by way of a topic; None for anything else."""
    try:
        document = json.loads(body)
        if isinstance(document, dict) and "Events" not in document and isinstance(document.get("Message"), str):
            document = json.loads(document["Message"])
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("Events"), list):
        return None
    document_id = document.get("EventDocId")
    events = [event for each in document["Events"] if (event := _event(each)) is not None]
    return (document_id if _is_name(document_id) else ""), events


def _event(members: Any) -> Event | None:
    if not isinstance(members, dict):
        return None
    values = [members.get(each) for each in ("EventType", "HITTypeId", "HITId", "EventTimestamp")]
    if not all(_is_name(each) for each in values):
        return None
    kind, hit_type_id, hit_id, when = (str(each) for each in values)
    moment, _ = timestamp(when)
    assignment_id = members.get("AssignmentId")
    if kind not in _KNOWN or moment is None:
        return None
    return Event(
        "",
        kind,
        hit_type_id,
        hit_id,
        assignment_id if _is_name(assignment_id) else None,
        int(moment.timestamp() * 1000),
    )


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isascii() and value.isprintable()
