"""Qualification types and Qualifications: whose a type is, granting one, the end of a type."""

from __future__ import annotations

from typing import Any

from adapter.core.database import Row
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.events import tell
from adapter.marketplace.domain.system_qualifications import SYSTEM_TYPES
from adapter.marketplace.domain.timers import schedule, timer
from adapter.marketplace.errors import TurkError
from adapter.marketplace.store import qualification_types, qualifications

DISPOSAL = "dispose-qualification-type"

DISPOSAL_RETRY_MILLISECONDS = 600_000


def does_not_exist(qualification_type_id: str) -> TurkError:
    """There is no such type, or it is another requester's."""
    return TurkError("QualificationTypeDoesNotExist", f"QualificationType {qualification_type_id} does not exist.")


def own_type(call: ServiceCall, qualification_type_id: str) -> Row[Any]:
    """The caller's type, deleted ones aside.

    Raises TurkError: PermissionDeniedException for a type of the service itself, else QualificationTypeDoesNotExist.
    """
    if qualification_type_id in SYSTEM_TYPES:
        raise TurkError(
            "PermissionDeniedException",
            "This user is not authorized to perform the requested operation.",
        )
    return _find(call, qualification_type_id)


def _find(call: ServiceCall, qualification_type_id: str) -> Row[Any]:
    found = qualification_types.find(call.connection, qualification_type_id)
    if found is None or found.account_id != call.account_id:
        raise does_not_exist(qualification_type_id)
    return found


def check_type(call: ServiceCall, qualification_type_id: str) -> None:
    """Raises TurkError QualificationTypeDoesNotExist unless the type is the caller's or the service's own."""
    if qualification_type_id not in SYSTEM_TYPES:
        _find(call, qualification_type_id)


def usable_type(call: ServiceCall, qualification_type_id: str) -> Row[Any]:
    """As own_type(), and not one whose deletion has begun; raises TurkError InvalidQualificationTypeState then."""
    found = own_type(call, qualification_type_id)
    if found.status == "Disposing":
        raise TurkError(
            "InvalidQualificationTypeState",
            "This QualificationType is currently in the state 'Disposing'.  "
            "This operation can be called with a status of: Active, Inactive",
        )
    return found


@timer(DISPOSAL)
def finish_disposal(call: ServiceCall, qualification_type_id: str) -> None:
    """End the deletion of a type unless a HIT still needs it; then look again later."""
    if qualification_types.used_by_live_hit(call.connection, qualification_type_id):
        schedule(call, DISPOSAL, qualification_type_id, call.now + DISPOSAL_RETRY_MILLISECONDS)
    else:
        qualification_types.change(call.connection, qualification_type_id, {"deleted_at": call.now})


def grant(call: ServiceCall, qualification_type: Row[Any], worker_id: str, value: int, *, notify: bool) -> None:
    """Give a worker the Qualification, and a message about it when `notify`."""
    qualifications.grant(
        call.connection, call.account_id, qualification_type.qualification_type_id, worker_id, value, call.now
    )
    if notify:
        name = qualification_type.name
        tell(
            call,
            worker_id,
            "QualificationGranted",
            f"You have been granted a Qualification: {name}",
            f"You now hold the Qualification {name} with the value {value}.",
        )
