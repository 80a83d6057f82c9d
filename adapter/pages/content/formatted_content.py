"""Writes a requester's FormattedContent into our pages: only what the subset allows, and always closed and nested well."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

from markupsafe import Markup, escape

from adapter.marketplace.questions.formatted import is_attribute, is_element, may_hold

_VOID = {"br", "hr", "img", "area", "col"}
#: Elements whose end tags the writer of the checked HTML leaves out where they are empty.
_OPTIONAL_END = {"li", "p", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup"}
#: Elements that end an open paragraph in HTML5, so that none may stand in one.
_BLOCKS = {
    *("p", "ul", "ol", "dl", "pre", "hr", "blockquote", "center", "table"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6"}
#: What would clash with the page around: its names, its keys, its windows.
_DROPPED = {"accesskey", "tabindex", "target", "id", "rel", "rev"}
_NAMED = {"map"}
#: Characters that XML allows and HTML forbids: DEL, C1 controls and non-characters.
_NOT_HTML = re.compile(
    "[\x7f-\x9f\ufdd0-\ufdef"
    + "".join(chr(n + end) for n in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))
    + "]"
)


class Formatted(NamedTuple):
    """HTML that may be written as it stands; `inline` says that it may stand in a line of text, as in a label."""

    html: Markup
    inline: bool


@dataclass
class _Element:
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Element | str] = field(default_factory=list)


def formatted(text: str) -> Formatted:
    """The HTML of a FormattedContent block, made anew from its allowed elements and attributes alone.

    Links open a window of their own and tell nobody where they stood. What HTML5 would tear apart is mended: a
    paragraph around a block becomes a div, a link in a link loses its address.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    pieces: list[str] = []
    for child in reader.root.children:
        _write(child, pieces, linked=False)
    return Formatted(Markup("".join(pieces)), not _holds_block(reader.root))  # noqa: S704 - written by _write alone


def readable(text: str) -> str:
    """The text with a replacement character for each that HTML cannot carry."""
    return _NOT_HTML.sub("\ufffd", text)


class _Reader(HTMLParser):
    """Builds the tree of what is allowed; other tags are passed over and their text stays text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element that is allowed, with the attributes that are."""
        if not is_element(tag):
            return
        last = self._open[-1].name
        if last in _OPTIONAL_END and not may_hold(last, tag):
            self._open.pop()
        element = _Element(tag)
        for name, value in attrs:
            if name not in element.attributes and is_attribute(tag, name, value or ""):
                element.attributes[name] = value or ""
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and whatever was left open in it."""
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].name == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        """Add text."""
        self._open[-1].children.append(data)


def _holds_block(element: _Element) -> bool:
    return any(
        isinstance(child, _Element) and (child.name in _BLOCKS or _holds_block(child)) for child in element.children
    )


def _write(node: _Element | str, pieces: list[str], *, linked: bool) -> None:
    if isinstance(node, str):
        pieces.append(escape(readable(node)))
        return
    attributes = {
        name: value
        for name, value in node.attributes.items()
        if name not in _DROPPED and (name != "name" or node.name in _NAMED)
    }
    name = "div" if node.name in _PARAGRAPHS and _holds_block(node) else node.name
    if name == "a" and (linked or "href" not in attributes):
        name, attributes = "span", {}
    elif "href" in attributes:
        attributes |= {"target": "_blank", "rel": "noopener noreferrer", "referrerpolicy": "no-referrer"}
    elif name == "img":
        attributes |= {"referrerpolicy": "no-referrer"}
    pieces.append(f"<{name}")
    pieces += [f' {key}="{escape(readable(value))}"' for key, value in attributes.items()]
    pieces.append(">")
    if node.name in _VOID:
        return
    if name == "pre":  # the parser drops the first line end
        pieces.append("\n")
    for child in node.children:
        _write(child, pieces, linked=linked or node.name == "a")
    pieces.append(f"</{name}>")
