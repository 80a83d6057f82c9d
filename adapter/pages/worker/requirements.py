"""Says in words what a HIT asks of workers, and what a worker has of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from adapter.marketplace.domain.requirements import held_values, unmet_with
from adapter.marketplace.domain.system_qualifications import LOCALE, SYSTEM_TYPES, Value
from adapter.marketplace.store import qualification_types
from adapter.pages.frame import fragment, the_store
from adapter.pages.store.worker_accounts import Worker

#: The service's own types as workers know them; the others go by their names.
KNOWN_AS = {
    "00000000000000000040": "Number of approved HITs",
    "000000000000000000L0": "HIT approval rate (%)",
    LOCALE: "Location",
    "00000000000000000060": "Adult content",
    "00000000000000000000": "HIT submission rate (%)",
    "00000000000000000070": "HIT abandonment rate (%)",
    "000000000000000000E0": "HIT return rate (%)",
    "000000000000000000S0": "HIT rejection rate (%)",
}
_WORDS = {
    "LessThan": "is less than",
    "LessThanOrEqualTo": "is at most",
    "GreaterThan": "is more than",
    "GreaterThanOrEqualTo": "is at least",
    "EqualTo": "is",
    "NotEqualTo": "is not",
    "Exists": "has been granted",
    "DoesNotExist": "has not been granted",
    "In": "is one of",
    "NotIn": "is none of",
}
_GUARDED = {
    "PreviewAndAccept": "also to preview",
    "DiscoverPreviewAndAccept": "also to find and preview",
}


def requirements_html(requirements: Sequence[dict[str, Any]], worker: Worker | None) -> Markup:
    """The requirements of a HIT type as a list in words, nothing for none; a table of them is wide on a telephone.

    For a worker each says what the worker has and whether that will do, with a link to ask for a Qualification that is
    missing and can be requested. `requirements` are as check_requirements() gives them.
    """
    if not requirements:
        return Markup()
    wanted = {each["QualificationTypeId"] for each in requirements}
    with the_store().read() as connection:
        types = {each: qualification_types.find(connection, each) for each in sorted(wanted - SYSTEM_TYPES.keys())}
        held = {} if worker is None else held_values(connection, worker.worker_id, wanted)
    lines = []
    for each in requirements:
        type_id = each["QualificationTypeId"]
        found = types.get(type_id)
        unmet = bool(unmet_with(held, [each]))
        lines.append(
            {
                "name": type_name(type_id, None if found is None else found.name),
                "words": words(each),
                "guarded": _GUARDED.get(each["ActionsGuarded"], ""),
                "value": value_words(held.get(type_id)),
                "unmet": unmet,
                "request": type_id if unmet and can_be_requested(found) else "",
            }
        )
    return fragment("requirements.html", lines=lines, worker=worker)


def type_name(qualification_type_id: str, name: str | None) -> str:
    """How workers are told a type's name: `name` is that of a requester's type, None when it is gone."""
    system = SYSTEM_TYPES.get(qualification_type_id)
    if system is not None:
        return KNOWN_AS.get(qualification_type_id, system.name)
    return f"A Qualification that no longer exists ({qualification_type_id})" if name is None else name


def words(requirement: dict[str, Any]) -> str:
    """What is asked for, to stand behind the type's name: "is at least 95", "is one of US, CA-ON"."""
    locales = [
        "-".join(part for part in (each["Country"], each.get("Subdivision")) if part)
        for each in requirement.get("LocaleValues") or ()
    ]
    values = [str(each) for each in requirement.get("IntegerValues") or ()] + locales
    return f"{_WORDS[requirement['Comparator']]} {', '.join(values)}".strip()


def value_words(value: Value) -> str:
    """A worker's value in words: a number, a country with its subdivision, or "none"."""
    if value is None:
        return "none"
    return "-".join(part for part in value if part) if isinstance(value, tuple) else str(value)


def can_be_requested(qualification_type: Any) -> bool:
    """Whether workers may ask for this type (a row, or None for one that is gone or the service's own)."""
    return (
        qualification_type is not None and qualification_type.status == "Active" and qualification_type.is_requestable
    )
