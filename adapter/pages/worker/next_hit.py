"""What comes after a HIT: another one of its group, accepted automatically where the worker wants that, or the queue."""

from __future__ import annotations

import contextlib
from typing import Any

from adapter.core.database import DatabaseError
from adapter.marketplace.domain.taking import in_hand, take
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.store.hits import find_hit
from adapter.pages.content.frames import can_be_shown
from adapter.pages.frame import the_store
from adapter.pages.store import auto_accept


def take_automatically(row: Any) -> None:
    """After the assignment was submitted: accept the next HIT of its group, if the worker has switched that on.

    Whatever hinders it, the submission has been stored, so nothing is raised.
    """
    with contextlib.suppress(WorkerError, DatabaseError):
        if auto_accept.is_on(the_store(), row.worker_id):
            take_another(row)


def take_another(row: Any) -> None:
    """Accept another HIT of the assignment's group, once for each assignment. Raises WorkerError."""
    with the_store().read() as connection:
        hit = find_hit(connection, None, row.hit_id)
    if hit is None:
        return
    click = _after(row.assignment_id)
    take(the_store(), row.worker_id, hit.hit_type_id, click=click, without=[row.hit_id], can_be_done=can_be_done)


def can_be_done(hit_id: str) -> bool:
    """Whether the question of this HIT can be shown and answered here."""
    with the_store().read() as connection:
        hit = find_hit(connection, None, hit_id)
    return hit is not None and can_be_shown(hit.question)


def following(row: Any) -> tuple[Any, list[Any]]:
    """What was taken after this assignment and is in hand, or None; and all else that is in hand, the most urgent first."""
    rows = [each for each in in_hand(the_store(), row.worker_id) if each.assignment_id != row.assignment_id]
    next_one = next((each for each in rows if each.taken_by == _after(row.assignment_id)), None)
    return next_one, [each for each in rows if each is not next_one]


def next_in_queue(row: Any) -> Any:
    """What follows an assignment in the queue, after the last one the first; None when it is the only one."""
    rows = in_hand(the_store(), row.worker_id)
    later = [each for each in rows if (each.deadline_at, each.seq) > (row.deadline_at, row.seq)]
    return next((each for each in [*later, *rows] if each.assignment_id != row.assignment_id), None)


def _after(assignment_id: str) -> str:
    return f"after {assignment_id}"
