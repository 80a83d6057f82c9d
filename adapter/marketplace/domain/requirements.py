"""Qualification requirements: whether a list of them is in order, and whether a worker meets them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapter.core.database import Connection
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.domain.qualifications import does_not_exist
from adapter.marketplace.domain.system_qualifications import LOCALE, SYSTEM_TYPES, Value
from adapter.marketplace.errors import TurkError, invalid, invalid_value
from adapter.marketplace.store import qualification_types, qualifications

MOST_REQUIREMENTS = 10
MOST_INTEGERS = 15
MOST_LOCALES = 30

#: What each value of ActionsGuarded keeps a worker from who does not meet the requirement.
GUARDED = {
    "Accept": {"Accept"},
    "PreviewAndAccept": {"Preview", "Accept"},
    "DiscoverPreviewAndAccept": {"Discover", "Preview", "Accept"},
}

_COUNTRY = re.compile("[A-Z]{2}")
_SUBDIVISION = re.compile("[A-Z0-9]{2}")
_LISTS = {"In", "NotIn"}
_EXISTENCE = {"Exists", "DoesNotExist"}
_PARAMETER = "QualificationRequirement"
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "EqualTo": operator.eq,
    "NotEqualTo": operator.ne,
}


def check_requirements(call: ServiceCall, requirements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The requirements of a HIT type as they are kept and answered: with RequiredToPreview and ActionsGuarded both.

    Raises TurkError: more than ten, a type that is not there or not active, values that do not fit the comparator, or
    RequiredToPreview and ActionsGuarded that say different things.
    """
    if len(requirements) > MOST_REQUIREMENTS:
        raise invalid(f"A HIT has at most {MOST_REQUIREMENTS} QualificationRequirements.", _PARAMETER)
    return [_check(call, each) for each in requirements]


def _check(call: ServiceCall, requirement: dict[str, Any]) -> dict[str, Any]:
    qualification_type_id = requirement["QualificationTypeId"]
    if qualification_type_id not in SYSTEM_TYPES:
        _check_type(call, qualification_type_id)
    comparator = requirement["Comparator"]
    integers, locales = requirement.get("IntegerValues"), requirement.get("LocaleValues")
    if comparator in _EXISTENCE:
        if integers or locales:
            raise invalid(f"The Comparator {comparator} takes no values.", _PARAMETER)
    elif qualification_type_id == LOCALE:
        _check_locales(comparator, integers, locales)
    else:
        _check_integers(comparator, integers, locales)
    previewed, guarded = requirement.get("RequiredToPreview"), requirement.get("ActionsGuarded")
    if guarded is None:
        guarded = "PreviewAndAccept" if previewed else "Accept"
    elif previewed is not None and previewed is not (guarded != "Accept"):
        # answers have both, and can be given back as they are
        raise invalid("RequiredToPreview and ActionsGuarded contradict each other.", _PARAMETER)
    kept = {"QualificationTypeId": qualification_type_id, "Comparator": comparator}
    if integers:
        kept["IntegerValues"] = integers
    if locales:
        kept["LocaleValues"] = locales
    return {**kept, "RequiredToPreview": guarded != "Accept", "ActionsGuarded": guarded}


def _check_type(call: ServiceCall, qualification_type_id: str) -> None:
    found = qualification_types.find(call.connection, qualification_type_id)
    if found is None or found.account_id != call.account_id:
        raise does_not_exist(qualification_type_id)
    if found.status != "Active":
        raise TurkError(
            "InvalidQualificationTypeState",
            f"This QualificationType is currently in the state '{found.status}'.  "
            "This operation can be called with a status of: Active",
        )


def _check_integers(comparator: str, integers: list[int] | None, locales: Any) -> None:
    if locales:
        raise invalid("LocaleValues can only be used with the Worker_Locale QualificationType.", _PARAMETER)
    _check_count(comparator, integers, "IntegerValues", MOST_INTEGERS)


def _check_locales(comparator: str, integers: Any, locales: list[dict[str, str]] | None) -> None:
    if integers:
        raise invalid("IntegerValues cannot be used with the Worker_Locale QualificationType.", _PARAMETER)
    if comparator not in {"EqualTo", "NotEqualTo", *_LISTS}:
        raise invalid(f"LocaleValues cannot be used with the Comparator {comparator}.", _PARAMETER)
    _check_count(comparator, locales, "LocaleValues", MOST_LOCALES)
    for each in locales or ():
        if not _COUNTRY.fullmatch(each["Country"]):
            raise invalid_value(each["Country"], "Country")
        if "Subdivision" in each and not _SUBDIVISION.fullmatch(each["Subdivision"]):
            raise invalid_value(each["Subdivision"], "Subdivision")


def _check_count(comparator: str, values: list[Any] | None, name: str, most: int) -> None:
    count = len(values or ())
    if comparator in _LISTS:
        if not 1 <= count <= most:
            raise invalid(f"The Comparator {comparator} takes 1 to {most} {name}.", _PARAMETER)
    elif count != 1:
        raise invalid(f"The Comparator {comparator} takes exactly one of {name}.", _PARAMETER)


def meets(call: ServiceCall, worker_id: str, requirements: Sequence[dict[str, Any]], action: str = "Accept") -> bool:
    """Whether the worker meets all requirements that guard an action: `Discover`, `Preview` or `Accept`.

    `requirements` are as check_requirements() gives them.
    """
    return not unmet(call, worker_id, requirements, action)


def unmet(
    call: ServiceCall, worker_id: str, requirements: Sequence[dict[str, Any]], action: str = "Accept"
) -> list[dict[str, Any]]:
    """The requirements guarding the action that the worker does not meet."""
    guarding = [each for each in requirements if guards(each, action)]
    held = held_values(call.connection, worker_id, {each["QualificationTypeId"] for each in guarding})
    return unmet_with(held, guarding, action)


def unmet_with(
    held: Mapping[str, Value], requirements: Sequence[dict[str, Any]], action: str = "Accept"
) -> list[dict[str, Any]]:
    """The requirements guarding the action that a worker who holds these values does not meet."""
    return [
        each for each in requirements if guards(each, action) and not _met(each, held.get(each["QualificationTypeId"]))
    ]


def guards(requirement: dict[str, Any], action: str) -> bool:
    """Whether a requirement keeps those who do not meet it from an action: `Discover`, `Preview` or `Accept`."""
    return action in GUARDED[requirement["ActionsGuarded"]]


def held_values(connection: Connection, worker_id: str, qualification_type_ids: set[str]) -> dict[str, Value]:
    """The values that a worker has of these Qualification types, the service's own among them, by type."""
    return {
        **qualifications.values(connection, worker_id, sorted(qualification_type_ids - SYSTEM_TYPES.keys())),
        **{
            each: SYSTEM_TYPES[each].value(connection, worker_id)
            for each in qualification_type_ids & SYSTEM_TYPES.keys()
        },
    }


def _met(requirement: dict[str, Any], value: Value) -> bool:
    comparator = requirement["Comparator"]
    if comparator in _EXISTENCE or value is None:
        return (comparator == "Exists") is (value is not None) and comparator in _EXISTENCE
    if isinstance(value, tuple):
        country, subdivision = value
        among = any(
            each["Country"] == country and each.get("Subdivision", subdivision) == subdivision
            for each in requirement["LocaleValues"]
        )
        return among is (comparator in {"EqualTo", "In"})
    if comparator in _LISTS:
        return (value in requirement["IntegerValues"]) is (comparator == "In")
    return _COMPARE[comparator](value, requirement["IntegerValues"][0])
