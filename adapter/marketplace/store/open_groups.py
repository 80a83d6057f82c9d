"""Groups of HITs that workers can find: the HIT types with a HIT that can be accepted, whichever requester's they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, column, exists, func, literal_column, or_, select, text, true

from adapter.core.store.tables import accounts
from adapter.marketplace.store.tables import assignments, hit_types, hits
from adapter.marketplace.store.worker_tables import worker_blocks

#: Groups that are looked at for a list; of more the newest.
MOST_GROUPS = 5000
#: HITs of a group are counted up to here.
MOST_COUNTED = 1000

# A parameter in its place would keep both databases from the partial index of open HITs.
_ASSIGNABLE: Any = literal_column("'Assignable'")
_held = exists().where(
    assignments.c.hit_id == hits.c.hit_id,
    assignments.c.worker_id == bindparam("of_worker"),
    assignments.c.released_at.is_(None),
)


def _skipping(dialect: str) -> Any:
    """The newest open HIT of each type, found by one look into the index for each type, however many HITs it has."""
    names = ("seq", "hit_type_id", "created_at", "expires_at")
    columns = [column(name, hits.c[name].type) for name in names]
    seq, hit_type_id, *_ = columns
    # SQLite, which keeps no statistics here, would rather walk all open HITs for each type
    source = text("hits INDEXED BY ix_hits_open" if dialect == "sqlite" else "hits")
    order = (hit_type_id.desc(), seq.desc())
    first = select(*columns).select_from(source).where(column("status") == _ASSIGNABLE).order_by(*order).limit(1)
    newest = select(*first.subquery().c).cte("newest", recursive=True)
    nearest = first.where(hit_type_id < newest.c.hit_type_id).correlate(newest)
    if dialect == "postgresql":
        found = nearest.lateral("found")
        return newest.union_all(select(*found.c).select_from(newest.join(found, true())))
    following = hits.alias("following")
    return newest.union_all(
        select(*(following.c[name] for name in names))
        .select_from(newest)
        .join(following, following.c.seq == nearest.with_only_columns(seq).scalar_subquery())
    )


def _groups(dialect: str) -> Any:
    newest = _skipping(dialect)
    of_type = hits.c.hit_type_id == hit_types.c.hit_type_id
    to_take = (
        select(hits.c.hit_id)
        .where(hits.c.status == _ASSIGNABLE, of_type, hits.c.expires_at > bindparam("now"), ~_held)
        .order_by(hits.c.seq)
        .limit(1)
        .correlate(hit_types)
    )
    blocked = exists().where(
        worker_blocks.c.account_id == hit_types.c.account_id, worker_blocks.c.worker_id == bindparam("of_worker")
    )
    query = (
        select(
            hit_types,
            accounts.c.name.label("requester"),
            newest.c.seq.label("newest_seq"),
            newest.c.created_at.label("newest_at"),
            newest.c.expires_at,
            to_take.scalar_subquery().label("hit_id"),
        )
        .join_from(newest, hit_types, newest.c.hit_type_id == hit_types.c.hit_type_id)
        .join(accounts, accounts.c.account_id == hit_types.c.account_id)
        .where(
            hit_types.c.reward >= bindparam("least_reward", type_=hit_types.c.reward.type),
            or_(bindparam("of_requester") == "", hit_types.c.account_id == bindparam("of_requester")),
            ~blocked,
        )
    )
    return query.order_by(newest.c.seq.desc()).limit(MOST_GROUPS)


_page = {dialect: _groups(dialect) for dialect in ("sqlite", "postgresql")}
_open_of_type = select(hits.c.hit_id).where(hits.c.status == _ASSIGNABLE, hits.c.hit_type_id == bindparam("of_type"))
_count = select(func.count()).select_from(
    _open_of_type.with_only_columns(hits.c.hit_type_id).limit(MOST_COUNTED).subquery()
)
_counted = (
    select(hits.c.seq)
    .where(hits.c.status == _ASSIGNABLE, hits.c.hit_type_id == hit_types.c.hit_type_id)
    .correlate(hit_types)
    .limit(MOST_COUNTED)
)
_counts = select(
    hit_types.c.hit_type_id, select(func.count()).select_from(_counted.subquery()).scalar_subquery().label("number")
).where(hit_types.c.hit_type_id.in_(bindparam("of_types", expanding=True)))
_questions = select(hits.c.hit_id, hits.c.question).where(hits.c.hit_id.in_(bindparam("of_hits", expanding=True)))
_offered = (
    _open_of_type.where(hits.c.seq > bindparam("after"), hits.c.expires_at > bindparam("now"), ~_held)
    .order_by(hits.c.seq)
    .limit(bindparam("most"))
)
_requester = select(accounts.c.name).where(accounts.c.account_id == bindparam("of_account"))
_group = (
    select(hit_types, accounts.c.name.label("requester"))
    .join(accounts, accounts.c.account_id == hit_types.c.account_id)
    .where(or_(hit_types.c.hit_type_id == bindparam("of_group"), hit_types.c.hit_group_id == bindparam("of_group")))
)
_taken = (
    select(hits.c.hit_id).where(hits.c.hit_type_id == bindparam("of_type"), hits.c.status == "Unassignable").limit(1)
)
_last_work = (
    select(assignments.c.hit_id, assignments.c.status)
    .where(assignments.c.worker_id == bindparam("of_worker"))
    .order_by(assignments.c.seq.desc())
    .limit(MOST_COUNTED)
    .subquery()
)
_worked = (
    select(_last_work.c.hit_id)
    .join(hits, hits.c.hit_id == _last_work.c.hit_id)
    .where(hits.c.hit_type_id == bindparam("of_type"), _last_work.c.status.in_(("Submitted", "Approved", "Rejected")))
    .limit(1)
)
_in_hand = (
    select(hits.c.hit_type_id, assignments.c.assignment_id)
    .join(hits, hits.c.hit_id == assignments.c.hit_id)
    .where(
        assignments.c.worker_id == bindparam("of_worker"),
        assignments.c.status == literal_column("'Accepted'"),
        assignments.c.deadline_at > bindparam("now"),
    )
    .order_by(assignments.c.seq.desc())
)


def open_groups(
    connection: Connection, worker_id: str, now: int, least_reward: Any, requester_id: str = ""
) -> Sequence[Row[Any]]:
    """The groups of which the worker can accept a HIT at `now` (epoch ms), the one with the newest HIT first.

    None of a requester who has blocked the worker, and none whose HITs the worker has all done or in hand; at most
    MOST_GROUPS are looked at. `worker_id` is empty for a visitor; `least_reward` in dollars. Each is a row of hit_types
    with `requester`, a name; `hit_id`, the one to take; `newest_at` and `expires_at` of the newest HIT. Costs a few looks
    into an index for each group, however many HITs it has.
    """
    values = {"of_worker": worker_id, "now": now, "least_reward": least_reward, "of_requester": requester_id}
    rows = connection.execute(_page[connection.dialect.name], values)
    return [row for row in rows if row.hit_id is not None]


def find_group(connection: Connection, group_id: str) -> Row[Any] | None:
    """The HIT type with this id, or with this id of its group, with its `requester`; None when there is none."""
    return connection.execute(_group, {"of_group": group_id}).one_or_none()


def requester_name(connection: Connection, account_id: str) -> str:
    """The name of the requester whose account this is, or the id again where there is none."""
    return connection.scalar(_requester, {"of_account": account_id}) or account_id


def count_open(connection: Connection, hit_type_id: str) -> int:
    """How many HITs of a type can be accepted, counted up to MOST_COUNTED."""
    return int(connection.scalar(_count, {"of_type": hit_type_id}) or 0)


def count_each(connection: Connection, hit_type_ids: Collection[str]) -> dict[str, int]:
    """How many HITs of each of these types can be accepted, counted up to MOST_COUNTED."""
    return {row.hit_type_id: row.number for row in connection.execute(_counts, {"of_types": list(hit_type_ids)})}


def questions(connection: Connection, hit_ids: Collection[str]) -> Sequence[Any]:
    """What these HITs show: hit_id, question."""
    return connection.execute(_questions, {"of_hits": list(hit_ids)}).all()


def offered(
    connection: Connection, hit_type_id: str, worker_id: str, now: int, most: int = 1, after: int = 0
) -> Sequence[str]:
    """At most so many HITs of a type that the worker can accept at `now` (epoch ms), after a `seq`: ids, the oldest first."""
    values = {"of_type": hit_type_id, "of_worker": worker_id, "now": now, "after": after, "most": most}
    return connection.scalars(_offered, values).all()


def may_come_back(connection: Connection, hit_type_id: str) -> bool:
    """Whether workers have HITs of a type in hand that have no other assignment left: one that is returned is open again."""
    return connection.scalar(_taken, {"of_type": hit_type_id}) is not None


def has_worked(connection: Connection, hit_type_id: str, worker_id: str) -> bool:
    """Whether a HIT of the type is among the last MOST_COUNTED that the worker took, and was submitted."""
    return connection.scalar(_worked, {"of_type": hit_type_id, "of_worker": worker_id}) is not None


def in_hand(connection: Connection, worker_id: str, now: int) -> dict[str, str]:
    """What the worker has accepted and can still submit at `now` (epoch ms): by HIT type the oldest assignment's id."""
    rows = connection.execute(_in_hand, {"of_worker": worker_id, "now": now})
    return {row.hit_type_id: row.assignment_id for row in rows}
