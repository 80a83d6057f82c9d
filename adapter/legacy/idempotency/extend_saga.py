"""The journalled work of ExtendHIT: assignments first, then the expiration; begun once, finished by whoever comes next."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from adapter.core import clock
from adapter.core.database import Store, UnknownCommitError
from adapter.core.errors import TURK, LegacyError, outcome_unknown
from adapter.core.settings import Settings
from adapter.legacy.call import Call, on_behalf_of
from adapter.legacy.idempotency import open_calls
from adapter.legacy.idempotency.replayed_answers import is_dead, owner
from adapter.legacy.idempotency.tokens import code_of, message_of, used_before
from adapter.legacy.lists import paging
from adapter.legacy.store import journal
from adapter.upstream.base import Upstream

LOG = logging.getLogger("adapter.extending")

#: Milliseconds after which nobody can still be at an extension; the server gives up a request earlier.
ABANDONED = 2 * 60_000
#: Milliseconds for which an equal call without a token goes on with one that stopped half-way.
ADOPTED = 60 * 60_000
#: Seconds from now that an extension lasts at least: an upstream refuses less than 60 at the time when it reads the call.
SHORTEST = 75


def key_of(account_id: str, token: str) -> journal.JournalKey:
    """Under which an extension is written down."""
    return journal.JournalKey(account_id, journal.Kind.EXTENSION, "ExtendHIT", token)


def plan_of(hit: dict[str, Any], assignments: int, seconds: int, token: str) -> dict[str, Any]:
    """What is to be done, with absolute values: the expiration counts from the old one, or from now if that has passed.

    `had` and `was` are how the HIT stood before, times in epoch seconds; `token` goes with the upstream call.
    """
    was, now = int(hit["Expiration"]), clock.milliseconds() // 1000
    return {
        "HITId": hit["HITId"],
        "assignments": assignments,
        "seconds": seconds,
        "had": hit.get("MaxAssignments", 0),
        "was": was,
        "expire_at": max(was + seconds, now + seconds, now + SHORTEST) if seconds else None,
        "token": token,
        "owner": owner(),
    }


def same(plan: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two plans extend the same HIT by the same."""
    return all(plan[name] == other[name] for name in ("HITId", "assignments", "seconds"))


def given_up(call: Call, plan: dict[str, Any]) -> journal.Entry | None:
    """An equal extension of this account that stopped half-way, as it was answered with an error or its process died."""
    open_calls.catch_up(call.store)
    now = clock.milliseconds()
    for each in journal.abandoned(call.store, call.account_id, journal.Kind.EXTENSION, now):
        nobody = not each.call_id or each.written_at <= now - _abandoned(call.settings)
        if (
            same(each.plan, plan)
            and each.written_at > now - ADOPTED
            and (nobody or is_dead(each.plan.get("owner", "")))
        ):
            return each
    return None


def begin(call: Call, token: str, plan: dict[str, Any]) -> journal.Entry:
    """Write an extension down, or find what was written down under its token."""
    key = key_of(call.account_id, token)
    try:
        return journal.begin(call.store, key, call.call_id, plan)
    except UnknownCommitError:
        # should the row have been written, no call is working on it
        open_calls.give_up(call, key)
        raise


def extend(call: Call, token: str, plan: dict[str, Any], *, fresh: bool) -> None:
    """Do what the plan says and note that it is done; every part may be repeated.

    Raises what the upstream raises. What certainly never began is forgotten, so that another call begins anew; what
    stopped half-way stays, for a repeat of the call or the scheduler to finish.
    """
    try:
        _add(call, plan, first=fresh and plan["token"] == token)
        _prolong(call, plan)
    except Exception:
        unused = fresh and not call.outcome.keeps_token and plan["token"] == token
        open_calls.give_up(call, key_of(call.account_id, token), note=journal.forget if unused else journal.give_up)
        raise
    for done in {token, plan["token"]}:
        _end(call, key_of(call.account_id, done))


