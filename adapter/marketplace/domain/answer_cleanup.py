"""What workers answered is emptied when it was decided long enough ago, where the operator wants that."""

from __future__ import annotations

import logging
from datetime import timedelta

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.database.rows import overwrite_deleted
from adapter.marketplace.questions.answers import write_answers
from adapter.marketplace.store import erasure

LOG = logging.getLogger("adapter.retention")

#: Rows looked at in one round.
AT_ONCE = 5000


def decided_before(store: Store) -> int:
    """The moment (epoch ms) before which a decision must have been made for its work to go; 0 where all is kept."""
    days = store.settings.answer_days
    return clock.milliseconds() - round(timedelta(days=days).total_seconds() * 1000) if days else 0


class OldAnswers:
    """The scheduler's job that walks through all answers, again and again; safe in several processes at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._after = dict.fromkeys(erasure.DECIDED, 0)

    def __call__(self) -> int:
        """Do a round; returns how many answers were emptied."""
        before, emptied = decided_before(self._store), 0
        if not before:
            return 0
        empty = write_answers([])
        for table, after in self._after.items():
            with self._store.read() as connection:
                last, old = erasure.old_answers(connection, table, after, AT_ONCE, before, empty)
            if old:
                with self._store.write() as connection:
                    overwrite_deleted(connection)
                    emptied += erasure.empty_answers(connection, table, old, before, empty)
            self._after[table] = last
        if emptied:
            LOG.info("%d answers were emptied", emptied)
        return emptied
