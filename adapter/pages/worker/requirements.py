"""Says in words what a HIT asks of workers, and what a worker has of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapter.core.database import Connection
from adapter.marketplace.domain.requirements import held_values, unmet_with
from adapter.marketplace.domain.system_qualifications import ENOUGH_SUBMITTED, LOCALE, MASTERS, SYSTEM_TYPES, Value
from adapter.marketplace.store import qualification_types

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
#: Who has the Qualification, or too much of it, is the one that is kept out.
_EXCLUDING = ("DoesNotExist", "NotEqualTo", "NotIn", "LessThan", "LessThanOrEqualTo")
_EXCLUDED = "This HIT is for other workers."
_ADVICE = {
    "00000000000000000040": "It grows with each HIT of yours that is approved.",
    "000000000000000000L0": (
        f"It is the share of your decided HITs that were approved, and 100 until you have submitted {ENOUGH_SUBMITTED}."
    ),
    LOCALE: "It is the country of your account, with its state or province.",
    "00000000000000000060": "Your account says whether you may be shown content for adults.",
}


@dataclass(frozen=True)
class Line:
    """A requirement in words: its type's `name`, the `words` behind it, what it keeps from (`guarded`), the worker's `value`.

    `advice` says of one that is not met what can be done; `request` is the type to ask for where that is possible.
    """

    name: str
    words: str
    guarded: str
    value: str
    unmet: bool
    advice: str = ""
    request: str = ""


class WorkerRecord:
    """What is known of a worker (empty for a visitor) and of Qualification types, looked up once for each type."""

    def __init__(self, connection: Connection, worker_id: str) -> None:
        self.connection = connection
        self.worker_id = worker_id
        self._values: dict[str, Value] = {}
        self._types: dict[str, Any] = {}

    def values(self, requirements: Sequence[dict[str, Any]]) -> dict[str, Value]:
        """The worker's values of the types that these requirements name."""
        wanted = {each["QualificationTypeId"] for each in requirements} - self._values.keys()
        if wanted:
            found = held_values(self.connection, self.worker_id, wanted)
            self._values |= {each: found.get(each) for each in wanted}
        return self._values

    def meets(self, requirements: Sequence[dict[str, Any]], action: str) -> bool:
        """Whether the worker meets the requirements that guard an action: `Discover`, `Preview` or `Accept`."""
        return not requirements or not unmet_with(self.values(requirements), requirements, action)

    def lines(self, requirements: Sequence[dict[str, Any]]) -> list[Line]:
        """The requirements of a HIT type in words; they are as check_requirements() gives them."""
        held = self.values(requirements)
        return [self._line(each, held[each["QualificationTypeId"]]) for each in requirements]

    def _line(self, requirement: dict[str, Any], value: Value) -> Line:
        type_id = requirement["QualificationTypeId"]
        found = self._type(type_id)
        unmet = bool(unmet_with({type_id: value}, [requirement]))
        excluding = unmet and value is not None and requirement["Comparator"] in _EXCLUDING
        to_request = unmet and not excluding and can_be_requested(found)
        return Line(
            type_name(type_id, None if found is None else found.name),
            words(requirement),
            _GUARDED.get(requirement["ActionsGuarded"], ""),
            value_words(value),
            unmet,
            "" if not unmet or to_request else _EXCLUDED if excluding else _advice(type_id, found),
            type_id if to_request else "",
        )

    def _type(self, type_id: str) -> Any:
        if type_id not in SYSTEM_TYPES and type_id not in self._types:
            self._types[type_id] = qualification_types.find(self.connection, type_id)
        return self._types.get(type_id)


def _advice(type_id: str, found: Any) -> str:
    if type_id in MASTERS:
        return "The operator of this site grants it."
    if type_id in SYSTEM_TYPES:
        return _ADVICE.get(type_id, "This site works it out from your record.")
    if found is None:
        return "Nobody can get it any more."
    return "Only its requester grants it: it cannot be requested."


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
