"""What review policies found and did, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from adapter.store.schema.marketplace import review_actions, review_results

_add_results = insert(review_results)
_add_action = insert(review_actions)
_results = (
    select(review_results)
    .where(
        review_results.c.hit_id == bindparam("of_hit"),
        review_results.c.level.in_(bindparam("of_levels", expanding=True)),
        review_results.c.seq > bindparam("after"),
    )
    .order_by(review_results.c.seq)
    .limit(bindparam("most"))
)
_actions = (
    select(review_actions)
    .where(
        review_actions.c.hit_id == bindparam("of_hit"),
        review_actions.c.level.in_(bindparam("of_levels", expanding=True)),
        review_actions.c.seq > bindparam("after"),
    )
    .order_by(review_actions.c.seq)
    .limit(bindparam("most"))
)
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


def list_results(
    connection: Connection, hit_id: str, levels: Sequence[str], after: int, most: int
) -> Sequence[Row[Any]]:
    """At most so many results of these levels after a `seq`, the oldest first."""
    terms = {"of_hit": hit_id, "of_levels": list(levels), "after": after, "most": most}
    return connection.execute(_results, terms).all()


def list_actions(
    connection: Connection, hit_id: str, levels: Sequence[str], after: int, most: int
) -> Sequence[Row[Any]]:
    """At most so many actions of these levels after a `seq`, the oldest first."""
    terms = {"of_hit": hit_id, "of_levels": list(levels), "after": after, "most": most}
    return connection.execute(_actions, terms).all()


def known_answer_scores(connection: Connection, hit_id: str) -> dict[str, int]:
    """The known answer score of each of the HIT's assignments that has one, by assignment id."""
    return {row.subject_id: int(row.value) for row in connection.execute(_scores, {"of_hit": hit_id})}


def forget_results(connection: Connection, hit_id: str, level: str) -> None:
    """Delete the results of one level, because the policy is scored again."""
    connection.execute(_forget, {"of_hit": hit_id, "of_level": level})
