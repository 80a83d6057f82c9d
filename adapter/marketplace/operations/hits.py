"""HITs: CreateHIT, CreateHITWithHITType, GetHIT."""

from __future__ import annotations

import logging
from typing import Any

from adapter.core.ids import entity_id
from adapter.core.origins import gets_sessions
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import emit
from adapter.marketplace.domain.hit_errors import own_hit
from adapter.marketplace.domain.hit_lifecycle import EXPIRE
from adapter.marketplace.domain.idempotency import recall, remember
from adapter.marketplace.domain.layouts import question_of
from adapter.marketplace.domain.money import fee_of_assignment, hold
from adapter.marketplace.domain.review_scoring import PolicyError, check_policy
from adapter.marketplace.domain.texts import check_text
from adapter.marketplace.domain.timers import schedule
from adapter.marketplace.errors import TurkError, invalid, missing
from adapter.marketplace.operations.hit_shape import shape
from adapter.marketplace.operations.hit_types import bounded, own_hit_type, register
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import Question, QuestionError
from adapter.marketplace.questions.workable import hindrance
from adapter.marketplace.store.hits import Hit, add_hit
from adapter.marketplace.store.layouts import find_layout

LIFETIME_SECONDS = (30, 31_536_000)
MAX_ASSIGNMENTS = (1, 1_000_000_000)
ANNOTATION_LENGTH = 255

log = logging.getLogger(__name__)


@operation("CreateHIT", writes=True)
def create_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Create a HIT, registering its HIT type on the way."""
    _refuse_repetition(call, "CreateHIT", request)
    return _create(call, "CreateHIT", request, register(call, request))


@operation("CreateHITWithHITType", writes=True)
def create_hit_with_hit_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Create a HIT of a registered type."""
    _refuse_repetition(call, "CreateHITWithHITType", request)
    return _create(call, "CreateHITWithHITType", request, own_hit_type(call, request["HITTypeId"]))


@operation("GetHIT")
def get_hit(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """A HIT; a disposed one is answered with HITStatus Disposed."""
    return {"HIT": shape(own_hit(call, request["HITId"]), call.settings)}


def _refuse_repetition(call: ServiceCall, name: str, request: dict[str, Any]) -> None:
    hit_id = recall(call, name, request.get("UniqueRequestToken"))
    if hit_id is not None:
        raise TurkError(
            "HitAlreadyExists",
            f"The HIT with HITId {hit_id} already exists for this UniqueRequestToken.",
            "UniqueRequestToken",
        )


def _create(call: ServiceCall, name: str, request: dict[str, Any], hit_type: dict[str, Any]) -> dict[str, Any]:
    """Create the HIT: its row, the money held for it, its expiry, its event and its token."""
    lifetime = bounded(request, "LifetimeInSeconds", LIFETIME_SECONDS)
    max_assignments = bounded(request, "MaxAssignments", MAX_ASSIGNMENTS, 1)
    question, checked = _question(call, request)
    row: dict[str, Any] = {
        "hit_id": entity_id(),
        "account_id": call.account_id,
        "hit_type_id": hit_type["hit_type_id"],
        "question": question,
        "hit_layout_id": request.get("HITLayoutId"),
        "annotation": check_text(request.get("RequesterAnnotation"), "RequesterAnnotation", ANNOTATION_LENGTH),
        "max_assignments": max_assignments,
        "created_with": max_assignments,
        "reward": hit_type["reward"],
        "fee": fee_of_assignment(call.settings, hit_type["reward"], max_assignments, hit_type["requirements"]),
        "status": "Assignable",
        "review_status": "NotReviewed",
        "created_at": call.now,
        "expires_at": call.now + lifetime * 1000,
        "expired_at": None,
        "reviewable_at": None,
        "disposed_at": None,
        "accepted": 0,
        "submitted": 0,
        "approved": 0,
        "rejected": 0,
        "assignment_review_policy": _policy(request, "Assignment", "AssignmentReviewPolicy"),
        "hit_review_policy": _policy(request, "HIT", "HITReviewPolicy"),
    }
    known = {**hit_type, **row, "seq": add_hit(call.connection, row)}
    hit = Hit._make(known[name] for name in Hit._fields)
    hold(call, None, hit)
    schedule(call, EXPIRE, hit.hit_id, hit.expires_at)
    emit(call, "HITCreated", hit.hit_type_id, hit.hit_id)
    remember(call, name, request.get("UniqueRequestToken"), hit.hit_id)
    if checked.external_url and gets_sessions(call.settings, checked.external_url):
        log.warning(
            "request %s: HIT %s cannot be shown to workers: its page is on the host name of the worker pages, and would get "
            "their sessions, on whatever port; give it a name of its own (docs/workers.md)",
            call.request_id,
            hit.hit_id,
        )
    elif reason := hindrance(call.settings, checked):
        log.warning("request %s: HIT %s cannot be done by workers: it %s", call.request_id, hit.hit_id, reason)
    return {"HIT": shape(hit, call.settings)}


def _question(call: ServiceCall, request: dict[str, Any]) -> tuple[str, Question]:
    """The question of a new HIT, given or made from a layout, and what it says."""
    if "HITLayoutId" in request:
        if "Question" in request:
            raise invalid("Question and HITLayoutId cannot be given together.", "Question")
        parameter = "HITLayoutParameters"
    elif "HITLayoutParameters" in request:
        raise invalid("HITLayoutParameters need a HITLayoutId.", "HITLayoutParameters")
    elif "Question" in request:
        parameter = "Question"
    else:
        raise missing("Question", " when there is no HITLayoutId")
    try:
        question: str = request["Question"] if parameter == "Question" else _from_layout(call, request)
        return question, check_question(question)
    except QuestionError as error:
        raise TurkError(error.code, error.message, parameter, exact_type="ParameterValidationError") from None


def _from_layout(call: ServiceCall, request: dict[str, Any]) -> str:
    layout = find_layout(call.connection, call.account_id, request["HITLayoutId"])
    if layout is None:
        raise TurkError("HITLayoutDoesNotExist", f"HITLayout {request['HITLayoutId']} does not exist.", "HITLayoutId")
    given = request.get("HITLayoutParameters", [])
    values = {each["Name"]: each["Value"] for each in given}
    if len(values) != len(given):
        raise invalid("A HITLayoutParameter is given twice.", "HITLayoutParameters")
    return question_of(layout.template, values)


def _policy(request: dict[str, Any], level: str, name: str) -> dict[str, Any] | None:
    policy: dict[str, Any] | None = request.get(name)
    if policy is not None:
        try:
            check_policy(level, policy)
        except PolicyError as error:
            raise invalid(str(error), name) from None
    return policy
