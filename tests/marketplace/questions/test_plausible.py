"""Scripted answers: valid, varied, and the same for the same seed."""

from __future__ import annotations

import re

import pytest

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import GivenAnswer
from adapter.marketplace.questions.plausible import plausible_answers
from adapter.marketplace.questions.submission import answers_from_form
from tests.marketplace.questions.documents import (
    FULL_FORM,
    UPLOAD,
    external,
    form,
    free_text,
    html,
    question,
    seeded,
    selection,
)

FORMS = [
    FULL_FORM,
    form(question(free_text())),
    form(question(free_text('<IsNumeric minValue="100" maxValue="999"/><Length minLength="3" maxLength="3"/>'))),
    form(question(free_text("<IsNumeric/><Length minLength='3' maxLength='3'/>"))),
    form(question(free_text("<IsNumeric maxValue='-5'/>"))),
    form(question(free_text('<Length minLength="300"/>'))),
    form(question(free_text('<Length maxLength="1"/>'))),
    form(question(free_text(r'<AnswerFormatRegex regex="^[12][0-9]{3}-[01]?\d-[0-3]?\d$"/>'))),
    form(question(free_text(r'<AnswerFormatRegex regex="^\(\d{3}\) \d{3}-\d{4}$"/>'))),
    form(question(free_text(r'<AnswerFormatRegex regex="(^$|\S{2,})"/>'))),
    form(
        question(
            selection(
                "a",
                other="<OtherSelection/>",
                before="<MinSelectionCount>2</MinSelectionCount><MaxSelectionCount>2</MaxSelectionCount>",
            )
        )
    ),
    form(question(selection(*"abcdef", before="<MaxSelectionCount>4</MaxSelectionCount>"))),
    form(question(UPLOAD)),
]


def as_fields(answers):
    for answer in answers:
        yield from ((answer.question, value) for value in answer.selections)
        if answer.other_text is not None:
            yield f"{answer.question}.other", answer.other_text
        if answer.free_text is not None:
            yield answer.question, answer.free_text
        if answer.file_key is not None:
            yield from ((answer.question, answer.file_key), (f"{answer.question}.size", str(answer.file_size)))


@pytest.mark.parametrize("document", FORMS)
def test_answers_to_a_form_obey_its_constraints(document):
    checked = check_question(document)
    for seed in range(30):
        answers = plausible_answers(checked, seeded(seed))
        assert answers_from_form(checked, list(as_fields(answers))) == answers


def test_the_same_seed_gives_the_same_answers_and_others_differ():
    checked = check_question(FULL_FORM)
    drawn = [plausible_answers(checked, seeded(seed % 20)) for seed in range(40)]
    assert drawn[:20] == drawn[20:]
    assert len({str(answers) for answers in drawn}) > 3


def test_the_unknown_page_of_an_external_question_gets_generic_fields():
    answers = plausible_answers(check_question(external()), seeded(1))
    assert [answer.question for answer in answers] == ["answer", "comment"]
    assert all(answer.free_text for answer in answers)


PAGE = """<form><input type=hidden name=assignmentId><input type=hidden name=batch value=7>
<input type=radio name=r value=yes><input type=radio name=r value=no>
<input type=checkbox name=c value=1><input type=checkbox name=c value=2>
<select name=s><option value="">-</option><option value=x>X</option><option value=y>Y</option></select>
<input type=number name=n min=3 max=5><input type=email name=e><input name=t maxlength=2><textarea name=long></textarea>
<input type=file name=f><crowd-classifier name=k categories="['cat', 'dog']"></crowd-classifier>
<crowd-classifier name=broken categories="[[[["></crowd-classifier><input type=range name=odd min=x max=-999999999999></form>"""


def test_fields_of_an_html_page_are_filled_in_by_their_kind():
    checked = check_question(html(PAGE))
    for seed in range(30):
        found = {a.question: a.free_text for a in plausible_answers(checked, seeded(seed))}
        assert set(found) - {"c"} == {"batch", "r", "s", "n", "e", "t", "long", "k", "broken", "odd"}
        assert found["batch"] == "7"
        assert found["r"] in {"yes", "no"}
        assert found.get("c") in {None, "1", "2", "1|2"}
        assert found["s"] in {"x", "y"}
        assert found["n"] in {"3", "4", "5"}
        assert re.fullmatch(r"\S+@\S+", found["e"])
        assert 1 <= len(found["t"]) <= 2
        assert found["k"] in {"cat", "dog"}


def test_a_page_without_fields_gets_generic_ones():
    answers = plausible_answers(check_question(html("<p>look</p>")), seeded(1))
    assert [type(answer) for answer in answers] == [GivenAnswer, GivenAnswer]
