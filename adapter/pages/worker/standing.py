"""How a worker stands to a group of HITs: what can be done with it, and if nothing, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.marketplace.store import assignments, open_groups
from adapter.marketplace.store.blocks import is_blocked
from adapter.marketplace.store.hits import find_hit
from adapter.pages.worker.requirements import Line, WorkerRecord

BLOCKED = "HITs of this requester are not available to you. Those of other requesters are."
NOT_VISIBLE = (
    "This HIT is shown only to workers with certain Qualifications, and you do not have all of them. "
    "If somebody sent you this link, ask there which ones you need."
)
NO_PREVIEW = "You can see this HIT only with all of its Qualifications. Those that you do not have are marked above."
NOT_QUALIFIED = (
    "You can accept this HIT only with all of its Qualifications. Those that you do not have are marked above."
)
DONE = "You have done this HIT already, and a worker can do each HIT only once. There are no others in this group now."
ALL_DONE = "You have done all open HITs of this group. A worker can do each HIT only once."
TAKEN = (
    "There are no more available HITs in this group just now: other workers have the last ones. "
    "When one is returned, it can be accepted here."
)
FINISHED = "There are no more available HITs in this group: it is finished."
_FINISHED_BY_YOU = " You did some of it; your dashboard says what became of that."
ANOTHER = "The HIT of this link is no longer available. This is another one of its group."
ANOTHER_DONE = "You have done the HIT of this link already. This is another one of its group."


@dataclass(frozen=True)
class Standing:
    """What a worker (or a visitor) can do with a group.

    `closed` says why nothing of it is shown. Otherwise `offered` are ids of HITs to take, the best first; `reason` says
    why none can be accepted. `number` counts the open HITs; `mine` is the assignment in hand; `did` says that the worker
    has submitted the HIT of the link.
    """

    closed: str = ""
    status: int = 200
    offered: Sequence[str] = ()
    number: int = 0
    mine: str = ""
    lines: Sequence[Line] = ()
    may_preview: bool = True
    may_accept: bool = True
    reason: str = ""
    did: bool = False


def standing(record: WorkerRecord, group: Any, hit_id: str = "", skipped: str = "") -> Standing:
    """How the worker stands to a group (a row of find_group()), or to the HIT of it that a link names.

    What is offered comes after the HIT with the id `skipped`; behind the last HIT it begins again.
    """
    connection, worker_id = record.connection, record.worker_id
    if worker_id and is_blocked(connection, group.account_id, worker_id):
        return Standing(BLOCKED, 403)
    if not record.meets(group.requirements, "Discover"):
        return Standing(NOT_VISIBLE, 404)
    now, kind = clock.milliseconds(), group.hit_type_id
    linked = hit_id if is_id(hit_id) else ""
    before = find_hit(connection, None, skipped) if is_id(skipped) else None
    offered = open_groups.offered(connection, kind, worker_id, now, after=before.seq if before else 0)
    if before and not offered:
        offered = open_groups.offered(connection, kind, worker_id, now)
    number = open_groups.count_open(connection, kind)
    mine = open_groups.in_hand(connection, worker_id, now).get(kind, "") if worker_id else ""
    lines = record.lines(group.requirements)
    may_preview = record.meets(group.requirements, "Preview")
    may_accept = not any(each.unmet for each in lines)
    did = bool(linked and worker_id) and _has_done(connection, linked, worker_id)
    reason = ""
    if not may_preview:
        reason = NO_PREVIEW
    elif not offered and not mine:
        reason = _why_nothing(record, kind, number, did)
    elif not may_accept and not mine:
        reason = NOT_QUALIFIED
    status = 403 if not may_preview else 200 if offered or mine else 404
    return Standing("", status, offered, number, mine, lines, may_preview, may_accept, reason, did)


def _why_nothing(record: WorkerRecord, hit_type_id: str, number: int, did: bool) -> str:
    connection = record.connection
    if did:
        return DONE
    worked = bool(record.worker_id) and open_groups.has_worked(connection, hit_type_id, record.worker_id)
    if number and worked:
        return ALL_DONE
    if open_groups.may_come_back(connection, hit_type_id):
        return TAKEN
    return FINISHED + (_FINISHED_BY_YOU if worked else "")


def _has_done(connection: Any, hit_id: str, worker_id: str) -> bool:
    row = assignments.active_assignment(connection, hit_id, worker_id)
    return row is not None and row.status != "Accepted"
