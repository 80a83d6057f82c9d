"""A QuestionForm that is not filled in well comes back whole: every mistake at once, and everything that was written."""

from __future__ import annotations

import io
import re

import pytest

from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.submission import answers_from_form, form_problems
from tests.marketplace.questions.documents import APPLET, BINARY, UPLOAD, form, free_text, question, selection
from tests.marketplace.test_qualifications import make
from tests.marketplace.workshop import a_hit
from tests.pages.worker.forms import by_id, posted

REGEX = '<AnswerFormatRegex regex="^[0-9]{4}$" errorText="Four digits, please."/>'
ALL_KINDS = form(
    question(free_text(REGEX), "code")
    + question(
        selection(
            "a", "b", "c", before="<MinSelectionCount>2</MinSelectionCount><MaxSelectionCount>3</MaxSelectionCount>"
        ),
        "taste",
    )
    + question(selection("x", "y"), "one")
    + question(UPLOAD, "scan", name="Your scan")
    + question(free_text('<IsNumeric minValue="1"/>'), "count", name="How many")
)


@pytest.fixture
def send(visitor, mturk):
    """Accepts a HIT with this question, and sends its form with these fields and files."""
    hit_id = a_hit(mturk, Question=ALL_KINDS)
    accept = visitor.get(f"/mturk/preview?hitId={hit_id}").form("/mturk/accept")
    accepted = visitor.send(accept)
    action = re.search(r'action="(/mturk/submit[^"]+)"', accepted.html)[1]
    key = re.search(r'form_key" value="(\w+)"', accepted.html)[1]
    return lambda **fields: visitor.post(action, [("form_key", key), *fields.items()])


def texts(tree, number):
    return "".join(by_id(tree, f"q{number}-problem").itertext())


def test_every_mistake_is_said_at_once_with_those_of_files_and_the_first_has_the_focus(send):
    file = (io.BytesIO(b"x" * 3001), "scan.png")
    answer = send(code="12345", taste="a", count="-7", scan=file)
    assert answer.status == 422
    tree = answer.tree
    assert [texts(tree, number) for number in range(1, 6)] == [
        "Four digits, please.",
        "Choose at least 2 options.",
        "Choose at least 1 option.",
        "The file is too large: it may have at most 3000 bytes.",
        "Write a number that is at least 1.",
    ]
    (summary,) = [each for each in tree.iter() if each.get("role") == "alert" and each.get("hidden") is None]
    assert ["".join(each.itertext()) for each in summary.iter("a")][3].startswith("Your scan: The file is too large")
    assert [each.get("href") for each in summary.iter("a")] == [
        "#q1-answer",
        "#q2-1",
        "#q3-1",
        "#q4-answer",
        "#q5-answer",
    ]
    assert [each.get("id") for each in tree.iter() if each.get("autofocus") is not None] == ["q1-answer"]
    for number, target in enumerate(("q1-answer", "q2-1", "q3-1", "q4-answer", "q5-answer"), 1):
        assert f"q{number}-problem" in by_id(tree, target).get("aria-describedby").split()
    kept = posted(next(tree.iter("main")))
    assert {("code", "12345"), ("taste", "a"), ("count", "-7")} <= set(kept)


def test_the_browser_leaves_the_judging_to_the_server_so_that_nothing_it_cannot_read_is_lost(send):
    tree = send(code="1234", count="five").tree
    (around,) = [each for each in tree.iter("form") if each.get("enctype")]
    assert around.get("novalidate") is not None
    assert ("count", "five") in posted(around)


def test_what_a_requester_says_of_the_form_of_an_answer_is_read_before_the_mistake(send):
    tree = send(code="").tree
    assert "".join(by_id(tree, "q1-hint").itertext()) == "Required. Four digits, please."
    assert "q1-hint" in by_id(tree, "q1-answer").get("aria-describedby").split()


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ("<Text>How many cats\n do you see?</Text>", "How many cats do you see"),
        ("<Text> </Text><Title>Cats</Title>", "Cats"),
        ("<FormattedContent><![CDATA[<p>Fish &amp; <b>chips</b>&nbsp;:</p>]]></FormattedContent>", "Fish & chips"),
        ("<List><ListItem>one</ListItem><ListItem>two</ListItem></List>", "one two"),
        (f"<Text>{'many words ' * 20}</Text>", "many words many words many words many words many words many…"),
        (f"<Text>{'w' * 100}</Text>", "w" * 60 + "…"),
        ("<Text>?!</Text>", "?!"),
        (APPLET, "q1"),
    ],
)
def test_a_question_without_a_name_is_called_by_its_text(content, label):
    asked = check_question(form(question(free_text()).replace("<Text>What?</Text>", content)))
    assert asked.questions[0].label == label
    assert form_problems(asked, []) == {"q1": f"{label}: an answer is required."}


def test_a_form_in_order_has_no_problems():
    asked = check_question(form(question(free_text())))
    assert form_problems(asked, [("q1", "x")]) == {}
    assert [answer.free_text for answer in answers_from_form(asked, [("q1", "x")])] == ["x"]


def test_a_form_with_a_picture_on_the_host_name_of_the_site_is_not_offered_and_not_loaded(visitor, mturk, store):
    picture = BINARY.replace("http://example.com", "http://localhost:9000")
    hit_id = a_hit(mturk, Question=form(question(free_text()).replace("<Text>What?</Text>", picture)))
    shown = visitor.get(f"/mturk/preview?hitId={hit_id}")
    assert "it has an address on the host name of the worker pages, which would get the workers' sign-in" in shown.text
    assert not [each for each in shown.tree.iter() if "localhost:9000" in (each.get("src") or each.get("href") or "")]
    assert "Accept" not in shown.html
    group = mturk.get_hit(HITId=hit_id)["HIT"]["HITGroupId"]
    listed = visitor.get("/mturk/findhits")
    key = re.search(r'form_key" value="(\w+)"', listed.html)[1]
    assert "Cannot be done" in listed.text
    fields = [("form_key", key), ("groupId", group), ("hitId", hit_id)]
    assert "cannot be done here" in visitor.post("/mturk/accept", fields).text
    assignment_id = assignment_lifecycle.accept(store, visitor.worker_id, hit_id).assignment_id
    at_work = visitor.get(f"/mturk/continue?assignmentId={assignment_id}")
    assert "cannot be done here" in at_work.text
    assert not list(at_work.tree.iter("img"))
    assert "Submit" not in at_work.text


def test_a_test_with_a_picture_on_the_host_name_of_the_site_cannot_be_begun(visitor, mturk):
    picture = BINARY.replace("http://example.com", "http://127.0.0.1:9000")
    test = form(question(free_text()).replace("<Text>What?</Text>", picture))
    type_id = make(mturk, Test=test, TestDurationInSeconds=60)["QualificationTypeId"]
    shown = visitor.get(f"/mturk/requestqualification?qualificationId={type_id}")
    assert "The test of this Qualification cannot be taken: it has an address" in shown.text
    assert "Take the test" not in shown.text
