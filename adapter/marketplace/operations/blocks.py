"""CreateWorkerBlock, DeleteWorkerBlock, ListWorkerBlocks."""

from __future__ import annotations

from functools import partial
from typing import Any

from adapter.core.database import Row
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import tell_of_block
from adapter.marketplace.domain.structures import given
from adapter.marketplace.domain.texts import check_text
from adapter.marketplace.operations.page_tokens import page
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import blocks
from adapter.marketplace.store.worker_records import find_worker

#: Longest reason kept; the service states no limit, the store needs one.
REASON_LENGTH = 4096


def shape(row: Row[Any]) -> dict[str, Any]:
    """A row as the API's WorkerBlock."""
    return given(WorkerId=row.worker_id, Reason=row.reason)


@operation("CreateWorkerBlock", writes=True)
def create_worker_block(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Keep a worker from accepting the account's HITs; a repeated block succeeds.

    Any well-formed id can be blocked, also one never seen: a block may come before the worker. Work that is accepted
    already is not stopped.
    """
    reason = check_text(request["Reason"], "Reason", REASON_LENGTH)
    worker_id = request["WorkerId"]
    new = blocks.block(call.connection, call.account_id, worker_id, reason, call.now)
    if new and find_worker(call.connection, worker_id) is not None:
        tell_of_block(call, worker_id)
    return {}


@operation("DeleteWorkerBlock", writes=True)
def delete_worker_block(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Lift a block; one that does not exist is lifted, too."""
    check_text(request.get("Reason"), "Reason", REASON_LENGTH)
    blocks.unblock(call.connection, call.account_id, request["WorkerId"])
    return {}


@operation("ListWorkerBlocks")
def list_worker_blocks(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """The account's blocks in the order in which they were made."""
    fetch = partial(blocks.list_blocks, call.connection, call.account_id)
    rows, answer = page(call, "ListWorkerBlocks", request, fetch)
    return {**answer, "WorkerBlocks": [shape(row) for row in rows]}
