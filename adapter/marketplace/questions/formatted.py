"""Checks FormattedContent: the XHTML subset 2006-07-14 that questions may contain."""

import re
from collections.abc import Callable

from lxml import etree

from adapter.core.safe_xml import XmlError, parse_text
from adapter.marketplace.questions.documents import XHTML_PARSE_ERROR, QuestionError
from adapter.marketplace.questions.xml import line_of, readable

XHTML = "http://www.w3.org/1999/xhtml"

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_STYLES = {"i", "b", "u", "s", "strike"}
_PHRASES = {"em", "strong", "code", "q", "cite"}
_CHANGES = {"ins", "del"}
_PLAIN_INLINE = {"a", "br", *_STYLES, *_PHRASES, *_CHANGES}
_INLINE = {*_PLAIN_INLINE, "img", "map", "big", "small", "font", "sub", "sup"}
_FLOW = {*_INLINE, *_HEADINGS, "p", "ul", "ol", "dl", "pre", "hr", "blockquote", "center", "table"}
_ROWS = {"tr"}

# element -> (children allowed, may it hold text)
_CONTENT: dict[str, tuple[set[str], bool]] = {
    **dict.fromkeys(
        ("p", "dt", "font", "big", "small", "sub", "sup", *_HEADINGS, *_STYLES, *_PHRASES), (_INLINE, True)
    ),
    **dict.fromkeys(("li", "dd", "td", "th", "blockquote", "center", *_CHANGES), (_FLOW, True)),
    **dict.fromkeys(("br", "hr", "img", "area", "col"), (set(), False)),
    **dict.fromkeys(("thead", "tbody", "tfoot"), (_ROWS, False)),
    **dict.fromkeys(("ul", "ol"), ({"li"}, False)),
    "dl": ({"dt", "dd"}, False),
    "a": (_INLINE - {"a"}, True),
    "pre": (_PLAIN_INLINE, True),
    "map": ({"area"}, False),
    "table": ({"col", "colgroup", "thead", "tfoot", "tbody", "tr"}, False),
    "colgroup": ({"col"}, False),
    "tr": ({"th", "td"}, False),
}


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value.strip()) is not None


def _any(value: str) -> bool:  # noqa: ARG001 - every text will do
    return True


