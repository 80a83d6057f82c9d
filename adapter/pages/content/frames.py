"""What a frame shows: the page of an ExternalQuestion, or the HTML of an HTMLQuestion, which can do nothing to us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, request
from markupsafe import Markup

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.core.origins import gets_sessions, origin_of
from adapter.core.settings import Settings
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.errors import TurkError
from adapter.marketplace.questions.documents import FileUpload, Question
from adapter.marketplace.questions.workable import hindrance
from adapter.marketplace.store import assignments
from adapter.marketplace.store.hits import find_hit
from adapter.marketplace.store.uploads import find_upload
from adapter.pages.content.host import content_address, host_pattern, signed_parameters
from adapter.pages.content.html import with_assignment, with_our_addresses, with_storage
from adapter.pages.content.question_form import form_html
from adapter.pages.frame import current_worker, frame_page, the_store

#: What stands for the assignment before the HIT is accepted.
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
#: Where the HTML of an HTMLQuestion is served; never to be trusted with a cookie.
QUESTION = "/mturk/question"

_SANDBOX = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads allow-pointer-lock"
_WITH_ORIGIN = _SANDBOX + " allow-same-origin allow-storage-access-by-user-activation"
#: Forms of old pages may have the whole window as their target, which a click may replace.
_ELSEWHERE = _WITH_ORIGIN + " allow-top-navigation-by-user-activation"


@dataclass(frozen=True)
class View:
    """How a question is put into a page: `form` for a QuestionForm, else a frame with these attributes.

    `height` is the frame's in pixels, 0 for that of the window. Without form and `source` the question is not
    shown; `problem` says why it cannot be done.
    """

    form: Markup | None = None
    problem: str = ""
    source: str = ""
    sandbox: str = ""
    height: int = 0

    @property
    def shown(self) -> bool:
        """Whether a worker can do anything with it."""
        return self.form is not None or bool(self.source)


def site_address() -> str:
    """The address by which browsers reach this site, without a slash at its end."""
    return (the_store().settings.site_url or request.url_root).rstrip("/")


def question_view(
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
    question, settings = assignment_lifecycle.question_of(hit.question), the_store().settings
    if reason := hindrance(settings, question, request.url_root):
        return View(problem=reason)
    if question.kind == "QuestionForm":
        at_work = assignment_id != PREVIEW
        stored = _stored(assignment_id, question) if at_work else {}
        return View(form=form_html(question, values, reasons, stored=stored, disabled=not at_work))
    parameters = {"assignmentId": assignment_id, "hitId": hit.hit_id}
    if assignment_id != PREVIEW:
        parameters |= {"workerId": worker_id, "turkSubmitTo": site_address()}
    if question.kind == "HTMLQuestion" and settings.content_url:
        address = content_address(the_store(), hit.account_id, QUESTION, parameters)
        return View(source=address, sandbox=_WITH_ORIGIN, height=question.frame_height)
    if question.kind == "HTMLQuestion":
        return View(source=f"{QUESTION}?{urlencode(parameters)}", sandbox=_SANDBOX, height=question.frame_height)
    address = with_parameters(question.external_url or "", parameters)
    if gets_sessions(settings, address, request.url_root):
        return View()
    ours = {origin_of(request.url_root), origin_of(settings.site_url)}
    # A page of this very site would be let out of its sandbox by this; any other needs it for its own cookies.
    sandbox = _SANDBOX if origin_of(address) in ours else _ELSEWHERE
    return View(source=address, sandbox=sandbox, height=question.frame_height)


def can_be_shown(question: str) -> bool:
    """Whether question_view() shows a HIT's question, so that a worker can do it."""
    return _can_be_shown(the_store().settings, question, request.url_root)


@lru_cache(maxsize=256)
def _can_be_shown(settings: Settings, text: str, here: str) -> bool:
    question = assignment_lifecycle.question_of(text)
    if hindrance(settings, question, here):
        return False
    return question.kind != "ExternalQuestion" or not gets_sessions(settings, question.external_url or "", here)


