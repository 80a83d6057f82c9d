"""The WSDL and the message schema of any version, from this project's own tables of operations and structures.

Notation of a member: a name, then `:kind` (string where it is left out), then how often it occurs (`?` at most once, `*`
any number, `+` at least once, `{low,high}`; else exactly once), then `@version` for the first and `~version` for the last
published version that has it. `&Name` refers to an element, `%Name` is an attribute, `(...)` is a structure without a name.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from adapter.core.versions import NAMESPACES, shape_of
from adapter.legacy.protocol.request import SERVICE
from adapter.legacy.protocol.wsdl_operations import ECHOES, OPERATIONS, STATISTIC_ECHO_SINCE, Described
from adapter.legacy.protocol.wsdl_types import ELEMENTS, ENUMERATIONS, STRUCTURES

_BUILT_IN = {"string", "int", "long", "boolean", "decimal", "double", "dateTime"}
_MEMBER = re.compile(
    r"([&%]?)(\w+)(?::(\w+|\([^()]*(?:\([^()]*\)[^()]*)*\)))?([?*+]|\{\d+,\d+\})?(?:@([\d-]{10}))?(?:~([\d-]{10}))?(?:\s+|$)"
)
_OCCURS = {"": ("1", "1"), "?": ("0", "1"), "*": ("0", "unbounded"), "+": ("1", "unbounded")}


@dataclass(frozen=True)
class WsdlMember:
    """One member of a structure: `mark` is & for a reference, % for an attribute; `kind` a name or a structure in ()."""

    mark: str
    name: str
    kind: str
    occurs: tuple[str, str]


def members(notation: str, shape: str) -> Iterator[WsdlMember]:
    """The members that a published version has. Raises ValueError for a mistake in the notation."""
    at = 0
    while at < len(notation):
        match = _MEMBER.match(notation, at)
        if not match:
            raise ValueError(f"no member: {notation[at:]}")
        at = match.end()
        mark, name, kind, occurs, since, until = match.groups(default="")
        if since <= shape and (not until or shape <= until):
            low, _, high = occurs.strip("{}").partition(",")
            yield WsdlMember(mark, name, kind or "string", _OCCURS.get(occurs, (low, high)))


def _element(member: WsdlMember) -> str:
    low, high = member.occurs
    occurs = f' minOccurs="{low}"' * (low != "1") + f' maxOccurs="{high}"' * (high != "1")
    if member.mark == "&":
        return f'<xs:element ref="tns:{member.name}"{occurs}/>'
    if member.kind.startswith("("):
        return f'<xs:element name="{member.name}"{occurs}>{_complex(member.kind[1:-1])}</xs:element>'
    space = "xs" if member.kind in _BUILT_IN else "tns"
    return f'<xs:element name="{member.name}" type="{space}:{member.kind}"{occurs}/>'


def _complex(notation: str, shape: str = "", name: str = "") -> str:
    listed = list(members(notation, shape))
    attributes = "".join(f'<xs:attribute name="{each.name}" type="xs:string"/>' for each in listed if each.mark == "%")
    inner = "".join(_element(each) for each in listed if each.mark != "%")
    named = f' name="{name}"' if name else ""
    return f"<xs:complexType{named}><xs:sequence>{inner}</xs:sequence>{attributes}</xs:complexType>"


def operations(version: str) -> dict[str, Described]:
    """The operations whose schema this version has, in the order of the published ones."""
    shape = shape_of(version)
    return {name: each for name, each in OPERATIONS.items() if each.since <= shape <= each.until}


def namespace(version: str) -> str:
    """The namespace of a version's messages."""
    return NAMESPACES[0] + version


