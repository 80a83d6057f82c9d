"""Notifications of what happens to HITs: set them, try them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from adapter.errors import TURK, LegacyError, missing
from adapter.operations import Call, Result, operation
from adapter.store import notifications
from adapter.store.notifications import Specification
from adapter.wire.shapes import EventType, HITTypeId, Transport
from adapter.wire.types import AtMost, CommaList

#: The version that receptors have been told in all years, whatever the API's version.
MESSAGE_VERSION = "2006-05-05"
#: Transports that the modern API knows too; the others are delivered by this gateway.
_MODERN = {Transport.SQS, Transport.SNS}


@dataclass(frozen=True)
class NotificationSpecification:
    """Where messages go and what about. `Active` belongs beside it, but boto 2 puts it inside."""

    Destination: Annotated[str, AtMost(1024)]
    Transport: Transport
    EventType: Annotated[list[EventType], CommaList()] | None = None
    Version: Annotated[str, AtMost(32)] = MESSAGE_VERSION
    Active: bool | None = None

    def check(self, path: str) -> None:
        """Refuse a destination that no message of this transport could reach."""
        url = urlsplit(self.Destination)
        reachable = {
            Transport.Email: "@" in self.Destination,
            Transport.SQS: url.scheme in {"http", "https"} and bool(url.netloc),
            Transport.SNS: self.Destination.startswith("arn:"),
        }.get(self.Transport, url.scheme in {"http", "https"} and bool(url.netloc))
        if not reachable:
            message = (
                f'The destination "{self.Destination[:200]}" is no address for the transport {self.Transport.value}.'
            )
            raise LegacyError(f"{TURK}InvalidTransportEndpoint", message, ("Parameter", f"{path}.Destination"))

    def modern(self) -> dict[str, Any]:
        """A NotificationSpecification of the 2017-01-17 API."""
        return {
            "Destination": self.Destination,
            "Transport": self.Transport.value,
            "Version": self.Version,
            "EventTypes": [_modern(each) for each in self.EventType or []],
        }


def _modern(event: EventType) -> str:
    """Automatic approvals had an event of their own until 2008; today an approval is an approval."""
    return "AssignmentApproved" if event is EventType.AssignmentAutoApproved else event.value


@operation("SetHITTypeNotification", since="2006-05-05")
def set_hit_type_notification(
    call: Call,
    HITTypeId: HITTypeId,
    Notification: NotificationSpecification | None = None,
    Active: bool | None = None,
) -> Result:
    """Say where to report what happens to HITs of a type: UpdateNotificationSettings for SQS, this gateway for the rest."""
    if Notification is None:
        if Active is None:
            raise missing("Notification or Active")
        _switch(call, HITTypeId, active=Active)
        return None
    active = bool(Notification.Active if Active is None else Active)
    if not Notification.EventType:
        raise missing("Notification.EventType")
    if Notification.Transport in _MODERN:
        call.mturk_once.update_notification_settings(
            HITTypeId=HITTypeId, Notification=Notification.modern(), Active=active
        )
    notifications.put(
        call.store,
        call.account_id,
        HITTypeId,
        Specification(
            transport=Notification.Transport.value,
            destination=Notification.Destination,
            version=call.version,
            message_version=Notification.Version,
            event_types=[each.value for each in Notification.EventType],
            active=active,
            access_key_id=call.access_key_id,
        ),
    )
    return None


def _switch(call: Call, hit_type_id: str, *, active: bool) -> None:
    stored = notifications.find(call.store, call.account_id, hit_type_id)
    if stored is None or stored.transport in {each.value for each in _MODERN}:
        call.mturk_once.update_notification_settings(HITTypeId=hit_type_id, Active=active)
    if stored is not None:
        notifications.activate(call.store, call.account_id, hit_type_id, active=active)


@operation("SendTestEventNotification", since="2006-05-05")
def send_test_event_notification(
    call: Call, Notification: NotificationSpecification, TestEventType: EventType | None = None
) -> Result:
    """Try a notification: SendTestEventNotification for SQS; for the other transports the specification is checked."""
    event = TestEventType or (Notification.EventType or [EventType.Ping])[0]
    if Notification.Transport in _MODERN:
        modern = Notification.modern()
        modern["EventTypes"] = modern["EventTypes"] or [_modern(event)]
        call.mturk_once.send_test_event_notification(Notification=modern, TestEventType=_modern(event))
    return None
