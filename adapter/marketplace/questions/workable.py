"""Whether a worker can do what a question asks for; what cannot be done is taken, but never offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from adapter.core.origins import gets_sessions, origin_of
from adapter.core.settings import Settings
from adapter.marketplace.questions.documents import Content, FormQuestion, Overview, Question, QuestionError, Selection
from adapter.marketplace.questions.html import Tag, scan

#: The crowd elements that worker pages give life to, and parts of them; docs/crowd-elements.md says what each can do.
CROWD_ELEMENTS = frozenset(
    {
        *("crowd-alert", "crowd-badge", "crowd-bounding-box", "crowd-button", "crowd-card", "crowd-checkbox"),
        *("crowd-classifier", "crowd-classifier-multi-select", "crowd-entity-annotation", "crowd-fab"),
        *("crowd-form", "crowd-icon-button", "crowd-image-classifier", "crowd-image-classifier-multi-select"),
        *("crowd-input", "crowd-instance-segmentation", "crowd-instructions", "crowd-keypoint", "crowd-line"),
        *("crowd-modal", "crowd-polygon", "crowd-polyline", "crowd-radio-button", "crowd-radio-group"),
        *("crowd-semantic-segmentation", "crowd-slider", "crowd-slider-label", "crowd-tab", "crowd-tabs"),
        *("crowd-text-area", "crowd-toast", "crowd-toggle-button"),
    }
)

#: Elements of Amazon's that have no life here; of others, a script that the page loads may be the maker.
_LACKING = frozenset(
    {
        "crowd-question-answer-generation",
        "crowd-rekognition-detect-moderation-labels",
        "crowd-text-ranking",
        "crowd-textract-analyze-document",
    }
)
#: What in a script of the page's own brings in another one.
_BRINGING = re.compile(r"createElement\(\s*[\"']script|\bimport\b", re.IGNORECASE)
#: Scripts of the old service, which submit nothing by themselves.
_LOADERS = re.compile(r"/(?:crowd-html-elements(?:-v2)?|externalHIT_v1)\.js\b", re.IGNORECASE)
#: What is worth a closer look; most HTML has a form or a script, and no element that is not known.
_CROWD = re.compile(r"<(crowd-[a-z0-9-]+)", re.IGNORECASE)
_FORM = re.compile(r"<form\b", re.IGNORECASE)
_BUTTON = re.compile(r"<button\b|\btype\s*=\s*[\"']?submit\b", re.IGNORECASE)
_CROWD_FORM = re.compile(r"<crowd-(?:form|entity-annotation)\b", re.IGNORECASE)
_LINES = frozenset({"", "text", "search", "tel", "url", "email", "password", "number", "date", "month", "week", "time"})
#: Attributes whose addresses a browser loads, or follows at a click.
_LOADING = frozenset(
    {"action", "background", "data", "formaction", "href", "poster", "src", "srcdoc", "srcset", "style"}
)
_ADDRESS = re.compile(r"""[/\\]{2,}[^\s"'<>()`,/\\][^\s"'<>()`,]*""")
_START = re.compile(r"[^/\\?#]*[/\\]*[^/\\?#]*")
_SLASHES = re.compile(r"[/\\]+")
_LONGEST_SHOWN = 200


def hindrance(settings: Settings, question: Question, *here: str) -> str:
    """Why no worker can do this, as the end of a sentence ("it …"), or nothing where that is not certain.

    A page that defines elements of its own, or has a script that may submit, is believed. `here` is where the worker
    pages are, beside what the settings say. The page of an ExternalQuestion is not looked at.
    """
    html = question.html_content or ""
    address = _leaking(settings, question, here)
    if address:
        return f"has an address on the host name of the worker pages, which would get the workers' sign-in: {address}"
    return _unsubmittable(html) if html else ""


def _leaking(settings: Settings, question: Question, here: tuple[str, ...]) -> str:
    """The first address in it to which a browser would send the session of a worker, unless it is one of our own pages."""
    ports = {origin_of(each)[2] for each in (settings.address, settings.home.address, *here)}
    if 443 in ports:
        ports.add(80)  # which leads to https
    # many addresses have few hosts
    gets = cache(lambda start: gets_sessions(settings, start, *here))
    for found, followed in _addresses(question, lambda address: gets(_start(address))):
        ours = origin_of(found)[2] in ports and (followed or _SLASHES.split(found)[2:3] == ["mturk"])
        if not ours:
            return "".join(each for each in found if each.isprintable())[:_LONGEST_SHOWN]
    return ""


def _addresses(question: Question, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    """The wanted ones of the addresses that browsers load from this question, and whether they only follow it at a click."""
    html = question.html_content or ""
    for part in question.form:
        contents = part.content if isinstance(part, Overview) else _contents(part)
        for each in contents:
            html += each.text if each.kind == "FormattedContent" else ""
            if wanted(each.url):
                yield each.url, False
    # most HTML has none, and need not be read tag by tag
    if not any(map(wanted, set(_in_text(html)))):
        return
    for tag in _tags(html):
        for name, value in tag.attributes.items():
            if name in _LOADING or name.startswith("on"):
                followed = name == "href" and tag.name in {"a", "area"}
                yield from ((each, followed) for each in _in_text(value) if wanted(each))
        if tag.name in {"script", "style"}:
            yield from ((each, False) for each in _in_text(tag.text) if wanted(each))


def _start(address: str) -> str:
    """The address as far as its host."""
    return "".join(_START.findall(address, 0, 300)[:1])


def _contents(asked: FormQuestion) -> tuple[Content, ...]:
    options = asked.answer.options if isinstance(asked.answer, Selection) else ()
    return (*asked.content, *(option.content for option in options))


def _in_text(text: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(text):
        before = text[max(0, match.start() - 6) : match.start()].lower()
        scheme = next((each for each in ("https:", "http:") if before.endswith(each)), "http:")
        yield scheme + match[0]


def _tags(html: str) -> list[Tag]:
    try:
        return [tag for tag in scan(html) if not tag.end]
    except QuestionError:  # HTML that ends inside markup was refused when it came
        return []


def _unsubmittable(html: str) -> str:
    """Why its answers cannot be given or sent, or nothing."""
    if "customElements.define" in html:
        return ""
    suspects = {name.lower() for name in _CROWD.findall(html)} - CROWD_ELEMENTS
    if not suspects and (_CROWD_FORM.search(html) or (_FORM.search(html) and _BUTTON.search(html))):
        return ""
    if not (tags := _tags(html)):
        return ""
    unknown = sorted(suspects & {tag.name for tag in tags})
    if any(map(_brings, tags)):
        unknown = [name for name in unknown if name in _LACKING]
    if unknown:
        return f"uses elements that this site does not know: {', '.join(unknown)}"
    if any(_acts(tag) for tag in tags):
        return ""
    if not any(tag.name == "form" for tag in tags):
        return "has no form and no script, so nothing can be submitted"
    lines = sum(tag.name == "input" and _type(tag) in _LINES for tag in tags)
    # the Enter key sends a form without a button only from its one and only line of text
    return "" if lines == 1 or any(map(_is_button, tags)) else "has no button to submit with, and no script"


def _brings(tag: Tag) -> bool:
    """Whether this is, or loads, a script of which we know nothing, which may define elements."""
    source = tag.attributes.get("src", "")
    return tag.name == "script" and bool(_BRINGING.search(tag.text) or (source and not _LOADERS.search(source)))


def _acts(tag: Tag) -> bool:
    """Whether this may submit by itself: a script, what calls one, or an element that brings a button."""
    if tag.name == "script":
        return not _LOADERS.search(tag.attributes.get("src", ""))
    scripted = any(name.startswith("on") for name in tag.attributes)
    return (
        scripted
        or tag.name in {"crowd-form", "crowd-entity-annotation"}
        or "javascript:" in tag.attributes.get("href", "")
    )


def _is_button(tag: Tag) -> bool:
    kinds = {"button": {"", "submit"}, "input": {"submit", "image"}}
    return tag.name == "crowd-button" or _type(tag) in kinds.get(tag.name, ())


def _type(tag: Tag) -> str:
    return tag.attributes.get("type", "").strip().lower()
