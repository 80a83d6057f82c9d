"""The legacy call inside a text that somebody pasted: an address, a body, a message, a command, a line of a log."""

from __future__ import annotations

import ast
import io
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

from werkzeug import Request

#: The most characters that are looked at; and of a curl command, which is split one by one.
LONGEST, LONGEST_COMMAND = 1_000_000, 200_000


class NothingFoundError(ValueError):
    """No legacy call is in the text; the message says what was found instead."""


@dataclass(frozen=True)
class Pasted:
    """A call as it went over HTTP, and in which form it stood in the text."""

    form: str
    method: str = "GET"
    target: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: What has to be known to read the explanation rightly.
    notes: tuple[str, ...] = ()

    def request(self) -> Request:
        """The call as the server would hand it to the gateway."""
        path, _, query = self.target.partition("?")
        environ = {
            "REQUEST_METHOD": self.method,
            "PATH_INFO": path,
            "QUERY_STRING": query.encode().decode("latin-1"),
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.url_scheme": "https",
            "HTTP_HOST": self.headers.get("host", "localhost"),
        }
        if "soapaction" in self.headers:
            environ["HTTP_SOAPACTION"] = self.headers["soapaction"]
        return Request(environ)


def read(text: str) -> Pasted:
    """The call that a text holds. Raises NothingFoundError."""
    if len(text) > LONGEST:
        raise NothingFoundError(f"The text is longer than {LONGEST} characters.")
    text = _sound(text).strip("\ufeff \t\r\n")
    for form in _FORMS:
        if (found := form(text)) is not None:
            _refuse_modern(found)
            return found
    raise NothingFoundError(
        "There is no legacy call in this text: no address or form with Operation, no HTTP request, no SOAP envelope."
    )


def logged(text: str) -> dict[str, str] | None:
    """The values of a line of this service's own log, which has no request in it; None for anything else."""
    for line in text[:LONGEST].splitlines():
        if "request_id" not in line:
            continue
        found = dict(_VALUE.findall(line))
        if (start := line.find("{")) >= 0 and not found:
            try:
                values = json.loads(line[start:])
            except (ValueError, RecursionError):
                continue
            found = {name: _sound(str(value)) for name, value in values.items()} if isinstance(values, dict) else {}
        if {"request_id", "operation", "version", "error"} <= found.keys():
            return found
    return None


def _sound(text: str) -> str:
    """A text without halves of characters, which cannot be written anywhere."""
    return text.encode("utf-8", "replace").decode()


_VALUE = re.compile(r"\b([a-z_]{1,20})=(\S+)")


def _refuse_modern(found: Pasted) -> None:
    signed = found.headers.get("authorization", "").startswith("AWS4-") or "X-Amz-Algorithm=AWS4" in found.target
    if "x-amz-target" in found.headers or signed:
        raise NothingFoundError(
            "This is a call of the 2017-01-17 API, signed with Signature Version 4; there is nothing to translate in it."
        )


# ---- lines of logs ------------------------------------------------------------------------------------------------------

#: By one of these a call names its operation.
_NAMES = ("operation=", "action=")
_BOTO = re.compile(r"query_string: (\S+) Signature: (?:b')?([A-Za-z0-9+/=]+)")
_SENT = re.compile(r"^.{0,200}?\bsend: (b?(?:'.*'|\".*\"))\s*$", re.MULTILINE)
# bound to the beginning of a line: a search from every mark in a long line would take minutes
_WIRE = re.compile(r"^.{0,300}?>> \"(.*)\"\s*$", re.MULTILINE)
_ACCESS = re.compile(r"\"(GET|POST) ([^\s\"]+) HTTP/1\.[01]\"")


def _boto_signed(text: str) -> Pasted | None:
    """What boto 2 logs when it signs: the parameters, and the signature beside them."""
    if not (found := _last(_BOTO, text)):
        return None
    signature = quote_from_bytes(found[2].encode(), safe="")
    return Pasted("a line of boto's log", "POST", "/", body=f"{found[1]}&Signature={signature}".encode())


def _python_sent(text: str) -> Pasted | None:
    """What Python's HTTP library prints with debuglevel set: each part that it sent as a literal."""
    sent = b""
    for each in _SENT.findall(text):
        try:
            part = ast.literal_eval(each)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        sent += part if isinstance(part, bytes) else part.encode("latin-1", "replace")
    return _http(sent.decode("latin-1"), "what Python's HTTP library printed", "latin-1") if sent else None


def _java_wire(text: str) -> Pasted | None:
    """The wire log of Java's HTTP clients: `>> "..."`, with line ends in brackets."""
    parts = _WIRE.findall(text)
    joined = "".join(parts).replace("[\\r]", "\r").replace("[\\n]", "\n")
    return _http(joined, "the wire log of a Java client") if parts else None


def _access_line(text: str) -> Pasted | None:
    if not (found := _last(_ACCESS, text)):
        return None
    if not any(name in found[2].lower() for name in _NAMES):
        raise NothingFoundError(
            f"This is a line of a web server's log about a {found[1]}, and such logs have no bodies, in which the call is: "
            "take the request from the client's own log."
        )
    return Pasted("a line of a web server's log", found[1], found[2])


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007 (the last is wanted)
        pass
    return found


# ---- requests, messages, commands, addresses, forms --------------------------------------------------------------------------

