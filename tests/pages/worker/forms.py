"""QuestionForms that tests of the worker pages draw, and a browser's part: reading a page and filling in its form."""

from __future__ import annotations

import warnings
from xml.sax.saxutils import escape

import html5lib
from hypothesis import strategies as st
from lxml import etree

from adapter.marketplace.questions.documents import FileUpload, FormQuestion, FreeText
from adapter.marketplace.questions.formatted import SCHEMA
from adapter.marketplace.questions.xml import schema_text
from tests.marketplace.questions.documents import BINARY, EMBEDDED, FLASH, form

STYLES = ("radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser")

_characters = st.characters(
    blacklist_categories=("Cs",), blacklist_characters=[chr(n) for n in range(32)] + ["\ufffe", "\uffff"]
)
texts = st.text(st.one_of(_characters, st.sampled_from("<>&\"'\n ab")), max_size=12)
#: Identifiers are kept as they are; line ends and controls in them are tested on their own.
identifiers = (
    st.text(
        st.one_of(st.characters(whitelist_categories=("L", "N", "P", "S")), st.sampled_from(' <&"')),
        min_size=1,
        max_size=8,
    )
    .map(str.strip)
    .filter(bool)
)


def page(html):
    """The tree of a page around this HTML; it must be without a parse error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # html5lib says so of characters that lxml would not hold
        tree = html5lib.HTMLParser(strict=True).parse(
            f"<!DOCTYPE html><html><head><title>x</title></head><body><form>{html}</form></body></html>"
        )
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tree


def _contents():
    """What each element of the schema of FormattedContent may hold: its children, and whether text."""
    schema = etree.fromstring(schema_text(SCHEMA, "").encode())
    xs = {"xs": "http://www.w3.org/2001/XMLSchema"}

    def children(part):
        own = set(part.xpath(".//xs:element/@ref", namespaces=xs))
        groups = part.xpath(".//xs:group/@ref", namespaces=xs)
        return own.union(*(children(schema.xpath("xs:group[@name=$n]", namespaces=xs, n=name)[0]) for name in groups))

    return {
        each.get("name"): (children(each), each.find("xs:complexType", xs).get("mixed") == "true")
        for each in schema.iterfind("xs:element", xs)
    }


_CONTENT = _contents()
_ANYWHERE = tuple(sorted(_CONTENT["FormattedContent"][0]))


def by_id(tree, identifier):
    (found,) = [element for element in tree.iter() if element.get("id") == identifier]
    return found


def _element(name, inner):
    return f"<{name}>{inner}</{name}>"


def _leaf(name):
    attributes = {"img": ' src="http://example.com/a.png" alt="a"', "area": ' alt="a" href="http://example.com/"'}
    return f"<{name}{attributes.get(name, '')}/>"


@st.composite
def xhtml(draw, allowed=_ANYWHERE, depth=3, mixed=True):
    """Content of the XHTML subset, nested in every way that it allows."""
    pieces = []
    for _ in range(draw(st.integers(0 if mixed else 1, 3))):
        if mixed and draw(st.booleans()):
            pieces.append(escape(draw(texts)))
        if depth and allowed:
            name = draw(st.sampled_from(allowed))
            children, text = _CONTENT[name]
            if not children and not text:
                pieces.append(_leaf(name))
            else:
                inner = draw(xhtml(tuple(sorted(children)), depth - 1, text))
                if inner or text:
                    attributes = {
                        "map": ' id="m" name="m"',
                        "a": ' href="http://example.com/?a=1&amp;b" target="_top"',
                        "iframe": ' src="https://example.com/" width="100%" height="300" name="_top"',
                    }
                    pieces.append(f"<{name}{attributes.get(name, '')}>{inner}</{name}>")
    return "".join(pieces)


def _formatted(inner):
    return _element("FormattedContent", escape(inner))


contents = st.lists(
    st.one_of(
        texts.map(lambda t: _element("Title", escape(t))),
        texts.map(lambda t: _element("Text", escape(t))),
        st.lists(texts, min_size=1, max_size=3).map(
            lambda items: _element("List", "".join(_element("ListItem", escape(item)) for item in items))
        ),
        st.sampled_from((BINARY, EMBEDDED, FLASH)),
        xhtml().map(_formatted),
    ),
    min_size=1,
    max_size=3,
).map("".join)


@st.composite
def free_texts(draw, name="FreeTextAnswer"):
    """A free text answer with constraints that can be met."""
    parts = []
    if draw(st.booleans()):
        low = draw(st.integers(-50, 50))
        bounds = draw(st.sampled_from(("", f' minValue="{low}"', f' minValue="{low}" maxValue="{low + 9}"')))
        parts.append(f"<IsNumeric{bounds}/>")
    elif draw(st.booleans()):
        parts.append(f'<Length minLength="{draw(st.integers(0, 3))}" maxLength="{draw(st.integers(3, 30))}"/>')
    if draw(st.integers(0, 3)) == 0:
        parts.append('<AnswerFormatRegex regex="^[^!]+$" flags="i" errorText="Without exclamation mark."/>')
    rest = f"<Constraints>{''.join(parts)}</Constraints>" if parts else ""
    if draw(st.booleans()):
        rest += _element("DefaultText", escape(draw(texts)))
    if draw(st.booleans()):
        rest += _element("NumberOfLinesSuggestion", draw(st.integers(1, 60)))
    return _element(name, rest)


@st.composite
def selections(draw):
    """A choice in any style, of texts, pictures or formatted content."""
    names = draw(st.lists(identifiers, min_size=1, max_size=5, unique=True))
    kinds = st.one_of(texts.map(lambda t: _element("Text", escape(t))), xhtml(depth=2).map(_formatted), st.just(BINARY))
    alike = st.just("<Text>An option</Text>") if draw(st.booleans()) else kinds
    listed = "".join(
        _element("Selection", _element("SelectionIdentifier", escape(name)) + draw(alike)) for name in names
    )
    if draw(st.booleans()):
        listed += draw(free_texts("OtherSelection"))
    counts = ""
    if draw(st.booleans()):
        least = draw(st.integers(0, len(names)))
        counts = _element("MinSelectionCount", least) + _element(
            "MaxSelectionCount", draw(st.integers(max(1, least), len(names) + 1))
        )
    style = draw(st.sampled_from(("", *STYLES)))
    return _element(
        "SelectionAnswer",
        counts + (_element("StyleSuggestion", style) if style else "") + _element("Selections", listed),
    )


_uploads = st.integers(1, 5_000_000).map(
    lambda n: _element("FileUploadAnswer", _element("MaxFileSizeInBytes", n + 5000) + _element("MinFileSizeInBytes", n))
)


@st.composite
def question_forms(draw):
    """Any QuestionForm; no question is named like another one's text for "other" or like a file's size."""
    names = draw(st.lists(identifiers, min_size=1, max_size=4, unique=True))
    ours = {f"{name}{end}" for name in names for end in (".other", ".size")}
    body = []
    for name in (name for name in names if name not in ours):
        if draw(st.booleans()):
            body.append(_element("Overview", draw(contents)))
        answer = draw(st.one_of(free_texts(), selections(), _uploads))
        head = _element("QuestionIdentifier", escape(name))
        if draw(st.booleans()):
            head += _element("DisplayName", escape(draw(texts)))
        if draw(st.booleans()):
            head += _element("IsRequired", draw(st.sampled_from(("true", "false", "1", "0"))))
        body.append(
            _element(
                "Question", head + _element("QuestionContent", draw(contents)) + _element("AnswerSpecification", answer)
            )
        )
    return form("".join(body))


def controls(tree):
    """The form's controls in order: (element, name, type)."""
    found = []
    for element in tree.iter():
        if element.tag in {"input", "select", "textarea"}:
            kind = element.get("type", "text") if element.tag == "input" else element.tag
            found.append((element, element.get("name"), kind))
    return found


