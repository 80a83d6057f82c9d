"""Who walks through which snapshot: a client's page 1 decides what its later pages show."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from sqlalchemy import Connection, LargeBinary, and_, bindparam, case, delete, exists, func, insert, or_, select, update

from adapter.core.database import Store
from adapter.core.store.accounts import milliseconds
from adapter.legacy.store.list_tables import own_writes, snapshots, walks
from adapter.legacy.store.snapshots import Snapshot

#: Milliseconds for which a caller without a walk of its own goes on with somebody else's of the same page size: some
#: clients send every call from another address.
SHARED = 60_000
#: Milliseconds after which a walk ends, however lately a page was asked for.
LONGEST = 6 * 3600_000
#: Walks of one account; above that the ones that were used longest ago end.
MOST_WALKS = 1_000
#: Milliseconds between two notes of which page was shown last.
_NOTED = 10_000


@dataclass(frozen=True)
class Walker:
    """Whose walk it is: the account, the list with its order, page size and direction, and the caller's address, hashed."""

    account_id: str
    listing: str
    walker: str
    caller: str

    def values(self) -> dict[str, str]:
        """The columns."""
        return {
            "account_id": self.account_id,
            "listing": self.listing,
            "walker": self.walker,
            "caller": self.caller,
        }


@dataclass(frozen=True)
class Walk:
    """A walk through a snapshot: how many rows it has, the last page shown, when (epoch ms).

    `since` is the last own write before the snapshot, `last_write` the last one up to now; `own_order` says that rows
    were gone already at page 1.
    """

    of: Walker
    snapshot_id: str
    since: int
    total: int
    own_order: bool
    page: int
    used_at: int
    last_write: int


_mine = and_(
    *[
        column == bindparam(f"of_{name}")
        for name, column in walks.c.items()
        if name in {"account_id", "listing", "walker", "caller"}
    ]
)
_last_write = select(func.max(own_writes.c.seq)).where(own_writes.c.account_id == walks.c.account_id).scalar_subquery()
_find = (
    select(
        walks.c.caller,
        walks.c.snapshot_id,
        snapshots.c.since,
        walks.c.total,
        walks.c.positions.is_not(None).label("own_order"),
        walks.c.page,
        walks.c.used_at,
        func.coalesce(_last_write, 0).label("last_write"),
    )
    .join(snapshots, snapshots.c.snapshot_id == walks.c.snapshot_id)
    .where(
        walks.c.account_id == bindparam("of_account_id"),
        walks.c.listing == bindparam("of_listing"),
        walks.c.walker == bindparam("of_walker"),
        walks.c.used_at > bindparam("after"),
        walks.c.begun_at > bindparam("begun_after"),
        or_(walks.c.caller == bindparam("of_caller"), walks.c.used_at > bindparam("shared_after")),
    )
    .order_by(case((walks.c.caller == bindparam("of_caller"), 0), else_=1), walks.c.begun_at.desc())
    .limit(1)
)
_slice = select(
    func.substr(
        func.coalesce(walks.c.positions, snapshots.c.positions),
        bindparam("first"),
        bindparam("length"),
        type_=LargeBinary,
    )
).join(snapshots, snapshots.c.snapshot_id == walks.c.snapshot_id)
_cut = _slice.where(_mine)
_end = delete(walks).where(_mine)
_use = update(walks).where(_mine).values(page=bindparam("shown"), used_at=bindparam("now"))
_any = select(exists().where(walks.c.account_id == bindparam("of_account_id")))
_latest = walks.alias("latest")
_surplus = delete(walks).where(
    walks.c.account_id == bindparam("of_account_id"),
    walks.c.used_at
    <= select(_latest.c.used_at)
    .where(_latest.c.account_id == bindparam("of_account_id"))
    .order_by(_latest.c.used_at.desc())
    .offset(bindparam("most"))
    .limit(1)
    .scalar_subquery(),
)
_one = select(exists().where(_mine))
_old = delete(walks).where(
    or_(
        walks.c.used_at <= bindparam("before"),
        walks.c.begun_at <= bindparam("begun_before"),
        ~exists().where(snapshots.c.snapshot_id == walks.c.snapshot_id),
    )
)


def find(connection: Connection, of: Walker, seconds: int) -> Walk | None:
    """The caller's walk if a page of it was asked for in the last `seconds`, or else somebody else's of a moment ago."""
    now = milliseconds()
    terms = {
        **_names(of),
        "after": now - seconds * 1000,
        "begun_after": now - LONGEST,
        "shared_after": now - min(SHARED, seconds * 1000),
    }
    row = connection.execute(_find, terms).one_or_none()
    if row is None:
        return None
    whose = Walker(of.account_id, of.listing, of.walker, row.caller)
    return Walk(whose, *row[1:])


def begin(connection: Connection, of: Walker, made: Snapshot, left: array[int] | None, last_write: int) -> Walk:
    """Begin a walk at page 1 in place of an earlier one; `left` are the positions left where some rows are gone already."""
    now = milliseconds()
    total = made.total if left is None else len(left)
    connection.execute(_end, _names(of))
    connection.execute(
        insert(walks),
        {
            **of.values(),
            "snapshot_id": made.snapshot_id,
            "total": total,
            "positions": None if left is None else left.tobytes(),
            "page": 1,
            "begun_at": now,
            "used_at": now,
        },
    )
    connection.execute(_surplus, {"of_account_id": of.account_id, "most": MOST_WALKS})
    return Walk(of, made.snapshot_id, made.since, total, left is not None, 1, now, last_write)


def cut(connection: Connection, walk: Walk, first: int, count: int) -> array[int]:
    """`count` positions from a rank on, in the order of the snapshot."""
    positions = array("I")
    size = positions.itemsize
    terms = {**_names(walk.of), "first": first * size + 1, "length": count * size}
    positions.frombytes(connection.execute(_cut, terms).scalar() or b"")
    return positions


def use(store: Store, walk: Walk, page: int) -> None:
    """Note that the walk goes on; the same page again and again is no walk, and does not keep it."""
    now = milliseconds()
    if page != walk.page and now > walk.used_at + _NOTED:
        with store.write() as connection:
            connection.execute(_use, {**_names(walk.of), "shown": page, "now": now})


def is_under_way(store: Store, of: Walker) -> bool:
    """Whether this caller walks, or did a while ago."""
    return bool(store.look(_one, _names(of))[0][0])


def any_under_way(store: Store, account_id: str) -> bool:
    """Whether anybody of the account walks, or did a while ago."""
    return bool(store.look(_any, {"of_account_id": account_id})[0][0])


def end(store: Store, of: Walker) -> None:
    """End the caller's walk, because its page 1 was shown in another way."""
    with store.write() as connection:
        connection.execute(_end, _names(of))


def purge(store: Store, now: int, seconds: int) -> None:
    """Forget walks that stopped `seconds` ago, and those that take too long."""
    with store.write() as connection:
        connection.execute(_old, {"before": now - seconds * 1000, "begun_before": now - LONGEST})


def _names(of: Walker) -> dict[str, str]:
    return {f"of_{name}": value for name, value in of.values().items()}
