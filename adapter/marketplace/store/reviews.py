"""What review policies found and did, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from adapter.core.database import keyset
from adapter.marketplace.store.tables import review_actions, review_results

_add_results = insert(review_results)
_add_action = insert(review_actions)
_results = keyset.pages(review_results, equal={"hit_id": "of_hit", "level": "of_level"})
_actions = keyset.pages(review_actions, equal={"hit_id": "of_hit", "level": "of_level"})
_scores = select(review_results.c.subject_id, review_results.c.value).where(
    review_results.c.hit_id == bindparam("of_hit"),
    review_results.c.level == "Assignment",
    review_results.c.key == "KnownAnswerScore",
)

_forget = delete(review_results).where(
    review_results.c.hit_id == bindparam("of_hit"), review_results.c.level == bindparam("of_level")
)


def add_results(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put in results, in this order; each a dict of the table's columns."""
    if rows:
        connection.execute(_add_results, list(rows))


def add_action(connection: Connection, row: dict[str, Any]) -> None:
    """Put in an action that was carried out, refused or dropped; a dict of the table's columns."""
    connection.execute(_add_action, row)


def list_results(connection: Connection, hit_id: str, levels: Sequence[str], after: int, most: int) -> list[Any]:
    """At most so many results of these levels after a `seq`, the oldest first."""
    return _listed(connection, _results, hit_id, levels, after, most)


def list_actions(connection: Connection, hit_id: str, levels: Sequence[str], after: int, most: int) -> list[Any]:
    """At most so many actions of these levels after a `seq`, the oldest first."""
    return _listed(connection, _actions, hit_id, levels, after, most)


def _listed(
    connection: Connection, statements: dict[str, Any], hit_id: str, levels: Sequence[str], after: int, most: int
) -> list[Any]:
    found: list[Any] = []
    for level in levels:
        terms = {"of_hit": hit_id, "of_level": level, "after": after, "most": most}
        found += connection.execute(statements[connection.dialect.name], terms)
    return sorted(found, key=lambda row: int(row.seq))[:most]


def known_answer_scores(connection: Connection, hit_id: str) -> dict[str, int]:
    """The known answer score of each of the HIT's assignments that has one, by assignment id."""
    return {row.subject_id: int(row.value) for row in connection.execute(_scores, {"of_hit": hit_id})}


def forget_results(connection: Connection, hit_id: str, level: str) -> None:
    """Delete the results of one level, because the policy is scored again."""
    connection.execute(_forget, {"of_hit": hit_id, "of_level": level})
