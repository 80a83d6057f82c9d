"""What the HTML of a requester is given on its way into its frame: our addresses, the assignment, and storage that works."""

from __future__ import annotations

import re

_SUBMIT = re.compile(
    r"(?:https?:)?//(?:(?:www|worker|workersandbox)\.)?mturk\.com(?::\d+)?(?=/{1,2}mturk/externalSubmit)", re.IGNORECASE
)
#: Scripts of the old service that requesters' HTML loads, and which of ours does their work.
_SCRIPTS = (
    (
        re.compile(
            r"(?:https?:)?//(?:s3[\w.-]*\.amazonaws\.com/mturk-public|mturk-public\.s3[\w.-]*\.amazonaws\.com)/externalHIT_v1\.js",
            re.IGNORECASE,
        ),
        "/mturk/static/externalHIT_v1.js",
    ),
    (
        re.compile(r"(?:https?:)?//assets\.crowd\.aws/crowd-html-elements(?:-v2)?\.js", re.IGNORECASE),
        "/mturk/static/crowd-html-elements.js",
    ),
)
#: What may stand before the first element; without the document type there, browsers lay the page out as in 1999.
_BEFORE = re.compile(r"\ufeff?(?:\s|<!--.*?-->|<\?[^>]*>)*+(?:<!doctype[^>]*>)?", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"<input\b[^<>]*?\sname=([\"']?)assignmentId\1(?=[\s/>])[^<>]*>", re.IGNORECASE)
_VALUE = re.compile(r"(\svalue=)([\"'])(?:ASSIGNMENT_ID_NOT_AVAILABLE)?\2", re.IGNORECASE)
_SET = re.compile(r"\svalue\s*=", re.IGNORECASE)


def with_our_addresses(html: str, address: str) -> str:
    """The HTML, in which what pointed to Amazon's worker site and its scripts points to `address`, this one."""
    html = _SUBMIT.sub(lambda _: address, html)
    for pattern, path in _SCRIPTS:
        html = pattern.sub(lambda _, target=address + path: target, html)  # type: ignore[misc]
    return html


def with_assignment(html: str, assignment_id: str) -> str:
    """The HTML with the assignment's id in each field for it that is empty or names the preview, so that no script need do it."""

    def filled(match: re.Match[str]) -> str:
        field = match[0]
        if _SET.search(field):
            return _VALUE.sub(rf"\g<1>\g<2>{assignment_id}\g<2>", field, count=1)
        # without quotes, as the field may stand in a script's string
        return f"{field[:6]} value={assignment_id}{field[6:]}"

    return _FIELD.sub(filled, html)


def with_storage(html: str, address: str) -> str:
    """The HTML with scripts before all others: storage works where the frame has none, and no answer is sent while offline."""
    start = _BEFORE.match(html)
    at = start.end() if start else 0
    ours = "".join(f'<script src="{address}/mturk/static/{name}"></script>' for name in ("storage.js", "sending.js"))
    return html[:at] + ours + html[at:]
