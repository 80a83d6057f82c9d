"""A SOAP 1.1 message read into a LegacyRequest: dispatch on the Body's child, members by name (docs/contract.md)."""

from __future__ import annotations

import re
from typing import Any

from adapter.core.errors import TURK, LegacyError, Place
from adapter.core.safe_xml import SIXTEEN_BITS, XmlError
from adapter.core.safe_xml import parse as parse_xml
from adapter.core.versions import NAMESPACES, NEWEST, from_namespace
from adapter.legacy.protocol import rest
from adapter.legacy.protocol.binding import element_tree
from adapter.legacy.protocol.request import SERVICE, Credentials, Envelope, LegacyRequest, Tree, only_validates

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
#: The prefix where the caller's Envelope has none: TurKit finds the Body by this literal text.
PREFIX = "soapenv"

_TYPES = {"text/xml", "application/soap+xml", "application/xml"}
_PREFIX = re.compile(r"^(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]{0,30}$")
#: Members of the message itself; everything else belongs to the operation.
_COMMON = {"awsaccesskeyid", "timestamp", "signature", "validate", "credential", "request"}

#: Codes that SOAP clients compare with under another spelling than REST clients saw (the Java SDK's exception names).
_SPELLED = {TURK + "PermissionDenied": TURK + "PermissionDeniedException"}


def announced(content_type: str, action: str | None) -> bool:
    """Whether the headers of a request (its media type, its SOAPAction) say that a SOAP message follows."""
    return action is not None or content_type.lower() in _TYPES


def is_message(body: bytes) -> bool:
    """Whether a body is XML, whatever the headers call it: no form body can begin like this."""
    start = body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return start.startswith(b"<") or body[:2] in SIXTEEN_BITS


def spelled(error: LegacyError) -> LegacyError:
    """The error with its code as SOAP clients know it."""
    error.code = _SPELLED.get(error.code, error.code)
    return error


def parse(body: bytes, charset: str, most_elements: int) -> LegacyRequest:
    """Read a call from its message. `charset` is the Content-Type's; what the document declares goes before it.

    Raises LegacyError, to be answered by a Fault, for anything that is no SOAP 1.1 message of this API.
    """
    try:
        root = parse_xml(body, most_elements, charset)
    except XmlError as error:
        raise _refused(f"The message cannot be read as XML: {error}") from error
    return _read(root)


def _refused(message: str, code: str = "AWS.BadRequest") -> LegacyError:
    return LegacyError(code, message, place=Place.PLATFORM)


def _read(root: Any) -> LegacyRequest:
    space, _, name = root.tag.rpartition("}")
    if name != "Envelope":
        raise _refused("The document is not a SOAP envelope.")
    if space[1:] != ENVELOPE:
        raise _refused(f"Only SOAP 1.1 is spoken here: the Envelope must be in {ENVELOPE}.", "VersionMismatch")
    body = next((child for child in root if child.tag == f"{space}}}Body"), None)
    header = next((child for child in root if child.tag == f"{space}}}Header"), None)
    if body is None or not len(body):
        raise _refused("The SOAP Body names no operation.")
    payload = body[0]
    space, _, operation = payload.tag.rpartition("}")
    namespace = space[1:] or NAMESPACES[0] + NEWEST
    version = from_namespace(namespace)
    if version is None:
        raise _refused(f"The namespace {namespace[:200]} of {operation[:80]} is not one of this API.")
    common, shared, requests = _members(payload)
    timestamp = common.get("timestamp", "")
    return LegacyRequest(
        operation=operation,
        version=version,
        credentials=Credentials(
            common.get("awsaccesskeyid", ""), timestamp, common.get("signature", ""), SERVICE + operation + timestamp
        ),
        # what the Requests share comes behind their own members, as ResponseGroup does in the schemas
        requests=[{**each, **{name: shared[name] for name in shared if name not in each}} for each in requests]
        or [shared],
        validate=only_validates(common.get("validate", "")),
        envelope=Envelope("SOAP", root.prefix if _PREFIX.match(root.prefix or "") else PREFIX, namespace),
        software="" if header is None else header.findtext("{*}X-Amazon-Software", ""),
    )


def _members(payload: Any) -> tuple[dict[str, str], Tree, list[Tree]]:
    """What stands in the operation's element: common texts by lower-case name, what all Requests share, the Requests."""
    common: dict[str, str] = {}
    shared: Tree = {}
    requests: list[Tree] = []
    for name, values in element_tree(payload).items():
        lower = name.lower()
        if lower == "request":
            # an empty Request is a text to the tree
            requests += [_undotted(each) if isinstance(each, dict) else {} for each in values]
        elif lower in _COMMON:
            first = values[0]
            common.setdefault(lower, first.strip() if isinstance(first, str) else "")
        else:
            shared[name] = values
    return common, shared, requests


def _undotted(request: Tree) -> Tree:
    """Members named as in REST put where they belong: TurKit writes `<BonusAmount.1.Amount>` in its messages."""
    dotted = [(name, value) for name, values in request.items() if "." in name for value in values]
    if not dotted:
        return request
    nested = rest.tree([(name, value) for name, value in dotted if isinstance(value, str)])
    return {**nested, **{name: values for name, values in request.items() if "." not in name}}
