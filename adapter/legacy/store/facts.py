"""What went through the gateway to a foreign upstream, for the statistics that the modern API dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapter.core.database import Store
from adapter.core.statistic_definitions import DAY_MILLISECONDS
from adapter.legacy.store.tables import facts


@dataclass(frozen=True)
class Fact:
    """One thing that happened at a time (epoch ms).

    `kind` is created, extended or disposed (of a HIT); accepted, submitted, approved, rejected, returned, abandoned or
    bonus (of an assignment), taken (accepted, of an assignment whose id was never seen); known_correct,
    known_incorrect, plurality_correct or plurality_incorrect (`number` answers of an assignment). `subject_id` makes
    it one per account and kind; money is in cents, None while it is not known.
    """

    account_id: str
    kind: str
    subject_id: str
    at: int
    hit_id: str | None = None
    worker_id: str | None = None
    number: int = 1
    cents: int | None = None
    fee: int = 0


@dataclass(frozen=True)
class Open:
    """A fact whose money is not known yet."""

    seq: int
    kind: str
    subject_id: str
    hit_id: str | None
    number: int


_open = (
    select(facts.c.seq, facts.c.kind, facts.c.subject_id, facts.c.hit_id, facts.c.number)
    .where(facts.c.account_id == bindparam("of_account"), facts.c.cents.is_(None))
    .order_by(facts.c.seq)
    .limit(bindparam("most"))
)
_accounts_open = select(facts.c.account_id).where(facts.c.cents.is_(None)).distinct()
_resolve = update(facts).where(facts.c.seq == bindparam("of_seq"))
_day = facts.c.at // DAY_MILLISECONDS
_range = (
    facts.c.account_id == bindparam("of_account"),
    facts.c.kind == bindparam("of_kind"),
    facts.c.at >= bindparam("since"),
    facts.c.at < bindparam("until"),
)
_COLUMNS = {
    "rows": func.count(),
    "number": func.sum(facts.c.number),
    "cents": func.sum(facts.c.cents),
    "fee": func.sum(facts.c.fee),
}
_SUMS = {
    name: select(_day.label("day"), column.label("total")).where(*_range).group_by(_day)
    for name, column in _COLUMNS.items()
}
_revoke = delete(facts).where(
    facts.c.account_id == bindparam("of_account"),
    facts.c.kind == bindparam("of_kind"),
    facts.c.subject_id == bindparam("of_subject"),
)


_FILLED = ("hit_id", "worker_id", "cents", "fee")


def _insert(dialect: Any) -> Any:
    """One that is known stays as it is, but what was not known of it yet is filled in."""
    statement = dialect.insert(facts)
    return statement.on_conflict_do_update(
        index_elements=["account_id", "kind", "subject_id"],
        set_={name: statement.excluded[name] for name in _FILLED},
        where=facts.c.cents.is_(None) & statement.excluded.cents.is_not(None),
    )


_INSERTS = {"sqlite": _insert(sqlite), "postgresql": _insert(postgresql)}


def add(store: Store, found: Iterable[Fact]) -> None:
    """Write facts down; one that is known already stays as it is. An approval takes an earlier rejection back."""
    if rows := list(found):
        with store.write() as connection:
            put(connection, rows)


def put(connection: Connection, found: Iterable[Fact]) -> None:
    """The same inside a transaction."""
    rows = [vars(each) for each in found]
    if not rows:
        return
    connection.execute(_INSERTS[connection.dialect.name], rows)
    overridden = [
        {"of_account": row["account_id"], "of_kind": "rejected", "of_subject": row["subject_id"]}
        for row in rows
        if row["kind"] == "approved"
    ]
    if overridden:
        connection.execute(_revoke, overridden)


def open_facts(store: Store, account_id: str, most: int) -> list[Open]:
    """Facts of an account whose money is not known yet, the oldest first."""
    with store.read() as connection:
        return [Open(*row) for row in connection.execute(_open, {"of_account": account_id, "most": most})]


def accounts_open(store: Store) -> list[str]:
    """Accounts with facts whose money is not known yet."""
    with store.read() as connection:
        return list(connection.execute(_accounts_open).scalars())


def resolve(store: Store, seq: int, further: Iterable[Fact] = (), **values: Any) -> None:
    """Fill in what was looked up: cents, fee, worker_id, hit_id; and write down what else was learned."""
    with store.write() as connection:
        connection.execute(_resolve.values(**values), {"of_seq": seq})
        put(connection, further)


def by_day(
    store: Store, account_id: str, kind: str, column: str, since: int, until: int, worker_id: str | None = None
) -> dict[int, int]:
    """Sums of `rows`, `number`, `cents` or `fee` from `since` to before `until` (epoch ms), by the UTC day since 1970."""
    query = _SUMS[column]
    if worker_id is not None:
        query = query.where(facts.c.worker_id == worker_id)
    terms = {"of_account": account_id, "of_kind": kind, "since": since, "until": until}
    with store.read() as connection:
        return {int(row.day): int(row.total or 0) for row in connection.execute(query, terms)}