def _stored(assignment_id: str, question: Question) -> dict[str, int]:
    """The sizes of the files that the worker has sent already, by QuestionIdentifier."""
    files = [each.identifier for each in question.questions if isinstance(each.answer, FileUpload)]
    if not files:
        return {}
    with the_store().read() as connection:
        found = {identifier: find_upload(connection, assignment_id, identifier) for identifier in files}
    return {identifier: row.size for identifier, row in found.items() if row is not None}


def with_parameters(address: str, parameters: dict[str, str]) -> str:
    """An address with more parameters in its query; what it has stays, with one question mark, before a fragment."""
    before, hash_mark, fragment = address.partition("#")
    joint = "" if before.endswith(("?", "&")) else "&" if "?" in before else "?"
    return before + joint + urlencode(parameters) + hash_mark + fragment


def add_views(site: Blueprint, settings: Settings) -> None:
    """The frame of HTMLQuestions."""
    content_host = host_pattern(settings)
    parts = urlsplit(settings.site_url)
    site_origin = f"{parts.scheme}://{parts.netloc}"

    @site.get(QUESTION)
    def question() -> Response:
        if settings.content_url:
            given, sandbox = _signed(content_host), _WITH_ORIGIN
            framed_by = site_origin
            if given is None:
                return frame_page(403, "This page is too old. Load the page around it again.")
        else:
            # A stranger's script runs here: in an origin of its own, whether framed or not, so never as the worker.
            given, sandbox, framed_by = _asked_for(), _SANDBOX, "'self'"
        hit_id, assignment_id, worker_id = given
        if not is_id(hit_id) or not (assignment_id == PREVIEW or is_id(assignment_id)):
            return frame_page(404, "There is no such HIT.")
        try:
            if assignment_id == PREVIEW:
                hit = assignment_lifecycle.preview(the_store(), hit_id, worker_id)
            else:
                hit = _at_work(hit_id, assignment_id, worker_id)
        except TurkError as error:
            return frame_page(403, error.message)
        found = None if hit is None else assignment_lifecycle.question_of(hit.question)
        if found is None or found.kind != "HTMLQuestion":
            return frame_page(404, "There is no such HIT.")
        headers = {
            "Content-Security-Policy": f"sandbox {sandbox}; frame-ancestors {framed_by}",
            "X-Content-Type-Options": "nosniff",
            # the address holds the assignment's id, which is all that it takes to submit
            "Referrer-Policy": "origin",
            "Cache-Control": "no-store",
            # neighbours below the same name cannot become one origin
            "Origin-Agent-Cluster": "?1",
        }
        address = site_address()
        html = with_assignment(with_our_addresses(found.html_content or "", address), assignment_id)
        html = with_storage(html, address)
        return Response(html, headers=headers, content_type="text/html; charset=UTF-8")


def _asked_for() -> tuple[str, str, str | None]:
    """HIT, assignment and worker of a request to the worker pages, whose frame sends a cookie or none."""
    worker = current_worker()
    given = request.args
    # a preview without a cookie is a visitor's, who meets no requirement; at work the assignment's id is enough
    worker_id = worker.worker_id if worker else ""
    return given.get("hitId", ""), given.get("assignmentId", PREVIEW), worker_id


def _signed(content_host: re.Pattern[str]) -> tuple[str, str, str | None] | None:
    """The same of a signed address; the page that has it in its frame has looked who may preview. No cookie counts."""
    host = content_host.fullmatch(request.host)
    given = signed_parameters(the_store(), host[1].lower(), request.query_string.decode("latin-1")) if host else None
    return None if given is None else (given["hitId"], given["assignmentId"], given.get("workerId"))


def _at_work(hit_id: str, assignment_id: str, worker_id: str | None) -> Any:
    """The HIT of an assignment in hand; who knows its id may see it, unless signed in as somebody else."""
    with the_store().read() as connection:
        row = assignments.find_assignment(connection, assignment_id)
        if row is None or row.hit_id != hit_id or (worker_id and worker_id != row.worker_id):
            return None
        if row.status != "Accepted" or row.deadline_at <= clock.milliseconds():
            return None
        return find_hit(connection, None, row.hit_id)
