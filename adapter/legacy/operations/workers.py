"""Workers: write to them, block them; and limits that no longer exist."""

from __future__ import annotations

from typing import Annotated, Literal

from adapter.core.errors import LegacyError, UnknownOutcomeError, invalid, missing
from adapter.legacy.call import Call, Result
from adapter.legacy.lists.listing import Listing, scan
from adapter.legacy.lists.paging import PageNumber, page
from adapter.legacy.operations.registry import operation
from adapter.legacy.protocol.binding import AtMost, Between, CommaList, Id
from adapter.legacy.protocol.shapes import HITTypeId, WorkerId, given


@operation("NotifyWorkers")
def notify_workers(
    call: Call,
    MessageText: Annotated[str, AtMost(4096)],
    WorkerId: Annotated[list[str], Id(), CommaList()],
    Subject: Annotated[str, AtMost(200)] | None = None,
) -> Result:
    """Write to Workers who did work for the caller: NotifyWorkers; those not reached come back one by one.

    Sent once: there is no token, and a message cannot be taken back.
    """
    if not WorkerId:
        raise missing("WorkerId")
    if len(WorkerId) > 100:
        raise invalid("WorkerId", f"{len(WorkerId)} values", "At most 100 Workers can be notified at once.")
    if call.again:
        # whether the messages of the first try went out cannot be read anywhere
        raise UnknownOutcomeError("an earlier try got stuck")
    answer = call.mturk_once.notify_workers(
        Subject=Subject or call.settings.default_subject, MessageText=MessageText, WorkerIds=WorkerId
    )
    return {"failures": answer.get("NotifyWorkersFailureStatuses") or []}


@operation("BlockWorker", since="2007-06-21", repeatable=True)
def block_worker(call: Call, WorkerId: WorkerId, Reason: str) -> Result:
    """Keep a Worker from the caller's HITs; blocking again succeeds: CreateWorkerBlock."""
    call.once(
        lambda: call.mturk.create_worker_block(WorkerId=WorkerId, Reason=Reason),
        happened=lambda: _blocked(call, WorkerId),
    )
    return None


def _blocked(call: Call, worker: str) -> bool:
    """Whether a Worker is on the list of blocks, the only place that shows them."""
    rows = scan(call, Listing("list_worker_blocks", "WorkerBlocks"))
    return any(row["WorkerId"] == worker for batch in rows for row in batch)


@operation("UnblockWorker", since="2007-06-21", repeatable=True)
def unblock_worker(call: Call, WorkerId: WorkerId, Reason: str | None = None) -> Result:
    """Let a Worker back in; unblocking again succeeds: DeleteWorkerBlock."""
    call.once(
        lambda: call.mturk.delete_worker_block(**given(WorkerId=WorkerId, Reason=Reason or None)),
        happened=lambda: not _blocked(call, WorkerId),
    )
    return None


@operation("GetBlockedWorkers", since="2012-03-25", writes=False)
def get_blocked_workers(
    call: Call, PageNumber: PageNumber = 1, PageSize: Annotated[int, Between(1, 65535)] = 10
) -> Result:
    """The Workers whom the caller blocked: ListWorkerBlocks."""
    counters, rows = page(call, Listing("list_worker_blocks", "WorkerBlocks"), PageNumber, PageSize)
    return {**counters, "WorkerBlocks": rows}


# ---- withdrawn in 2008 ------------------------------------------------------------------------------------------------


LimitGroupType = Literal["Default", "HITType"]


def _withdrawn(name: str, *_: object) -> LegacyError:
    message = (
        f"{name} stopped working on 2008-11-04 for every version of this API. "
        "Use QualificationRequirement and BlockWorker to limit who works for you."
    )
    return LegacyError("AWS.InvalidOperationParameter", message)


@operation("GetWorkerAcceptLimit", since="2007-06-21", until="2008-04-01", writes=False)
def get_worker_accept_limit(
    _call: Call, LimitGroupType: LimitGroupType, LimitGroupId: HITTypeId | None = None
) -> Result:
    """Withdrawn on 2008-11-04; answers with an error that says what to do instead; no modern call."""
    raise _withdrawn("GetWorkerAcceptLimit", LimitGroupType, LimitGroupId)


@operation("SetWorkerAcceptLimit", since="2007-06-21", until="2008-04-01", repeatable=True)
def set_worker_accept_limit(
    _call: Call, MaxWorkerAcceptLimit: int, LimitGroupType: LimitGroupType, LimitGroupId: HITTypeId | None = None
) -> Result:
    """Withdrawn on 2008-11-04; answers with an error that says what to do instead; no modern call."""
    raise _withdrawn("SetWorkerAcceptLimit", LimitGroupType, LimitGroupId, MaxWorkerAcceptLimit)
