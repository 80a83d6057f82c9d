"""The names of what was taken in already, so that a repetition has no effect."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from adapter.core.database import Store
from adapter.notifications.store.tables import inbox

_known = select(inbox.c.document_id).where(inbox.c.document_id.in_(bindparam("names", expanding=True)))
_old = select(inbox.c.document_id).where(inbox.c.received_at < bindparam("before")).limit(bindparam("most"))
_remove = delete(inbox).where(inbox.c.document_id.in_(bindparam("names", expanding=True)))
#: How many names fit into one statement.
_AT_ONCE = 500


def take_in(connection: Connection, store: Store, name: str, now: int) -> bool:
    """Note that a document comes in; False when it had come in before.

    Of two transactions at once the second waits for the end of the first.
    """
    kind = sqlite if store.sqlite else postgresql
    row = {"document_id": name, "received_at": now}
    # without the option, SQLAlchemy asks only some drivers how many rows an INSERT made
    made = connection.execute(
        kind.insert(inbox).on_conflict_do_nothing(), row, execution_options={"preserve_rowcount": True}
    )
    return made.rowcount == 1


def known(connection: Connection, names: Collection[str]) -> set[str]:
    """Those of these names that came in already."""
    listed = list(names)
    found: set[str] = set()
    for start in range(0, len(listed), _AT_ONCE):
        found.update(connection.scalars(_known, {"names": listed[start : start + _AT_ONCE]}))
    return found


def purge(connection: Connection, before: int, most: int) -> int:
    """Forget names that came in before a moment (epoch ms); returns how many."""
    names = list(connection.scalars(_old, {"before": before, "most": most}))
    if names:
        connection.execute(_remove, {"names": names})
    return len(names)
