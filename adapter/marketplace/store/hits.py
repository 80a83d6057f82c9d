"""HITs as rows: put one in, find it, change it, list them in the order of creation."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, insert, select, update

from adapter.core.database import keyset
from adapter.marketplace.store.tables import hit_type_requirements, hit_types, hits


class Hit(NamedTuple):
    """One HIT with the properties of its type.

    `reward` and `fee` are dollars per assignment; times named *_at are epoch ms; `assignment_duration` and
    `auto_approval_delay` are seconds; accepted, submitted, approved and rejected count the assignments that are in
    that state now; `created_with` is MaxAssignments at creation.
    """

    seq: int
    hit_id: str
    account_id: str
    hit_type_id: str
    question: str
    hit_layout_id: str | None
    annotation: str | None
    max_assignments: int
    created_with: int
    reward: Decimal
    fee: Decimal
    status: str
    review_status: str
    created_at: int
    expires_at: int
    expired_at: int | None
    reviewable_at: int | None
    disposed_at: int | None
    accepted: int
    submitted: int
    approved: int
    rejected: int
    assignment_review_policy: dict[str, Any] | None
    hit_review_policy: dict[str, Any] | None
    hit_group_id: str
    title: str
    description: str
    keywords: str | None
    assignment_duration: int
    auto_approval_delay: int
    requirements: list[dict[str, Any]]

    @property
    def free(self) -> int:
        """Assignments that nobody has now."""
        return self.max_assignments - self.accepted - self.submitted - self.approved - self.rejected

    @property
    def acceptable(self) -> bool:
        """Whether a worker may accept an assignment as far as the HIT goes."""
        return self.status == "Assignable" and self.expired_at is None and self.free > 0


_OWN = {column.name for column in hits.columns}
_columns = [(hits if name in _OWN else hit_types).c[name] for name in Hit._fields]
_joined = hits.join(hit_types, hits.c.hit_type_id == hit_types.c.hit_type_id)


def joined() -> Select[Any]:
    """A query of whole HITs, to be narrowed."""
    return select(*_columns).select_from(_joined)


def hits_of(rows: Any) -> list[Hit]:
    """The HITs of a result of `joined()`."""
    return [Hit._make(row) for row in rows]


_insert = insert(hits).returning(hits.c.seq)
_find = joined().where(hits.c.hit_id == bindparam("of_hit"))
_find_own = _find.where(hits.c.account_id == bindparam("of_account"))
_owned = select(hits.c.seq).where(hits.c.hit_id == bindparam("of_hit"), hits.c.account_id == bindparam("of_account"))

_COUNTERS = ("accepted", "submitted", "approved", "rejected")
_CHANGING = (
    *_COUNTERS,
    "max_assignments",
    "hit_type_id",
    "reward",
    "fee",
    "status",
    "review_status",
    "expires_at",
    "expired_at",
    "reviewable_at",
    "disposed_at",
)
#: What must still be as it was read, so that nothing is changed on stale knowledge.
_GUARDS = (*_COUNTERS, "max_assignments", "status", "expires_at")
_unchanged = and_(hits.c.seq == bindparam("of_seq"), *(hits.c[name] == bindparam(f"old_{name}") for name in _GUARDS))
_count = update(hits).where(_unchanged).values({name: bindparam(f"new_{name}") for name in _COUNTERS})
_change = update(hits).where(_unchanged).values({name: bindparam(f"new_{name}") for name in _CHANGING})


def _pages(*conditions: Any, **equal: str) -> dict[str, Select[Any]]:
    """The query of a page of whole HITs by dialect."""
    bounds, order = keyset.place(hits, "postgresql", {**equal})
    keys = select(hits.c.seq).where(*bounds, *conditions).order_by(*order).limit(bindparam("most")).subquery()
    flat, _ = keyset.place(hits, "sqlite", {**equal})
    return {
        "sqlite": joined().where(*flat, *conditions).order_by(hits.c.seq).limit(bindparam("most")),
        # without the subquery the join with the type may be done first, and for all rows
        "postgresql": joined().join(keys, keys.c.seq == hits.c.seq).order_by(hits.c.seq),
    }


_required = exists().where(
    hit_type_requirements.c.hit_type_id == hits.c.hit_type_id,
    hit_type_requirements.c.qualification_type_id == bindparam("of_qualification_type"),
)
_listed = _pages(hits.c.disposed_at.is_(None), account_id="of_account")
_by_status = _pages(account_id="of_account", status="of_status")
_by_type = _pages(hits.c.account_id == bindparam("of_account"), hit_type_id="of_type", status="of_status")
_by_qualification = _pages(hits.c.disposed_at.is_(None), _required, account_id="of_account")


def add_hit(connection: Connection, row: dict[str, Any]) -> int:
    """Put in a HIT, a dict of the table's columns; returns its `seq`."""
    seq: int = connection.execute(_insert, row).scalar_one()
    return seq


def find_hit(connection: Connection, account_id: str | None, hit_id: str) -> Hit | None:
    """The HIT of this id, also a disposed one; with an account only if it is this account's."""
    if account_id is None:
        row = connection.execute(_find, {"of_hit": hit_id}).one_or_none()
    else:
        row = connection.execute(_find_own, {"of_hit": hit_id, "of_account": account_id}).one_or_none()
    return None if row is None else Hit._make(row)


def has_hit(connection: Connection, account_id: str, hit_id: str) -> bool:
    """Whether the account has a HIT of this id, also a disposed one."""
    return connection.scalar(_owned, {"of_hit": hit_id, "of_account": account_id}) is not None


def save_hit(connection: Connection, old: Hit, new: Hit) -> bool:
    """Change a row from what was read to what shall be; False when it is no longer what was read.

    Identity, question and policies never change.
    """
    changed = {name for name in _CHANGING if getattr(old, name) != getattr(new, name)}
    if not changed:
        return True
    only_counters = changed.issubset(_COUNTERS)
    values: dict[str, Any] = {"of_seq": old.seq}
    values |= {f"old_{name}": getattr(old, name) for name in _GUARDS}
    values |= {f"new_{name}": getattr(new, name) for name in (_COUNTERS if only_counters else _CHANGING)}
    return connection.execute(_count if only_counters else _change, values).rowcount == 1


def list_hits(connection: Connection, account_id: str, after: int, most: int) -> Sequence[Hit]:
    """At most so many of the account's HITs after a `seq`, without disposed ones."""
    return hits_of(
        connection.execute(_listed[connection.dialect.name], {"of_account": account_id, "after": after, "most": most})
    )


def list_hits_by_status(
    connection: Connection, account_id: str, hit_type_id: str | None, status: str, after: int, most: int
) -> Sequence[Hit]:
    """At most so many of the account's HITs of a status, and of a type if one is given, after a `seq`."""
    values = {"of_account": account_id, "of_status": status, "after": after, "most": most}
    if hit_type_id is None:
        return hits_of(connection.execute(_by_status[connection.dialect.name], values))
    return hits_of(connection.execute(_by_type[connection.dialect.name], {**values, "of_type": hit_type_id}))


def list_hits_by_qualification_type(
    connection: Connection, account_id: str, qualification_type_id: str, after: int, most: int
) -> Sequence[Hit]:
    """At most so many of the account's HITs that require a Qualification, after a `seq`, without disposed ones."""
    values = {
        "of_account": account_id,
        "of_qualification_type": qualification_type_id,
        "after": after,
        "most": most,
    }
    return hits_of(connection.execute(_by_qualification[connection.dialect.name], values))
