"""Checks a question document and turns it into values: QuestionForm, ExternalQuestion or HTMLQuestion."""

import re
from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import urlsplit

from lxml import etree

from adapter.marketplace.questions.documents import (
    Content,
    FileUpload,
    FormQuestion,
    FreeText,
    Option,
    Overview,
    Question,
    Regex,
    Selection,
)
from adapter.marketplace.questions.formatted import check_formatted
from adapter.marketplace.questions.html import check_html
from adapter.marketplace.questions.xml import (
    child_of,
    children_of,
    integer,
    is_known,
    line_of,
    namespaces,
    parse_error,
    read,
    refused,
    text_of,
    validate,
)

_KINDS = ("QuestionForm", "ExternalQuestion", "HTMLQuestion")
_PIXELS = re.compile(r"\s*([0-9]{1,5})(?:\.[0-9]+)?(?:px)?\s*")
_MULTIPLE_STYLES = ("checkbox", "list", "multichooser")


def check_question(text: str, *, allow_html: bool = True, what: str = "Question") -> Question:
    """Read and check a question document of at most 65535 bytes; its root decides the schema.

    Known roots: QuestionForm (2005-10-01, 2017-11-06), ExternalQuestion (2006-07-14), HTMLQuestion (2011-11-11),
    and a lone Question without namespace, which boto 1.9b sends for a form of one question. With `allow_html` off
    (a qualification test) only a form will do. `what` is the parameter's name in messages. Raises QuestionError with
    XMLParseError, XHTMLParseError, InvalidParameterValue or AWS.ParameterOutOfRange.
    """
    root = read(text, what)
    name, space = etree.QName(root).localname, etree.QName(root).namespace
    if name == "Question" and not space:
        form = etree.Element("QuestionForm")
        form.append(root)
        root, name = form, "QuestionForm"
    elif name not in _KINDS:
        raise parse_error(what, f"the root element {name[:80]} is none of {', '.join(_KINDS)}", line_of(root))
    elif not is_known(name, space):
        raise parse_error(what, f"the root element {name} is not in the namespace {namespaces(name)[0]}", line_of(root))
    if not allow_html and name != "QuestionForm":
        raise parse_error(what, f"the root element must be QuestionForm, not {name}", line_of(root))
    validate(root, name, what)
    if name == "QuestionForm":
        return Question("QuestionForm", form=_form(root, what))
    height_element = child_of(root, "FrameHeight")
    line = line_of(root) if height_element is None else line_of(height_element)
    height = integer(text_of(root, "FrameHeight"), what, line)
    if height < 0:
        raise refused(what, "FrameHeight must not be negative", line)
    if name == "ExternalQuestion":
        return Question(name, external_url=_external_url(root, what), frame_height=height)
    html = text_of(root, "HTMLContent")
    content = child_of(root, "HTMLContent")
    check_html(html, what, 1 if content is None else line_of(content))
    return Question(name, html_content=html, frame_height=height)


def _external_url(root: etree._Element, what: str) -> str:
    """The page of an ExternalQuestion: absolute, http or https, with a host."""
    element = child_of(root, "ExternalURL")
    line = None if element is None else line_of(element)
    url = text_of(root, "ExternalURL").strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable():
        raise refused(what, "ExternalURL must be an absolute http or https address", line)
    return url


def _form(root: etree._Element, what: str) -> tuple[Overview | FormQuestion, ...]:
    parts: list[Overview | FormQuestion] = []
    seen: set[str] = set()
    for element in root:
        if etree.QName(element).localname == "Overview":
            parts.append(Overview(_blocks(element, what)))
            continue
        question = _question(element, what)
        if question.identifier in seen:
            raise refused(what, f"the QuestionIdentifier {question.identifier[:80]} occurs twice", line_of(element))
        seen.add(question.identifier)
        parts.append(question)
    return tuple(parts)


def _question(element: etree._Element, what: str) -> FormQuestion:
    identifier = text_of(element, "QuestionIdentifier").strip()
    if not identifier:
        raise refused(what, "a QuestionIdentifier is empty", line_of(element))
    content, specification = child_of(element, "QuestionContent"), child_of(element, "AnswerSpecification")
    if content is None or specification is None:
        raise parse_error(what, "a Question needs QuestionContent and AnswerSpecification", line_of(element))
    return FormQuestion(
        identifier=identifier,
        display_name=text_of(element, "DisplayName").strip(),
        required=text_of(element, "IsRequired").strip() in {"true", "1"},
        content=_blocks(content, what),
        answer=_answer(specification[0], what),
    )


def _answer(element: etree._Element, what: str) -> FreeText | Selection | FileUpload:
    kind = etree.QName(element).localname
    if kind == "FreeTextAnswer":
        return _free_text(element, what)
    if kind == "SelectionAnswer":
        return _selection(element, what)
    line = line_of(element)
    upload = FileUpload(
        min_bytes=integer(text_of(element, "MinFileSizeInBytes"), what, line),
        max_bytes=integer(text_of(element, "MaxFileSizeInBytes"), what, line),
    )
    if upload.min_bytes > upload.max_bytes:
        raise refused(what, "MinFileSizeInBytes is above MaxFileSizeInBytes", line)
    return upload


