"""Scans HTML of strangers in linear time: is anything left open at its end, and which fields would it submit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape

from adapter.marketplace.questions.documents import XHTML_PARSE_ERROR, QuestionError

# No tree is built here. The HTML5 tree rules copy open formatting elements into every new paragraph, so a few
# kilobytes of unclosed tags would cost minutes; the tokens alone tell what is needed, and cost one pass.

_NAME = re.compile(r"[^\s/>]+", re.ASCII)  # white space of HTML is ASCII alone
_ATTRIBUTE = re.compile(
    r"""[\s/]*+(?P<name>[^\s/>][^\s/>=]*+)"""
    r"""(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<open>["'])|(?P<bare>[^\s>"'][^\s>]*+))?+)?+""",
    re.ASCII,
)
_TAG_END = re.compile(r"[\s/]*+>", re.ASCII)
_RAW_TEXT = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.ASCII | re.IGNORECASE) for name in _RAW_TEXT}
_COMMENT_END = re.compile(r"--!?>")
_LETTER = re.compile("[A-Za-z]")
_SHORT_COMMENT = re.compile("-?>")
_MARKUP = re.compile(r"<(?=[A-Za-z!/?])")
# text and whole tags in one go, as far as nothing of the above begins: most of a page, ten times faster than tag by tag
_PLAIN = re.compile(
    rf"""(?:[^<]++|<(?![A-Za-z!/?])|</?(?!(?:{"|".join(_RAW_TEXT)})[\s/>])[A-Za-z][^\s/>]*+"""
    r"""(?:[\s/]*+[^\s/>][^\s/>=]*+"""
    r"""(?:(?!\s*+=)|\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?!["']))))*+[\s/]*+>)*+""",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Tag:
    """A start tag: its lower-case name, its attributes (lower-case names, first one wins), and raw text inside."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    end: bool = False


@dataclass(frozen=True)
class Field:
    """Something an HTML form submits: `type` as in <input type>, or select, textarea; `choices` are its values."""

    name: str
    type: str
    choices: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)


def check_html(text: str, what: str, line: int) -> None:
    """Refuse HTML that no HTML5 parser can read as meant: empty, or ending inside a tag, a comment or a script.

    Lesser errors, from which HTML5 says how to recover, are let through. `line` is where the text begins in the
    document. Raises QuestionError with XHTMLParseError.
    """
    if not text.strip():
        raise _wrong(what, "the HTML is empty", line)
    for _ in scan(text, what, line, whole=False):
        pass


def scan(text: str, what: str = "Question", line: int = 1, *, whole: bool = True) -> Iterator[Tag]:
    """Every start and end tag of HTML in order; raises QuestionError where the text ends inside markup.

    With `whole` off, tags that are certainly in order are left out.
    """
    at = 0
    while True:
        if not whole and (plain := _PLAIN.match(text, at)) is not None:
            at = plain.end()
        if (match := _MARKUP.search(text, at)) is None:
            return
        start = match.start()
        here = text[start + 1]
        if text.startswith("<!--", start):
            # "<!-->" and "<!--->" are whole, if odd, comments
            end = _COMMENT_END.search(text, start + 4)
            short = _SHORT_COMMENT.match(text, start + 4)
            stop = short.end() if short else end.end() if end else -1
            kind = "a comment"
        elif text.startswith("</", start) and start + 2 == len(text):
            return
        elif here in "!?" or (here == "/" and not _LETTER.match(text, start + 2)):
            stop = text.find(">", start) + 1 or -1
            kind = "a declaration"
        else:
            tag, stop = _tag(text, start)
            kind = f"the tag {tag.name[:40]}"
            if stop > 0 and not tag.end and tag.name in _RAW_END:
                closing = _RAW_END[tag.name].search(text, stop)
                if closing is None:
                    stop, kind = -1, f"the element {tag.name}"
                else:
                    tag = Tag(tag.name, tag.attributes, text[stop : closing.start()])
                    stop = closing.start()
            if stop > 0:
                yield tag
        if stop < 0:
            raise _wrong(what, f"{kind} is not closed before the HTML ends", line + text.count("\n", 0, start))
        at = stop


def form_fields(text: str) -> list[Field]:
    """The named fields of HTML (input, select, textarea, crowd elements), those of one name put together, in order.

    Buttons and fields the service fills in itself are left out. HTML that ends inside markup gives what came before.
    """
    fields: dict[str, Field] = {}
    select: str | None = None
    try:
        for tag in scan(text):
            if tag.name == "select":
                select = None if tag.end else tag.attributes.get("name") or None
                if select is not None:
                    fields.setdefault(select, Field(select, "select", (), tag.attributes))
            elif tag.name == "option" and select is not None and not tag.end and "value" in tag.attributes:
                _add_choice(fields, select, tag.attributes["value"])
            elif not tag.end and (tag.name in {"input", "textarea"} or tag.name.startswith("crowd-")):
                _add_field(fields, tag)
    except QuestionError:  # checked when the question came; what could be read is enough here
        pass
    return list(fields.values())


def _add_field(fields: dict[str, Field], tag: Tag) -> None:
    name = tag.attributes.get("name", "")
    kind = {"textarea": "textarea", "input": tag.attributes.get("type", "text").strip().lower()}.get(tag.name, tag.name)
    if not name or kind in {"submit", "button", "reset", "image"}:
        return
    fields.setdefault(name, Field(name, kind, (), tag.attributes))
    if kind in {"radio", "checkbox"}:
        _add_choice(fields, name, tag.attributes.get("value", "on"))


def _add_choice(fields: dict[str, Field], name: str, value: str) -> None:
    known = fields[name]
    if value not in known.choices and len(known.choices) < 1000:
        fields[name] = replace(known, choices=(*known.choices, value))


def _tag(text: str, start: int) -> tuple[Tag, int]:
    """The tag at `start` and the place after it, or -1 where the text ends inside the tag."""
    end_tag = text[start + 1] == "/"
    name = _NAME.match(text, start + (2 if end_tag else 1))
    if name is None:
        return Tag(""), -1
    attributes: dict[str, str] = {}
    at = name.end()
    while (close := _TAG_END.match(text, at)) is None:
        found = _ATTRIBUTE.match(text, at)
        if found is None or found["open"]:
            return Tag(name[0].lower(), attributes, end=end_tag), -1
        value = found["double"] or found["single"] or found["bare"] or ""
        attributes.setdefault(found["name"].lower(), unescape(value))
        at = found.end()
    return Tag(name[0].lower(), attributes, end=end_tag), close.end()


def _wrong(what: str, reason: str, line: int) -> QuestionError:
    reason = "".join(c if c.isprintable() else " " for c in reason)
    return QuestionError(
        XHTML_PARSE_ERROR,
        f"There was an error parsing the HTML5 data in your request ({what}).  Please make sure the data is"
        f" well-formed and validates as HTML5. Details: line {line}: {reason}.",
        line,
    )
