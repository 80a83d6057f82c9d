"""bind(): a tree of texts becomes the arguments that an operation's signature asks for; the signature is the check."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
import types
import typing
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from adapter.core.errors import (
    LegacyError,
    does_not_exist,
    invalid,
    missing,
    no_structure,
    not_enumerated,
    out_of_range,
    too_many,
)
from adapter.core.safe_xml import XmlError, parse
from adapter.legacy.protocol.request import Tree

# ---- marks that stand in annotations -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Between:
    """A number's documented range; outside it the answer is AWS.ParameterOutOfRange."""

    low: int
    high: int


@dataclass(frozen=True)
class AtMost:
    """The most characters of a text, or the most items of a list."""

    most: int


@dataclass(frozen=True)
class Bytes:
    """The most bytes of a text in UTF-8."""

    most: int


@dataclass(frozen=True)
class Id:
    """An identifier: white space around it is dropped, an empty one counts as absent.

    `of` names the kind of object (HIT, Assignment, QualificationType, QualificationRequest); text that cannot be an id of
    that kind gets its ...DoesNotExist, as old clients expect of nonsense; without a kind it is an invalid value. A `free`
    one may be any text, because the 2017-01-17 API says nothing of its form.
    """

    of: str = ""
    free: bool = False


@dataclass(frozen=True)
class Also:
    """Another name under which old clients send this member."""

    name: str


@dataclass(frozen=True)
class Unless:
    """A member that is passed over, even a malformed one, when another member is given."""

    other: str


@dataclass(frozen=True)
class Since:
    """A member that exists from this version on; earlier ones may send it all the same."""

    version: str


@dataclass(frozen=True)
class CommaList:
    """The list may also come as one comma joined text."""


@dataclass(frozen=True)
class NoControls:
    """A text in which ASCII 0-8, 11, 12 and 14-31 are refused."""


#: The most values of one comma joined list; none of the API's lists is longer than a thousand.
MOST_JOINED = 1000
_ID = re.compile(r"^[A-Z0-9]{1,64}$")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_INT = re.compile(r"^[+-]?\d{1,20}$", re.ASCII)
_DECIMAL = re.compile(r"^[+-]?(?:\d{1,18}(?:\.\d{0,60})?|\.\d{1,60})$", re.ASCII)
#: A number that is not zero: published examples put the asked score into RequiredToPreview.
_COUNT = re.compile(r"^0*[1-9]\d{0,9}$", re.ASCII)
_TRUE = {"true", "t", "1", "yes"}
_FALSE = {"false", "f", "0", "no"}
#: What JavaScript (TurKit's `createHIT`) writes for a value that it does not have. In a text it may be meant.
_NOTHING = ("null", "undefined")


# ---- the compiled form of a signature ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """One argument or structure member, ready to be read from a tree."""

    name: str
    names: tuple[str, ...]
    kind: Any
    is_list: bool
    required: bool
    marks: tuple[Any, ...]
    default: Any

    @functools.cached_property
    def convert(self) -> Callable[[str, Any], Any]:
        """(path, text or tree) -> value; raises LegacyError naming the path."""
        return _converter(self.kind, self.marks)

    def mark(self, kind: type) -> Any:
        """The mark of a class, or None."""
        return next((mark for mark in self.marks if isinstance(mark, kind)), None)


@functools.cache
def members(target: Callable[..., Any]) -> tuple[Member, ...]:
    """The members that a function (its first argument is the call) or a dataclass asks for."""
    hints = typing.get_type_hints(target, include_extras=True)
    if dataclasses.is_dataclass(target):
        declared = [(each.name, each.default) for each in dataclasses.fields(target)]
        empty: Any = dataclasses.MISSING
    else:
        parameters = list(inspect.signature(target).parameters.values())[1:]
        declared = [(each.name, each.default) for each in parameters]
        empty = inspect.Parameter.empty
    return tuple(_member(name, hints[name], default, empty) for name, default in declared)


def _member(name: str, hint: Any, default: Any, empty: Any) -> Member:
    marks: tuple[Any, ...] = ()
    kind, marks = _unwrap(hint, marks)
    is_list = get_origin(kind) is list
    if is_list:
        kind, marks = _unwrap(get_args(kind)[0], marks)
    also = [mark.name for mark in marks if isinstance(mark, Also)]
    required = default is empty
    return Member(
        name,
        (name.lower(), *(each.lower() for each in also)),
        kind,
        is_list,
        required,
        marks,
        None if required else default,
    )


