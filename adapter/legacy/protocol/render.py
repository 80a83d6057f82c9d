"""The strict template environment: results become compact XML exactly as docs/contract.md, The envelope shows it."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup

from adapter.core.errors import LegacyError, Place
from adapter.core.versions import shape_of
from adapter.legacy.protocol.request import Envelope, Tree
from adapter.legacy.protocol.rows import Rows
from adapter.legacy.protocol.spelling import balance, content, el, finalize, price, stamp

DECLARATION = '<?xml version="1.0"?>\n'
#: SOAP toolkits are told the encoding; REST replies were recorded without it.
SOAP_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: What XML 1.0 cannot carry and UTF-8 spells in single bytes; the two noncharacters are removed separately.
_CONTROLS = bytes(each for each in range(32) if each not in {9, 10, 13})


class _Loader(BaseLoader):
    """Templates of the package, without the line breaks and indentation that make them readable.

    The reply is compact because old clients split it at literal text such as `<Request><IsValid>`.
    """

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002
        file = importlib.resources.files("xml_templates").joinpath(*template.split("/"))
        if not file.is_file():
            raise TemplateNotFound(template)
        source = "".join(line.strip() for line in file.read_text(encoding="utf-8").splitlines())
        return source, template, lambda: True


@functools.cache
def environment() -> Environment:
    """The one environment all templates are compiled in."""
    made = Environment(
        loader=_Loader(),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        finalize=finalize,
    )
    made.globals.update(el=el, stamp=stamp, price=price, balance=balance)
    return made


@dataclass(frozen=True)
class Answer:
    """The answer to one Request: a result in the legacy vocabulary, or an error."""

    result: Mapping[str, Any] | None = None
    error: LegacyError | None = None
    groups: frozenset[str] = frozenset({"Minimal"})
    echo: Tree | None = None
    #: The request was only checked (Validate), so there is nothing to show but that it is valid.
    validated: bool = False


@dataclass(frozen=True)
class Reply:
    """All that the envelope needs: one answer per Request, or one error for the whole call."""

    operation: str
    version: str
    request_id: str
    element: str = ""
    answers: list[Answer] = field(default_factory=list)
    error: LegacyError | None = None
    envelope: Envelope = Envelope()


def reply(of: Reply) -> bytes:
    """The whole document."""
    if of.error is None and of.envelope == _PLAIN and all(_is_bare(each) for each in of.answers):
        kinds = tuple((each.groups, each.validated) for each in of.answers)
        before, after = _bare(of.operation, of.version, of.element, kinds)
        return before + of.request_id.encode() + after
    return _document(of)


_PLAIN = Envelope()
#: Stands where the request id will; no template makes it.
_REQUEST_ID = "\ue000"


def _is_bare(answer: Answer) -> bool:
    return not answer.result and answer.error is None and answer.echo is None


@functools.lru_cache(maxsize=1024)
def _bare(
    operation: str, version: str, element: str, kinds: tuple[tuple[frozenset[str], bool], ...]
) -> tuple[bytes, bytes]:
    """What stands before and after the request id in a reply that says nothing but that the call is done."""
    answers = [Answer(groups=groups, validated=validated) for groups, validated in kinds]
    document = _document(Reply(operation, version, _REQUEST_ID, element, answers))
    before, _, after = document.partition(_REQUEST_ID.encode())
    return before, after


def _document(of: Reply) -> bytes:
    shape = shape_of(of.version)
    results = [_result(of, answer, shape) for answer in of.answers]
    text = environment().get_template("_envelope.xml").render(reply=of, results=results)
    failed = of.error is not None or any(each.error for each in of.answers)
    return (_refusal if failed else finish)(text, SOAP_DECLARATION if of.envelope.protocol == "SOAP" else DECLARATION)


def _refusal(text: str, declaration: str = DECLARATION) -> bytes:
    """Bytes of a document with an error, all of them ASCII: boto under Python 2 fails on any others, in errors only."""
    return finish(text, declaration).decode().encode("ascii", "xmlcharrefreplace")


def finish(text: str, declaration: str = DECLARATION) -> bytes:
    """Bytes of a document, with the declaration, without anything XML 1.0 cannot carry."""
    raw = text.encode("utf-8", "ignore").translate(None, _CONTROLS)
    if b"\r" in raw:
        # a parser turns a bare carriage return into a line feed, and Question and Answer must come back as they went
        raw = raw.replace(b"\r", b"&#13;")
    if not text.isascii():
        raw = raw.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    return declaration.encode() + raw + b"\n"


def unavailable(error: LegacyError, request_id: str) -> bytes:
    """The top-level shape without an operation's envelope (docs/contract.md, The envelope, throttling)."""
    return _refusal(environment().get_template("_unavailable.xml").render(error=error, request_id=request_id))


