"""A file that is sent before its form: only for a question that asks for one, by the worker who has the assignment."""

from __future__ import annotations

import io
import re
from urllib.parse import quote

import pytest

from tests.marketplace.questions.documents import UPLOAD, form, free_text, question
from tests.marketplace.workshop import a_hit
from tests.pages.worker.visiting import Visitor

WITH_FILES = form(
    question(free_text(), "q1", name="Text")
    + question(UPLOAD, "a scan", name="Scan")
    + question(UPLOAD, "f&amp;2", "false")
)


class Desk:
    """An accepted HIT with a form, and what is sent for it."""

    def __init__(self, visitor, mturk):
        self.visitor = visitor
        self.hit_id = a_hit(mturk, Question=WITH_FILES)
        accept = visitor.get(f"/mturk/preview?hitId={self.hit_id}").form("/mturk/accept")
        self.page = visitor.send(accept)
        self.assignment_id = re.search(r"assignmentId=(\w+)", self.page.html)[1]
        self.key = re.search(r'id="answer".*?form_key" value="(\w+)"', self.page.html, re.DOTALL)[1]

    def upload(self, name="a scan", content=b"0123456789", *, key=None, visitor=None, assignment_id=None, field="file"):
        address = f"/mturk/upload?assignmentId={assignment_id or self.assignment_id}&question={quote(name)}"
        data = {"form_key": self.key if key is None else key, field: (io.BytesIO(content), "a.png", "image/png")}
        return (visitor or self.visitor).client.post(address, data=data)

    def submit(self, **fields):
        action = f"/mturk/submit?assignmentId={self.assignment_id}"
        return self.visitor.post(action, [("form_key", self.key), *fields.items()])


@pytest.fixture
def desk(visitor, mturk):
    return Desk(visitor, mturk)


def test_files_that_came_before_the_form_are_part_of_the_answer(desk, mturk):
    assert [desk.upload().status_code, desk.upload("f&2", b"x" * 20).status_code] == [204, 204]
    assert "You have submitted this HIT." in desk.submit(q1="red").text
    (row,) = mturk.list_assignments_for_hit(HITId=desk.hit_id)["Assignments"]
    assert re.findall(r"<UploadedFileSizeInBytes>(\d+)<", row["Answer"]) == ["10", "20"]
    url = mturk.get_file_upload_url(AssignmentId=row["AssignmentId"], QuestionIdentifier="a scan")["FileUploadURL"]
    stored = desk.visitor.client.get("/uploads/" + url.rpartition("/")[2], buffered=True)
    assert (stored.data, stored.headers["Content-Type"]) == (b"0123456789", "image/png")


def test_a_file_that_is_too_large_is_refused_in_plain_words_and_the_one_before_it_stays(desk):
    desk.upload()
    refused = desk.upload(content=b"x" * 3001)
    assert refused.status_code == 422
    assert refused.mimetype == "text/plain"
    assert refused.get_data(as_text=True) == "The file is too large: it may have at most 3000 bytes."
    assert "You have submitted this HIT." in desk.submit(q1="red").text


def test_only_the_page_of_the_assignment_may_send_a_file(desk, new_visitor):
    other = new_visitor("Eve")
    assert desk.upload(key="0" * 64).status_code == 403
    foreign = re.search(r'form_key" value="(\w+)"', other.get("/mturk/findhits").html)[1]
    assert desk.upload(visitor=other, key=foreign).status_code == 403
    other.client.delete_cookie("mturk_worker")
    assert desk.upload(visitor=other, key=foreign).status_code == 403


def test_a_file_is_taken_from_a_page_whose_worker_is_signed_out_meanwhile(desk):
    desk.visitor.client.delete_cookie("mturk_worker")
    assert desk.upload().status_code == 204


@pytest.mark.parametrize("name", ["", "q1", "no such", "a scan\x00", "../x", "ß" * 300])
def test_a_file_for_what_asks_for_none_is_refused(desk, name):
    refused = desk.upload(name)
    assert (refused.status_code, refused.mimetype) == (404, "text/plain")


def test_what_is_no_file_or_for_no_assignment_is_refused(desk):
    assert desk.upload(field="other").status_code == 404
    assert desk.upload(assignment_id="A" * 30).status_code == 404
    assert desk.upload(assignment_id="x%00").status_code == 404


def test_after_the_submission_no_file_is_replaced(desk):
    desk.upload()
    desk.submit(q1="red")
    refused = desk.upload(content=b"another one")
    assert (refused.status_code, refused.mimetype) == (409, "text/plain")


def test_a_file_is_bounded_by_what_the_site_takes(new_app, store, mturk):
    desk = Desk(Visitor(new_app(max_upload=2500, max_body=2000), store, "Bounded"), mturk)
    assert desk.upload(content=b"x" * 1000).status_code == 204
    assert desk.upload(content=b"x" * 2900).status_code == 413


def test_a_page_that_is_loaded_again_tells_of_the_files_that_are_stored(desk):
    desk.upload(content=b"x" * 2500)
    page = desk.visitor.get(f"/mturk/continue?assignmentId={desk.assignment_id}")
    assert page.text.count("A file of 2.5 kB is stored. Choose another one only to replace it.") == 1
    # also beside what is wrong with a new one
    again = desk.submit(q1="")
    assert again.text.count("A file of 2.5 kB is stored.") == 1
