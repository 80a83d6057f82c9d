"""Checks FormattedContent: the XHTML subset 2006-07-14 that questions may contain."""

import re
from functools import cache
from html.entities import name2codepoint

from lxml import etree

from adapter.core.safe_xml import XmlError, parse_text
from adapter.marketplace.questions.documents import XHTML_PARSE_ERROR, QuestionError
from adapter.marketplace.questions.xml import errors_of, readable, schema_text

XHTML = "http://www.w3.org/1999/xhtml"
SCHEMA = "FormattedContentXHTMLSubset"

_XS = "{http://www.w3.org/2001/XMLSchema}"
#: Elements between whose children white space means nothing, of whatever characters it is.
_WITHOUT_TEXT = {
    *("ul", "ol", "dl", "map", "table", "thead", "tbody", "tfoot", "tr", "colgroup"),
    *("br", "hr", "img", "area", "col"),
}
_PARAGRAPHS = ("p", "h1", "h2", "h3", "h4", "h5", "h6")
#: Elements that end an open paragraph in HTML5, so that none may stand in one.
BLOCKS = (*_PARAGRAPHS, "ul", "ol", "dl", "pre", "hr", "blockquote", "center", "table")

#: XHTML's named characters but for XML's own five, and the parts of a document where no reference is one.
_NAMED = {name: chr(code) for name, code in name2codepoint.items() if name not in {"amp", "lt", "gt", "quot"}}
_REFERENCE = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|&([A-Za-z0-9]{1,8});", re.DOTALL
)


@cache
def subset() -> dict[str, frozenset[str]]:
    """The elements of the subset, each with the names of its attributes."""
    schema = etree.fromstring(schema_text(SCHEMA, "").encode())
    groups = {each.get("name"): each for each in schema.iterchildren(f"{_XS}attributeGroup")}

    def attributes(part: etree._Element) -> set[str]:
        own = {str(each.get("name")) for each in part.iter(f"{_XS}attribute")}
        return own.union(
            *(attributes(groups[each.get("ref")]) for each in part.iter(f"{_XS}attributeGroup") if each.get("ref"))
        )

    found = {str(each.get("name")): frozenset(attributes(each)) for each in schema.iterchildren(f"{_XS}element")}
    del found["FormattedContent"]
    return found


def check_formatted(text: str, what: str, line: int) -> str:
    """The HTML of a FormattedContent whose text is `text`; `line` is where it begins in the document.

    Elements, attributes and nesting must be those of the schema: no script, style, id, class or event attribute,
    and links lead to http, https, ftp and the like, or mailto; characters may have their XHTML names. What HTML5 would
    tear apart is mended: a paragraph around a block is a div, a link without an address or in a link is a span; what an
    iframe holds for browsers without frames goes. Raises QuestionError with XHTMLParseError.
    """
    try:
        root = parse_text(f"<FormattedContent>{_REFERENCE.sub(_character, text)}</FormattedContent>")
    except XmlError as error:
        raise _wrong(what, error.reason, line + error.line - 1) from None
    for element in root.iter():
        name = etree.QName(element)
        if name.namespace == XHTML:
            element.tag = name.localname
        if name.localname in _WITHOUT_TEXT:
            _drop_space(element)
    etree.cleanup_namespaces(root)
    for reason, at in errors_of(root, SCHEMA):
        raise _wrong(what, reason, line + at - 1)
    _mend(root)
    html = etree.tostring(root, method="html", encoding="unicode")
    return html.removeprefix("<FormattedContent>").removesuffix("</FormattedContent>")


def _character(match: re.Match[str]) -> str:
    return _NAMED.get(match[1], match[0])


def _drop_space(element: etree._Element) -> None:
    if element.text and not element.text.strip():
        element.text = None
    for child in element:
        if child.tail and not child.tail.strip():
            child.tail = None


def _mend(root: etree._Element) -> None:
    for element in list(root.iter(*_PARAGRAPHS)):
        if next(element.iterdescendants("div", *BLOCKS), None) is not None:
            element.tag = "div"
    for element in list(root.iter("a")):
        if "href" not in element.attrib or next(element.iterancestors("a"), None) is not None:
            element.tag = "span"
            element.attrib.clear()
    for element in root.iter("iframe"):
        element.text = None
        del element[:]
    for element in root.iter("pre"):
        if (element.text or "").startswith("\n"):
            # a parser drops the first line end
            element.text = f"\n{element.text}"


def _wrong(what: str, reason: str, line: int) -> QuestionError:
    return QuestionError(
        XHTML_PARSE_ERROR,
        f"There was an error parsing the XHTML data in your request ({what}).  Please make sure the data is"
        f" well-formed and validates against the appropriate schema. Details: line {line}: {readable(reason)}.",
        line,
    )
