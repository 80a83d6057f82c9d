"""HIT types: CreateHITType, and the registration that CreateHIT does by itself."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from adapter.core.ids import entity_id
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.hit_errors import no_such_hit_type
from adapter.marketplace.domain.money import dollars
from adapter.marketplace.domain.requirements import check_requirements
from adapter.marketplace.domain.texts import check_text
from adapter.marketplace.errors import missing, out_of_range
from adapter.marketplace.operations.registry import operation
from adapter.marketplace.store import hit_types as rows

TITLE_LENGTH = 128
DESCRIPTION_LENGTH = 2000
KEYWORDS_LENGTH = 1000
DURATION_SECONDS = (30, 31_536_000)
AUTO_APPROVAL_SECONDS = (0, 2_592_000)


@operation("CreateHITType", writes=True)
def create_hit_type(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """Register a HIT type, or find the one that is equal to it."""
    return {"HITTypeId": register(call, request)["hit_type_id"]}


def register(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    """The account's HIT type with the properties of a request: the equal one that exists, else a new one.

    Equal is what agrees in title, description, keywords, reward ("0.5" is "0.50"), duration, auto-approval delay and
    the set of requirements. Returns the row by column names. Raises TurkError.
    """
    properties = _properties(call, request)
    requirements = sorted(json.dumps(each, sort_keys=True) for each in properties["requirements"])
    terms = [*(str(value) for name, value in properties.items() if name != "requirements"), requirements]
    identity = hashlib.sha256(json.dumps(terms).encode()).hexdigest()
    found = rows.find_same(call.connection, call.account_id, identity)
    if found is not None:
        return found
    row = {
        **properties,
        "hit_type_id": entity_id(),
        "hit_group_id": entity_id(),
        "account_id": call.account_id,
        "identity": identity,
        "created_at": call.now,
    }
    rows.add_hit_type(call.connection, row)
    return row


def own_hit_type(call: ServiceCall, hit_type_id: str) -> dict[str, Any]:
    """The caller's HIT type by column names; raises TurkError HITTypeDoesNotExist."""
    found = rows.find_hit_type(call.connection, call.account_id, hit_type_id)
    if found is None:
        raise no_such_hit_type(hit_type_id)
    return found


def check_registered(call: ServiceCall, request: dict[str, Any]) -> None:
    """Raises TurkError HITTypeDoesNotExist where a request names a HIT type that never was the caller's."""
    hit_type_id = request.get("HITTypeId")
    if hit_type_id is not None and not rows.was_registered(call.connection, call.account_id, hit_type_id):
        raise no_such_hit_type(hit_type_id)


def _properties(call: ServiceCall, request: dict[str, Any]) -> dict[str, Any]:
    if not request["Title"].strip():
        raise missing("Title", " and must not be empty")
    return {
        "title": check_text(request["Title"], "Title", TITLE_LENGTH),
        "description": check_text(request["Description"], "Description", DESCRIPTION_LENGTH),
        "keywords": check_text(request.get("Keywords"), "Keywords", KEYWORDS_LENGTH),
        "reward": dollars(request["Reward"], "Reward"),
        "assignment_duration": bounded(request, "AssignmentDurationInSeconds", DURATION_SECONDS),
        "auto_approval_delay": bounded(
            request, "AutoApprovalDelayInSeconds", AUTO_APPROVAL_SECONDS, AUTO_APPROVAL_SECONDS[1]
        ),
        "requirements": check_requirements(call, request.get("QualificationRequirements", [])),
    }


def bounded(request: dict[str, Any], name: str, bounds: tuple[int, int], default: int = 0) -> int:
    """A whole number of a request within its bounds, or `default`; raises TurkError with the recorded wording."""
    value: int = request.get(name, default)
    if not bounds[0] <= value <= bounds[1]:
        raise out_of_range(value, name, *bounds)
    return value
