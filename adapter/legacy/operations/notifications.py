"""Notifications of what happens to HITs: set them, try them."""

from __future__ import annotations

import functools
import ipaddress
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from adapter.core.egress import networks_of
from adapter.core.errors import TURK, LegacyError, missing
from adapter.core.versions import NEWEST, shape_of
from adapter.legacy.call import Call, Result
from adapter.legacy.operations.registry import operation
from adapter.legacy.protocol.binding import AtMost, CommaList
from adapter.legacy.protocol.shapes import EventType, HITTypeId, Transport
from adapter.legacy.protocol.wsdl import RECEPTOR_VERSION, members
from adapter.legacy.protocol.wsdl_types import ENUMERATIONS
from adapter.legacy.store import notification_specifications
from adapter.legacy.store.notification_specifications import Specification

LOG = logging.getLogger("adapter.notifications")

#: Transports that the modern API knows too; the others are delivered by this gateway.
_MODERN = {"SQS", "SNS"}

#: Printable ASCII without blanks: what can stand in a request line.
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_ADDRESSES = {
    "REST": _URL,
    "SOAP": _URL,
    "SQS": _URL,
    "SNS": re.compile(r"arn:\S+"),
    "Email": re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+"),
}


@dataclass(frozen=True)
class NotificationSpecification:
    """Where messages go and what about. `Active` belongs beside it, but boto 2 puts it inside."""

    Destination: Annotated[str, AtMost(1024)]
    Transport: Transport
    EventType: Annotated[list[EventType], CommaList()] | None = None
    Version: Annotated[str, AtMost(32)] = RECEPTOR_VERSION
    Active: bool | None = None

    def check(self, path: str) -> None:
        """Refuse a destination that no message of this transport could reach."""
        if not _ADDRESSES[self.Transport].fullmatch(self.Destination) or not _has_port(self):
            message = f'The destination "{self.Destination[:200]}" is no address for the transport {self.Transport}.'
            raise LegacyError(f"{TURK}InvalidTransportEndpoint", message, ("Parameter", f"{path}.Destination"))

    def modern(self) -> dict[str, Any]:
        """A NotificationSpecification of the 2017-01-17 API."""
        return {
            "Destination": self.Destination,
            "Transport": self.Transport,
            "Version": self.Version or RECEPTOR_VERSION,
            "EventTypes": [_modern(each) for each in self.EventType or []],
        }


def _has_port(given: NotificationSpecification) -> bool:
    """Whether a URL names a host, and a port that there is, if any."""
    if _ADDRESSES[given.Transport] is not _URL:
        return True
    try:
        url = urlsplit(given.Destination)
        return bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _modern(event: str) -> str:
    """Automatic approvals had an event of their own until 2008; today an approval is an approval."""
    return "AssignmentApproved" if event == "AssignmentAutoApproved" else event


@functools.cache
def known_events(version: str) -> frozenset[EventType]:
    """The events that a version of the API knows; Ping is for tests only."""
    names: Iterator[Any] = (each.name for each in members(ENUMERATIONS["EventType"], shape_of(version)))
    return frozenset(names) - {"Ping"}


@operation("SetHITTypeNotification", since="2006-05-05")
def set_hit_type_notification(
    call: Call,
    HITTypeId: HITTypeId,
    Notification: NotificationSpecification | None = None,
    Active: bool | None = None,
) -> Result:
    """Say where to report what happens to HITs of a type: UpdateNotificationSettings for SQS, this gateway for the rest.

    Without any EventType the specification asks for all events that the call's version knows: the schemas let it be absent.
    """
    if Notification is None:
        if Active is None:
            raise missing("Notification or Active")
        _switch(call, HITTypeId, active=Active)
        return None
    active = bool(Notification.Active if Active is None else Active)
    given = Notification
    if not given.EventType:
        given = replace(given, EventType=sorted(known_events(call.version)))
    if given.Transport in _MODERN:
        call.mturk_once.update_notification_settings(HITTypeId=HITTypeId, Notification=given.modern(), Active=active)
    else:
        if refused := _refused(call, given):
            LOG.warning("request_id=%s no message will arrive: %s", call.record.request_id, refused)
        _listen(call, HITTypeId, given, active=active)
    notification_specifications.put(call.store, call.account_id, HITTypeId, _specification(call, given, active=active))
    return None


