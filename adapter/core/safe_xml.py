"""XML from strangers: parsed without entities, DOCTYPE or network, and bounded in depth and size."""

from __future__ import annotations

import re
import threading

from lxml import etree

MAX_DEPTH = 64
#: Quoted values in one tag. libxml2 alone would let a tag of 4 MB with nothing but namespaces cost a minute.
MAX_ATTRIBUTES = 64
#: How often `<` may stand in a document per element allowed: texts (CDATA with HTML) contain it too.
_LESS_THANS = 12

_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
#: How a document in UTF-16 begins: with a byte order mark, or with `<` in two bytes.
SIXTEEN_BITS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16le", b"\x00<": "utf-16be"}
_DECLARED = re.compile(rb"<\?xml\s[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
#: Encodings that clients may use; in all of them the markup is ASCII, but for UTF-16.
_ENCODINGS = re.compile(
    r"(utf-?8|us-ascii|ascii)|utf-?16(?:le|be)?|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp)125\d|koi8-r|shift_jis"
    r"|euc-(?:jp|kr)|gb2312|gbk|gb18030|big5"
)
#: The lexical shape of a document: text, comments, CDATA, processing instructions, and tags with few attributes. A
#: document type declaration is none of them, so neither it nor an overlong tag ever reaches the parser. Every part is
#: possessive: the time is linear, whatever comes.
_TAG = rb"<[^!?<>\"'][^<>\"']{0,2000}+(?>(?>\"[^\"<]*+\"|'[^'<]*+')[^<>\"']{0,2000}+){0,%d}+>" % MAX_ATTRIBUTES
_SHAPE = re.compile(rb"(?>[^<]++|<!--(?>.*?-->)|<!\[CDATA\[(?>.*?\]\]>)|<\?(?>.*?\?>)|" + _TAG + rb")*+", re.DOTALL)
_TAGS = re.compile(_TAG)
_NO_ELEMENTS = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_XML_DECLARATION = re.compile(r"[ \t\r\n]*+<\?xml\s.*?(\?>|\Z)", re.DOTALL)
#: A DOCTYPE behind white space, comments and processing instructions.
_DOCTYPE = re.compile(r"(?>[ \t\r\n]++|<!--(?>.*?-->)|<\?(?>.*?\?>))*+<!DOCTYPE", re.DOTALL | re.IGNORECASE)
_TOO_DEEP = "/*" * (MAX_DEPTH + 1)


class XmlError(ValueError):
    """The document is refused; the message says why, and where when the parser knows.

    `reason` is the message without the place, `line` the line in the document (1 is the first).
    """

    def __init__(self, message: str, reason: str = "", line: int = 1) -> None:
        super().__init__(message)
        self.reason = reason or message
        self.line = line


class _Local(threading.local):
    """A parser and a path for each thread: making them costs more than reading a small document."""

    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self.too_deep = etree.XPath(f"boolean({_TOO_DEEP})")


_LOCAL = _Local()


def parse(document: bytes, max_elements: int = 5000, encoding: str = "") -> etree._Element:
    """The root element of a document.

    Its encoding is told by the byte order mark, else by its declaration, else by `encoding`, else it is UTF-8. Raises
    XmlError for anything that is not well formed, for a DOCTYPE, and for more elements, depth or attributes than allowed.
    """
    text = _utf8(document, encoding)
    signs = text.count(b"<")
    if signs > _LESS_THANS * max_elements:
        raise XmlError("too many elements")
    if not _SHAPE.fullmatch(text):
        raise XmlError(_misshapen(text))
    # the cheap counts take in what stands in texts, so beyond them the tags alone are counted; an element has two at most
    if (signs > 2 * max_elements or _quotes(text) > 8 * max_elements) and not _is_small(text, max_elements):
        raise XmlError("too many elements or attributes")
    root = _tree(text)
    if signs > MAX_DEPTH and _LOCAL.too_deep(root):
        raise XmlError("elements are nested too deeply")
    return root


def parse_text(text: str) -> etree._Element:
    """The root element of a text whose length the caller has bounded; lines are counted, and told in errors.

    Elements may be nested 256 deep. Raises XmlError for anything that is not well formed, and for a DOCTYPE.
    """
    text = _without_prolog(text)
    try:
        return _tree(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise XmlError("it holds a character that XML does not allow", line=line) from None


def _tree(text: bytes) -> etree._Element:
    parser = _LOCAL.parser
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        message = error.msg or "not well-formed XML"
        first = next(iter(parser.error_log), None)
        if first is None:
            raise XmlError(message, line=error.lineno or 1) from error
        raise XmlError(message, first.message, first.line) from error
    except ValueError as error:
        raise XmlError(str(error) or "not well-formed XML") from error


def _without_prolog(text: str) -> str:
    """Blank the byte order mark and the XML declaration, keeping lines; refuse a DOCTYPE before anything reads it."""
    text = text.removeprefix("\ufeff")
    if declaration := _XML_DECLARATION.match(text):
        if not declaration[1]:
            raise XmlError("the XML declaration is not closed")
        text = "\n" * declaration[0].count("\n") + text[declaration.end() :]
    if doctype := _DOCTYPE.match(text):
        raise XmlError("a DOCTYPE is not allowed", line=text.count("\n", 0, doctype.end()) + 1)
    return text


def _quotes(text: bytes) -> int:
    return text.count(b'"') + text.count(b"'")


def _is_small(text: bytes, max_elements: int) -> bool:
    tags = _TAGS.findall(_NO_ELEMENTS.sub(b"", text))
    return len(tags) <= 2 * max_elements and sum(map(_quotes, tags)) <= 8 * max_elements


def _utf8(document: bytes, encoding: str) -> bytes:
    """The document in UTF-8."""
    if document.startswith(_BOM):
        return document.removeprefix(_BOM).lstrip(_SPACE)
    document = document if document[:2] in SIXTEEN_BITS else document.lstrip(_SPACE)
    name = SIXTEEN_BITS.get(document[:2], "")
    if not name:
        declared = _DECLARED.match(document)
        name = (declared[1].decode("ascii") if declared else encoding).lower() or "utf-8"
        if name.startswith(("utf-16", "utf16")):
            # .NET's StringWriter declares UTF-16 whatever is sent
            name = "utf-8"
    known = _ENCODINGS.fullmatch(name)
    if not known:
        raise XmlError(f"the encoding {name[:40]} is not supported")
    if known[1]:
        return document
    try:
        return document.decode(name).removeprefix("\ufeff").lstrip().encode()
    except (UnicodeError, LookupError) as error:
        raise XmlError(f"the document is not in {name}") from error


def _misshapen(text: bytes) -> str:
    match = _SHAPE.match(text)
    rest = text[match.end() if match else 0 :][:20]
    if rest.startswith(b"<!DOCTYPE"):
        return "a document type declaration is not allowed"
    return "a tag is not well formed, or has too many attributes"
