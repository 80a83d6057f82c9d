"""What a posted form means, and what is said about answers that do not fit."""

from __future__ import annotations

import pytest

from adapter.marketplace.questions.answers import read_answers, write_answers
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import AnswerError, GivenAnswer
from adapter.marketplace.questions.submission import answers_from_form
from tests.marketplace.questions.documents import (
    FULL_FORM,
    UPLOAD,
    external,
    form,
    free_text,
    html,
    question,
    selection,
)


def submit(answer, *fields, required="true"):
    checked = check_question(form(question(answer, required=required, name="The question")))
    return answers_from_form(checked, list(fields))


def problem(answer, *fields, required="true"):
    with pytest.raises(AnswerError) as caught:
        submit(answer, *fields, required=required)
    assert list(caught.value.reasons) == ["q1"]
    assert str(caught.value) == caught.value.reasons["q1"]
    return str(caught.value).removeprefix("The question: ")


@pytest.mark.parametrize("document", [external(), html("<form><input name=a></form>")])
def test_every_field_of_a_foreign_page_is_an_answer_but_those_of_the_service(document):
    fields = [("assignmentId", "A"), ("b", "1"), ("hitId", "H"), ("a", ""), ("b", "2|3"), ("workerId", "W")]
    fields += [("turkSubmitTo", "T"), ("", "nameless"), ("AssignmentId", "kept")]
    assert answers_from_form(check_question(document), fields) == [
        GivenAnswer("b", "1|2|3"),
        GivenAnswer("a", ""),
        GivenAnswer("AssignmentId", "kept"),
    ]


def test_a_whole_form_is_answered_in_its_own_order():
    fields = [("q3", "KEY"), ("q3.size", "99"), ("q2", "c"), ("q1", "42"), ("q2", "a"), ("hitId", "H")]
    assert answers_from_form(check_question(FULL_FORM), fields) == [
        GivenAnswer("q1", "42"),
        GivenAnswer("q2", selections=("a", "c")),
        GivenAnswer("q3", file_key="KEY", file_size=99),
    ]


def test_every_question_that_is_not_answered_well_is_named():
    with pytest.raises(AnswerError) as caught:
        answers_from_form(check_question(FULL_FORM), [("q1", "x")])
    assert set(caught.value.reasons) == {"q1", "q2"}
    assert caught.value.reasons["q1"].startswith("The number: ")


def test_optional_questions_may_be_left_blank():
    assert submit(free_text('<IsNumeric/><Length minLength="3"/>'), ("q1", ""), required="false") == [
        GivenAnswer("q1", "")
    ]
    assert submit(selection("a"), required="false") == []
    assert submit(UPLOAD, ("q1", ""), required="false") == []


@pytest.mark.parametrize(
    ("constraints", "value", "reason"),
    [
        ("", "", "an answer is required."),
        ("", " \n", "an answer is required."),
        ("<IsNumeric/>", "abc", "write a number."),
        ("<IsNumeric/>", "NaN", "write a number."),
        ("<IsNumeric/>", "1e5", "write a number."),
        ("<IsNumeric/>", "٣", "write a number."),
        ('<IsNumeric minValue="100"/>', "99.99", "write a number that is at least 100."),
        ('<IsNumeric maxValue="999"/>', "999.0001", "write a number that is at most 999."),
        ('<Length minLength="2"/>', "a", "write at least 2 characters."),
        ('<Length maxLength="1"/>', "ab", "write at most 1 character."),
        ('<AnswerFormatRegex regex="^a" errorText="Begin with a."/>', "b", "Begin with a."),
        ('<AnswerFormatRegex regex="^a"/>', "b", "the answer does not have the wanted form."),
        (
            '<AnswerFormatRegex regex="a"/><AnswerFormatRegex regex="b"/>',
            "a",
            "the answer does not have the wanted form.",
        ),
    ],
)
def test_free_text_is_held_to_its_constraints(constraints, value, reason):
    assert problem(free_text(constraints), ("q1", value)) == reason


@pytest.mark.parametrize(
    ("constraints", "value"),
    [
        ("", " x "),
        ('<IsNumeric minValue="-5" maxValue="5"/>', "-4.5"),
        ("<IsNumeric/>", " .5 "),
        ("<IsNumeric/>", "+7."),
        ('<Length minLength="3" maxLength="3"/>', "äöü"),
        ('<Length maxLength="3"/>', "a\r\nb"),
        ('<AnswerFormatRegex regex="REGEX" flags="i"/>', "a regex"),
        (r'<AnswerFormatRegex regex="^(a)\1$"/>', "not judged"),
        ('<AnswerFormatRegex regex="^(1[- ]?)?x)$"/>', "malformed in the old reference itself"),
    ],
)
def test_fitting_free_text_is_accepted(constraints, value):
    assert submit(free_text(constraints), ("q1", value)) == [GivenAnswer("q1", value.replace("\r\n", "\n"))]


MANY = "<MinSelectionCount>2</MinSelectionCount><MaxSelectionCount>3</MaxSelectionCount>"
OTHER = '<OtherSelection><Constraints><Length maxLength="3"/></Constraints></OtherSelection>'


@pytest.mark.parametrize(
    ("answer", "fields", "reason"),
    [
        (selection("a", "b"), [], "choose at least 1 option."),
        (selection("a", "b"), [("q1", "a"), ("q1", "b")], "choose at most 1 option."),
        (selection("a", "b"), [("q1", "c")], "choose from the options given."),
        (selection(*"abcd", before=MANY), [("q1", "a")], "choose at least 2 options."),
        (selection(*"abcd", before=MANY), [("q1", i) for i in "abcd"], "choose at most 3 options."),
        (selection("a", other=OTHER), [("q1.other", "long")], "write at most 3 characters."),
        (selection("a", other=OTHER), [("q1", "a"), ("q1.other", "x")], "choose at most 1 option."),
        (selection("a"), [("q1.other", "x")], "choose at least 1 option."),
    ],
)
def test_selections_are_held_to_their_counts(answer, fields, reason):
    assert problem(answer, *fields) == reason


def test_another_choice_is_kept_as_text():
    assert submit(selection("a", other=OTHER), ("q1", ""), ("q1.other", "x")) == [GivenAnswer("q1", other_text="x")]


def test_the_same_option_twice_counts_once():
    assert submit(selection("a", "b"), ("q1", "a"), ("q1", "a")) == [GivenAnswer("q1", selections=("a",))]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([], "a file is required."),
        ([("q1", "K")], "the file did not arrive, upload it again."),
        ([("q1", "K"), ("q1.size", "-1")], "the file did not arrive, upload it again."),
        ([("q1", "K"), ("q1.size", "9")], "upload a file of 10 to 3000 bytes."),
        ([("q1", "K"), ("q1.size", "3001")], "upload a file of 10 to 3000 bytes."),
    ],
)
def test_uploads_are_held_to_their_size(fields, reason):
    assert problem(UPLOAD, *fields) == reason


def test_too_much_text_is_refused():
    with pytest.raises(AnswerError, match="too long"):
        answers_from_form(check_question(external()), [("a", "<" * 600_000)])


@pytest.mark.parametrize(
    "fields",
    [
        [("a", "&" * 419_300)],
        [("a", "x" * 2_096_000)],
        [("\r", "\U0001f600" * 419_300)],
        [(f"{n:x}", "") for n in range(14_500)],
    ],
)
def test_the_most_that_is_accepted_can_be_read_back(fields):
    answers = answers_from_form(check_question(external()), fields)
    assert read_answers(write_answers(answers)) == answers
