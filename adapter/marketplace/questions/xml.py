"""Question documents as XML: read within bounds, checked against the schemas of this package."""

import re
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

from lxml import etree

from adapter.core.safe_xml import XmlError, parse_text
from adapter.marketplace.errors import INVALID_VALUE, OUT_OF_RANGE
from adapter.marketplace.questions.documents import XML_PARSE_ERROR, QuestionError

MAX_BYTES = 65535
MAX_INTEGER = 2**31 - 1

# versions of each schema; old reference pages also name the schemas without a version
VERSIONS = {
    "QuestionForm": ("2005-10-01", "2017-11-06"),
    "QuestionFormAnswers": ("2005-10-01",),
    "AnswerKey": ("2005-10-01",),
    "ExternalQuestion": ("2006-07-14",),
    "HTMLQuestion": ("2011-11-11",),
}
_BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")

_compiled = threading.local()
#: libxml2 sets up the types of all schemas at the first one, and fails for a second thread that comes meanwhile.
_compiling = threading.Lock()


def namespace(name: str, version: str | None = None) -> str:
    """The namespace of a schema, by default of its first version."""
    return f"{_BASE}{version or VERSIONS[name][0]}/{name}.xsd"


def namespaces(name: str) -> tuple[str, ...]:
    """Every namespace in which a document of this name is known, the undated one last."""
    return (*(namespace(name, version) for version in VERSIONS[name]), f"{_BASE}{name}.xsd")


def is_known(name: str, space: str | None) -> bool:
    """Whether a document of this name may be in that namespace; clients moved to TLS spell it with https, too."""
    return space is not None and re.sub("^https:", "http:", space) in namespaces(name)


@cache
def schema_text(name: str, target: str) -> str:
    """The schema of a document in the namespace `target`, as text; an empty target leaves it without namespace."""
    text = (Path(__file__).parent / f"{name.lower()}.xsd").read_text("utf-8")
    if not target:
        return text
    return text.replace("<xs:schema ", f'<xs:schema targetNamespace="{target}" xmlns="{target}" ', 1)


def _schema(name: str, target: str) -> etree.XMLSchema:
    """A compiled schema for this thread alone: its error log is part of the object, so threads must not share it."""
    known: dict[tuple[str, str], etree.XMLSchema] = cast("Any", _compiled).__dict__
    if (name, target) not in known:
        document = etree.fromstring(schema_text(name, target).encode())
        with _compiling:
            known[name, target] = etree.XMLSchema(document)
    return known[name, target]


def read(text: str, what: str, limit: int = MAX_BYTES) -> etree._Element:
    """Parse a document of at most `limit` bytes of UTF-8, with no DOCTYPE, entities, network or deep nesting.

    `what` names the parameter in messages. Raises QuestionError with XMLParseError, or AWS.ParameterOutOfRange when
    it is too long. Comments and processing instructions are dropped.
    """
    if len(text) > limit or len(text.encode("utf-8", "surrogatepass")) > limit:
        raise QuestionError(OUT_OF_RANGE, f"{what} must not be longer than {limit} bytes.")
    if not text.strip("\ufeff \t\r\n"):
        raise parse_error(what, "the document is empty", 1)
    try:
        root = parse_text(text)
    except XmlError as error:
        raise parse_error(what, error.reason, error.line) from None
    # the schema processor would fetch what these point to
    for element in root.iter():
        for attribute in ("schemaLocation", "noNamespaceSchemaLocation"):
            element.attrib.pop(_INSTANCE + attribute, "")
    return root


def errors_of(root: etree._Element, name: str) -> list[tuple[str, int]]:
    """What the schema `name`, in the namespace of the root, says against a document: reasons and lines."""
    target = etree.QName(root).namespace or ""
    schema = _schema(name, target)
    if schema.validate(root):
        return []
    found = [(each.message.replace(f"{{{target}}}", ""), each.line) for each in cast("Iterable[Any]", schema.error_log)]
    return found or [("it does not fit the schema", 1)]


def validate(root: etree._Element, name: str, what: str) -> None:
    """Check a document against the schema `name` in the namespace of its root; raises QuestionError."""
    for reason, line in errors_of(root, name):
        raise parse_error(what, reason, line)


def parse_error(what: str, reason: str, line: int | None) -> QuestionError:
    """An XMLParseError in the service's recorded words, with line and reason."""
    reason = readable(reason)
    where = "" if line is None else f"line {line}: "
    return QuestionError(
        XML_PARSE_ERROR,
        f"There was an error parsing the XML question or answer data in your request ({what}).  Please make sure the"
        f" data is well-formed and validates against the appropriate schema. Details: {where}{reason}.",
        line,
    )


def readable(reason: str) -> str:
    """A parser's reason in one bounded line of print."""
    if reason.startswith("Excessive depth"):
        return "the elements are nested too deeply"
    reason = "".join(c if c.isprintable() else " " for c in reason.strip().rstrip("."))
    return reason if len(reason) <= 400 else reason[:400] + "..."


def refused(what: str, reason: str, line: int | None) -> QuestionError:
    """An InvalidParameterValue for a document that is well-formed and valid but makes no sense."""
    where = "" if line is None else f" line {line}:"
    return QuestionError(
        INVALID_VALUE, f"The value is not valid for the parameter {what}. Details:{where} {reason}.", line
    )


def text_of(parent: etree._Element, name: str) -> str:
    """The text of a child element in the parent's namespace, "" where there is none."""
    child = child_of(parent, name)
    return "" if child is None else child.text or ""


def child_of(parent: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name in the parent's namespace."""
    return parent.find(_qualified(parent, name))


def children_of(parent: etree._Element, name: str) -> list[etree._Element]:
    """All children of that local name in the parent's namespace."""
    return parent.findall(_qualified(parent, name))


def line_of(element: etree._Element) -> int:
    """The line on which an element begins, 1 where it was never in a text."""
    return cast("int | None", element.sourceline) or 1


def integer(value: str, what: str, line: int | None) -> int:
    """A number that the schema has passed as an integer, bounded to 32 bits; raises QuestionError."""
    value = value.strip()
    if not _NUMBER.fullmatch(value) or abs(int(value)) > MAX_INTEGER:
        raise refused(what, f"the number {value[:40]} is out of range", line)
    return int(value)


def _qualified(parent: etree._Element, name: str) -> str:
    space = etree.QName(parent).namespace
    return f"{{{space}}}{name}" if space else name
