"""Every constrained member of every operation, with a value outside its constraint: made from the API model."""

from __future__ import annotations

from typing import Any, NamedTuple

from adapter.marketplace.model import service

VALID = "AWS.MechanicalTurk.InvalidParameterValue"
RANGE = "AWS.ParameterOutOfRange"
ENUM = "AWS.InvalidEnumeratedParameter"
MISSING = "AWS.MissingParameters"

WRONG_TYPE: dict[str, Any] = {
    "string": 7,
    "integer": "seven",
    "long": "seven",
    "boolean": "yes",
    "timestamp": "soon",
    "list": {},
    "structure": [],
}
WIDEST = {"integer": 2**31, "long": 2**63}


class Case(NamedTuple):
    """One bad value: where it stands, what is wrong with it, and the code that must answer it."""

    operation: str
    member: str
    fault: str
    code: str
    request: dict[str, Any]


def _shape(name: str) -> dict[str, Any]:
    shape: dict[str, Any] = service()["shapes"][name]
    return shape


def sample(name: str) -> Any:
    """A value that the shape allows."""
    shape = _shape(name)
    match shape["type"]:
        case "structure":
            return {each: sample(shape["members"][each]["shape"]) for each in shape.get("required", ())}
        case "list":
            return [sample(shape["member"]["shape"])]
        case "string":
            if "enum" in shape:
                return shape["enum"][0]
            text = {"^A[A-Z0-9]+$": "A1", "^[A-Z0-9]+$": "3X"}.get(shape.get("pattern"), "1")
            return text.ljust(shape.get("min", 0), "A")
        case "integer" | "long":
            return shape.get("min", 1)
        case "boolean":
            return True
        case _:
            return 0


def _faults(name: str) -> list[tuple[str, str, Any]]:
    """(what is wrong, the code, a value) for one shape itself, not for its members."""
    shape = _shape(name)
    kind = shape["type"]
    found = [(f"not of type {kind}", VALID, WRONG_TYPE[kind])]
    if kind in WIDEST:
        low, high = shape.get("min", -WIDEST[kind]), shape.get("max", WIDEST[kind] - 1)
        found += [(f"less than {low}", RANGE, low - 1), (f"more than {high}", RANGE, high + 1)]
    if kind == "string":
        found.append(("a character that no text holds", VALID, "\x00"))
        if "enum" in shape:
            found.append(("not of the enumeration", ENUM, "Nonesuch"))
        if shape.get("min"):
            found.append((f"shorter than {shape['min']}", VALID, ""))
        if "max" in shape:
            found.append((f"longer than {shape['max']}", VALID, "A" * (shape["max"] + 1)))
        if "pattern" in shape:
            code = RANGE if shape["pattern"].startswith("^[0-9]") else VALID
            found.append((f"not matching `{shape['pattern']}`", code, "a-b"))
    return found


def _within(name: str, path: str) -> list[tuple[str, str, str, Any]]:
    """(path, what is wrong, the code, a whole value of this shape with that one fault in it)."""
    shape = _shape(name)
    found = [(path, fault, code, value) for fault, code, value in _faults(name)]
    if shape["type"] == "list":
        found += [
            (at, fault, code, [value]) for at, fault, code, value in _within(shape["member"]["shape"], path + "[]")
        ]
        found.append((path + "[]", "null", MISSING, [None]))
    if shape["type"] == "structure":
        found += _members(name, path + ".")
    return found


def _members(name: str, prefix: str) -> list[tuple[str, str, str, Any]]:
    shape, valid = _shape(name), sample(name)
    found = []
    for member, each in shape["members"].items():
        for at, fault, code, value in _within(each["shape"], prefix + member):
            found.append((at, fault, code, {**valid, member: value}))
        if member in shape.get("required", ()):
            without = {name: value for name, value in valid.items() if name != member}
            found.append((prefix + member, "absent", MISSING, without))
    return found


def cases() -> list[Case]:
    """All of them, in the order of the operations' names."""
    found = []
    for operation, each in sorted(service()["operations"].items()):
        for at, fault, code, request in _members(each["input"]["shape"], ""):
            found.append(Case(operation, at, fault, code, request))
    return found
