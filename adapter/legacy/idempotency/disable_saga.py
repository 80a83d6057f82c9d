"""The durable job behind DisableHIT: expire, approve what was submitted, wait for what is accepted, delete."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.errors import outcome_unknown
from adapter.core.settings import Settings
from adapter.legacy.call import Call, on_behalf_of
from adapter.legacy.idempotency.tokens import code_of
from adapter.legacy.lists import paging
from adapter.legacy.store import journal
from adapter.upstream.base import Upstream

LOG = logging.getLogger("adapter.disabling")

#: Milliseconds between two looks at a HIT that is still with Workers, and the longest pause after failures.
PAUSE = 15_000
LONGEST_PAUSE = 15 * 60_000
#: Milliseconds for which a process has a job to itself.
LEASE = 5 * 60_000


def disable(call: Call, hit_id: str) -> None:
    """Write the job down, which hides the HIT, and do at once what can be done.

    What fails for a while is no error, because the scheduler goes on. Raises what the upstream refuses for a reason
    (no funds, above all), so that the caller hears of it; also then the job stays and is tried again.
    """
    journal.disable(call.store, call.account_id, hit_id, clock.milliseconds() + LEASE)
    try:
        done = _step(call, hit_id)
    except Exception as error:
        journal.reschedule(call.store, call.account_id, hit_id, clock.milliseconds() + PAUSE, type(error).__name__)
        if isinstance(error, ClientError) and code_of(error) and not outcome_unknown(error):
            call.outcome.happened = True
            raise
        LOG.warning("hit=%s disabling goes on later: %s", hit_id, type(error).__name__)
        return
    journal.reschedule(call.store, call.account_id, hit_id, None if done else clock.milliseconds() + PAUSE)


def run_due(store: Store, settings: Settings, upstream: Upstream) -> int:
    """Go on with every job whose time has come; safe in several processes. Returns how many were looked at."""
    jobs = journal.due(store, clock.milliseconds())
    for job in jobs:
        if journal.claim(store, job, clock.milliseconds() + LEASE):
            _resume(store, settings, upstream, job)
    return len(jobs)


def _resume(store: Store, settings: Settings, upstream: Upstream, job: journal.Disabled) -> None:
    call = None
    pause = min(PAUSE * 2 ** min(job.tries, 10), LONGEST_PAUSE)
    try:
        call = on_behalf_of(job.account_id, settings, store, upstream)
        if call is None:
            journal.reschedule(
                store,
                job.account_id,
                job.hit_id,
                clock.milliseconds() + LONGEST_PAUSE,
                "the account has no enabled key",
            )
            return
        done = _step(call, job.hit_id)
    except Exception as error:  # noqa: BLE001 - the job must outlive whatever happens
        LOG.warning("hit=%s disabling failed, tried again in %d s: %s", job.hit_id, pause // 1000, type(error).__name__)
        journal.reschedule(store, job.account_id, job.hit_id, clock.milliseconds() + pause, type(error).__name__)
        return
    finally:
        if call is not None:
            paging.changed(call)
    journal.reschedule(store, job.account_id, job.hit_id, None if done else clock.milliseconds() + PAUSE)


def _step(call: Call, hit_id: str) -> bool:
    """One round; every part may be repeated. True once the HIT is deleted."""
    hit = _found(call, hit_id)
    if hit["HITStatus"] == "Disposed":
        # an earlier round may have deleted it without living to say so
        return True
    if hit["HITStatus"] in {"Assignable", "Unassignable"}:
        call.mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=datetime.fromtimestamp(0, UTC))
    _approve_submitted(call, hit_id)
    if hit.get("NumberOfAssignmentsPending", 0):
        return False
    try:
        call.mturk_once.delete_hit(HITId=hit_id)
    except ClientError as error:
        if code_of(error) == "HITDoesNotExist" or "'Disposed'" in str(error):
            return True
        if code_of(error) == "InvalidHITState":
            # somebody accepted or submitted it meanwhile: a later round approves that
            return False
        raise
    return True


def _approve_submitted(call: Call, hit_id: str) -> None:
    """Approve all that is submitted; ends when a round finds nothing to approve, whatever the list still shows."""
    while True:
        answer: dict[str, Any] = call.mturk.list_assignments_for_hit(
            HITId=hit_id, AssignmentStatuses=["Submitted"], MaxResults=100
        )
        approved = 0
        for row in answer.get("Assignments") or []:
            try:
                call.mturk_once.approve_assignment(AssignmentId=row["AssignmentId"])
                approved += 1
            except ClientError as error:
                # approved already: by an earlier round, by the clock, or by somebody else
                if code_of(error) != "InvalidAssignmentState":
                    raise
        if not approved:
            return


def status_of(call: Call, hit_id: str) -> str:
    """A HIT's status now; Disposed also for one that the upstream no longer knows."""
    return str(_found(call, hit_id)["HITStatus"])


def _found(call: Call, hit_id: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = call.mturk.get_hit(HITId=hit_id)["HIT"]
    except ClientError as error:
        if code_of(error) == "HITDoesNotExist":
            return {"HITStatus": "Disposed"}
        raise
    return found
