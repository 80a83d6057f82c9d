"""What externalSubmit stores, and what it refuses, by plain HTTP as the pages of requesters send it."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor

import html5lib
import pytest
from werkzeug.test import Client

from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.questions.answers import read_answers
from tests.marketplace.workshop import FORM, a_hit

OTHER = "AWORKER000001"


@pytest.fixture
def accepted(mturk, store):
    """An accepted assignment: its id, and a way to read its answers."""
    hit_id = a_hit(mturk, MaxAssignments=3)
    assignment_id = assignment_lifecycle.accept(store, OTHER, hit_id).assignment_id

    def answers():
        listed = mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]
        return [(each.question, each.free_text) for row in listed for each in read_answers(row["Answer"])]

    return assignment_id, answers


def send(app, fields=None, *, path="/mturk/externalSubmit", method="POST", **more):
    """Send without any cookie; the status, and the sentence on the page."""
    answer = Client(app).open("/", method=method, data=fields, environ_overrides={"PATH_INFO": path}, **more)
    page = answer.get_data(as_text=True)
    html5lib.HTMLParser(strict=True).parse(page)
    return answer.status_code, re.search(r'role="alert">(.*?)</p>', page, re.DOTALL)[1]


@pytest.mark.parametrize(
    "path",
    ["/mturk/externalSubmit", "//mturk/externalSubmit", "/mturk/mturk/externalSubmit", "/mturk/externalSubmit/"],
)
def test_a_form_is_stored_without_any_cookie(app, accepted, path):
    assignment_id, answers = accepted
    status, said = send(
        app,
        {
            "assignmentId": assignment_id,
            "hitId": "H",
            "workerId": "W",
            "turkSubmitTo": "x",
            "q": ["a", "b"],
            "empty": "",
        },
        path=path,
    )
    assert (status, said) == (200, "Your results have been submitted. Thank you.")
    assert answers() == [("q", "a|b"), ("empty", "")]


def test_the_query_counts_as_the_body_does(app, accepted):
    assignment_id, answers = accepted
    assert send(app, {"b": "2"}, query_string={"assignmentId": assignment_id, "a": "1"})[0] == 200
    assert answers() == [("a", "1"), ("b", "2")]


def test_a_get_submits_as_the_documentation_of_2008_has_it(app, accepted):
    assignment_id, answers = accepted
    assert send(app, method="GET", query_string={"assignmentId": assignment_id, "a": "1"})[0] == 200
    assert answers() == [("a", "1")]


def test_of_a_file_its_name_is_kept(app, accepted):
    assignment_id, answers = accepted
    form = {"assignmentId": assignment_id, "a": "ü", "photo": (io.BytesIO(b"x" * 1000), "me.png")}
    assert send(app, form, content_type="multipart/form-data")[0] == 200
    assert answers() == [("a", "ü"), ("photo", "me.png")]


def test_letters_of_pages_that_are_not_in_utf8_arrive(app, accepted):
    assignment_id, answers = accepted
    body = f"assignmentId={assignment_id}&gr%FC%DFe=%80+5&utf=%C3%BC&zero=%00x"
    assert send(app, body, content_type="application/x-www-form-urlencoded")[0] == 200
    assert answers() == [("grüße", "€ 5"), ("utf", "ü"), ("zero", "x")]


def test_a_second_submission_is_told_so_and_changes_nothing(app, accepted):
    assignment_id, answers = accepted
    assert send(app, {"assignmentId": assignment_id, "a": "first"})[0] == 200
    status, said = send(app, {"assignmentId": assignment_id, "a": "second"})
    assert status == 409
    assert said == "You have submitted this HIT already. What you sent first is kept."
    assert answers() == [("a", "first")]


def test_of_submissions_at_once_one_is_stored(app, accepted):
    assignment_id, answers = accepted
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda number: send(app, {"assignmentId": assignment_id, "a": str(number)}), range(6)))
    assert sorted(status for status, _ in results) == [200, 409, 409, 409, 409, 409]
    assert all("already" in said for status, said in results if status == 409)
    assert len(answers()) == 1


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"a": "1"}, 400, "which assignment"),
        ({"assignmentId": "", "a": "1"}, 400, "which assignment"),
        ({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE", "a": "1"}, 400, "This was a preview: nothing was stored."),
        ({"assignmentId": "NOTHERE", "a": "1"}, 404, "no such assignment"),
        ({"assignmentId": "'; --\x00", "a": "1"}, 404, "no such assignment"),
    ],
)
def test_what_names_no_assignment_is_refused(app, accepted, fields, status, said):
    got, sentence = send(app, fields)
    assert got == status
    assert said in sentence
    assert accepted[1]() == []


def test_a_submission_without_any_answer_is_refused_as_it_always_was(app, accepted):
    assignment_id, answers = accepted
    status, said = send(app, {"assignmentId": assignment_id, "hitId": "x"})
    assert status == 400
    assert said == "There was a problem submitting your results for this HIT. The page sent no answer."
    assert send(app, {"assignmentId": assignment_id, "a": ""})[0] == 200
    assert answers() == [("a", "")]


def test_a_returned_assignment_is_refused(app, accepted, store):
    assignment_id, answers = accepted
    assignment_lifecycle.return_assignment(store, OTHER, assignment_id)
    status, said = send(app, {"assignmentId": assignment_id, "a": "1"})
    assert (status, answers()) == (409, [])
    assert "You have returned this assignment." in said


def test_an_assignment_whose_time_is_over_is_refused(app, accepted, later):
    assignment_id, answers = accepted
    later(601)
    status, said = send(app, {"assignmentId": assignment_id, "a": "1"})
    assert (status, answers()) == (409, [])
    assert "The time for this assignment is over." in said


def test_a_worker_who_is_signed_in_cannot_submit_for_another(visitor, accepted):
    assignment_id, answers = accepted
    answer = visitor.client.post("/mturk/externalSubmit", data={"assignmentId": assignment_id, "a": "1"})
    assert answer.status_code == 403
    assert "another worker" in answer.get_data(as_text=True)
    assert answers() == []


def test_too_many_fields_and_too_large_bodies_are_refused_and_nothing_is_stored(new_app, accepted):
    assignment_id, answers = accepted
    app = new_app(max_parameters=20, max_body=2000)
    many = {"assignmentId": assignment_id, **{f"q{number}": "" for number in range(30)}}
    for fields, more in (
        (many, {}),
        (many, {"content_type": "multipart/form-data"}),
        ({"assignmentId": assignment_id, "a": "x" * 3000}, {}),
        ({"assignmentId": assignment_id, "a": "x" * 3000}, {"content_type": "multipart/form-data"}),
    ):
        status, said = send(app, fields, **more)
        assert status == 413
        assert "too large, or has too many fields" in said
    assert send(app, method="GET", query_string=many)[0] == 413
    assert answers() == []


def test_answers_that_are_too_long_to_be_kept_are_refused(app, accepted):
    assignment_id, answers = accepted
    status, said = send(app, {"assignmentId": assignment_id, "a": "x" * 2_100_000})
    assert status == 400
    assert "too long" in said
    assert answers() == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"%", b"&&&=&", b"a" * 1000, b"\x00=\x00", b"--x\r\n"])
@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", ""],
)
def test_nonsense_is_answered_readably(app, body, kind):
    status, _ = send(app, body, content_type=kind)
    assert 400 <= status < 500


def test_a_question_form_posted_there_is_judged_like_any_other(app, mturk, store):
    hit_id = a_hit(mturk, Question=FORM.format(more=""))
    assignment_id = assignment_lifecycle.accept(store, OTHER, hit_id).assignment_id
    status, said = send(app, {"assignmentId": assignment_id, "q2": "a"})
    assert status == 400
    assert "an answer is required" in said
    assert send(app, {"assignmentId": assignment_id, "q1": "red", "q2": "a"})[0] == 200


def test_the_answer_page_may_stand_in_any_frame_and_can_do_nothing(app, accepted):
    answer = Client(app).post("/mturk/externalSubmit", data={"assignmentId": accepted[0], "a": "<script>"})
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'none'" in policy
    page = answer.get_data(as_text=True)
    assert f'data-assignment-id="{accepted[0]}"' in page
    assert "Set-Cookie" not in answer.headers