_NUMBER = _matches(r"[0-9]{1,9}")
_LENGTH = _matches(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?%?")
_MULTILENGTH = _matches(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?%?|[0-9]{0,9}(\.[0-9]{1,9})?\*")
_COLOR = _matches(r"[A-Za-z]{1,40}|#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}")
_NAME = _matches(r"[\w.:-]{1,200}")
_LINK = _matches(r"(?s)(?i:(https?|ftp|news|nntp|gopher|telnet)://|mailto:).*")
_SOURCE = _matches(r"(?s)(?i:https?|ftp)://.*")
_REFERENCE = _matches(r"(?s)(?i:https?://).*|#.*|[^:]*")
_COORDS = _matches(r"[0-9.,%+\s-]{0,1000}")
_HALIGN = _matches("left|center|right|justify|char")
_VALIGN = _matches("top|middle|bottom|baseline")

_COMMON: dict[str, Callable[[str], bool]] = {"title": _any, "lang": _NAME, "dir": _matches("ltr|rtl")}
_CELLS = {"align": _HALIGN, "char": _any, "charoff": _LENGTH, "valign": _VALIGN}
_CELL = {
    **_CELLS,
    "abbr": _any,
    "axis": _any,
    "headers": _any,
    "scope": _matches("row|col|rowgroup|colgroup"),
    "rowspan": _NUMBER,
    "colspan": _NUMBER,
    "nowrap": _matches("nowrap"),
    "bgcolor": _COLOR,
    "width": _LENGTH,
    "height": _LENGTH,
}
_TARGET = _matches(r"_(blank|self|parent|top)|[A-Za-z][\w.:-]{0,200}")
_SHAPE = _matches("rect|circle|poly|default")
_COMPACT = _matches("compact")
_PARAGRAPH = {"align": _matches("left|center|right|justify")}
_QUOTED = {"cite": _REFERENCE}
_COLUMNS = {**_CELLS, "span": _NUMBER, "width": _MULTILENGTH}
_CITED = {"cite": _REFERENCE, "datetime": _any}

# element -> its own attributes and what their values look like; those of _COMMON go with every element
_ATTRIBUTES: dict[str, dict[str, Callable[[str], bool]]] = {
    **dict.fromkeys(("p", *_HEADINGS), _PARAGRAPH),
    **dict.fromkeys(("ins", "del"), _CITED),
    **dict.fromkeys(("blockquote", "q"), _QUOTED),
    **dict.fromkeys(("thead", "tbody", "tfoot"), _CELLS),
    **dict.fromkeys(("th", "td"), _CELL),
    **dict.fromkeys(("col", "colgroup"), _COLUMNS),
    "tr": {**_CELLS, "bgcolor": _COLOR},
    "ul": {"type": _matches("disc|square|circle"), "compact": _COMPACT},
    "ol": {"type": _any, "compact": _COMPACT, "start": _NUMBER},
    "li": {"type": _any, "value": _NUMBER},
    "dl": {"compact": _COMPACT},
    "hr": {"align": _matches("left|center|right"), "noshade": _matches("noshade"), "size": _NUMBER, "width": _LENGTH},
    "pre": {"width": _NUMBER, "{http://www.w3.org/XML/1998/namespace}space": _matches("preserve")},
    "br": {"clear": _matches("left|all|right|none")},
    "font": {"size": _any, "color": _COLOR, "face": _any},
    "a": {
        "href": _LINK,
        "name": _NAME,
        "target": _TARGET,
        "shape": _SHAPE,
        "coords": _COORDS,
        "accesskey": _any,
        "tabindex": _NUMBER,
        "charset": _any,
        "type": _any,
        "hreflang": _NAME,
        "rel": _any,
        "rev": _any,
    },
    "img": {
        "src": _SOURCE,
        "alt": _any,
        "name": _NAME,
        "longdesc": _REFERENCE,
        "height": _LENGTH,
        "width": _LENGTH,
        "usemap": _REFERENCE,
        "ismap": _matches("ismap"),
        "align": _matches("top|middle|bottom|left|right"),
        "border": _LENGTH,
        "hspace": _NUMBER,
        "vspace": _NUMBER,
    },
    "map": {"id": _NAME, "name": _any},
    "area": {
        "shape": _SHAPE,
        "coords": _COORDS,
        "href": _LINK,
        "nohref": _matches("nohref"),
        "alt": _any,
        "target": _TARGET,
        "accesskey": _any,
        "tabindex": _NUMBER,
    },
    "table": {
        "summary": _any,
        "width": _LENGTH,
        "border": _NUMBER,
        "align": _matches("left|center|right"),
        "frame": _matches("void|above|below|hsides|lhs|rhs|vsides|box|border"),
        "bgcolor": _COLOR,
        "rules": _matches("none|groups|rows|cols|all"),
        "cellspacing": _LENGTH,
        "cellpadding": _LENGTH,
    },
}
_ALLOWED = {name: {**_COMMON, **_ATTRIBUTES.get(name, {})} for name in _CONTENT}
_REQUIRED = {"img": ("src", "alt"), "area": ("alt",), "map": ("id", "name")}
_NOT_EMPTY = {"ul", "ol", "dl", "map", "table", "thead", "tbody", "tfoot", "tr"}


def is_element(name: str) -> bool:
    """Whether the subset has an element of this name."""
    return name in _CONTENT


def may_hold(name: str, child: str) -> bool:
    """Whether an element of the subset may have this element as a child."""
    return child in _CONTENT[name][0]


def is_attribute(element: str, name: str, value: str) -> bool:
    """Whether an element of the subset may have this attribute with this value."""
    test = _ALLOWED[element].get(name)
    return test is not None and test(value)


def check_formatted(text: str, what: str, line: int) -> str:
    """The HTML of a FormattedContent whose text is `text`; `line` is where it begins in the document.

    Elements, attributes and nesting must be those of the subset: no script, style, id, class or event attribute,
    and links lead to http, https, ftp and the like, or mailto. Raises QuestionError with XHTMLParseError.
    """
    try:
        root = parse_text(f"<FormattedContent>{text}</FormattedContent>")
    except XmlError as error:
        raise _wrong(what, error.reason, line + error.line - 1) from None
    for element in root.iter():
        _check_element(element, root, what, line)
    for element in root.iter():
        element.tag = etree.QName(element).localname
    etree.cleanup_namespaces(root)
    html = etree.tostring(root, method="html", encoding="unicode")
    return html.removeprefix("<FormattedContent>").removesuffix("</FormattedContent>")


def _check_element(element: etree._Element, root: etree._Element, what: str, line: int) -> None:
    at = line + line_of(element) - 1
    name = etree.QName(element).localname
    children, mixed = (_FLOW, True) if element is root else _CONTENT[name]
    for child in element:
        qualified = etree.QName(child)
        below = line + line_of(child) - 1
        if qualified.namespace not in {None, XHTML} or qualified.localname not in _CONTENT:
            raise _wrong(what, f"the element {qualified.localname} is not allowed in FormattedContent", below)
        if qualified.localname not in children:
            raise _wrong(what, f"the element {qualified.localname} is not allowed in {name}", below)
    if not mixed and any(part and part.strip() for part in (element.text, *(child.tail for child in element))):
        raise _wrong(what, f"text is not allowed directly in {name}", at)
    if name in _NOT_EMPTY and not len(element):
        raise _wrong(what, f"the element {name} is empty", at)
    if element is root:
        return
    allowed = _ALLOWED[name]
    for attribute, value in element.attrib.items():
        if attribute not in allowed:
            raise _wrong(what, f"the attribute {etree.QName(attribute).localname} is not allowed on {name}", at)
        if not allowed[str(attribute)](str(value)):
            raise _wrong(what, f"the value of the attribute {attribute} of {name} is not allowed", at)
    for attribute in _REQUIRED.get(name, ()):
        if attribute not in element.attrib:
            raise _wrong(what, f"the element {name} needs the attribute {attribute}", at)


def _wrong(what: str, reason: str, line: int) -> QuestionError:
    return QuestionError(
        XHTML_PARSE_ERROR,
        f"There was an error parsing the XHTML data in your request ({what}).  Please make sure the data is"
        f" well-formed and validates against the appropriate schema. Details: line {line}: {readable(reason)}.",
        line,
    )
