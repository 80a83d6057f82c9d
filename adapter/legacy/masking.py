"""Secrets taken out of what is kept of calls: signatures, passwords, and the part of an address that only its owner knows."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit

MASK = "(masked)"
_SECRET = (  # of all schemes, also of those that this API never took
    "signature|signaturevalue|credential|authorization|cookie|binarysecuritytoken|securitytoken|sessiontoken"  # noqa: S105 (names)
)
_SECRET_NAME = re.compile(
    rf"(?:x-amz-)?(?:{_SECRET}|security-token)|.*(?:password|secret).*", re.IGNORECASE | re.DOTALL
)
#: Members whose value is an address that speaks for somebody.
_ADDRESS_NAME = re.compile("destination|fileuploadurl", re.IGNORECASE)
_WORDS = (*_SECRET.split("|"), "password", "secret", "destination", "fileuploadurl")
#: Headers that may be shown; whatever else a client or proxy sends may hold anything.
_HEADERS = {
    "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
    "soapaction", "transfer-encoding", "user-agent", "x-amazon-software", "x-forwarded-for", "x-forwarded-host",
    "x-forwarded-proto", "x-request-id",
}  # fmt: skip
#: What stands in an element before the next one, comments among it; also where it is cut off.
_CONTENT = r"(?:[^<]+|<!\[CDATA\[[\s\S]*?(?:\]\]>|\Z)|<!--[\s\S]*?(?:-->|\Z)|<\?[\s\S]*?(?:\?>|\Z))+"
_MARKS = re.compile(r"<!\[CDATA\[|\]\]>|<!--[\s\S]*?(?:-->|\Z)|<\?[\s\S]*?(?:\?>|\Z)")
_ELEMENT = re.compile(
    rf"(<(?:[\w.-]{{1,60}}:)?(?:{_SECRET}|[\w.-]{{0,40}}?(?:password|secret)[\w.-]{{0,40}})(?:\s[^<>]*)?>){_CONTENT}",
    re.IGNORECASE,
)
_ADDRESS_ELEMENT = re.compile(
    rf"(<(?:[\w.-]{{1,60}}:)?(?:Destination|FileUploadURL)(?:\s[^<>]*)?>)({_CONTENT})", re.IGNORECASE
)
_ADDRESS_MEMBER = re.compile(r'("(?:Destination|FileUploadURL)"\s*:\s*")((?:[^"\\]|\\.)*)', re.IGNORECASE)


def mask_form(text: str) -> str:
    """A query string or form body, the values of secret parameters replaced."""
    return "&".join(_mask_pair(*pair.partition("=")) for pair in text.split("&"))


def _mask_pair(name: str, equals: str, value: str) -> str:
    # a number may follow: Notification.1.Destination.1
    parts = [each.strip() for each in unquote_plus(name).split(".")]
    if equals and any(map(_SECRET_NAME.fullmatch, parts)):
        return name + equals + MASK
    if equals and any(map(_ADDRESS_NAME.fullmatch, parts)):
        return name + equals + mask_address(unquote_plus(value))
    return name + equals + value


def mask_xml(text: str) -> str:
    """An XML document, the texts of secret elements replaced; it need not be whole."""
    # looking for words first takes a hundredth of the time, and most answers have none of them
    lower = text.lower()
    if not any(word in lower for word in _WORDS):
        return text
    text = _ELEMENT.sub(rf"\1{MASK}", text)
    return _ADDRESS_ELEMENT.sub(lambda found: found[1] + _mask_content(found[2]), text)


def _mask_content(content: str) -> str:
    """What an element with an address holds; anything but a URL as it is."""
    plain = unescape(_MARKS.sub("", content))
    masked = mask_address(plain)
    return content if masked == plain else masked


def mask_json(text: str) -> str:
    """JSON of a modern call, in which only addresses may be secret; it need not be whole."""
    return _ADDRESS_MEMBER.sub(lambda found: found[1] + mask_address(found[2]), text)


def mask_tree(tree: Any) -> Any:
    """The members of a call, in the form in which they came, without secrets."""
    if not isinstance(tree, dict):
        return tree
    return {name: [_mask_value(name, value) for value in values] for name, values in tree.items()}


def _mask_value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return mask_tree(value)
    if _SECRET_NAME.fullmatch(name):
        return MASK
    return mask_address(value) if _ADDRESS_NAME.fullmatch(name) else value


def mask_address(text: str) -> str:
    """An address that is a URL, without what follows its host, and without a user; everything else as it is."""
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return MASK
    return f"{parts.scheme}://{parts.hostname or ''}{port}/{MASK}"


def mask_headers(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """The headers of a request, in the order of their names; values of all but common ones are replaced."""
    found = [(name.removeprefix("HTTP_"), value) for name, value in environ.items() if name.startswith("HTTP_")]
    found += [(name, environ[name]) for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)]
    named = sorted((name.replace("_", "-").title(), str(value)) for name, value in found)
    return [(name, value[:500] if name.lower() in _HEADERS else MASK) for name, value in named]


def spellings(secret: str) -> set[str]:
    """The ways in which addresses and XML spell a secret; none for what is too short to be one."""
    if len(secret) < 8:
        return set()
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), quote(secret, safe="").lower()}
