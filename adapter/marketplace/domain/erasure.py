"""Forgetting a worker who asks for it: work and money stay, under a pseudonym."""

from __future__ import annotations

from adapter.core.database import Store
from adapter.core.database.rows import empty_journal, overwrite_deleted
from adapter.core.ids import account_id as new_worker_id
from adapter.marketplace.domain.uploads import discard
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.questions.answers import write_answers
from adapter.marketplace.store import erasure
from adapter.marketplace.store.worker_records import lock_worker


def forget_worker(store: Store, worker_id: str, *, keep_answers: bool) -> str:
    """Replace a WorkerId by a pseudonym that nothing leads back from, and returns that.

    Texts about the worker, messages, and, unless they are kept, answers and uploaded files go. Raises WorkerError when
    nothing is known of this worker. What broke off is finished by the next call.
    """
    with store.read() as connection:
        if not erasure.is_known(connection, worker_id):
            raise WorkerError("InvalidParameterValue", f"Nothing is known of a worker {worker_id}.")
        files = [] if keep_answers else erasure.uploads_of(connection, worker_id=worker_id)
    # the bytes first, as a file without a row is not met again
    for each in files:
        discard(store.settings, each.location)
    pseudonym = new_worker_id()
    with store.write() as connection:
        overwrite_deleted(connection)
        # a payout that is noted at the same time would stay with the old id, and be owed to the pseudonym once more
        lock_worker(connection, worker_id)
        if not keep_answers:
            erasure.erase_answers(connection, worker_id, write_answers([]))
        erasure.give_pseudonym(connection, worker_id, pseudonym)
    empty_journal(store)
    return pseudonym
