"""Qualifications as workers see them: finding one, asking for it, taking its test, and what became of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.marketplace.domain import qualification_tests
from adapter.marketplace.domain.system_qualifications import SYSTEM_TYPES
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.store import qualification_types, qualifications, worker_history
from adapter.pages.content.question_form import form_html
from adapter.pages.frame import FORM_KEY, go, post, refuse, render, signed_in, the_store
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.long_lists import page
from adapter.pages.worker.requirements import KNOWN_AS, type_name, value_words

LONGEST_QUERY = 200
_NO_SUCH_TYPE = "There is no such Qualification. The link may be incomplete, or the requester has withdrawn it."
_NO_SUCH_TEST = "There is no such test of yours."


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages of Qualifications."""

    @site.get("/mturk/findquals")
    @signed_in
    def find_qualifications(worker: Worker) -> Response:
        query = request.args.get("searchWords", "").replace("\x00", "")[:LONGEST_QUERY].strip()
        given = {"searchWords": query} if query else None
        found = page(qualification_types.requestable, query.casefold().split(), given=given)
        with the_store().read() as connection:
            held = qualifications.values(
                connection, worker.worker_id, [row.qualification_type_id for row in found.rows]
            )
        return render("find_qualifications.html", page=found, query=query, held=held)

    @site.get("/mturk/myquals")
    @signed_in
    def my_qualifications(worker: Worker) -> Response:
        found = page(worker_history.list_qualifications, worker.worker_id)
        return render("my_qualifications.html", page=found, own=[] if found.newest else _own_record(worker))

    @site.get("/mturk/pendingquals")
    @signed_in
    def my_requests(worker: Worker) -> Response:
        found = page(worker_history.list_requests, worker.worker_id, overdue=_out_of_time)
        return render("qualification_requests.html", page=found)

    @site.get("/mturk/requestqualification")
    @signed_in
    def qualification(worker: Worker) -> Response:
        return _type_page(worker, request.args.get("qualificationId", ""))

    @site.post("/mturk/requestqualification")
    @post
    @signed_in
    def request_qualification(worker: Worker) -> Response:
        type_id = request.form.get("qualificationId", "")
        if not is_id(type_id):
            refuse(404, _NO_SUCH_TYPE)
        try:
            outcome = qualification_tests.request_qualification(the_store(), worker.worker_id, type_id)
        except TurkError as error:
            return _type_page(worker, type_id, 409, error.message)
        if outcome.status == "Testing":
            return go(f"/mturk/qualificationtests/{outcome.qualification_request_id}")
        return go(f"/mturk/requestqualification?qualificationId={type_id}")

    @site.get("/mturk/qualificationtests/<request_id>")
    @signed_in
    def test(worker: Worker, request_id: str) -> Response:
        asked = _request(worker, request_id)
        if asked.status != "Testing":
            return go(f"/mturk/requestqualification?qualificationId={asked.qualification_type_id}")
        return _test_page(asked)

    @site.post("/mturk/qualificationtests/<request_id>")
    @post
    @signed_in
    def submit_test(worker: Worker, request_id: str) -> Response:
        asked = _request(worker, request_id)
        fields = list(request.form.items(multi=True))
        # the form's own key comes first; a question may have the same name
        fields.remove((FORM_KEY, request.form[FORM_KEY]))
        try:
            qualification_tests.submit_test_form(the_store(), worker.worker_id, request_id, fields)
        except WorkerError as error:
            return _test_page(asked, 422, fields, error.reasons or {"": error.message})
        except TurkError as error:
            return _type_page(worker, asked.qualification_type_id, 409, error.message)
        return go(f"/mturk/requestqualification?qualificationId={asked.qualification_type_id}")


def _type_page(worker: Worker, type_id: str, status: int = 200, problem: str = "") -> Response:
    """A type, how the worker stands with it, and what can be done about it."""
    store = the_store()
    if (system := SYSTEM_TYPES.get(type_id)) is not None:
        with store.read() as connection:
            value = value_words(system.value(connection, worker.worker_id))
        name = type_name(type_id, None)
        return render("system_qualification.html", status, name=name, system=system, value=value, problem=problem)
    if not is_id(type_id):
        refuse(404, _NO_SUCH_TYPE)
    try:
        standing = qualification_tests.standing(store, worker.worker_id, type_id)
    except TurkError:
        refuse(404, _NO_SUCH_TYPE)
    found = standing.qualification_type
    with store.read() as connection:
        requester = qualification_types.requester(connection, type_id)
    return render(
        "qualification.html",
        status,
        standing=standing,
        type=found,
        requester=requester,
        questions=len(qualification_tests.test_of(found.test).questions) if found.test else 0,
        problem="" if problem == standing.refusal else problem,
        now=clock.milliseconds(),
    )


def _test_page(
    asked: Any, status: int = 200, fields: list[tuple[str, str]] | None = None, reasons: dict[str, str] | None = None
) -> Response:
    with the_store().read() as connection:
        found = qualification_types.find(connection, asked.qualification_type_id)
    form = form_html(qualification_tests.test_of(asked.test), fields, reasons)
    name = type_name(asked.qualification_type_id, None if found is None else found.name)
    return render("qualification_test.html", status, asked=asked, name=name, form=form, now=clock.milliseconds())


def _request(worker: Worker, request_id: str) -> Any:
    if not is_id(request_id):
        refuse(404, _NO_SUCH_TEST)
    try:
        found = qualification_tests.find_request(the_store(), worker.worker_id, request_id)
    except TurkError:
        refuse(404, _NO_SUCH_TEST)
    if found.test is None:
        refuse(404, _NO_SUCH_TEST)
    return found


def _own_record(worker: Worker) -> list[tuple[str, str, str]]:
    """What the service itself keeps of a worker: id, name and value in words of each of its types."""
    with the_store().read() as connection:
        return [
            (type_id, name, value_words(SYSTEM_TYPES[type_id].value(connection, worker.worker_id)))
            for type_id, name in KNOWN_AS.items()
        ]


def _out_of_time(row: Any, now: int) -> bool:
    return row.status == "Testing" and bool(row.due_at <= now)
