"""What a worker was told, and what the worker writes to requesters."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, request

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.marketplace.domain import letters
from adapter.marketplace.domain.events import BLOCKED
from adapter.marketplace.store import worker_history, worker_messages
from adapter.pages.frame import go, post, refuse, render, signed_in, the_store
from adapter.pages.store import worker_accounts
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.long_lists import page

#: Letters of one worker in a day; what they say is bounded as NotifyWorkers is.
MOST_LETTERS = 20
DAY_SECONDS = 24 * 3600
SUBJECT_LENGTH = 200
TEXT_LENGTH = 4096

_NOBODY = "There is nobody to write to at this address. The link may be incomplete, or the requester is gone."
#: What terminals and mail programs might take for commands.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ADDRESS = "/mturk/contact"


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages of messages and letters."""

    @site.get("/mturk/messages")
    @signed_in
    def messages(worker: Worker) -> Response:
        found = page(worker_history.list_messages, worker.worker_id)
        # read first, so that this page itself still shows what is new
        answer = render("messages.html", page=found, blocked=BLOCKED, sent="sent" in request.args)
        if new := [row.seq for row in found.rows if row.read_at is None]:
            with the_store().write() as connection:
                worker_messages.mark_read(connection, new, clock.milliseconds())
        return answer

    @site.get(_ADDRESS)
    @signed_in
    def contact(worker: Worker) -> Response:
        about = _about(worker, request.args)
        kind = letters.BROKEN if "broken" in request.args and about.hit_id else letters.QUESTION
        return _form(request.args, about, {"kind": kind, "subject": _suggested(about)})

    @site.post(_ADDRESS)
    @post
    @signed_in
    def write(worker: Worker) -> Response:
        about = _about(worker, request.form)
        text = _CONTROLS.sub("", request.form.get("text", "").replace("\r\n", "\n")).strip()
        subject = " ".join(_CONTROLS.sub("", request.form.get("subject", "")).split())
        written = {"subject": subject, "text": text}
        written["kind"] = letters.BROKEN if request.form.get("kind") == letters.BROKEN else letters.QUESTION
        if about.hit_id is None:
            written["kind"] = letters.QUESTION
        if problem := _problem(written):
            return _form(request.form, about, written, 400, problem)
        counted = f"letters of {worker.worker_id}"
        if worker_accounts.count_attempt(the_store(), counted, DAY_SECONDS) > MOST_LETTERS:
            return _form(
                request.form, about, written, 429, f"{MOST_LETTERS} letters a day can be sent. Try again tomorrow."
            )
        letters.write(the_store(), worker.worker_id, about, written["kind"], written["subject"], written["text"])
        return go("/mturk/messages?sent=1")


def _about(worker: Worker, given: Any) -> letters.Subject:
    """What the letter is about, by the parameters of the address; ends the view with a page where there is nobody."""
    number = given.get("message", "")
    message = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
    hit_id = given.get("assignmentId", "") or given.get("hitId", "")
    requester_id = given.get("requesterId", "")
    if (number and message is None) or any(each and not is_id(each) for each in (hit_id, requester_id)):
        refuse(404, _NOBODY)
    with the_store().read() as connection:
        found = letters.subject_of(
            connection, worker.worker_id, message=message, hit_id=hit_id, requester_id=requester_id
        )
    if found is None:
        refuse(404, _NOBODY)
    return found


def _suggested(about: letters.Subject) -> str:
    if about.hit_id:
        return f"About: {about.title}"[:SUBJECT_LENGTH]
    return f"Re: {about.title}"[:SUBJECT_LENGTH] if about.title else ""


def _problem(written: dict[str, str]) -> str:
    if not written["subject"] or not written["text"]:
        return "Write both a subject and a text."
    if len(written["subject"]) > SUBJECT_LENGTH:
        return f"A subject has at most {SUBJECT_LENGTH} characters."
    if len(written["text"]) > TEXT_LENGTH:
        return f"A text has at most {TEXT_LENGTH:,} characters."
    return ""


def _form(
    given: Any, about: letters.Subject, written: dict[str, str], status: int = 200, problem: str = ""
) -> Response:
    target = {name: given[name] for name in ("message", "assignmentId", "hitId", "requesterId") if given.get(name)}
    known = {"about": about, "target": target, "problem": problem, "kinds": (letters.QUESTION, letters.BROKEN)}
    return render("contact.html", status, **known, **({"text": ""} | written))