def _unwrap(hint: Any, marks: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Strip Annotated and Optional, collecting the marks."""
    while True:
        if get_origin(hint) is typing.Annotated:
            inner, *found = get_args(hint)
            hint, marks = inner, (*marks, *found)
        elif get_origin(hint) in {typing.Union, types.UnionType}:
            hint = next(each for each in get_args(hint) if each is not type(None))
        else:
            return hint, marks


def bind(target: Callable[..., Any], tree: Tree, path: str = "") -> dict[str, Any]:
    """The arguments for `target` out of a tree.

    Names are matched without case, unknown ones are passed over, and so is the text `None` on optional members
    (docs/contract.md, REST encoding), and `null` and `undefined` on those that are no text. Raises LegacyError with the name of
    the member in its Data.
    """
    given = _by_name(tree)
    return {member.name: _bind_member(member, given, f"{path}{member.name}") for member in members(target)}


def bind_each(target: Callable[..., Any], tree: Tree) -> dict[str, Any]:
    """The arguments as bind() makes them, each with its own LegacyError in its place instead of the first one raised."""
    given, bound = _by_name(tree), dict[str, Any]()
    for member in members(target):
        try:
            bound[member.name] = _bind_member(member, given, member.name)
        except LegacyError as error:
            bound[member.name] = error
    return bound


def _by_name(tree: Tree) -> dict[str, list[Any]]:
    given: dict[str, list[Any]] = {}
    for name, values in tree.items():
        given.setdefault(name.lower(), []).extend(values)
    return given


def _passed_over(member: Member, given: dict[str, list[Any]]) -> bool:
    unless = member.mark(Unless)
    return unless is not None and any(value not in {"", "None"} for value in given.get(unless.other.lower(), ()))


def _given(member: Member, given: dict[str, list[Any]]) -> list[Any]:
    """A member's values under its own name, or under another one where its own is absent or empty."""
    named = [given[name] for name in member.names if name in given]
    filled = (values for values in named if any(value not in ("", "None") for value in values))
    return next(filled, named[0] if named else [])


def _bind_member(member: Member, given: dict[str, list[Any]], path: str) -> Any:
    values = _given(member, given)
    if member.kind is not str or member.mark(Id):
        # an indented document leaves white space in elements without a value
        values = [value for value in values if not isinstance(value, str) or value.strip()]
    elif member.is_list:
        values = [value for value in values if value != ""]
    if not member.required:
        values = [value for value in values if value != "None"]
        if member.kind is not str:
            values = [value for value in values if value not in _NOTHING]
    if not values or (member.marks and _passed_over(member, given)):
        if member.required:
            raise missing(path)
        return member.default
    if member.is_list:
        if member.mark(CommaList):
            values = [part.strip() for value in values for part in _plain(path, value).split(",")]
            values = [part for part in values if part]
            if len(values) > MOST_JOINED:
                raise too_many(path, MOST_JOINED)
        most = member.mark(AtMost)
        if most and dataclasses.is_dataclass(member.kind) and len(values) > most.most:
            raise too_many(path, most.most)
        return [member.convert(path, value) for value in values]
    if dataclasses.is_dataclass(member.kind):
        return member.convert(path, _merged(values))
    first = values[0] if values[0] != "" else values[-1]
    return member.convert(path, first)


def _merged(values: list[Any]) -> Any:
    """One structure out of several: some clients number the members of one structure as if there were several."""
    trees = [value for value in values if isinstance(value, dict)]
    if not trees:
        return values[0]
    merged: Tree = {}
    for tree in trees:
        for name, items in tree.items():
            merged.setdefault(name, []).extend(items)
    return merged


# ---- converters ------------------------------------------------------------------------------------------------------


def _converter(kind: Any, marks: tuple[Any, ...]) -> Callable[[str, Any], Any]:
    if dataclasses.is_dataclass(kind):
        return functools.partial(_structure, kind)
    by_mark: dict[type, Any] = {type(mark): mark for mark in marks}
    if kind is bool:
        return _boolean
    if kind is int:
        return functools.partial(_integer, by_mark.get(Between))
    if kind is Decimal:
        return _decimal
    if get_origin(kind) is Literal:
        return functools.partial(_enumerated, get_args(kind))
    if Id in by_mark:
        return functools.partial(_identifier, by_mark[Id])
    return functools.partial(_text, by_mark.get(AtMost), by_mark.get(Bytes), NoControls in by_mark)


def _plain(path: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid(path, "a structure", "A single value is expected.")
    return value


def _boolean(path: str, value: Any) -> bool:
    text = _plain(path, value).strip().lower()
    if text in _TRUE or _COUNT.match(text):
        return True
    if text in _FALSE:
        return False
    raise invalid(path, text)


def _integer(between: Between | None, path: str, value: Any) -> int:
    text = _plain(path, value).strip()
    if not _INT.match(text):
        raise invalid(path, text)
    low, high = (between.low, between.high) if between else (-(2**31), 2**31 - 1)
    if not low <= (number := int(text)) <= high:
        raise out_of_range(path, number, low, high)
    return number


def _decimal(path: str, value: Any) -> Decimal:
    text = _plain(path, value).strip()
    if not _DECIMAL.match(text):
        raise invalid(path, text)
    return Decimal(text)


def _enumerated(values: tuple[str, ...], path: str, value: Any) -> str:
    text = _plain(path, value).strip()
    if text not in values:
        raise not_enumerated(path, text, list(values))
    return text


def _identifier(mark: Id, path: str, value: Any) -> str:
    text = _plain(path, value).strip()
    if _ID.match(text) or (mark.free and len(text) <= 200 and text.isprintable()):
        return text
    if mark.of:
        raise does_not_exist(mark.of, text)
    raise invalid(path, text)


def _text(most: AtMost | None, size: Bytes | None, no_controls: bool, path: str, value: Any) -> str:
    text = _plain(path, value)
    if "\0" in text:
        raise invalid(path, text.replace("\0", "?"), "A text cannot hold the character NUL.")
    if most and len(text) > most.most:
        raise invalid(path, text[:40] + "...", f"At most {most.most} characters are allowed.")
    if size and len(text.encode("utf-8", "replace")) > size.most:
        raise invalid(path, text[:40] + "...", f"At most {size.most} bytes are allowed.")
    if no_controls and _CONTROLS.search(text):
        raise invalid(path, _CONTROLS.sub("?", text), "Control characters are not allowed.")
    return text


def _structure(kind: Any, path: str, value: Any) -> Any:
    if isinstance(value, str):
        value = _from_xml(path, value)
    made = kind(**bind(kind, value, path + "."))
    check = getattr(made, "check", None)
    if check:
        check(path)
    return made


def _from_xml(path: str, text: str) -> Tree:
    """A structure sent as one XML text, as goamz does."""
    if not text.lstrip().startswith("<"):
        raise no_structure(path, text)
    try:
        # the text is characters already: a byte order mark of ours outweighs the encoding that a declaration names
        root = parse(b"\xef\xbb\xbf" + text.encode())
    except XmlError as error:
        raise invalid(path, text[:40], str(error)) from error
    return element_tree(root)


#: Toolkits write a member without a value as an empty element with this attribute.
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def element_tree(element: Any) -> Tree:
    """An XML element's children by local name; namespaces and attributes do not count, nil children are absent."""
    found: Tree = {}
    for child in element:
        if child.attrib and child.get(_NIL) in {"true", "1"}:
            continue
        name = child.tag.rpartition("}")[2]
        text = _decoded(child) if child.attrib else child.text or ""
        found.setdefault(name, []).append(element_tree(child) if len(child) else text)
    return found


def _decoded(element: Any) -> str:
    """An element's text, decoded where its sender declares base64: Perl's SOAP::Lite does so for all that is not ASCII."""
    text: str = element.text or ""
    if element.get(_TYPE, "").rpartition(":")[2] in {"base64Binary", "base64"}:
        with suppress(ValueError):
            octets = b64decode("".join(text.split()), validate=True)
            try:
                return octets.decode()
            except UnicodeDecodeError:
                return octets.decode("latin-1")
    return text