def fill(tree, asked: FormQuestion, answer):
    """Give an answer as a person would, with what the page offers; False where the page offers no way to say it."""
    named = [(element, kind) for element, name, kind in controls(tree) if name == asked.identifier]
    if isinstance(asked.answer, FileUpload):
        ((element, kind),) = named
        assert kind == "file"
        element.set("filled", f"{answer.file_key} {answer.file_size}")
        return True
    if isinstance(asked.answer, FreeText):
        ((element, kind),) = named
        return write(element, kind, answer.free_text)
    chosen = set(answer.selections)
    for element, kind in named:
        if kind == "select":
            for option in element.iter("option"):
                option.attrib.pop("selected", None)
                if option.get("value") in chosen:
                    option.set("selected", "")
                    chosen.discard(option.get("value"))
        elif element.get("value") in chosen:
            element.set("checked", "")
            chosen.discard(element.get("value"))
    assert not chosen, f"the page does not offer {chosen}"
    if answer.other_text is None:
        return True
    ((element, kind),) = [(e, k) for e, name, k in controls(tree) if name == f"{asked.identifier}.other"]
    return write(element, kind, answer.other_text)


def write(element, kind, text):
    """Write text into a field; False where a line cannot hold it."""
    if kind == "textarea":
        element.text = text
        return True
    if "\n" in text:
        return False
    element.set("value", text)
    return True


def posted(tree):
    """What a browser would send of the form (HTML: constructing the entry list), with files as the page handler stores them."""
    fields = []
    for element, name, kind in controls(tree):
        if kind in {"radio", "checkbox"}:
            values = [element.get("value", "on")] if element.get("checked") is not None else []
        elif kind == "select":
            options = list(element.iter("option"))
            values = [option.get("value") for option in options if option.get("selected") is not None]
            if element.get("multiple") is None:
                shows_first = element.get("size") is None
                values = values[-1:] or ([options[0].get("value")] if shows_first else [])
        elif kind == "textarea":
            values = [(element.text or "").replace("\r\n", "\n").replace("\n", "\r\n")]
        elif kind == "file":
            if element.get("filled"):
                key, size = element.get("filled").rsplit(" ", 1)
                fields += [(name, key), (f"{name}.size", size)]
            continue
        else:
            values = [element.get("value", "").replace("\n", "")]
        fields += [(name, value) for value in values]
    return fields
