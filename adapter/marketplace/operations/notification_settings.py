"""UpdateNotificationSettings and SendTestEventNotification."""

from __future__ import annotations

import re
from typing import Any

from adapter.core.ids import entity_id
from adapter.core.store.outbox import Event, add_events
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.errors import TurkError, invalid, invalid_value, missing
from adapter.marketplace.operations.hit_types import own_hit_type
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store.notification_settings import find_settings, put_settings

DESTINATION_LENGTH = 1024
_DESTINATIONS = {
    "SQS": re.compile(r"https?://[^\s/]+/\S+"),
    "SNS": re.compile(r"arn:[\w-]+:sns:[\w-]*:\d*:[\w.-]+", re.ASCII),
    "Email": re.compile(r"[^\s@<>]+@[^\s@<>]+"),
}
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@operation("UpdateNotificationSettings", writes=True)
def update_notification_settings(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Say where the events of a HIT type go, or switch that on and off, or both.

    A new specification replaces the old one and is inactive until Active is true; Active alone needs one (contract
    section (g)).
    """
    hit_type_id = own_hit_type(call, request["HITTypeId"])["hit_type_id"]
    if "Notification" not in request and "Active" not in request:
        raise missing("Notification", " when Active is not given")
    old = find_settings(call.connection, hit_type_id)
    if "Notification" in request:
        specification = _checked(request["Notification"])
        kept = {
            "destination": specification["Destination"],
            "transport": specification["Transport"],
            "version": specification["Version"],
            "event_types": specification["EventTypes"],
        }
    elif old is not None:
        kept = {name: getattr(old, name) for name in ("destination", "transport", "version", "event_types")}
    else:
        raise missing("Notification", " when the HITType has no notification specification")
    put_settings(
        call.connection,
        {
            **kept,
            "hit_type_id": hit_type_id,
            "account_id": call.account_id,
            "active": request.get("Active", old.active if old is not None else False),
            "updated_at": call.now,
        },
    )
    return {}


@operation("SendTestEventNotification", writes=True)
def send_test_event_notification(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Send one event of a type to a specification, whatever events it names; its ids are made up.

    The event goes the way of every other: into the outbox, and from there to its destination.
    """
    specification = _checked(request["Notification"])
    event_type = request["TestEventType"]
    hit_type_id, hit_id = entity_id(), entity_id()
    assignment_id = entity_id() if event_type.startswith("Assignment") else None
    event = Event(call.account_id, event_type, hit_type_id, hit_id, assignment_id, call.now, specification)
    add_events(call.connection, event)
    return {}


def _checked(specification: dict[str, Any]) -> dict[str, Any]:
    """The specification with each event type once; raises TurkError when nothing could be sent to it."""
    destination = specification["Destination"]
    if len(destination) > DESTINATION_LENGTH or not _DESTINATIONS[specification["Transport"]].fullmatch(destination):
        raise TurkError(
            "InvalidTransportEndpoint",
            f'The Destination "{destination[:128]}" is no destination for the Transport {specification["Transport"]}.',
            "Notification",
        )
    if not _VERSION.fullmatch(specification["Version"]):
        raise invalid_value(specification["Version"][:32], "Version")
    if not specification["EventTypes"]:
        raise invalid("The NotificationSpecification names no EventTypes.", "EventTypes")
    return {**specification, "EventTypes": list(dict.fromkeys(specification["EventTypes"]))}
