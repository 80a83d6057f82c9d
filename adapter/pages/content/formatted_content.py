"""Writes a requester's FormattedContent into our pages: cleaned once more, and without what would clash with the page."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import nh3
from markupsafe import Markup

from adapter.marketplace.questions.formatted import BLOCKS, subset

_BLOCK = re.compile(rf"<(?:div|iframe|{'|'.join(BLOCKS)})[ >]")
#: What would clash with the page around (its names, its keys, its windows), and addresses that nobody sees.
_DROPPED = {"accesskey", "tabindex", "target", "id", "name", "rel", "rev", "cite", "longdesc"}
_REL = "noopener noreferrer"
#: A page in a frame runs, in an origin of its own, and cannot lead the worker away.
_FRAME = {"sandbox": "allow-scripts allow-forms allow-popups", "referrerpolicy": "no-referrer"}
_LINK = {"target": "_blank", "referrerpolicy": "no-referrer"}
#: Characters that XML allows and HTML forbids: DEL, C1 controls and non-characters.
_NOT_HTML = re.compile(
    "[\x7f-\x9f\ufdd0-\ufdef"
    + "".join(chr(n + end) for n in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))
    + "]"
)
#: The writer of the cleaned HTML forgets that a parser drops the line end after this tag.
_PRE = re.compile(r"<pre[^>]*>(?=\n)")


class Formatted(NamedTuple):
    """HTML that may be written as it stands; `inline` says that it may stand in a line of text, as in a label."""

    html: Markup
    inline: bool


@cache
def _cleaner() -> nh3.Cleaner:
    attributes = {name: set(own - _DROPPED) for name, own in subset().items()}
    attributes["map"].add("name")
    return nh3.Cleaner(
        # a div and a span stand for what HTML5 would tear apart
        tags={*attributes, "div", "span"},
        attributes={**attributes, "div": attributes["p"]},
        url_schemes={"http", "https", "ftp", "news", "nntp", "gopher", "telnet", "mailto"},
        url_relative="deny",
        link_rel=_REL,
        set_tag_attribute_values={
            "a": _LINK,
            "area": {**_LINK, "rel": _REL},
            "iframe": _FRAME,
            "img": {"referrerpolicy": "no-referrer"},
        },
    )


def formatted(text: str) -> Formatted:
    """The HTML of a FormattedContent block, cleaned of all but the allowed elements and attributes.

    Links open a window of their own and tell nobody where they stood; frames are sandboxed.
    """
    html = _PRE.sub("\\g<0>\n", readable(_cleaner().clean(text)))
    return Formatted(Markup(html), not _BLOCK.search(html))  # noqa: S704 - cleaned in the line before


def readable(text: str) -> str:
    """The text with a replacement character for each that HTML cannot carry."""
    return _NOT_HTML.sub("\ufffd", text)
