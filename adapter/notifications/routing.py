"""From events to messages: each event once, to every specification that asks for it."""

from __future__ import annotations

import logging
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.store import outbox
from adapter.core.store.outbox import Event, Letter
from adapter.legacy.operations.notifications import known_events
from adapter.legacy.store import notification_specifications
from adapter.marketplace.store import assignments
from adapter.marketplace.store.notification_settings import active_settings
from adapter.notifications.messages import Members, batches, members_of
from adapter.notifications.store import deliveries
from adapter.notifications.store.deliveries import Message

LOG = logging.getLogger("adapter.notifications")

#: Events taken in one transaction.
AT_ONCE = 500


@dataclass(frozen=True)
class Target:
    """A specification as routing sees it; one with an `api_version` is a legacy client's."""

    account_id: str
    hit_type_id: str
    transport: str
    destination: str
    version: str
    event_types: tuple[str, ...]
    access_key_id: str | None = None
    api_version: str | None = None


def route(store: Store, most: int = AT_ONCE) -> int:
    """Turn the oldest events into messages, all in one transaction; returns how many events.

    Safe in several processes at once: an event is taken by one of them, and if that one dies, by another.
    """
    with store.read() as connection:
        if not outbox.waiting(connection):
            return 0
    now = clock.milliseconds()
    with store.write() as connection:
        events = outbox.take_events(connection, now, most)
        types = {each.hit_type_id for each in events if each.specification is None}
        targets: dict[tuple[str, str], list[Target]] = defaultdict(list)
        for row in notification_specifications.active_of(connection, types):
            targets[row.account_id, row.hit_type_id].append(legacy_target(row.account_id, row.hit_type_id, row))
        for row in active_settings(connection, types):
            targets[row.account_id, row.hit_type_id].append(_modern_target(row))
        approved = [each.assignment_id for each in events if each.event_type == "AssignmentApproved"]
        wanted = any("AssignmentAutoApproved" in each.event_types for listed in targets.values() for each in listed)
        automatic = (
            assignments.approved_by_themselves(connection, [str(each) for each in approved]) if wanted else set()
        )
        deliveries.add(connection, messages(events, targets, automatic), now)
    return len(events)


def route_letters(store: Store, most: int = AT_ONCE) -> int:
    """Turn the oldest mail of the outbox into messages; returns how many letters. Safe in several processes at once.

    Mail for an account that has no address goes nowhere; what it says is kept where it was written.
    """
    with store.read() as connection:
        if not outbox.letters_wait(connection):
            return 0
    with store.write() as connection:
        letters = outbox.take_letters(connection, most)
        addressed = [
            (
                each,
                each.address or notification_specifications.mail_address(connection, each.account_id, each.hit_type_id),
            )
            for each in letters
        ]
        made = [_mail(each, address) for each, address in addressed if address]
        deliveries.add(connection, made, clock.milliseconds())
    return len(letters)


def _mail(letter: Letter, address: str) -> Message:
    content = {"Subject": letter.subject, "Text": letter.text}
    of = (letter.account_id, letter.hit_type_id, "Email", address, "", None, [content])
    return Message(*of, secrets.token_hex(20), lane_of("Email", address))


def legacy_target(account_id: str, hit_type_id: str, of: Any) -> Target:
    """A legacy client's specification, as it is or as its row, as a target."""
    return Target(
        account_id,
        hit_type_id,
        of.transport,
        of.destination,
        of.message_version,
        tuple(of.event_types),
        of.access_key_id,
        of.version,
    )


def _modern_target(row: Any) -> Target:
    return Target(row.account_id, row.hit_type_id, row.transport, row.destination, row.version, tuple(row.event_types))


def messages(
    events: Sequence[Event], targets: dict[tuple[str, str], list[Target]], automatic: set[str]
) -> list[Message]:
    """The messages for events: those of one specification together, as many as fit. `automatic` approvals are named."""
    of_target: dict[Target, list[Members]] = defaultdict(list)
    for event in events:
        if event.specification is not None:
            of_target[_test_target(event, event.specification)].append(members_of(event))
            continue
        for target in targets.get((event.account_id, event.hit_type_id), ()):
            name = name_for(target, event, automatic=event.assignment_id in automatic)
            if name:
                of_target[target].append(members_of(event, name))
    made: list[Message] = []
    for target, members in of_target.items():
        try:
            made += messages_of(target, members)
        except Exception:
            # one specification must not hold up all others for ever
            LOG.exception("account=%s hit_type=%s: events are dropped", target.account_id, target.hit_type_id)
    return made


def messages_of(target: Target, members: Iterable[Members]) -> list[Message]:
    """Events of one specification as messages."""
    return [
        Message(
            target.account_id,
            target.hit_type_id,
            target.transport,
            target.destination,
            target.version,
            target.access_key_id,
            batch,
            secrets.token_hex(20),
            lane_of(target.transport, target.destination),
        )
        for batch in batches(target.transport, target.destination, target.version, members)
    ]


def name_for(target: Target, event: Event, *, automatic: bool) -> str | None:
    """What the specification calls an event; None when it does not ask for it or its version does not know it.

    Versions until 2008-08-02 hear of approvals only when they were automatic; for them a requester's own is no event.
    """
    name = event.event_type
    if target.api_version is None:
        return name if name in target.event_types else None
    known = known_events(target.api_version)
    if name == "AssignmentApproved" and "AssignmentAutoApproved" in known and automatic:
        name = "AssignmentAutoApproved"
    elif name == "AssignmentAutoApproved" and name not in known:
        name = "AssignmentApproved"
    return name if name in known and name in target.event_types else None


def lane_of(transport: str, destination: str) -> str:
    """What deliveries share their connections with: the host of a receptor or queue, else the transport."""
    if transport not in {"REST", "SOAP", "SQS"}:
        return transport
    host = destination.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    return "".join(each if each.isprintable() else "?" for each in host.rpartition("@")[2].lower()) or transport


def _test_target(event: Event, specification: dict[str, Any]) -> Target:
    return Target(
        event.account_id,
        event.hit_type_id,
        specification["Transport"],
        specification["Destination"],
        specification["Version"],
        (event.event_type,),
    )
