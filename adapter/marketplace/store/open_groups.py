"""Groups of HITs that workers can find: the HIT types with assignments to be had, whichever requester's they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, column, exists, func, literal_column, or_, select, text, true

from adapter.core.store.tables import accounts
from adapter.marketplace.store.tables import assignments, hit_types, hits
from adapter.marketplace.store.worker_tables import worker_blocks

#: Groups are fetched in batches that grow up to this.
MOST_AT_ONCE = 500
#: HITs of a group are counted up to here.
MOST_COUNTED = 1000
LAST = 2**63 - 1

# A parameter in its place would keep both databases from the partial index of open HITs.
_ASSIGNABLE: Any = literal_column("'Assignable'")


def _skipping(dialect: str) -> Any:
    """The newest open HIT of each type, found by one look into the index for each type, however many HITs it has."""
    seq, hit_type_id = column("seq", hits.c.seq.type), column("hit_type_id", hits.c.hit_type_id.type)
    # SQLite, which keeps no statistics here, would rather walk all open HITs for each type
    source = text("hits INDEXED BY ix_hits_open" if dialect == "sqlite" else "hits")
    order = (hit_type_id.desc(), seq.desc())
    first = (
        select(seq, hit_type_id).select_from(source).where(column("status") == _ASSIGNABLE).order_by(*order).limit(1)
    )
    newest = select(*first.subquery().c).cte("newest", recursive=True)
    nearest = first.where(hit_type_id < newest.c.hit_type_id).correlate(newest)
    if dialect == "postgresql":
        found = nearest.lateral("found")
        return newest.union_all(select(found.c.seq, found.c.hit_type_id).select_from(newest.join(found, true())))
    following = hits.alias("following")
    return newest.union_all(
        select(following.c.seq, following.c.hit_type_id)
        .select_from(newest)
        .join(following, following.c.seq == nearest.with_only_columns(seq).scalar_subquery())
    )


def _groups(dialect: str) -> Any:
    newest = _skipping(dialect)
    blocked = exists().where(
        worker_blocks.c.account_id == hit_types.c.account_id, worker_blocks.c.worker_id == bindparam("of_worker")
    )
    query = (
        select(newest.c.seq.label("newest_seq"), hit_types, accounts.c.name.label("requester"))
        .join_from(newest, hit_types, newest.c.hit_type_id == hit_types.c.hit_type_id)
        .join(accounts, accounts.c.account_id == hit_types.c.account_id)
        .where(
            newest.c.seq < bindparam("before"),
            hit_types.c.reward >= bindparam("least_reward", type_=hit_types.c.reward.type),
            or_(bindparam("of_requester") == "", hit_types.c.account_id == bindparam("of_requester")),
            ~blocked,
        )
    )
    return query.order_by(newest.c.seq.desc()).limit(bindparam("most"))


_page = {dialect: _groups(dialect) for dialect in ("sqlite", "postgresql")}
_open_of_type = select(hits.c.hit_id).where(hits.c.status == _ASSIGNABLE, hits.c.hit_type_id == bindparam("of_type"))
_count = select(func.count()).select_from(
    _open_of_type.with_only_columns(hits.c.hit_type_id).limit(bindparam("most")).subquery()
)
_held = exists().where(
    assignments.c.hit_id == hits.c.hit_id,
    assignments.c.worker_id == bindparam("of_worker"),
    assignments.c.released_at.is_(None),
)
_offered = (
    _open_of_type.where(hits.c.expires_at > bindparam("now"), ~_held).order_by(hits.c.seq).limit(bindparam("most"))
)
_group = (
    select(hit_types, accounts.c.name.label("requester"))
    .join(accounts, accounts.c.account_id == hit_types.c.account_id)
    .where(or_(hit_types.c.hit_type_id == bindparam("of_group"), hit_types.c.hit_group_id == bindparam("of_group")))
)


def open_groups(
    connection: Connection,
    worker_id: str,
    least_reward: Any,
    requester_id: str = "",
    before: int = LAST,
) -> Iterator[Row[Any]]:
    """Groups with an open HIT, the one with the newest HIT first, none of a requester who has blocked the worker.

    Each is a row of hit_types with `requester`, a name, and `newest_seq`, by which the next page is asked for with
    `before`. `worker_id` is empty for a visitor; `least_reward` in dollars. Costs one look into an index for each group.
    """
    query = _page[connection.dialect.name]
    most = 60
    while True:
        values = {
            "of_worker": worker_id,
            "least_reward": least_reward,
            "of_requester": requester_id,
            "before": before,
            "most": most,
        }
        rows = connection.execute(query, values).all()
        yield from rows
        if len(rows) < most:
            return
        before, most = rows[-1].newest_seq, MOST_AT_ONCE


def find_group(connection: Connection, group_id: str) -> Row[Any] | None:
    """The HIT type with this id, or with this id of its group, with its `requester`; None when there is none."""
    return connection.execute(_group, {"of_group": group_id}).one_or_none()


def count_open(connection: Connection, hit_type_id: str) -> int:
    """How many HITs of a type can be accepted, counted up to MOST_COUNTED."""
    return int(connection.scalar(_count, {"of_type": hit_type_id, "most": MOST_COUNTED}) or 0)


def offered(connection: Connection, hit_type_id: str, worker_id: str, now: int, most: int = 1) -> Sequence[str]:
    """At most so many HITs of a type that the worker can accept at `now` (epoch ms): ids, the oldest first."""
    values = {"of_type": hit_type_id, "of_worker": worker_id, "now": now, "most": most}
    return connection.scalars(_offered, values).all()