def _end(call: Call, key: journal.JournalKey) -> None:
    """Note that an extension is done. Where that fails the answer stays true, and the scheduler finds it done."""
    try:
        if call.late:
            # its client was told that the outcome is open, and may call again
            journal.give_up(call.store, key)
        else:
            journal.finish(call.store, key, {})
    except Exception:
        LOG.exception("request_id=%s: an extension could not be noted as done", call.record.request_id)


def _add(call: Call, plan: dict[str, Any], *, first: bool = False) -> None:
    """First, because an expired HIT comes back to life only with free assignments and a future expiration.

    A token that is found used at the `first` try of a call was used past this gateway: raises DuplicateCall.
    """
    if not plan["assignments"]:
        return
    try:
        call.mturk.create_additional_assignments_for_hit(
            HITId=plan["HITId"],
            NumberOfAdditionalAssignments=plan["assignments"],
            UniqueRequestToken=plan["token"],
        )
    except ClientError as error:
        if not used_before(error):
            raise
        if first and not call.outcome.keeps_token:
            raise LegacyError(f"{TURK}DuplicateCall", message_of(error), ("Token", plan["token"])) from error
        call.outcome.happened = True


def _prolong(call: Call, plan: dict[str, Any]) -> None:
    target = plan["expire_at"]
    if target is None:
        return
    if target * 1000 <= clock.milliseconds():
        # resumed so late that the time has passed: setting it now would end the HIT
        return

    def reached() -> bool:
        return int(_hit(call, plan)["Expiration"]) == int(target)

    moment = datetime.fromtimestamp(target, UTC)
    try:
        call.once(lambda: call.mturk.update_expiration_for_hit(HITId=plan["HITId"], ExpireAt=moment), happened=reached)
    except ClientError as error:
        # the service knows a request by HIT and time, too
        if "processed" not in message_of(error) or not reached():
            raise


def _hit(call: Call, plan: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = call.mturk.get_hit(HITId=plan["HITId"])["HIT"]
    return found


# ---- the scheduler ------------------------------------------------------------------------------------------------------


def run_due(store: Store, settings: Settings, upstream: Upstream) -> int:
    """Finish what stopped half-way, in any process; returns how many extensions were looked at.

    What never began is dropped: nobody was told that it would happen, and its client may have called again.
    """
    found = journal.unfinished(store, journal.Kind.EXTENSION, clock.milliseconds() - _abandoned(settings))
    for entry in found:
        try:
            _resume(store, settings, upstream, entry)
        except Exception as error:  # noqa: BLE001 - one HIT must not stop the others
            LOG.warning("hit=%s extending failed, tried again: %s", entry.plan["HITId"], type(error).__name__)
    return len(found)


def _abandoned(settings: Settings) -> int:
    return max(ABANDONED, settings.request_timeout * 1000)


def _resume(store: Store, settings: Settings, upstream: Upstream, entry: journal.Unfinished) -> None:
    call = on_behalf_of(entry.account_id, settings, store, upstream)
    if call is None:
        return
    plan = entry.plan
    try:
        hit = _hit(call, plan)
        began = hit.get("MaxAssignments") != plan["had"] if plan["assignments"] else False
        if not began and int(hit["Expiration"]) == plan["was"]:
            journal.forget(store, key_of(entry.account_id, entry.token))
            return
        if int(hit["Expiration"]) == plan["was"]:
            # an expiration that differs is the one planned, or somebody's later decision
            _add(call, plan)
            _prolong(call, plan)
    except ClientError as error:
        if outcome_unknown(error) or not code_of(error):
            raise
        LOG.error("hit=%s cannot be extended: %s", plan["HITId"], code_of(error))  # noqa: TRY400 (no trace is needed)
        journal.finish(store, key_of(entry.account_id, entry.token), {"refused": code_of(error)})
        return
    paging.changed(call)
    journal.finish(store, key_of(entry.account_id, entry.token), {})
