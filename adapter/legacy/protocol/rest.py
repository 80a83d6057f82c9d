"""A REST call (query string and form body) read into a LegacyRequest (docs/contract.md, REST encoding)."""

from __future__ import annotations

import re
from typing import Any

from adapter.core import urlencoded
from adapter.core.errors import LegacyError, Place, missing
from adapter.core.versions import NEWEST
from adapter.legacy.protocol.request import SERVICE, Credentials, LegacyRequest, Tree, only_validates

MAX_DEPTH = 8
MAX_NAME = 200

Pairs = list[tuple[str, str]]

_INDEXED = re.compile(r"^([A-Za-z]+)(\d{1,4})$")
_LOST_PLUS = re.compile(r"^(\d{4}-\d\d-\d\dT[\d:.]+) (\d\d:?\d\d)$")
_NUMBER = re.compile(r"^\d{1,6}$")
#: Parameters of the call itself; everything else belongs to the operation.
_COMMON = {
    "service",
    "operation",
    "action",
    "version",
    "awsaccesskeyid",
    "timestamp",
    "signature",
    "signatureversion",
    "signaturemethod",
    "validate",
    "credential",
}


def pairs(text: bytes, limit: int) -> Pairs:
    """The decoded name-value pairs of a query string or form body, in order.

    Splits on `&` and the first `=` only: old clients leave `;` and `=` in values unescaped. Bytes that are not UTF-8 are
    read as Windows-1252 or, where they are not that either, as Latin-1, as clients of that age sent them.
    Raises LegacyError when there are more than `limit`.
    """
    try:
        found = urlencoded.split(text, limit)
    except ValueError as error:
        raise LegacyError(
            "AWS.MaximumParameterRequirement", f"The request has {error}.", place=Place.PLATFORM
        ) from error
    return [(_decode(name), _decode(value)) for name, value in found]


def _decode(raw: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def check_service(name: str) -> None:
    """Raise LegacyError when a call, or the address that a SOAP message was sent to, names another service than this."""
    # put behind an address that has a query already: Amazon's own Java sample sends "NAME?Service=NAME", a Scala
    # library "NAMEService=NAME"
    if name.partition("?")[0].removesuffix(f"Service={SERVICE}") not in {"", SERVICE}:
        raise LegacyError(
            "AWS.InvalidServiceParameter", f"The Service parameter must be {SERVICE}.", place=Place.PLATFORM
        )


def parse(parameters: Pairs) -> LegacyRequest:
    """Read a call from its merged parameters. Raises LegacyError when no operation is named."""
    common: dict[str, str] = {}
    own: Pairs = []
    for name, value in parameters:
        lower = name.lower()
        if lower in _COMMON and (lower not in common or not common[lower]):
            common[lower] = value.strip() if lower != "timestamp" else value
        elif lower not in _COMMON:
            own.append((name, value))
    operation = common.get("operation") or common.get("action", "")
    if not operation:
        error = missing("Operation")
        error.place = Place.PLATFORM
        raise error
    check_service(common.get("service", ""))
    # the `+` of an offset that the client forgot to escape arrives as a space
    timestamp = _LOST_PLUS.sub(r"\1+\2", common.get("timestamp", ""))
    if common.get("signatureversion") == "1":
        covered = sorted(((n, v) for n, v in parameters if n.lower() != "signature"), key=lambda pair: pair[0].lower())
        signed_text = "".join(name + value for name, value in covered)
    else:
        signed_text = SERVICE + operation + timestamp
    root = tree(own)
    return LegacyRequest(
        operation=operation,
        version=common.get("version") or NEWEST,
        credentials=Credentials(common.get("awsaccesskeyid", ""), timestamp, common.get("signature", ""), signed_text),
        requests=_batch(operation, root),
        validate=only_validates(common.get("validate", "")),
    )


def _batch(operation: str, root: Tree) -> list[Tree]:
    """The requests of one call: `GetHIT.1.HITId=..&GetHIT.2.HITId=..` (the Perl SDK) carries several."""
    inner = root.get(operation)
    if not inner or not all(isinstance(each, dict) for each in inner):
        return [root]
    shared = {name: values for name, values in root.items() if name != operation}
    return [{**shared, **each} for each in inner]


class _Node:
    """A member under construction: its own texts, and its parts by name and index."""

    __slots__ = ("members", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.members: dict[str, dict[int, _Node]] = {}


def tree(parameters: Pairs) -> Tree:
    """Nest dotted, numbered names: `Reward.1.Amount=5` and `Reward.Amount=5` give `{"Reward": [{"Amount": ["5"]}]}`.

    Indexes order the values; gaps, zero, a missing index and repeated names are all allowed. `ResponseGroup0` (no dot)
    counts as an index too.
    """
    root = _Node()
    for name, value in parameters:
        node = root
        for part, index in _path(name):
            node = node.members.setdefault(part, {}).setdefault(index, _Node())
        node.texts.append(value)
    return _values(root)


def _path(name: str) -> list[tuple[str, int]]:
    if len(name) > MAX_NAME:
        raise LegacyError("AWS.InvalidParameterValue", "A parameter's name is too long.", place=Place.PLATFORM)
    path: list[tuple[str, int]] = []
    for piece in name.split("."):
        if _NUMBER.match(piece) and path:
            path[-1] = (path[-1][0], int(piece))
        elif not path and (match := _INDEXED.match(piece)):
            path.append((match[1], int(match[2])))
        else:
            # no index sorts before every index
            path.append((piece, -1))
    if len(path) > MAX_DEPTH:
        raise LegacyError("AWS.InvalidParameterValue", "A parameter's name is nested too deeply.", place=Place.PLATFORM)
    return path


def _values(node: _Node) -> Tree:
    found: Tree = {}
    for name, indexed in node.members.items():
        values: list[Any] = []
        for _, each in sorted(indexed.items()):
            if each.members:
                # `Reward.1=` stands empty beside `Reward.1.Amount=5` in some clients: the members win
                values.append(_values(each))
            else:
                values.extend(each.texts)
        found[name] = values
    return found
