"""Qualifications that workers hold and ask for, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, literal, select, update

from adapter.core.database import keyset
from adapter.marketplace.store.worker_tables import qualification_requests as requests
from adapter.marketplace.store.worker_tables import qualifications

_of_type = qualifications.c.qualification_type_id == bindparam("of_type")
_find = select(qualifications).where(_of_type, qualifications.c.worker_id == bindparam("of_worker"))
_of_worker = select(qualifications).where(
    qualifications.c.worker_id == bindparam("of_worker"),
    qualifications.c.status == "Granted",
    qualifications.c.qualification_type_id.in_(bindparam("of_types", expanding=True)),
)
_holders = keyset.pages(qualifications, equal={"qualification_type_id": "of_type", "status": "of_status"})
_change = update(qualifications).where(_of_type, qualifications.c.worker_id == bindparam("of_worker"))
_set = _change.values(
    value=bindparam("new_value"),
    status="Granted",
    granted_at=bindparam("new_granted_at"),
    revoked_at=None,
    reason=None,
)
_revoke = _change.values(status="Revoked", revoked_at=bindparam("at"), reason=bindparam("because"))

_request = select(requests).where(requests.c.qualification_request_id == bindparam("of_request"))
_latest = (
    select(requests)
    .where(requests.c.worker_id == bindparam("of_worker"), requests.c.qualification_type_id == bindparam("of_type"))
    .order_by(requests.c.seq.desc())
    .limit(1)
)
_is_pending = {"status": literal("Pending")}
_pending_of_account = keyset.pages(requests, equal={"account_id": "of_account", **_is_pending})
_pending_of_type = keyset.pages(requests, equal={"qualification_type_id": "of_type", **_is_pending})
_open_of_type = select(requests).where(
    requests.c.qualification_type_id == bindparam("of_type"), requests.c.status.in_(("Pending", "Testing"))
)
_change_request = update(requests).where(requests.c.qualification_request_id == bindparam("of_request"))


def find(connection: Connection, qualification_type_id: str, worker_id: str) -> Row[Any] | None:
    """The worker's Qualification of a type, granted or revoked."""
    return connection.execute(_find, {"of_type": qualification_type_id, "of_worker": worker_id}).one_or_none()


def values(connection: Connection, worker_id: str, qualification_type_ids: Sequence[str]) -> dict[str, int]:
    """The values of the worker's granted Qualifications among these types, by type."""
    if not qualification_type_ids:
        return {}
    rows = connection.execute(_of_worker, {"of_worker": worker_id, "of_types": list(qualification_type_ids)})
    return {row.qualification_type_id: row.value for row in rows}


def grant(
    connection: Connection, account_id: str, qualification_type_id: str, worker_id: str, value: int, at: int
) -> Row[Any] | None:
    """Give the worker the Qualification with this value; returns what was there before.

    The time of the grant stays when the worker holds it already, and is new when it was revoked.
    """
    before = find(connection, qualification_type_id, worker_id)
    if before is None:
        row = {
            "qualification_type_id": qualification_type_id,
            "account_id": account_id,
            "worker_id": worker_id,
            "value": value,
            "status": "Granted",
            "granted_at": at,
        }
        connection.execute(insert(qualifications), row)
    else:
        granted_at = before.granted_at if before.status == "Granted" else at
        terms = {"of_type": qualification_type_id, "of_worker": worker_id}
        connection.execute(_set, {**terms, "new_value": value, "new_granted_at": granted_at})
    return before


def revoke(connection: Connection, qualification_type_id: str, worker_id: str, reason: str | None, at: int) -> None:
    """Mark the worker's Qualification as revoked."""
    terms = {"of_type": qualification_type_id, "of_worker": worker_id, "at": at, "because": reason}
    connection.execute(_revoke, terms)


def holders(
    connection: Connection, qualification_type_id: str, status: str, after: int, most: int
) -> Sequence[Row[Any]]:
    """Qualifications of a type with this status, in the order in which they were first granted."""
    terms = {"of_type": qualification_type_id, "of_status": status, "after": after, "most": most}
    return connection.execute(_holders[connection.dialect.name], terms).all()


def add_request(connection: Connection, row: dict[str, Any]) -> None:
    """Put in a new request."""
    connection.execute(insert(requests), row)


def find_request(connection: Connection, qualification_request_id: str) -> Row[Any] | None:
    """The request with this id, of whichever account."""
    return connection.execute(_request, {"of_request": qualification_request_id}).one_or_none()


def latest_request(connection: Connection, qualification_type_id: str, worker_id: str) -> Row[Any] | None:
    """The worker's last request for a type."""
    return connection.execute(_latest, {"of_type": qualification_type_id, "of_worker": worker_id}).one_or_none()


def change_request(connection: Connection, qualification_request_id: str, **columns: Any) -> None:
    """Set columns of a request."""
    connection.execute(_change_request.values(**columns), {"of_request": qualification_request_id})


def pending_requests(
    connection: Connection, account_id: str, qualification_type_id: str | None, after: int, most: int
) -> Sequence[Row[Any]]:
    """Requests that wait for the account's decision, of one type or of all, oldest first."""
    terms: dict[str, Any] = {"after": after, "most": most}
    if qualification_type_id is None:
        statement, terms["of_account"] = _pending_of_account[connection.dialect.name], account_id
    else:
        statement, terms["of_type"] = _pending_of_type[connection.dialect.name], qualification_type_id
    return connection.execute(statement, terms).all()


def open_requests(connection: Connection, qualification_type_id: str) -> Sequence[Row[Any]]:
    """All requests of a type that are not decided."""
    return connection.execute(_open_of_type, {"of_type": qualification_type_id}).all()