def _free_text(element: etree._Element, what: str) -> FreeText:
    line = line_of(element)
    constraints = child_of(element, "Constraints")
    numeric = length = None
    patterns: Sequence[etree._Element] = ()
    if constraints is not None:
        numeric, length = child_of(constraints, "IsNumeric"), child_of(constraints, "Length")
        patterns = children_of(constraints, "AnswerFormatRegex")
    min_length, max_length = _bounds(length, "minLength", "maxLength", what)
    min_value, max_value = _bounds(numeric, "minValue", "maxValue", what)
    lines = text_of(element, "NumberOfLinesSuggestion")
    return FreeText(
        default=text_of(element, "DefaultText"),
        min_length=min_length,
        max_length=max_length,
        numeric=numeric is not None,
        min_value=None if min_value is None else Decimal(min_value),
        max_value=None if max_value is None else Decimal(max_value),
        regex=tuple(
            Regex(str(p.get("regex", "")), str(p.get("flags", "")), str(p.get("errorText", ""))) for p in patterns
        ),
        suggested_lines=min(integer(lines, what, line), 1000) if lines else 0,
    )


def _bounds(element: etree._Element | None, low: str, high: str, what: str) -> tuple[int | None, int | None]:
    if element is None:
        return None, None
    line = line_of(element)
    least, most = (
        None if element.get(name) is None else integer(str(element.get(name)), what, line) for name in (low, high)
    )
    if least is not None and most is not None and least > most:
        raise refused(what, f"{low} is above {high}", line)
    return least, most


def _selection(element: etree._Element, what: str) -> Selection:
    line = line_of(element)
    listed = child_of(element, "Selections")
    selections = [] if listed is None else children_of(listed, "Selection")
    options = tuple(Option(text_of(s, "SelectionIdentifier").strip(), _block(s[1], what)) for s in selections)
    identifiers = [option.identifier for option in options]
    if "" in identifiers or len(set(identifiers)) < len(identifiers):
        raise refused(what, "the SelectionIdentifiers of a question must be filled in and differ", line)
    other = None if listed is None else child_of(listed, "OtherSelection")
    style = text_of(element, "StyleSuggestion")
    offered = len(options) + (other is not None)
    least, most = text_of(element, "MinSelectionCount"), text_of(element, "MaxSelectionCount")
    # styles that show several choices at once are pointless with the default of one choice
    max_count = integer(most, what, line) if most else offered if style in _MULTIPLE_STYLES else 1
    min_count = integer(least, what, line) if least else min(1, max_count)
    if min_count > max_count or min_count > offered:
        raise refused(what, "MinSelectionCount asks for more selections than may be made", line)
    return Selection(
        style=style,
        options=options,
        other=None if other is None else _free_text(other, what),
        min_count=min_count,
        max_count=min(max_count, offered),
    )


def _blocks(parent: etree._Element, what: str) -> tuple[Content, ...]:
    return tuple(_block(element, what) for element in parent)


def _block(element: etree._Element, what: str) -> Content:
    kind = etree.QName(element).localname
    if kind == "List":
        return Content(kind, items=tuple(item.text or "" for item in element))
    if kind == "FormattedContent":
        return Content(kind, check_formatted(element.text or "", what, line_of(element)))
    if kind == "Binary":
        return _media(element, kind, "MimeType")
    if kind == "EmbeddedBinary":
        return _media(element, kind, "EmbeddedMimeType")
    if kind == "Application":
        return _program(element[0])
    return Content(kind, element.text or "")


def _media(element: etree._Element, kind: str, type_name: str) -> Content:
    mime = child_of(element, type_name)
    parts = [] if mime is None else [text_of(mime, "Type").strip(), text_of(mime, "SubType").strip()]
    return Content(
        kind,
        url=text_of(element, "DataURL").strip(),
        mime_type="/".join(part for part in parts if part),
        alt_text=text_of(element, "AltText"),
        width=_pixels(text_of(element, "Width")),
        height=_pixels(text_of(element, "Height")),
        parameters=_parameters(element),
    )


def _program(element: etree._Element) -> Content:
    kind = etree.QName(element).localname
    url = text_of(element, "FlashMovieURL") if kind == "Flash" else text_of(element, "AppletPath")
    return Content(
        kind,
        text=text_of(element, "AppletFilename"),
        url=url.strip(),
        width=_pixels(text_of(element, "Width")),
        height=_pixels(text_of(element, "Height")),
        parameters=_parameters(element),
    )


def _parameters(element: etree._Element) -> tuple[tuple[str, str], ...]:
    found = children_of(element, "ApplicationParameter")
    return tuple((text_of(parameter, "Name"), text_of(parameter, "Value")) for parameter in found)


def _pixels(value: str) -> int | None:
    match = _PIXELS.fullmatch(value)
    return int(match[1]) if match else None