_HEAD = re.compile(r"^(GET|POST) (\S+) HTTP/1\.[01]\s*$", re.MULTILINE)
_ENVELOPE = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?Envelope[\s>]")
_DECLARATION = re.compile(r"<\?xml [^<>]{0,200}\?>\s{0,100}$")
_CURL = re.compile(r"(?:^|[\s$#>;&|])curl(?=\s)")
#: What curl takes with a value beside it, of what people paste.
_CURL_DATA = {"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode"}
_CURL_OTHERS = set("AbcCeEFKmorTuUwxyYzt") | set(
    "max-time user-agent output user proxy cacert resolve connect-to".split()  # noqa: SIM905 (one line)
)


def _http(text: str, form: str = "an HTTP request", charset: str = "utf-8") -> Pasted | None:
    """A request with its headers; the last one, where there are several."""
    if not (found := _last(_HEAD, text)):
        return None
    head, _, body = text[found.end() :].lstrip("\r").removeprefix("\n").replace("\r\n", "\n").partition("\n\n")
    pairs = (line.partition(":") for line in head.split("\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    raw = body.strip("\r\n").encode(charset, "replace")
    return Pasted(form, found[1], _host_and_target(found[2])[1], headers, raw)


def _message(text: str) -> Pasted | None:
    """A SOAP envelope wherever it stands."""
    if not (found := _ENVELOPE.search(text)):
        return None
    end = text.rfind("Envelope>") + len("Envelope>")
    declared = _DECLARATION.search(text[max(0, found.start() - 300) : found.start()])
    # these are characters already, whatever the declaration says of bytes
    form = "a SOAP message" if declared or found.start() == 0 else "a SOAP message inside a text"
    body = text[found.start() : max(end, found.end())].encode()
    return Pasted(form, "POST", "/onca/soap", {"content-type": "text/xml; charset=utf-8"}, body)


def _command(text: str) -> Pasted | None:
    """A curl command as a shell reads it."""
    if not (found := _CURL.search(text)):
        return None
    if len(text) - found.end() > LONGEST_COMMAND:
        raise NothingFoundError(
            f"The curl command is longer than {LONGEST_COMMAND} characters: paste what it sends alone."
        )
    try:
        words = shlex.split(text[found.end() :].replace("\\\n", " ").replace("\\\r\n", " "))
    except ValueError as error:
        raise NothingFoundError(f"The curl command cannot be read: {error}.") from error
    return _curl(words)


def _curl(words: list[str]) -> Pasted:
    address, method, data, headers, notes, as_query = "", "", list[str](), dict[str, str](), list[str](), False
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if word[:2] in {"-d", "-H", "-X"} and len(word) > 2:
            option, equals, value = word[:2], "=", word[2:]
        if not word.startswith("-"):
            address = address or word
        elif option in _CURL_DATA:
            value = value if equals else next(rest, "")
            if value.startswith("@") and option != "--data-raw":
                notes.append(f"The file {value[1:][:100]} was not read.")
            else:
                data.append(_encoded(value) if option == "--data-urlencode" else value)
        elif option in {"-H", "--header"}:
            name, _, told = (value if equals else next(rest, "")).partition(":")
            headers[name.strip().lower()] = told.strip()
        elif option in {"-X", "--request"}:
            method = value if equals else next(rest, "")
        elif option == "--url":
            address = value if equals else next(rest, "")
        elif option == "--get" or (not word.startswith("--") and word.endswith("G")):
            as_query = True
        elif not equals and option.lstrip("-") in _CURL_OTHERS:
            next(rest, None)
    host, target = _host_and_target(address)
    joined = "&".join(data)
    headers.setdefault("host", host or "localhost")
    if as_query and joined:
        target, joined = f"{target}{'&' if '?' in target else '?'}{joined}", ""
    sent = method.upper() or ("POST" if joined else "GET")
    return Pasted("a curl command", sent, target, headers, joined.encode(), tuple(notes))


def _encoded(pair: str) -> str:
    """A pair as `--data-urlencode` sends it: the value escaped, the name as it is."""
    name, equals, value = pair.partition("=")
    escaped = quote_from_bytes((value if equals else name).encode(), safe="-._~")
    return f"{name}={escaped}" if equals and name else escaped


def _address(text: str) -> Pasted | None:
    """An address with or without its host."""
    for word in _words(text):
        start = word.lower()
        if "?" in word and (start.startswith(("http://", "https://", "/", "?")) or ".com" in start.partition("?")[0]):
            host, target = _host_and_target(word)
            return Pasted("an address", "GET", target, {"host": host} if host else {})
    return None


def _form(text: str) -> Pasted | None:
    """A form's body, or the query of an address alone."""
    for word in _words(text):
        if any(name in word.lower() for name in _NAMES):
            return Pasted("a form's body", "POST", "/", body=word.encode())
    return None


def _words(text: str) -> list[str]:
    return [word.rstrip(",;)]}") for word in re.split(r"[\s\"'<>`]+", text)]


def _host_and_target(address: str) -> tuple[str, str]:
    """The host of an address, if it names one, and its path and query."""
    place, mark, query = address.partition("#")[0].partition("?")
    before, scheme, rest = place.partition("://")
    host, _, path = (
        rest.partition("/") if scheme else ("", "", place) if place[:1] in {"", "/"} else before.partition("/")
    )
    return host, "/" + path.lstrip("/") + mark + query


_FORMS: tuple[Callable[[str], Pasted | None], ...] = (
    _python_sent,
    _java_wire,
    _boto_signed,
    _command,
    _http,
    _message,
    _access_line,
    _address,
    _form,
)
