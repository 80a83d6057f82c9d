"""What the gateway itself changed of late, so that lists kept for paging stay right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select

from adapter.core.database import Store
from adapter.core.store.accounts import milliseconds
from adapter.legacy.store.list_tables import own_writes, snapshots


class OwnWrite(NamedTuple):
    """One change, in the order of `seq`: of what kind of thing, its id, and its state now (empty where that is not known)."""

    seq: int
    kind: str
    subject: str
    state: str


_account = own_writes.c.account_id == bindparam("account")
_columns = (own_writes.c.seq, own_writes.c.kind, own_writes.c.subject, own_writes.c.state)
_kept = select(exists().where(snapshots.c.account_id == bindparam("account")))
_last = select(func.max(own_writes.c.seq)).where(_account)
_last_before = _last.where(own_writes.c.at <= bindparam("before"))
_between = (
    select(*_columns)
    .where(_account, own_writes.c.seq > bindparam("since"), own_writes.c.seq <= bindparam("until"))
    .order_by(own_writes.c.seq)
    .limit(bindparam("most"))
)
_about = (
    select(*_columns)
    .where(
        _account,
        own_writes.c.kind == bindparam("of_kind"),
        own_writes.c.subject.in_(bindparam("subjects", expanding=True)),
        own_writes.c.seq > bindparam("since"),
    )
    .order_by(own_writes.c.seq)
)
#: What no kept list is older than. A scan under way counts from its beginning.
_needless = delete(own_writes).where(
    ~exists().where(snapshots.c.account_id == own_writes.c.account_id, snapshots.c.since < own_writes.c.seq)
)
#: Subjects looked up at once.
_AT_ONCE = 500


def add(store: Store, account_id: str, writes: Iterable[tuple[str, str, str]]) -> None:
    """Write down (kind, subject, state) of changes that have just been made, if any list of the account is kept.

    A list that is scanned from now on shows them by itself.
    """
    if not store.look(_kept, {"account": account_id})[0][0]:
        return
    # under the account's lock, so that numbers become visible in their order
    with store.write(account_id) as connection:
        now = milliseconds()
        connection.execute(
            insert(own_writes),
            [
                {"account_id": account_id, "kind": kind, "subject": subject, "state": state, "at": now}
                for kind, subject, state in writes
            ],
        )


def last(connection: Connection, account_id: str, before: int | None = None) -> int:
    """The number of an account's last change, or of the last one by a moment (epoch ms); 0 without any."""
    if before is None:
        return connection.execute(_last, {"account": account_id}).scalar_one() or 0
    return connection.execute(_last_before, {"account": account_id, "before": before}).scalar_one() or 0


def between(connection: Connection, account_id: str, since: int, until: int, most: int) -> list[OwnWrite]:
    """An account's changes after number `since`, up to `until`, the oldest first."""
    if until <= since:
        return []
    found = connection.execute(_between, {"account": account_id, "since": since, "until": until, "most": most})
    return [OwnWrite(*row) for row in found]


def about(connection: Connection, account_id: str, kind: str, subjects: list[str], since: int) -> dict[str, OwnWrite]:
    """The last change after number `since` of each of these subjects that has one."""
    found: dict[str, OwnWrite] = {}
    for start in range(0, len(subjects), _AT_ONCE):
        terms = {
            "account": account_id,
            "of_kind": kind,
            "subjects": subjects[start : start + _AT_ONCE],
            "since": since,
        }
        for row in connection.execute(_about, terms):
            found[row.subject] = OwnWrite(*row)
    return found


def purge(store: Store) -> int:
    """Delete what no kept list needs any longer; returns how many."""
    with store.write() as connection:
        return connection.execute(_needless).rowcount