def fault(error: LegacyError, request_id: str, prefix: str) -> bytes:
    """The SOAP Fault for what no operation can answer; `aws:Server` codes may be repeated, `aws:Client` codes not."""
    server = error.place is Place.UNAVAILABLE or error.status >= 500 or error.code == "AWS.ServiceUnavailable"
    text = environment().get_template("_fault.xml")
    return _refusal(
        text.render(error=error, request_id=request_id, prefix=prefix, side="Server" if server else "Client"),
        SOAP_DECLARATION,
    )


#: The counters of a page. REST shows them as they were recorded. SOAP follows the published schemas, since toolkits made
#: from them (zeep, Axis2) read by order and would lose the whole list; those that read by name take either.
_RECORDED = ("NumResults", "TotalNumResults", "PageNumber")
_IN_SCHEMA = {
    "GetBonusPayments": ("NumResults", "PageNumber", "TotalNumResults"),
    "GetQualificationRequests": _RECORDED,
    "SearchQualificationTypes": _RECORDED,
}


def _counted(of: Reply) -> tuple[str, ...]:
    if of.envelope.protocol != "SOAP":
        return _RECORDED
    return _IN_SCHEMA.get(of.operation, ("PageNumber", "NumResults", "TotalNumResults"))


def _result(of: Reply, answer: Answer, shape: str) -> Markup:
    name = "_error.xml" if answer.error else "_result.xml" if answer.validated else f"{of.operation}.xml"
    return Markup(  # noqa: S704 - what a template made is XML already
        environment()
        .get_template(name)
        .render(
            element=of.element,
            result=answer.result if answer.result is not None else {},
            counted=_counted(of),
            error=answer.error,
            groups=answer.groups,
            echo=_echo(of, answer) if answer.echo is not None else "",
            since=lambda version: shape >= version,
            rows=Rows(answer.groups, shape),
        )
    )


#: Before 2014-08-15 SOAP named the echo of these without `Request`; these four never had one (docs/contract.md, The envelope).
_ECHO_BARE = {"GetAssignmentsForHIT", "GetFileUploadURL", "GetRequesterStatistic", "GetRequesterWorkerStatistic"}
_ECHO_NEVER = {
    "GetQualificationScore",
    "UpdateQualificationScore",
    "SetHITTypeNotification",
    "SendTestEventNotification",
}


def _echo(of: Reply, answer: Answer) -> Markup:
    """The request as ResponseGroup=Request shows it: REST in alphabetical order with a `tag` on structures, as recorded.

    SOAP keeps the caller's own order, because generated clients send, and read, in the order of the schema.
    """
    soap = of.envelope.protocol == "SOAP"
    if soap and (
        of.operation in _ECHO_NEVER or (of.operation == "GetRequesterStatistic" and shape_of(of.version) < "2012-03-25")
    ):
        return Markup("")
    bare = soap and of.operation in _ECHO_BARE and shape_of(of.version) < "2014-08-15"
    name = of.operation if bare else f"{of.operation}Request"
    tree: Tree = {**(answer.echo or {})} if soap else {**(answer.echo or {}), "Operation": [of.operation]}
    return Markup(f"<{name}>{''.join(_echoed(tree, tagged=not soap))}</{name}>")  # noqa: S704 - escaped piece by piece


def _echoed(tree: Tree, *, tagged: bool) -> Iterable[str]:
    for name, values in sorted(tree.items()) if tagged else tree.items():
        if not name.isascii() or not name.isidentifier():
            # a stray parameter whose name is no element name
            continue
        for number, value in enumerate(values, 1):
            if isinstance(value, dict):
                yield f'<{name} tag="{number}">' if tagged else f"<{name}>"
                yield from _echoed(value, tagged=tagged)
                yield f"</{name}>"
            else:
                yield f"<{name}>{content(value)}</{name}>"