@functools.lru_cache(maxsize=32)
def schema(version: str) -> str:
    """The schema element of a version."""
    shape = shape_of(version)
    target = f'xmlns:tns="{namespace(version)}" targetNamespace="{namespace(version)}"'
    parts = [f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" {target} elementFormDefault="qualified">']
    described = operations(version)
    pieces: dict[str, str] = {}
    for name, values in ENUMERATIONS.items():
        listed = "".join(f'<xs:enumeration value="{each.name}"/>' for each in members(values, shape))
        pieces[name] = (
            f'<xs:simpleType name="{name}"><xs:restriction base="xs:string">{listed}</xs:restriction></xs:simpleType>'
        )
    pieces |= {name: _complex(notation, shape, name) for name, notation in STRUCTURES.items()}
    elements = ELEMENTS | {"Request": _request(described, shape)}
    parts += [
        f'<xs:element name="{name}">{_complex(notation, shape)}</xs:element>' for name, notation in elements.items()
    ]
    for name, each in described.items():
        parts += _messages(name, each)
        pieces[f"{name}Request"] = _complex(each.request, shape, f"{name}Request")
        if not each.element:
            pieces[f"{name}Result"] = _complex(each.result, shape, f"{name}Result")
    used = _used("".join(parts), pieces)
    return "".join((*parts, *(text for name, text in pieces.items() if name in used), "</xs:schema>"))


def _used(text: str, pieces: Mapping[str, str]) -> set[str]:
    """The types that a text needs, directly or through others: a version shows no type of a later one."""
    found: set[str] = set()
    left = [text]
    while left:
        for name in re.findall(r'type="tns:(\w+)"', left.pop()):
            if name not in found:
                found.add(name)
                left.append(pieces[name])
    return found


def _request(described: Mapping[str, Described], shape: str) -> str:
    echoes = [
        f"{name}:{name}Request?" if described[name].bare and shape < "2014-08-15" else f"{name}Request:{name}Request?"
        for name in ECHOES
        if name in described and (name != "GetRequesterStatistic" or shape >= STATISTIC_ECHO_SINCE)
    ]
    return " ".join(("IsValid?", *echoes, "&Errors?"))


def _messages(name: str, each: Described) -> tuple[str, str]:
    """The elements of a call and of its answer."""
    optional = "?" if name == "Help" else ""
    credential = "" if name == "Help" else " Credential?"
    call = (
        f"AWSAccessKeyId{optional} Timestamp:dateTime{optional} Signature{optional} Validate?{credential}"
        f" Request:{name}Request{each.many}"
    )
    if each.element.startswith("&"):
        result = f"{each.element}*"
    else:
        result = f"{each.element or name + 'Result'}:{each.result if each.element else name + 'Result'}*"
    return (
        f'<xs:element name="{name}">{_complex(call)}</xs:element>',
        f'<xs:element name="{name}Response">{_complex(f"&OperationRequest? {result}")}</xs:element>',
    )


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def xsd(version: str) -> bytes:
    """The message schema of a version as a document of its own."""
    return (_DECLARATION + schema(version) + "\n").encode()


def wsdl(version: str, address: str, described: Mapping[str, str]) -> bytes:
    """The WSDL 1.1 of a version.

    `address` is the URL that its port names; `described` says which operations are served, and what each does.
    """
    names = [name for name in operations(version) if name in described]
    messages = "".join(
        f'<message name="{name}{kind}Msg"><part name="body" element="tns:{name}{"" if kind == "Request" else kind}"/></message>'
        for name in names
        for kind in ("Request", "Response")
    )
    ports = "".join(
        f'<operation name="{name}"><documentation>{escape(described[name])}</documentation>'
        f'<input message="tns:{name}RequestMsg"/><output message="tns:{name}ResponseMsg"/></operation>'
        for name in names
    )
    bound = "".join(
        f'<operation name="{name}"><soap:operation soapAction="http://soap.amazon.com"/>'
        '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>'
        for name in names
    )
    return _definitions(SERVICE, namespace(version), schema(version), messages, ports, bound, address)


def _definitions(service: str, target: str, types: str, messages: str, ports: str, bound: str, address: str) -> bytes:
    return (
        f'{_DECLARATION}<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"'
        ' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:tns="{target}" targetNamespace="{target}">\n<types>{types}</types>\n{messages}\n'
        f'<portType name="{service}PortType">{ports}</portType>\n'
        f'<binding name="{service}Binding" type="tns:{service}PortType">'
        f'<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</binding>\n'
        f'<service name="{service}"><port name="{service}Port" binding="tns:{service}Binding">'
        f"<soap:address location={quoteattr(address)}/></port></service>\n</definitions>\n"
    ).encode()


#: The service that receptors of notifications offer, and its version in all years (docs/contract.md, Notifications).
RECEPTOR_SERVICE = "AWSMechanicalTurkRequesterNotification"
RECEPTOR_VERSION = "2006-05-05"


def receptor(address: str) -> bytes:
    """The WSDL of a receptor of notifications (docs/contract.md, Notifications): one message, one way."""
    target = namespace(RECEPTOR_VERSION)
    event = "Event:(EventType EventTime:dateTime HITTypeId HITId AssignmentId?)*"
    types = (
        f'<xs:schema targetNamespace="{target}" elementFormDefault="qualified"><xs:element name="Notify">'
        f"{_complex(f'Signature? Timestamp:dateTime? Version {event}')}</xs:element></xs:schema>"
    )
    return _definitions(
        RECEPTOR_SERVICE,
        target,
        types,
        '<message name="NotifyMsg"><part name="body" element="tns:Notify"/></message>',
        '<operation name="Notify"><input message="tns:NotifyMsg"/></operation>',
        '<operation name="Notify"><soap:operation soapAction="http://soap.amazon.com"/>'
        '<input><soap:body use="literal"/></input></operation>',
        address,
    )
