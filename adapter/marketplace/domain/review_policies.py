"""Review policies at work: scored at submission and when a HIT becomes Reviewable, and what they ask for is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from adapter.core.ids import entity_id
from adapter.core.store.balances import InsufficientFundsError
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.hit_lifecycle import current, extend, on_reviewable
from adapter.marketplace.domain.review_decisions import approve, own_assignment, reject
from adapter.marketplace.domain.review_scoring import (
    HitState,
    IntendedAction,
    KnownAnswers,
    Plurality,
    Review,
    Submitted,
    check_policy,
    score_known_answers,
    score_plurality,
)
from adapter.marketplace.errors import PREFIX, TurkError
from adapter.marketplace.questions.answers import read_answers
from adapter.marketplace.questions.documents import GivenAnswer
from adapter.marketplace.store import assignments, reviews
from adapter.marketplace.store.hits import Hit

LEVELS = ("Assignment", "HIT")
#: The least by which the API lets a HIT's life be extended, seconds.
LEAST_EXTENSION = 60


def review_assignment(call: ServiceCall, hit: Hit, assignment_id: str, answers: Sequence[GivenAnswer]) -> None:
    """Run the HIT's assignment-level policy on a submission; the HIT's status is left to the caller to settle."""
    policy = check_policy("Assignment", hit.assignment_review_policy or {})
    if isinstance(policy, KnownAnswers):
        review = score_known_answers(policy, Submitted(assignment_id, answers), _state(hit))
        _carry_out(call, hit, "Assignment", review)


@on_reviewable
def review_hit(call: ServiceCall, hit: Hit) -> None:
    """Run the HIT-level policy on a HIT that has become Reviewable, again after each extension.

    What an earlier run found is replaced; what it did stays listed.
    """
    if hit.hit_review_policy is None:
        return
    policy = check_policy("HIT", hit.hit_review_policy)
    if not isinstance(policy, Plurality):
        return
    scores = reviews.known_answer_scores(call.connection, hit.hit_id)
    submitted = [
        Submitted(row.assignment_id, read_answers(row.answer), row.status, scores.get(row.assignment_id))
        for row in assignments.list_assignments(call.connection, hit.hit_id)
    ]
    reviews.forget_results(call.connection, hit.hit_id, "HIT")
    _carry_out(call, hit, "HIT", score_plurality(policy, submitted, _state(hit)))


def _state(hit: Hit) -> HitState:
    return HitState(hit.hit_id, hit.max_assignments, hit.created_with)


def _carry_out(call: ServiceCall, hit: Hit, level: str, review: Review) -> None:
    """Keep the results, do the actions one by one, and keep how each went."""
    common = {"account_id": call.account_id, "hit_id": hit.hit_id, "level": level}
    reviews.add_results(
        call.connection,
        [{**common, "action_id": entity_id(), **asdict(result)} for result in review.results],
    )
    for action in review.actions:
        status, result, error_code = _attempt(call, hit, action)
        reviews.add_action(
            call.connection,
            {
                **common,
                "action_id": entity_id(),
                "action_name": action.name,
                "target_id": action.target_id,
                "target_type": action.target_type,
                "status": status,
                "completed_at": call.now,
                "result": result,
                "error_code": error_code,
            },
        )


def _attempt(call: ServiceCall, hit: Hit, action: IntendedAction) -> tuple[str, str | None, str | None]:
    """Do one action, or leave no trace of it: its status, what to say of it, and an error code."""
    try:
        with call.connection.begin_nested():
            result = _perform(call, hit, action)
    except TurkError as error:
        return "Failed", error.message, error.code
    except InsufficientFundsError:
        return "Failed", "The account does not have the money.", PREFIX + "InsufficientFunds"
    return ("Cancelled", None, None) if result is None else ("Succeeded", result, None)


def _perform(call: ServiceCall, hit: Hit, action: IntendedAction) -> str | None:
    """What was done, or None when there was nothing left to do it to."""
    if action.name == "review":
        return action.result or "Reviewed"
    if action.name == "extend":
        return _extend(call, current(call, hit), action)
    row = own_assignment(call, action.target_id)
    if action.name == "approve":
        if row.status != "Approved":  # approving an approved one counts as success
            approve(call, row, action.reason, settle=False)
        return "Approved"
    if row.status != "Rejected":
        reject(call, row, action.reason or "", settle=False)
    return "Rejected"


def _extend(call: ServiceCall, hit: Hit, action: IntendedAction) -> str | None:
    """One more assignment and enough life for it; at the maximum nothing, which counts as success."""
    if hit.disposed_at is not None:
        return None
    if not action.max_assignments_increment:
        return "The HIT has its greatest number of assignments."
    left = max(0, hit.expires_at - call.now) if hit.expired_at is None else 0
    more = max(0, action.minimum_seconds - left // 1000)
    extend(
        call,
        hit,
        assignments=action.max_assignments_increment,
        seconds=max(more, LEAST_EXTENSION) if more else 0,
    )
    return f"Extended by {action.max_assignments_increment}"
