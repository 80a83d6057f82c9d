"""Qualification types as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from adapter.core.database import keyset
from adapter.core.store.tables import accounts
from adapter.marketplace.store.tables import hit_type_requirements, hit_types, hits
from adapter.marketplace.store.worker_tables import qualification_types as types

_mine = types.c.account_id == bindparam("of_account")
_alive = types.c.deleted_at.is_(None)
_find = select(types).where(types.c.qualification_type_id == bindparam("of_type"), _alive)
_named = select(types.c.qualification_type_id).where(_mine, types.c.name == bindparam("of_name"), _alive)
_asked_for = (types.c.is_requestable, types.c.status == "Active")
_list = keyset.pages(types, _alive, equal={"account_id": "of_account"})
_list_requestable = keyset.pages(types, _alive, *_asked_for, equal={"account_id": "of_account"})
_requestable = (
    select(types, accounts.c.name.label("requester"))
    .join(accounts, accounts.c.account_id == types.c.account_id)
    .where(_alive, types.c.is_requestable, types.c.status == "Active", types.c.seq < bindparam("before"))
    .order_by(types.c.seq.desc())
    .limit(bindparam("most"))
)
_requester = (
    select(accounts.c.name)
    .join_from(types, accounts, accounts.c.account_id == types.c.account_id)
    .where(types.c.qualification_type_id == bindparam("of_type"))
)
_live_hit = (
    select(hits.c.hit_id)
    .join(hit_types, hit_types.c.hit_type_id == hits.c.hit_type_id)
    .join(hit_type_requirements, hit_type_requirements.c.hit_type_id == hit_types.c.hit_type_id)
    .where(hit_type_requirements.c.qualification_type_id == bindparam("of_type"), hits.c.disposed_at.is_(None))
    .limit(1)
)


def searchable(name: str, description: str, keywords: str | None) -> str:
    """The text that a search query is looked for in."""
    return "\n".join((name, description, keywords or "")).casefold()


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Put in a new type."""
    connection.execute(insert(types), values)


def find(connection: Connection, qualification_type_id: str) -> Row[Any] | None:
    """The type with this id, of whichever account, unless it is deleted."""
    return connection.execute(_find, {"of_type": qualification_type_id}).one_or_none()


def name_taken(connection: Connection, account_id: str, name: str) -> bool:
    """Whether the account has a type of exactly this name."""
    return connection.scalar(_named, {"of_account": account_id, "of_name": name}) is not None


def change(connection: Connection, qualification_type_id: str, values: dict[str, Any]) -> None:
    """Set columns of a type."""
    connection.execute(update(types).where(types.c.qualification_type_id == qualification_type_id), values)


def listed(
    connection: Connection, account_id: str, after: int, most: int, words: Sequence[str], *, requestable: bool
) -> Sequence[Row[Any]]:
    """The account's types in the order of their creation whose text contains each of the words (case-folded)."""
    statement = (_list_requestable if requestable else _list)[connection.dialect.name]
    for word in words:
        statement = statement.where(types.c.searchable.contains(word, autoescape=True))
    return connection.execute(statement, {"of_account": account_id, "after": after, "most": most}).all()


def requestable(connection: Connection, words: Sequence[str], before: int, most: int) -> Sequence[Row[Any]]:
    """Types of all accounts that workers can ask for and whose text contains each of the words (case-folded).

    The newest first, before a `seq`, with `requester`.
    """
    statement = _requestable
    for word in words:
        statement = statement.where(types.c.searchable.contains(word, autoescape=True))
    return connection.execute(statement, {"before": before, "most": most}).all()


def requester(connection: Connection, qualification_type_id: str) -> str:
    """The name of the account whose type this is, empty when there is none."""
    return connection.scalar(_requester, {"of_type": qualification_type_id}) or ""


def used_by_live_hit(connection: Connection, qualification_type_id: str) -> bool:
    """Whether a HIT that is not disposed requires this type."""
    return connection.scalar(_live_hit, {"of_type": qualification_type_id}) is not None


def delete_hit_types(connection: Connection, qualification_type_id: str, at: int) -> None:
    """Mark the HIT types that require this type as deleted."""
    using = select(hit_type_requirements.c.hit_type_id).where(
        hit_type_requirements.c.qualification_type_id == qualification_type_id
    )
    connection.execute(
        update(hit_types).where(hit_types.c.hit_type_id.in_(using), hit_types.c.deleted_at.is_(None)),
        {"deleted_at": at},
    )
