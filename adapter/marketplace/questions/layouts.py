"""Fills HIT layouts: documents with ${name} where each HIT has its own value."""

import re
from collections.abc import Mapping
from functools import lru_cache

from adapter.marketplace.errors import INVALID_VALUE, MISSING
from adapter.marketplace.questions.documents import QuestionError
from adapter.marketplace.questions.html import Tag, scan
from adapter.marketplace.questions.xml import MAX_BYTES, namespace

#: Old clients also send names of several words, such as `first guess`.
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.-]{0,127}(?: \w[\w.-]{0,127}){0,9})\}", re.ASCII)

#: What Amazon put around a layout; requesters' styles and scripts, and workers' own, know these names and ids.
_HEAD = (
    '<!DOCTYPE html><html><head><title>HIT</title><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>'
    '<script type="text/javascript" src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head><body>'
)
_FORM = (
    '<form name="mturk_form" method="post" id="mturk_form" action="https://www.mturk.com/mturk/externalSubmit">'
    '<input type="hidden" value="" name="assignmentId" id="assignmentId"/>'
)
_BUTTON = '<p class="text-center"><input type="submit" id="submitButton" class="btn btn-primary" value="Submit"/></p>'
_CALL = "<script>turkSetAssignmentID();</script>"
_END = "</body></html>"


def placeholders(template: str) -> tuple[str, ...]:
    """The names in a layout, in the order of their first use."""
    return tuple(dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(template)))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The layout with every ${name} replaced by its value, as it stands: what must be escaped in it, the client escapes.

    Raises QuestionError naming the parameters that are missing or the one that is unknown to the layout, and when the
    result grows beyond 65535 characters, the most a question may have.
    """
    wanted = placeholders(template)
    if missing := [name for name in wanted if name not in values]:
        # recorded words
        raise QuestionError(
            MISSING,
            "Your request is missing required parameters. Required parameters include HITLayoutParameter. "
            f"You have not provided all required HITLayout parameters. Missing parameter names: {', '.join(missing)}",
        )
    for name in values:
        if name not in wanted:
            raise QuestionError(INVALID_VALUE, f"The HITLayout has no parameter {name[:128]}.")
    parts: list[str] = []
    size = at = 0
    for match in _PLACEHOLDER.finditer(template):
        parts += [template[at : match.start()], values[match[1]]]
        at = match.end()
        size += len(parts[-1]) + len(parts[-2])
        if size > MAX_BYTES:
            reason = f"The question is longer than {MAX_BYTES} bytes with this {match[1]}."
            raise QuestionError(INVALID_VALUE, reason)
    return "".join((*parts, template[at:]))


@lru_cache(maxsize=16)  # a batch names one layout hundreds of times, and a long one takes a while to read
def page_of(layout: str) -> str:
    """The page of a layout in HTML: with a form that submits, and a button in it, unless the layout brings its own.

    A crowd-form, and a form with an action, are left to themselves; a form without one gets what it lacks from the
    script. A whole document that needs nothing stays as it is; else it may stand in the page as a fragment does, because
    HTML passes over a second head and body. Raises QuestionError where the layout ends inside markup.
    """
    tags = [tag for tag in scan(layout) if not tag.end]
    forms = [tag for tag in tags if tag.name in {"form", "crowd-form"}]
    if not forms:
        button = "" if any(map(_submits, tags)) else _BUTTON
        return f"{_HEAD}{_FORM}{layout}{button}</form>{_CALL}{_END}"
    if not any(form.name == "crowd-form" or "action" in form.attributes for form in forms):
        return f"{_HEAD}{layout}{_CALL}{_END}"
    whole = any(tag.name in {"html", "body"} for tag in tags)
    return layout if whole else f"{_HEAD}{layout}{_END}"


def _submits(tag: Tag) -> bool:
    kind = tag.attributes.get("type", "").lower()
    return (tag.name, kind) in {("input", "submit"), ("input", "image"), ("button", "submit")}


def html_question(html: str, frame_height: int = 0) -> str:
    """The HTMLQuestion document (schema 2011-11-11) around a page; `frame_height` is pixels, 0 fits the window."""
    content = html.replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<HTMLQuestion xmlns="{namespace("HTMLQuestion")}"><HTMLContent><![CDATA[{content}]]></HTMLContent>'
        f"<FrameHeight>{frame_height}</FrameHeight></HTMLQuestion>"
    )
