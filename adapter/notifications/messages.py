"""What a message says, by transport: the URL of a REST call, the SOAP body, the document of SQS and SNS, the text of a mail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from adapter.core.store.outbox import Event
from adapter.legacy.protocol.render import SOAP_DECLARATION, environment, finish
from adapter.legacy.protocol.signature import sign
from adapter.legacy.protocol.spelling import stamp
from adapter.legacy.protocol.wsdl import RECEPTOR_SERVICE, RECEPTOR_VERSION, namespace
from adapter.notifications.store.deliveries import Message

OPERATION = "Notify"

#: A URL stays below 2000 characters, which servers of that time took; other messages hold at most so many events.
LONGEST_URL = 1999
MOST_EVENTS = 100
#: No signature of 28 characters gets longer than this one when it is escaped.
_LONGEST_SIGNATURE = "/" * 27 + "="
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MEMBERS = ("EventType", "EventTime", "HITTypeId", "HITId", "AssignmentId")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])", re.ASCII)

Members = Mapping[str, Any]


def members_of(event: Event, name: str | None = None) -> dict[str, str]:
    """An event in the legacy vocabulary, under another name if one is given; AssignmentId only where it has one."""
    members = {
        "EventType": name or event.event_type,
        "EventTime": stamp(event.happened_at / 1000),
        "HITTypeId": event.hit_type_id,
        "HITId": event.hit_id,
    }
    return members | ({"AssignmentId": event.assignment_id} if event.assignment_id else {})


def batches(transport: str, destination: str, version: str, events: Iterable[Members]) -> list[list[Members]]:
    """The events in as few messages as they fit into, in order; one event is always a message of its own size."""
    made: list[list[Members]] = []
    for each in events:
        if made and _fits(transport, destination, version, [*made[-1], each]):
            made[-1].append(each)
        else:
            made.append([each])
    return made


def _fits(transport: str, destination: str, version: str, events: Sequence[Members]) -> bool:
    if transport != "REST":
        return len(events) <= MOST_EVENTS
    url = rest_url(destination, version, events, "2006-05-23T23:22:30Z", _LONGEST_SIGNATURE)
    return len(url) <= LONGEST_URL


def signature(secret: str, timestamp: str) -> str:
    """The signature of a message: over the service, the operation and the Timestamp as it is sent (docs/contract.md)."""
    return sign(secret, RECEPTOR_SERVICE + OPERATION + timestamp)


def rest_url(
    destination: str, version: str, events: Sequence[Members], timestamp: str, signed: str | None = None
) -> str:
    """The URL to GET: the destination with the message's parameters in the documented order behind it."""
    pairs = [("method", OPERATION)]
    if signed is not None:
        pairs.append(("Signature", signed))
    pairs += [("Timestamp", timestamp), ("Version", version)]
    for number, event in enumerate(events, 1):
        pairs += [(f"Event.{number}.{name}", event[name]) for name in _MEMBERS if name in event]
    base = destination.partition("#")[0]
    joint = "&" if "?" in base else "?"
    if base.endswith(("?", "&")):
        joint = ""
    return base + joint + "&".join(f"{name}={quote(str(value), safe=':')}" for name, value in pairs)


def soap_body(version: str, events: Sequence[Members], timestamp: str, signed: str | None = None) -> bytes:
    """The envelope to POST, its payload in the namespace of the notification's version."""
    template = environment().get_template("notifications/Notify.xml")
    text = template.render(
        namespace=namespace(version if _VERSION.fullmatch(version) else RECEPTOR_VERSION),
        signature=signed,
        timestamp=timestamp,
        version=version,
        events=[{"AssignmentId": None, **each} for each in events],
    )
    return finish(text, SOAP_DECLARATION)


def document(message: Message) -> str:
    """The JSON of a queue or topic, its keys in the recorded order (2017-01-17 developer guide).

    SourceAccount is the AWS account that the destination names, since this service knows no other.
    """
    account = _ACCOUNT.search(message.destination)
    return json.dumps(
        {
            "Events": [_modern(each) for each in message.events],
            "EventDocId": message.document_id,
            "SourceAccount": account[0] if account else "0" * 12,
            "CustomerId": message.account_id,
            "EventDocVersion": message.version,
        },
        separators=(",", ":"),
    )


def _modern(event: Members) -> dict[str, Any]:
    names = {"EventType": "EventType", "EventTimestamp": "EventTime"} | {
        each: each for each in ("HITId", "AssignmentId", "HITTypeId")
    }
    return {name: event[source] for name, source in names.items() if source in event}


def mail_subject(message: Message) -> str:
    """One line that says what the mail is about: of a letter its own, of events their kind and number."""
    if "Subject" in message.events[0]:
        return " ".join(message.events[0]["Subject"].split())
    kinds = list(dict.fromkeys(str(each["EventType"]) for each in message.events))
    number = len(message.events)
    return f"Mechanical Turk: {kinds[0] if len(kinds) == 1 else 'events'}{f' ({number})' if number > 1 else ''}"


def mail_text(message: Message) -> str:
    """A letter's text, or the events in a block each, as programs read them out of the old service's mails.

    They take each line of a name, a colon and a value, and a blank line behind them as the end of an event.
    """
    if "Text" in message.events[0]:
        return str(message.events[0]["Text"])
    labels = {
        "EventType": "Event Type",
        "EventTime": "Event Time",
        "HITTypeId": "HIT Type ID",
        "HITId": "HIT ID",
        "AssignmentId": "Assignment ID",
    }
    lines = [f"This is a notification about HITs of the HIT type {message.hit_type_id}.", ""]
    for event in message.events:
        lines += [f"{label}: {event[name]}" for name, label in labels.items() if name in event]
        lines.append("")
    lines.append("It was asked for by SetHITTypeNotification; Active=false switches it off.")
    return "\n".join(lines) + "\n"
