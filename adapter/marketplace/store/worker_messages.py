"""Messages to workers, which of them are read, and what workers write to requesters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from adapter.core.store.tables import accounts
from adapter.marketplace.store.tables import hit_types, hits
from adapter.marketplace.store.worker_tables import worker_letters, worker_messages, workers

#: A badge says no more than that there are so many unread.
MOST_COUNTED = 100

_mine = worker_messages.c.worker_id == bindparam("of_worker")
_unread = select(worker_messages.c.seq).where(_mine, worker_messages.c.read_at.is_(None)).limit(MOST_COUNTED).subquery()
_find = (
    select(worker_messages, accounts.c.name.label("requester"))
    .join(accounts, accounts.c.account_id == worker_messages.c.account_id)
    .where(_mine, worker_messages.c.seq == bindparam("of_seq"))
)
_mark = (
    update(worker_messages)
    .where(worker_messages.c.seq.in_(bindparam("rows", expanding=True)), worker_messages.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
)
_known = (
    select(workers.c.email, accounts.c.name.label("requester"))
    .join_from(workers, accounts, accounts.c.account_id == bindparam("of_account"))
    .where(workers.c.worker_id == bindparam("of_worker"))
)
_title = (
    select(hit_types.c.title)
    .join(hits, hits.c.hit_type_id == hit_types.c.hit_type_id)
    .where(hits.c.hit_id == bindparam("of_hit"))
)
_requester = select(accounts.c.name).where(accounts.c.account_id == bindparam("of_account"), accounts.c.enabled)
_letters = (
    select(worker_letters, accounts.c.name.label("requester"))
    .join(accounts, accounts.c.account_id == worker_letters.c.account_id)
    .order_by(worker_letters.c.seq)
)
_open_letters = select(worker_letters.c.kind, func.count()).where(worker_letters.c.done_at.is_(None))


def add_message(
    connection: Connection, account_id: str, worker_id: str, kind: str, subject: str, body: str, at: int
) -> None:
    """Put a message into a worker's inbox; `kind` says what happened, see the table."""
    row = {"account_id": account_id, "worker_id": worker_id, "kind": kind, "subject": subject, "body": body}
    connection.execute(insert(worker_messages), {**row, "created_at": at})


def find_message(connection: Connection, worker_id: str, seq: int) -> Row[Any] | None:
    """One of the worker's own messages, with `requester`, or None."""
    return connection.execute(_find, {"of_worker": worker_id, "of_seq": seq}).one_or_none()


def count_unread(connection: Connection, worker_id: str) -> int:
    """How many messages the worker has not read; MOST_COUNTED may also mean more."""
    return connection.scalar(select(func.count()).select_from(_unread), {"of_worker": worker_id}) or 0


def mark_read(connection: Connection, seqs: Collection[int], now: int) -> None:
    """Note that messages were read, now (epoch ms)."""
    connection.execute(_mark, {"rows": list(seqs), "now": now})


def mail_of(connection: Connection, worker_id: str, account_id: str) -> Any:
    """The `email` of a worker (None: mail is not wanted) and the name of the `requester`; None for an unknown worker."""
    return connection.execute(_known, {"of_worker": worker_id, "of_account": account_id}).one_or_none()


def title_of(connection: Connection, hit_id: str) -> str:
    """The title of a HIT, "" for none."""
    return connection.scalar(_title, {"of_hit": hit_id}) or ""


def requester_name(connection: Connection, account_id: str) -> str | None:
    """The name of a requester to whom workers can write, or None."""
    return connection.scalar(_requester, {"of_account": account_id})


def add_letter(connection: Connection, **columns: Any) -> None:
    """Keep what a worker wrote to a requester; the columns are those of the table."""
    connection.execute(insert(worker_letters), columns)


def has_letter(connection: Connection, worker_id: str, account_id: str, subject: str, body: str, since: int) -> bool:
    """Whether a worker wrote just this to a requester since a moment (epoch ms)."""
    written = {"worker_id": worker_id, "account_id": account_id, "subject": subject, "body": body}
    same = (worker_letters.c[name] == value for name, value in written.items())
    query = select(worker_letters.c.seq).where(*same, worker_letters.c.created_at >= since).limit(1)
    return connection.execute(query).first() is not None


def list_letters(
    connection: Connection, account_id: str | None = None, *, everything: bool = False
) -> Sequence[Row[Any]]:
    """What workers wrote to one requester, or to all, the oldest first, with `requester`; without `everything` what is open."""
    query = _letters if everything else _letters.where(worker_letters.c.done_at.is_(None))
    if account_id is not None:
        query = query.where(worker_letters.c.account_id == account_id)
    return connection.execute(query).all()


def count_letters(connection: Connection) -> dict[str, int]:
    """How many letters are open, by kind."""
    return {row[0]: row[1] for row in connection.execute(_open_letters.group_by(worker_letters.c.kind))}


def close_letter(connection: Connection, seq: int, now: int) -> bool:
    """Note that a letter is dealt with; False when there is none of this number that is open."""
    row = (worker_letters.c.seq == seq) & worker_letters.c.done_at.is_(None)
    return connection.execute(update(worker_letters).where(row).values(done_at=now)).rowcount == 1
