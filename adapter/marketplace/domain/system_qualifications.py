"""Qualification types of the service itself, and the values workers have of them by their record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapter.core.database import Connection
from adapter.marketplace.store import worker_records

#: Below so many submitted assignments, rates say nothing yet.
ENOUGH_SUBMITTED = 100

LOCALE = "00000000000000000071"

#: What a worker has of a type: a number, a locale as country and subdivision, or None for nothing.
Value = int | tuple[str, str | None] | None


@dataclass(frozen=True)
class SystemType:
    """A Qualification type that the service keeps itself; nobody can request, grant or change it."""

    qualification_type_id: str
    name: str
    description: str
    value: Callable[[Connection, str], Value]


def _approved(connection: Connection, worker_id: str) -> Value:
    return worker_records.totals(connection, worker_id)["approved"]


def _percent(counter: str, of: str, at_first: int) -> Callable[[Connection, str], Value]:
    def value(connection: Connection, worker_id: str) -> Value:
        totals = worker_records.totals(connection, worker_id)
        if totals["submitted"] < ENOUGH_SUBMITTED or not totals[of]:
            return at_first
        return min(100, totals[counter] * 100 // totals[of])

    return value


def _percent_approved(connection: Connection, worker_id: str) -> Value:
    totals = worker_records.totals(connection, worker_id)
    decided = totals["approved"] + totals["rejected"]
    if totals["submitted"] < ENOUGH_SUBMITTED or not decided:
        return 100
    return totals["approved"] * 100 // decided


def _locale(connection: Connection, worker_id: str) -> Value:
    worker = worker_records.find_worker(connection, worker_id)
    return (worker.country, worker.subdivision) if worker is not None and worker.country else None


def _flag(column: str, otherwise: int | None) -> Callable[[Connection, str], Value]:
    def value(connection: Connection, worker_id: str) -> Value:
        worker = worker_records.find_worker(connection, worker_id)
        return 1 if worker is not None and getattr(worker, column) else otherwise

    return value


_ALL = (
    SystemType(
        "00000000000000000040",
        "Worker_NumberHITsApproved",
        "The number of the Worker's assignments that were approved.",
        _approved,
    ),
    SystemType(
        "000000000000000000L0",
        "Worker_PercentAssignmentsApproved",
        "The share of the Worker's decided assignments that were approved, in percent.",
        _percent_approved,
    ),
    SystemType(LOCALE, "Worker_Locale", "Where the Worker lives: a country, perhaps with a subdivision.", _locale),
    SystemType(
        "00000000000000000060",
        "Worker_Adult",
        "1 when the Worker has agreed to work that may not suit minors, otherwise 0.",
        _flag("adult", 0),
    ),
    SystemType(
        "00000000000000000000",
        "Worker_PercentAssignmentsSubmitted",
        "The share of the Worker's accepted assignments that were submitted, in percent.",
        _percent("submitted", "accepted", 100),
    ),
    SystemType(
        "00000000000000000070",
        "Worker_PercentAssignmentsAbandoned",
        "The share of the Worker's accepted assignments that were abandoned, in percent.",
        _percent("abandoned", "accepted", 0),
    ),
    SystemType(
        "000000000000000000E0",
        "Worker_PercentAssignmentsReturned",
        "The share of the Worker's accepted assignments that were returned, in percent.",
        _percent("returned", "accepted", 0),
    ),
    SystemType(
        "000000000000000000S0",
        "Worker_PercentAssignmentsRejected",
        "The share of the Worker's submitted assignments that were rejected, in percent.",
        _percent("rejected", "submitted", 0),
    ),
    *(
        SystemType(each, name, "Held by Workers who have shown themselves outstanding.", _flag("masters", None))
        for each, name in (
            ("2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "Masters"),
            ("2ARFPLSP75KLA8M8DH1HTEQVJT3SY6", "Masters (sandbox)"),
            ("2NDP2L92HECWY8NS8H3CK0CP5L9GHO", "Categorization Masters"),
            ("2F1KVCNHMVHV8E9PBUB2A4J79LU20F", "Categorization Masters (sandbox)"),
            ("21VZU98JHSTLZ5BPP4A9NOBJEK3DPG", "Photo Moderation Masters"),
            ("2TGBB6BFMFFOM08IBMAFGGESC1UWJX", "Photo Moderation Masters (sandbox)"),
        )
    ),
)

#: The service's own types by id, in the order in which they are listed.
SYSTEM_TYPES = {each.qualification_type_id: each for each in _ALL}

#: Types that only Masters hold.
MASTERS = frozenset(each.qualification_type_id for each in _ALL if "Masters" in each.name)


def shape(system_type: SystemType) -> dict[str, Any]:
    """The type as the API's QualificationType structure."""
    return {
        "QualificationTypeId": system_type.qualification_type_id,
        "CreationTime": 1130803200,
        "Name": system_type.name,
        "Description": system_type.description,
        "QualificationTypeStatus": "Active",
        "IsRequestable": False,
        "AutoGranted": False,
    }
