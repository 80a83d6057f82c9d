"""Requests checked by the API model: one checker compiled per shape, giving the values the operations work with."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from adapter.marketplace.errors import BAD_ENUM, INVALID_VALUE, MISSING, OUT_OF_RANGE, TurkError
from adapter.marketplace.model import service

#: (code, "Value … at '…' failed to satisfy constraint: …", top-level member)
Problem = tuple[str, str, str]
Checker = Callable[[Any, str, list[Problem]], Any]

MOST_ITEMS = 10_000
_SMALLEST_TIME = -62_135_596_800  # the first second of the year 1
_LARGEST_TIME = 253_402_300_799  # the last second of the year 9999
_BOUNDS = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


def validate(operation: str, request: Any) -> dict[str, Any]:
    """The request's known members, checked; timestamps as epoch ms, null members left out, unknown ones too.

    Raises TurkError with the service's "validation error detected" text, which lists every constraint that failed.
    """
    problems: list[Problem] = []
    if not isinstance(request, dict):
        raise TurkError(INVALID_VALUE, "The request is not a JSON object.", exact_type="SerializationException")
    checked: dict[str, Any] = _input(operation)(request, "", problems)
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        code, _, at = problems[0]
        parameter = re.split(r"[.\[]", at)[0]
        raise TurkError(
            code,
            count + "; ".join(text for _, text, _ in problems[:20]),
            parameter[:1].upper() + parameter[1:],
            exact_type="ValidationException",
        )
    return checked


@functools.cache
def _input(operation: str) -> Checker:
    return _checker(service()["operations"][operation]["input"]["shape"])


@functools.cache
def _checker(name: str) -> Checker:
    shape = service()["shapes"][name]
    return _MAKERS[shape["type"]](shape)


def _problem(problems: list[Problem], code: str, value: Any, path: str, constraint: str) -> None:
    shown = "null" if value is None else f"'{_shorten(value)}'"
    problems.append((code, f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}", path))


def _shorten(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "replace").decode().replace("\x00", "?")
    return text if len(text) <= 256 else text[:256] + "…"


def _mistyped(problems: list[Problem], value: Any, path: str, kind: str) -> None:
    _problem(problems, INVALID_VALUE, value, path, f"Member must be {kind}")


def _structure(shape: dict[str, Any]) -> Checker:
    members = {name: _checker(each["shape"]) for name, each in shape["members"].items()}
    required = tuple(shape.get("required", ()))

    def check(value: Any, path: str, problems: list[Problem]) -> dict[str, Any]:
        checked: dict[str, Any] = {}
        if not isinstance(value, dict):
            _mistyped(problems, value, path, "a structure")
            return checked
        prefix = path + "." if path else ""
        for name, each in value.items():
            member = members.get(name)
            if member is not None and each is not None:
                checked[name] = member(each, prefix + name[:1].lower() + name[1:], problems)
        for name in required:
            if name not in checked:
                _problem(problems, MISSING, None, prefix + name[:1].lower() + name[1:], "Member must not be null")
        return checked

    return check


def _list(shape: dict[str, Any]) -> Checker:
    member = _checker(shape["member"]["shape"])

    def check(value: Any, path: str, problems: list[Problem]) -> list[Any]:
        if not isinstance(value, list):
            _mistyped(problems, value, path, "a list")
            return []
        if len(value) > MOST_ITEMS:
            constraint = f"Member must have length less than or equal to {MOST_ITEMS}"
            _problem(problems, INVALID_VALUE, f"{len(value)} items", path, constraint)
            return []
        checked = []
        for number, each in enumerate(value, 1):
            if each is None:
                _problem(problems, MISSING, None, f"{path}.{number}.member", "Member must not be null")
            else:
                checked.append(member(each, f"{path}.{number}.member", problems))
        return checked

    return check


def _string(shape: dict[str, Any]) -> Checker:
    low, high = shape.get("min", 0), shape.get("max", math.inf)
    pattern = re.compile(shape["pattern"]) if "pattern" in shape else None
    enum = frozenset(shape.get("enum", ()))

    def check(value: Any, path: str, problems: list[Problem]) -> str:
        if not isinstance(value, str):
            _mistyped(problems, value, path, "a string")
            return ""
        if "\x00" in value or not _encodable(value):
            _mistyped(problems, value, path, "text without NUL and lone surrogates")
        elif enum and value not in enum:
            listed = "[" + ", ".join(shape["enum"]) + "]"
            _problem(problems, BAD_ENUM, value, path, "Member must satisfy enum value set: " + listed)
        elif len(value) < low:
            _problem(problems, INVALID_VALUE, value, path, f"Member must have length greater than or equal to {low}")
        elif len(value) > high:
            _problem(problems, INVALID_VALUE, value, path, f"Member must have length less than or equal to {high}")
        elif pattern and not pattern.fullmatch(value):
            constraint = "Member must satisfy regular expression pattern: " + shape["pattern"]
            code = OUT_OF_RANGE if shape["pattern"].startswith("^[0-9]") else INVALID_VALUE
            _problem(problems, code, value, path, constraint)
        return value

    return check


def _encodable(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(shape: dict[str, Any]) -> Checker:
    lowest, highest = _BOUNDS[shape["type"]]
    low, high = shape.get("min", lowest), shape.get("max", highest)

    def check(value: Any, path: str, problems: list[Problem]) -> int:
        number: object = int(value) if isinstance(value, float) and value.is_integer() else value
        if not isinstance(number, int) or isinstance(number, bool):
            _mistyped(problems, value, path, "a whole number")
            return 0
        if number < low:
            _problem(problems, OUT_OF_RANGE, number, path, f"Member must have value greater than or equal to {low}")
        elif number > high:
            _problem(problems, OUT_OF_RANGE, number, path, f"Member must have value less than or equal to {high}")
        return int(number)

    return check


def _boolean(_shape: dict[str, Any]) -> Checker:
    def check(value: Any, path: str, problems: list[Problem]) -> bool:
        if type(value) is not bool:
            _mistyped(problems, value, path, "true or false")
        return bool(value)

    return check


def _timestamp(_shape: dict[str, Any]) -> Checker:
    def check(value: Any, path: str, problems: list[Problem]) -> int:
        if isinstance(value, str):
            value = _from_iso(value)
        if type(value) not in {int, float} or not _SMALLEST_TIME <= value <= _LARGEST_TIME:
            _mistyped(problems, value, path, "a time in seconds since 1970, of the years 1 to 9999")
            return 0
        return int(round(value * 1000))  # noqa: RUF046 (the type of a JSON value is not known)

    return check


def _from_iso(text: str) -> float | str:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return text


_MAKERS: dict[str, Callable[[dict[str, Any]], Checker]] = {
    "structure": _structure,
    "list": _list,
    "string": _string,
    "integer": _number,
    "long": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
