"""What workers write to requesters: kept, and mailed where the requester has notifications mailed to."""

from __future__ import annotations

from typing import Any, NamedTuple

from adapter.core import clock
from adapter.core.database import Connection, Store
from adapter.core.store import outbox
from adapter.core.store.outbox import Letter
from adapter.marketplace.domain.events import BLOCKED
from adapter.marketplace.store import worker_messages
from adapter.marketplace.store.assignments import find_assignment
from adapter.marketplace.store.hits import find_hit
from adapter.marketplace.store.worker_records import lock_worker

#: Kinds of letters.
QUESTION, BROKEN = "Question", "Broken"
SAME_MILLISECONDS = 3600 * 1000


class Subject(NamedTuple):
    """What a letter is about: whose it is, the requester's name, and the HIT if it is about one."""

    account_id: str
    requester: str
    title: str = ""
    hit_id: str | None = None
    hit_type_id: str = ""


def subject_of(
    connection: Connection, worker_id: str, *, message: int | None = None, hit_id: str = "", requester_id: str = ""
) -> Subject | None:
    """What a letter about a message to the worker, a HIT or a requester would be about, or None where there is none.

    `hit_id` may also be the id of an assignment of the worker's own. A message about a block has no sender.
    """
    if message is not None:
        found = worker_messages.find_message(connection, worker_id, message)
        if found is None or found.kind == BLOCKED:
            return None
        return _to(connection, found.account_id, found.subject)
    if hit_id:
        assignment: Any = find_assignment(connection, hit_id)
        own = assignment is not None and assignment.worker_id == worker_id
        hit = find_hit(connection, None, assignment.hit_id if own else hit_id)
        if hit is None:
            return None
        title = worker_messages.title_of(connection, hit.hit_id)
        to = _to(connection, hit.account_id, title)
        return to and to._replace(hit_id=hit.hit_id, hit_type_id=hit.hit_type_id)
    return _to(connection, requester_id)


def _to(connection: Connection, account_id: str, title: str = "") -> Subject | None:
    name = worker_messages.requester_name(connection, account_id)
    return None if name is None else Subject(account_id, name, title)


def write(store: Store, worker_id: str, about: Subject, kind: str, subject: str, body: str) -> None:
    """Keep a letter to a requester, and mail it where mail can be sent and the requester has said where to.

    The same again within an hour is a second click and changes nothing.
    """
    now = clock.milliseconds()
    with store.write() as connection:
        # two clicks at once wait for each other
        lock_worker(connection, worker_id)
        since = now - SAME_MILLISECONDS
        if worker_messages.has_letter(connection, worker_id, about.account_id, subject, body, since):
            return
        row = {"account_id": about.account_id, "worker_id": worker_id, "kind": kind, "hit_id": about.hit_id}
        worker_messages.add_letter(connection, **row, subject=subject, body=body, created_at=now)
        if store.settings.smtp_url:
            lines = [body, "", "-- ", f"Worker ID: {worker_id}"]
            if about.hit_id:
                lines += [f"HIT ID: {about.hit_id}", f"HIT type ID: {about.hit_type_id}"]
            lines += ["Answer with NotifyWorkers: the worker's own address is not passed on.", ""]
            letter = Letter(subject, "\n".join(lines), None, about.account_id, about.hit_type_id)
            outbox.add_letter(connection, letter, now)
