"""Fills HIT layouts: documents with ${name} where each HIT has its own value."""

import re
from collections.abc import Mapping
from html import escape

from adapter.marketplace.questions.documents import MISSING, LayoutError
from adapter.marketplace.questions.xml import MAX_BYTES, namespace

#: Old clients also send names of several words, such as `first guess`.
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.-]{0,127}(?: \w[\w.-]{0,127}){0,9})\}", re.ASCII)


def placeholders(template: str) -> tuple[str, ...]:
    """The names in a layout, in the order of their first use."""
    return tuple(dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(template)))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The layout with every ${name} replaced by its value, escaped for HTML and XML.

    Raises LayoutError naming the parameters that are missing or the one that is unknown to the layout, and when the
    result grows beyond 65535 characters, the most a question may have.
    """
    wanted = placeholders(template)
    if missing := [name for name in wanted if name not in values]:
        names = ", ".join(missing)
        # recorded words
        raise LayoutError(
            "Your request is missing required parameters. Required parameters include HITLayoutParameter. "
            f"You have not provided all required HITLayout parameters. Missing parameter names: {names}",
            missing[0],
            MISSING,
        )
    for name in values:
        if name not in wanted:
            raise LayoutError(f"The HITLayout has no parameter {name[:128]}.", name)
    parts: list[str] = []
    size = at = 0
    for match in _PLACEHOLDER.finditer(template):
        parts += [template[at : match.start()], escape(values[match[1]])]
        at = match.end()
        size += len(parts[-1]) + len(parts[-2])
        if size > MAX_BYTES:
            raise LayoutError(f"The question is longer than {MAX_BYTES} bytes with this {match[1]}.", match[1])
    return "".join((*parts, template[at:]))


def html_question(html: str, frame_height: int = 0) -> str:
    """The HTMLQuestion document (schema 2011-11-11) around a page; `frame_height` is pixels, 0 fits the window."""
    content = html.replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<HTMLQuestion xmlns="{namespace("HTMLQuestion")}"><HTMLContent><![CDATA[{content}]]></HTMLContent>'
        f"<FrameHeight>{frame_height}</FrameHeight></HTMLQuestion>"
    )
