"""Whether a worker can do what the HTML of an HTMLQuestion asks for; what cannot be done is taken, but never offered."""

from __future__ import annotations

import re

from adapter.marketplace.questions.documents import Question, QuestionError
from adapter.marketplace.questions.html import scan

#: The crowd elements that worker pages give life to, and parts of them; docs/crowd-elements.md says what each can do.
CROWD_ELEMENTS = frozenset(
    {
        "crowd-alert",
        "crowd-badge",
        "crowd-bounding-box",
        "crowd-button",
        "crowd-card",
        "crowd-checkbox",
        "crowd-classifier",
        "crowd-classifier-multi-select",
        "crowd-entity-annotation",
        "crowd-fab",
        "crowd-form",
        "crowd-icon-button",
        "crowd-image-classifier",
        "crowd-image-classifier-multi-select",
        "crowd-input",
        "crowd-instance-segmentation",
        "crowd-instructions",
        "crowd-keypoint",
        "crowd-line",
        "crowd-modal",
        "crowd-polygon",
        "crowd-polyline",
        "crowd-radio-button",
        "crowd-radio-group",
        "crowd-semantic-segmentation",
        "crowd-slider",
        "crowd-slider-label",
        "crowd-tab",
        "crowd-tabs",
        "crowd-text-area",
        "crowd-toast",
        "crowd-toggle-button",
    }
)

#: Scripts of the old service, which submit nothing by themselves.
_LOADERS = re.compile(r"/(?:crowd-html-elements(?:-v2)?|externalHIT_v1)\.js\b", re.IGNORECASE)
#: What is worth a closer look; most HTML has a form or a script, and no element that is not known.
_CROWD = re.compile(r"<(crowd-[a-z0-9-]+)", re.IGNORECASE)
_FORM = re.compile(r"<(?:form|crowd-form|crowd-entity-annotation)\b", re.IGNORECASE)


def hindrance(question: Question) -> str:
    """Why no worker can do this, as the end of a sentence ("it …"), or nothing where that is not certain.

    A page that defines elements of its own, or has a script that may submit, is believed.
    """
    html = question.html_content or ""
    if not html or "customElements.define" in html:
        return ""
    suspects = {name.lower() for name in _CROWD.findall(html)} - CROWD_ELEMENTS
    if not suspects and _FORM.search(html):
        return ""
    try:
        tags = [tag for tag in scan(html) if not tag.end]
    except QuestionError:  # HTML that ends inside markup was refused when it came
        return ""
    unknown = sorted(suspects & {tag.name for tag in tags})
    if unknown:
        return f"uses elements that this site does not know: {', '.join(unknown)}"
    sends = any(
        tag.name in {"form", "crowd-form", "crowd-entity-annotation"} or _scripted(tag.attributes) for tag in tags
    )
    scripts = any(tag.name == "script" and not _LOADERS.search(tag.attributes.get("src", "")) for tag in tags)
    return "" if sends or scripts else "has no form and no script, so nothing can be submitted"


def _scripted(attributes: dict[str, str]) -> bool:
    return any(name.startswith("on") for name in attributes)
