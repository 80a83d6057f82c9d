"""HITs that workers can find: of every requester, with an assignment left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from adapter.marketplace.store.tables import hits

_open = (
    select(hits.c.seq, hits.c.hit_id)
    .where(hits.c.status == "Assignable", hits.c.seq > bindparam("after"), hits.c.expires_at > bindparam("now"))
    .order_by(hits.c.seq)
    .limit(bindparam("most"))
)
_WITH_ADDRESSES = ("ExternalURL", "HTMLContent", "DataURL", "FormattedContent")
_with_pages = (
    select(hits.c.hit_id, hits.c.question)
    .where(hits.c.status == "Assignable", hits.c.expires_at > bindparam("now"))
    .where(or_(*(hits.c.question.contains(f"<{name}") for name in _WITH_ADDRESSES)))
    .order_by(hits.c.seq.desc())
    .limit(bindparam("most"))
)
_slots = select(
    func.coalesce(
        func.sum(hits.c.max_assignments - hits.c.accepted - hits.c.submitted - hits.c.approved - hits.c.rejected), 0
    )
).where(hits.c.status == "Assignable", hits.c.expires_at > bindparam("now"))


def list_open(connection: Connection, now: int, after: int, most: int) -> Sequence[tuple[int, str]]:
    """At most so many HITs that can be accepted at `now` (epoch ms), as (`seq`, HIT id), after a `seq`."""
    return [(row.seq, row.hit_id) for row in connection.execute(_open, {"now": now, "after": after, "most": most})]


def list_with_pages(connection: Connection, now: int, most: int) -> Sequence[Any]:
    """The newest HITs that can be accepted at `now` (epoch ms) and show what lies elsewhere, or HTML: hit_id and question."""
    return connection.execute(_with_pages, {"now": now, "most": most}).all()


def count_slots(connection: Connection, now: int) -> int:
    """How many assignments can be accepted at `now` (epoch ms), of all HITs together."""
    return int(connection.scalar(_slots, {"now": now}) or 0)
