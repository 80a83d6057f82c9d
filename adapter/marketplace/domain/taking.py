"""A worker takes HITs of a group: the one that is shown or any other, one or several, each click once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from adapter.core import clock
from adapter.core.database import Store
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.store import assignments, open_groups

#: So many HITs a worker may have accepted at a time.
MOST_IN_HAND = 25
NO_MORE = "There are no more available HITs in this group."
#: Codes of a HIT that somebody else was quicker to take.
GONE = ("HITDoesNotExist", "InvalidHITState", "AssignmentAlreadyExists")

_TRIES = 3
_CANDIDATES = 20 + MOST_IN_HAND


def in_hand(store: Store, worker_id: str) -> list[Any]:
    """What the worker has accepted and can still submit, that with the least time left first."""
    now = clock.milliseconds()
    with store.read() as connection:
        rows = [row for row in assignments.list_in_hand(connection, worker_id) if row.deadline_at > now]
    return sorted(rows, key=lambda row: (row.deadline_at, row.seq))


def take(
    store: Store,
    worker_id: str,
    hit_type_id: str,
    *,
    click: str,
    first: str = "",
    most: int = 1,
    without: Collection[str] = (),
    can_be_done: Callable[[str], bool] = lambda _: True,
) -> list[Any]:
    """Accept up to so many HITs of the type, at first the one with the id `first`, none of those in `without`.

    `can_be_done` says of a HIT's id whether it is to be offered at all. `click` stands for what the worker pressed: the
    same again takes nothing more and gives what it took. HITs that others were quicker to take are passed over. Raises
    WorkerError when nothing can be taken, as accept() does or because the worker has as many as one may have.
    """
    held = in_hand(store, worker_id)
    before = [row for row in held if row.taken_by == click]
    wanted = min(most, len(before) + MOST_IN_HAND - len(held))
    if len(before) >= most or (before and wanted <= len(before)):
        return before
    if wanted < 1:
        raise WorkerError(
            "TooManyAssignments",
            f"You have {MOST_IN_HAND} HITs accepted, and more is not possible. Submit or return some first.",
        )
    taken: dict[str, Any] = {row.assignment_id: row for row in before}
    problem = WorkerError("InvalidHITState", NO_MORE)
    tried = set(without)
    for _ in range(_TRIES):
        with store.read() as connection:
            found = open_groups.offered(connection, hit_type_id, worker_id, clock.milliseconds(), _CANDIDATES)
        fresh = [each for each in dict.fromkeys([first, *found]) if each and each not in tried]
        for hit_id in fresh:
            if len(taken) >= wanted:
                break
            tried.add(hit_id)
            if not can_be_done(hit_id):
                continue
            try:
                row = assignment_lifecycle.accept(store, worker_id, hit_id, click=click, most=most)
            except WorkerError as error:
                if not error.code.endswith(GONE) and not taken:
                    raise
                problem = error
            else:
                taken[row.assignment_id] = row
        if not fresh or len(taken) >= wanted:
            break
    if not taken:
        raise problem
    return list(taken.values())
