"""Files that nobody will ask for: of work that was given back, ran out or was decided long ago, and drafts of broken uploads."""

from __future__ import annotations

import contextlib
import logging
import time

from adapter.core import clock
from adapter.core.database import Store
from adapter.marketplace.domain.answer_cleanup import decided_before
from adapter.marketplace.domain.uploads import discard, folder_of
from adapter.marketplace.store.uploads import drop_upload, walk_uploads

LOG = logging.getLogger("adapter.uploads")

#: Milliseconds for which the files of a returned or abandoned assignment are kept.
KEPT = 7 * 24 * 3600 * 1000
#: Seconds after which a draft is of an upload that broke off.
DRAFT_SECONDS = 24 * 3600
#: Seconds between two rounds of one process, uploads looked at in one, seconds until the next walk through all.
EVERY_SECONDS, AT_ONCE, PAUSE_SECONDS = 60.0, 1000, 3600.0


class Leftovers:
    """The scheduler's job that walks through all uploads, again and again; safe in several processes at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next = 0.0
        self._after = 0

    def __call__(self) -> int:
        """Do a round if it is time for one; returns how many files were deleted."""
        if time.monotonic() < self._next:
            return 0
        with self._store.read() as connection:
            rows = walk_uploads(connection, self._after, AT_ONCE)
        given_back, decided = clock.milliseconds() - KEPT, decided_before(self._store)
        deleted = sum(
            self._delete(row.upload_id, row.location)
            for row in rows
            if (row.released_at is not None and row.released_at <= given_back)
            or 0 < max(row.approved_at or 0, row.rejected_at or 0) <= decided
        )
        if len(rows) == AT_ONCE:
            self._after, self._next = rows[-1].seq, time.monotonic() + EVERY_SECONDS
            return deleted
        self._after, self._next = 0, time.monotonic() + PAUSE_SECONDS
        return deleted + self._drafts()

    def _delete(self, upload_id: str, location: str) -> bool:
        """The bytes first: a row without a file is met again, a file without a row is not."""
        try:
            discard(self._store.settings, location)
        except Exception as error:  # noqa: BLE001 - whatever the storage says, the next walk tries again
            LOG.warning("upload=%s cannot be deleted now: %s", upload_id, type(error).__name__)
            return False
        with self._store.write() as connection:
            drop_upload(connection, upload_id)
        return True

    def _drafts(self) -> int:
        deleted = 0
        for path in folder_of(self._store.settings).glob(".*"):
            with contextlib.suppress(OSError):
                if path.is_file() and path.stat().st_mtime < time.time() - DRAFT_SECONDS:
                    path.unlink()
                    deleted += 1
        return deleted
