"""Assignments as rows: made at accept, changed by submit, return, abandonment and the requester's decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, literal_column, select, update

from adapter.core.database import keyset
from adapter.marketplace.store.tables import assignments

_one = assignments.c.assignment_id == bindparam("of_assignment")
_insert = insert(assignments)
_find = select(assignments).where(_one)
_owner = select(assignments.c.account_id).where(_one)
_active = select(assignments).where(
    assignments.c.hit_id == bindparam("of_hit"),
    assignments.c.worker_id == bindparam("of_worker"),
    assignments.c.released_at.is_(None),
)
_ever = (
    select(assignments.c.seq)
    .where(
        assignments.c.account_id == bindparam("of_account"),
        assignments.c.worker_id == bindparam("of_worker"),
        assignments.c.status.in_(("Approved", "Rejected")),
    )
    .limit(1)
)
_pages = keyset.pages(
    assignments,
    assignments.c.status.in_(bindparam("of_statuses", expanding=True)),
    equal={"hit_id": "of_hit"},
)
_pages_of_status = keyset.pages(assignments, equal={"hit_id": "of_hit", "status": "of_status"})
_in_hand = (
    select(assignments)
    # a parameter in its place would keep the databases from the partial index
    .where(assignments.c.worker_id == bindparam("of_worker"), assignments.c.status == literal_column("'Accepted'"))
    .order_by(assignments.c.seq)
    .limit(bindparam("most"))
)
_submit = (
    update(assignments)
    .where(_one)
    .values(
        status="Submitted",
        answer=bindparam("new_answer"),
        submitted_at=bindparam("at"),
        auto_approval_at=bindparam("approved_by"),
    )
)
_release = update(assignments).where(_one).values(status=bindparam("new_status"), released_at=bindparam("at"))
_approve = (
    update(assignments)
    .where(_one)
    .values(
        status="Approved",
        approved_at=bindparam("at"),
        feedback=func.coalesce(bindparam("new_feedback"), assignments.c.feedback),
    )
)
_reject = (
    update(assignments)
    .where(_one)
    .values(status="Rejected", rejected_at=bindparam("at"), feedback=bindparam("new_feedback"))
)

#: The statuses that the requester is shown.
SHOWN = ("Submitted", "Approved", "Rejected")
LAST = 2**63 - 1


def add_assignment(
    connection: Connection,
    assignment_id: str,
    hit_id: str,
    account_id: str,
    worker_id: str,
    accepted_at: int,
    deadline_at: int,
    taken_by: str = "",
) -> None:
    """Put in an accepted assignment; times in epoch ms. Raises IntegrityError when the worker has this HIT already."""
    connection.execute(
        _insert,
        {
            "assignment_id": assignment_id,
            "hit_id": hit_id,
            "account_id": account_id,
            "worker_id": worker_id,
            "status": "Accepted",
            "accepted_at": accepted_at,
            "deadline_at": deadline_at,
            "taken_by": taken_by or None,
        },
    )


def find_assignment(connection: Connection, assignment_id: str) -> Row[Any] | None:
    """The assignment with this id, of whatever account and status, or None."""
    return connection.execute(_find, {"of_assignment": assignment_id}).one_or_none()


def owner(connection: Connection, assignment_id: str) -> str | None:
    """The account whose HIT the assignment belongs to, or None when there is no such assignment."""
    return connection.scalar(_owner, {"of_assignment": assignment_id})


def active_assignment(connection: Connection, hit_id: str, worker_id: str) -> Row[Any] | None:
    """The assignment of the HIT that the worker has now or has submitted, or None."""
    return connection.execute(_active, {"of_hit": hit_id, "of_worker": worker_id}).one_or_none()


def has_worked(connection: Connection, account_id: str, worker_id: str) -> bool:
    """Whether the account has decided about any work of the worker."""
    return connection.scalar(_ever, {"of_account": account_id, "of_worker": worker_id}) is not None


def list_assignments(
    connection: Connection, hit_id: str, statuses: Sequence[str] = SHOWN, after: int = 0, most: int = LAST
) -> Sequence[Row[Any]]:
    """At most so many assignments of the HIT in these statuses, in the order of acceptance, after a `seq`."""
    terms = {"of_hit": hit_id, "after": after, "most": most}
    if len(statuses) == 1:
        return connection.execute(_pages_of_status[connection.dialect.name], {**terms, "of_status": statuses[0]}).all()
    return connection.execute(_pages[connection.dialect.name], {**terms, "of_statuses": list(statuses)}).all()


def list_in_hand(connection: Connection, worker_id: str, most: int = LAST) -> Sequence[Row[Any]]:
    """At most so many assignments that the worker has accepted and not yet handed in or back, the oldest first."""
    return connection.execute(_in_hand, {"of_worker": worker_id, "most": most}).all()


def mark_submitted(connection: Connection, assignment_id: str, answer: str, at: int, auto_approval_at: int) -> None:
    """Keep the answer document; times in epoch ms."""
    connection.execute(
        _submit, {"of_assignment": assignment_id, "new_answer": answer, "at": at, "approved_by": auto_approval_at}
    )


def mark_released(connection: Connection, assignment_id: str, status: str, at: int) -> None:
    """The worker no longer has it: Returned or Abandoned."""
    connection.execute(_release, {"of_assignment": assignment_id, "new_status": status, "at": at})


def mark_approved(connection: Connection, assignment_id: str, at: int, feedback: str | None) -> None:
    """Approved; feedback given earlier stays when there is none now."""
    connection.execute(_approve, {"of_assignment": assignment_id, "at": at, "new_feedback": feedback})


def mark_rejected(connection: Connection, assignment_id: str, at: int, feedback: str) -> None:
    """Rejected with the feedback."""
    connection.execute(_reject, {"of_assignment": assignment_id, "at": at, "new_feedback": feedback})


_by_themselves = select(assignments.c.assignment_id).where(
    assignments.c.assignment_id.in_(bindparam("ids", expanding=True)),
    assignments.c.approved_at == assignments.c.auto_approval_at,
)


def approved_by_themselves(connection: Connection, assignment_ids: Collection[str]) -> set[str]:
    """Those of these assignments that were approved at their AutoApprovalTime and not by their requester."""
    return set(connection.scalars(_by_themselves, {"ids": list(assignment_ids)})) if assignment_ids else set()