def _specification(call: Call, given: NotificationSpecification, *, active: bool) -> Specification:
    return Specification(
        transport=given.Transport,
        destination=given.Destination,
        version=call.version,
        message_version=given.Version or RECEPTOR_VERSION,
        event_types=list(given.EventType or []),
        active=active,
        access_key_id=call.key.access_key_id if call.key else "",
    )


def _listen(call: Call, hit_type_id: str, given: NotificationSpecification, *, active: bool) -> None:
    """Have the upstream report to this gateway what it is to deliver, and to nobody else: one specification per HIT type.

    The embedded marketplace reports everything by itself. A remote one is told of the gateway's queue; without one the
    specification is kept until there is one, because old programs stop at a refusal.
    """
    queue_url = call.upstream.events_queue_url
    if queue_url:
        register(call, hit_type_id, list(given.EventType or []), active=active)
        return
    if queue_url is not None:
        LOG.warning(
            "request_id=%s no message will arrive: there is no events queue (ADAPTER_EVENTS_QUEUE_URL)",
            call.record.request_id,
        )
    stored = notification_specifications.find(call.store, call.account_id, hit_type_id)
    if queue_url is None or (stored is not None and stored.transport not in notification_specifications.LOCAL):
        try:
            call.mturk_once.update_notification_settings(HITTypeId=hit_type_id, Active=False)
        except ClientError as error:
            # there was no specification to switch off
            if error.response.get("TurkErrorCode") != "AWS.MissingParameters":
                raise


def register(call: Call, hit_type_id: str, event_types: list[str], *, active: bool) -> None:
    """Have a remote upstream report these events of a HIT type to the gateway's own queue: UpdateNotificationSettings."""
    modern = {
        "Destination": call.upstream.events_queue_url,
        "Transport": "SQS",
        "Version": NEWEST,
        # who asks for Ping alone is told of nothing; the modern call wants an event all the same
        "EventTypes": sorted(set(map(_modern, event_types)) - {"Ping"}) or ["HITReviewable"],
    }
    call.mturk_once.update_notification_settings(HITTypeId=hit_type_id, Notification=modern, Active=active)


def _switch(call: Call, hit_type_id: str, *, active: bool) -> None:
    stored = notification_specifications.find(call.store, call.account_id, hit_type_id)
    here = stored is not None and stored.transport in notification_specifications.LOCAL
    if not here or call.upstream.events_queue_url:
        call.mturk_once.update_notification_settings(HITTypeId=hit_type_id, Active=active)
    if stored is not None:
        notification_specifications.activate(call.store, call.account_id, hit_type_id, active=active)


@operation("SendTestEventNotification", since="2006-05-05")
def send_test_event_notification(
    call: Call, Notification: NotificationSpecification, TestEventType: EventType | None = None
) -> Result:
    """Try a notification: SendTestEventNotification for SQS; a receptor is called, and a mail sent, by this gateway."""
    event = TestEventType or (Notification.EventType or ["Ping"])[0]
    if Notification.Transport in _MODERN:
        modern = Notification.modern()
        modern["EventTypes"] = modern["EventTypes"] or [_modern(event)]
        call.mturk_once.send_test_event_notification(Notification=modern, TestEventType=_modern(event))
        return None
    if refused := _refused(call, Notification):
        raise _unreachable(Notification, refused)
    if call.send_test is not None:
        failure = call.send_test(call.account_id, event, _specification(call, Notification, active=True), call.outcome)
        if failure is not None:
            raise _unreachable(Notification, failure)
    return None


def _refused(call: Call, given: NotificationSpecification) -> str:
    """Why a message to this address would not leave, or ''; what a name means is found out when it is called."""
    host = "" if given.Transport == "Email" else urlsplit(given.Destination).hostname or ""
    address = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return ""
    if networks_of(call.settings).permit(address):
        return ""
    return "the address is not public, and this service's ADAPTER_RECEPTOR_NETWORKS leaves it out."


def _unreachable(given: NotificationSpecification, why: str) -> LegacyError:
    message = f'The destination "{given.Destination[:200]}" cannot be reached: {why}'
    return LegacyError(f"{TURK}InvalidTransportEndpoint", message, ("Parameter", "Notification.Destination"))
