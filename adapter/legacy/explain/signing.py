"""Why a signature does not match: the mistakes that signing programs are known to make are tried, alone and two together."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Iterator
from datetime import UTC, timedelta
from urllib.parse import quote, unquote

from adapter.legacy.explain.pasted import Pasted
from adapter.legacy.protocol import rest, signature
from adapter.legacy.protocol.request import SERVICE, Credentials, LegacyRequest

#: What was done wrong, in words ("" for what is right), and what came of it.
Tried = tuple[str, str]
#: The most secrets of other keys that are tried.
MOST_OTHERS = 200
#: Characters of a text from which on it is tried with the right secret only.
_LONG = 2000
#: Seconds by which the time that was signed may be another than the one that was sent.
_APART = (0, -1, 1, -2, 2, -3, 3)
_SPELLINGS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.000Z", "%Y-%m-%dT%H:%M:%S+00:00")


def mistakes(parsed: LegacyRequest, pasted: Pasted, secret: str, others: dict[str, str]) -> list[str]:
    """What explains the signature that was sent, the simplest first; empty where nothing known does.

    `others` are secrets of further keys that are known here, by access key id.
    """
    given = _plain(parsed.credentials.signature)
    texts = [("", parsed.credentials.signed_text), *_texts(parsed, pasted)]
    found: dict[str, int] = {}
    for (key, each), (text, signed) in itertools.product([("", secret), *_secrets(secret, parsed)], texts):
        if key and len(signed) > _LONG:
            continue
        for digest, value in _digests(each, signed):
            for form, shown in _forms(value):
                if shown == given:
                    said = [part for part in (key, text, digest, form) if part]
                    found.setdefault("; and ".join(said), len(said))
    for identifier, other in itertools.islice(others.items(), MOST_OTHERS):
        if other != secret and _plain(signature.sign(other, parsed.credentials.signed_text)) == given:
            found[f"It was made with the secret of another key, {identifier}"] = 1
    simplest = min(found.values(), default=0)
    return sorted(each for each, number in found.items() if number == simplest) or _damaged(secret, parsed, given)


def matches(sent: Credentials, secret: str) -> bool:
    """Whether the signature is the one that this secret makes."""
    return _plain(sent.signature) == _plain(signature.sign(secret, sent.signed_text))


def _plain(text: str) -> str:
    """A signature as the gateway compares it: without a `+` at its beginning, which may have been lost as a space."""
    return text.strip().replace(" ", "+").lstrip("+")


def _secrets(secret: str, parsed: LegacyRequest) -> Iterator[Tried]:
    yield "The secret was used with a line end behind it", secret + "\n"
    yield "The secret was used with a line end (CR LF) behind it", secret + "\r\n"
    yield "The secret was used with a space behind it", secret + " "
    yield "The secret was used with a space before it", " " + secret
    yield "The secret was used with quotation marks around it", f'"{secret}"'
    yield "The secret was used with apostrophes around it", f"'{secret}'"
    yield "The secret was used URL-encoded", quote(secret, safe="")
    yield "The secret was used with its escapes undone", unquote(secret)
    yield "The secret was used with a space for each +", secret.replace("+", " ")
    yield "The secret was used in lower case", secret.lower()
    yield "The access key id was used as the secret", parsed.credentials.access_key_id
    yield "An empty secret was used", ""


def _texts(parsed: LegacyRequest, pasted: Pasted) -> Iterator[Tried]:
    """Texts that are signed instead of the right one."""
    operation, time = parsed.operation, parsed.credentials.timestamp
    for order in itertools.permutations((("Service", SERVICE), ("Operation", operation), ("Timestamp", time))):
        names, values = zip(*order, strict=True)
        for name, between in (("nothing", ""), ("a line end", "\n"), ("an &", "&"), ("a space", " ")):
            yield (
                f"What was signed is {', '.join(names)}, in this order and with {name} between them",
                between.join(values),
            )
    yield "Operation and Timestamp were signed, without Service", operation + time
    yield "Service and Timestamp were signed, without Operation", SERVICE + time
    yield "The Timestamp alone was signed", time
    yield "The text was signed in lower case", (SERVICE + operation + time).lower()
    yield "A line end was signed behind the text", SERVICE + operation + time + "\n"
    for said, other in _times(time):
        yield f"Another Timestamp was signed than the one that was sent: {said}", SERVICE + operation + other
    yield from _of_other_schemes(pasted)


def _times(text: str) -> Iterator[tuple[str, str]]:
    """Other spellings of a time, and times around it; each as it would be signed."""
    for said, other in (
        ("URL-encoded, or sent encoded twice", quote(text, safe="")),
        ("with its escapes undone", unquote(text)),
        ("with a space for the T", text.replace("T", " ", 1)),
        ("with a T for the space", text.replace(" ", "T", 1)),
        ("with a + for the space", text.replace(" ", "+")),
        ("with a space for the +", text.replace("+", " ")),
    ):
        if other != text:
            yield said, other
    moment, _ = signature.timestamp(unquote(text))
    if moment is None:
        return
    for seconds in _APART:
        try:
            near = (moment + timedelta(seconds=seconds)).astimezone(UTC)
        except OverflowError:
            continue
        for spelling in _SPELLINGS:
            if (other := near.strftime(spelling)) != text:
                yield other, other
        yield f"seconds since 1970, {int(near.timestamp())}", str(int(near.timestamp()))


def _of_other_schemes(pasted: Pasted) -> Iterator[Tried]:
    """The texts of the other schemes of that time, which cover all parameters."""
    query = pasted.target.partition("?")[2].encode("utf-8", "replace")
    pairs = rest.pairs(b"&".join(part for part in (query, pasted.body) if part), len(query) + len(pasted.body) + 1)
    if not pasted.headers.get("content-type", "").startswith("text/xml"):
        covered = [(name, value) for name, value in pairs if name.lower() != "signature"]
        without = [pair for pair in covered if pair[0].lower() != "signatureversion"]
        for some in (covered, without, [*without, ("SignatureVersion", "1")]):
            for said, key in (
                ("by name", lambda pair: pair[0].lower()),
                ("by name, capitals first", lambda pair: pair[0]),
            ):
                yield (
                    f"It is of signature version 1 (all parameters, {said}); send SignatureVersion=1 with it",
                    "".join(name + value for name, value in sorted(some, key=key)),
                )
        escaped = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(covered))
        path, host = pasted.target.partition("?")[0], pasted.headers.get("host", "").lower()
        hosts = dict.fromkeys((host, host.partition(":")[0], "mechanicalturk.amazonaws.com"))
        for method, each in itertools.product(("GET", "POST"), hosts):
            yield (
                "It is of signature version 2, which this API never took: sign Service, Operation and Timestamp",
                f"{method}\n{each}\n{path}\n{escaped}",
            )


def _digests(secret: str, text: str) -> Iterator[tuple[str, bytes]]:
    key, data = secret.encode("utf-8", "replace"), text.encode("utf-8", "replace")
    yield "", hmac.new(key, data, hashlib.sha1).digest()
    yield "It is an HMAC-SHA256; this API wants HMAC-SHA1", hmac.new(key, data, hashlib.sha256).digest()
    yield "It is an HMAC-MD5; this API wants HMAC-SHA1", hmac.new(key, data, hashlib.md5).digest()
    yield "Secret and text were exchanged", hmac.new(data, key, hashlib.sha1).digest()
    yield "It is the SHA-1 of secret and text, no HMAC", hashlib.sha1(key + data, usedforsecurity=False).digest()
    yield "It is the SHA-1 of text and secret, no HMAC", hashlib.sha1(data + key, usedforsecurity=False).digest()


def _forms(digest: bytes) -> Iterator[Tried]:
    """How a digest is written into a call."""
    right = base64.b64encode(digest).decode()
    yield "", _plain(right)
    yield "It is in hexadecimal; this API wants Base64", digest.hex()
    yield "It is the Base64 of the hexadecimal digits", base64.b64encode(digest.hex().encode()).decode()
    yield "It is in Base64 for addresses (- and _); this API wants + and /", base64.urlsafe_b64encode(digest).decode()
    yield "It is Base64 without the = at its end", _plain(right.rstrip("="))
    yield "It was URL-encoded twice", _plain(quote(right, safe=""))
    yield "It was URL-encoded twice, but for its /", _plain(quote(right))


def _damaged(secret: str, parsed: LegacyRequest, given: str) -> list[str]:
    """What happened to a right signature on its way."""
    right = _plain(signature.sign(secret, parsed.credentials.signed_text))
    if given.lower() == right.lower():
        return ["It is right but for capital and small letters, which something changed on the way"]
    if len(given) >= 8 and (right.startswith(given) or given.startswith(right)):
        return ["It is right but cut off, or has something behind it"]
    return []
