"""What a frame shows: the page of an ExternalQuestion, or the HTML of an HTMLQuestion, which can do nothing to us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.core.origins import gets_sessions, origin_of
from adapter.core.settings import Settings
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.errors import TurkError
from adapter.marketplace.questions import Question
from adapter.marketplace.store import assignments
from adapter.marketplace.store.hits import find_hit
from adapter.pages.content.question_form import form_html
from adapter.pages.frame import current_worker, frame_page, the_store

#: What stands for the assignment before the HIT is accepted.
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
#: Where the HTML of an HTMLQuestion is served; never to be trusted with a cookie.
QUESTION = "/mturk/question"

_SANDBOX = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads allow-pointer-lock"
_SUBMIT = re.compile(
    r"(?:https?:)?//(?:www|worker|workersandbox)\.mturk\.com(?::\d+)?(?=/{1,2}mturk/externalSubmit)", re.IGNORECASE
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
        re.compile(r"(?:https?:)?//assets\.crowd\.aws/crowd-html-elements\.js", re.IGNORECASE),
        "/mturk/static/crowd-html-elements.js",
    ),
)


@dataclass(frozen=True)
class View:
    """How a question is put into a page: `form` for a QuestionForm, else a frame with these attributes.

    `height` is the frame's in pixels, 0 for that of the window. Without form and `source` the question must not be shown.
    """

    form: Markup | None = None
    source: str = ""
    sandbox: str = ""
    height: int = 0

    @property
    def shown(self) -> bool:
        """Whether a worker can do anything with it."""
        return self.form is not None or bool(self.source)


def site_address(settings: Settings) -> str:
    """The address by which browsers reach this site, without a slash at its end."""
    return (settings.site_url or request.url_root).rstrip("/")


def question_view(
    settings: Settings,
    hit: Any,
    assignment_id: str = PREVIEW,
    worker_id: str = "",
    values: list[tuple[str, str]] | None = None,
    reasons: dict[str, str] | None = None,
) -> View:
    """How a HIT's question is shown, in preview or to the worker who has the assignment.

    The frame's address carries assignmentId and hitId, and for the worker at work workerId and turkSubmitTo.
    `values` and `reasons` are for a QuestionForm that is shown again, as form_html() takes them.
    """
    question = assignment_lifecycle.question_of(hit.question)
    if question.kind == "QuestionForm":
        return View(form=form_html(question, values, reasons, disabled=assignment_id == PREVIEW))
    parameters = {"assignmentId": assignment_id, "hitId": hit.hit_id}
    if assignment_id != PREVIEW:
        parameters |= {"workerId": worker_id, "turkSubmitTo": site_address(settings)}
    if question.kind == "HTMLQuestion":
        return View(source=f"{QUESTION}?{urlencode(parameters)}", sandbox=_SANDBOX, height=question.frame_height)
    address = with_parameters(question.external_url or "", parameters)
    if gets_sessions(settings, address, request.url_root):
        return View()
    ours = {origin_of(request.url_root), origin_of(settings.site_url)}
    # A page of this very site would be let out of its sandbox by this; any other needs it for its own cookies.
    sandbox = _SANDBOX if origin_of(address) in ours else f"{_SANDBOX} allow-same-origin"
    return View(source=address, sandbox=sandbox, height=question.frame_height)


def with_parameters(address: str, parameters: dict[str, str]) -> str:
    """An address with more parameters in its query; what it has stays, with one question mark, before a fragment."""
    before, hash_mark, fragment = address.partition("#")
    joint = "" if before.endswith(("?", "&")) else "&" if "?" in before else "?"
    return before + joint + urlencode(parameters) + hash_mark + fragment


def served_html(question: Question, address: str) -> str:
    """The HTML of an HTMLQuestion, in which what pointed to Amazon's worker site points to `address`, this one."""
    html = _SUBMIT.sub(lambda _: address, question.html_content or "")
    for pattern, path in _SCRIPTS:
        html = pattern.sub(lambda _, target=address + path: target, html)  # type: ignore[misc]
    return html


def add_views(site: Blueprint, settings: Settings) -> None:
    """The frame of HTMLQuestions."""

    @site.get(QUESTION)
    def question() -> Response:
        hit_id, assignment_id = request.args.get("hitId", ""), request.args.get("assignmentId", PREVIEW)
        if not is_id(hit_id) or not (assignment_id == PREVIEW or is_id(assignment_id)):
            return frame_page(404, "There is no such HIT.")
        try:
            hit = _previewed(hit_id) if assignment_id == PREVIEW else _at_work(hit_id, assignment_id)
        except TurkError as error:
            return frame_page(403, error.message)
        found = None if hit is None else assignment_lifecycle.question_of(hit.question)
        if found is None or found.kind != "HTMLQuestion":
            return frame_page(404, "There is no such HIT.")
        headers = {
            # A stranger's script runs here: in an origin of its own, whether framed or not, so never as the worker.
            "Content-Security-Policy": f"sandbox {_SANDBOX}; frame-ancestors 'self'",
            "X-Content-Type-Options": "nosniff",
            # the address holds the assignment's id, which is all that it takes to submit
            "Referrer-Policy": "origin",
            "Cache-Control": "no-store",
        }
        html = served_html(found, site_address(settings))
        return Response(html, headers=headers, content_type="text/html; charset=UTF-8")


def _previewed(hit_id: str) -> Any:
    worker = current_worker()
    return assignment_lifecycle.preview(the_store(), hit_id, "" if worker is None else worker.worker_id)


def _at_work(hit_id: str, assignment_id: str) -> Any:
    """The HIT of an assignment in hand; who knows its id may see it, unless signed in as somebody else."""
    with the_store().read() as connection:
        row = assignments.find_assignment(connection, assignment_id)
        worker = current_worker()
        if row is None or row.hit_id != hit_id or (worker is not None and worker.worker_id != row.worker_id):
            return None
        if row.status != "Accepted" or row.deadline_at <= clock.milliseconds():
            return None
        return find_hit(connection, None, row.hit_id)
