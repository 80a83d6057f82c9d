"""QuestionFormAnswers documents: written as recorded, read back the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapter.marketplace.questions.answers import read_answers, write_answers
from adapter.marketplace.questions.documents import GivenAnswer, QuestionError
from tests.marketplace.questions.documents import BASE, shared

NS = BASE + "2005-10-01/QuestionFormAnswers.xsd"


def test_every_kind_of_answer_is_written_one_element_to_a_line():
    written = write_answers(
        [
            ("comment", 'a < b & "c"\nd'),
            GivenAnswer("empty", ""),
            GivenAnswer("choice", selections=("x", "y"), other_text="z"),
            GivenAnswer("file", file_key="K/1", file_size=315012),
        ]
    )
    assert written == (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<QuestionFormAnswers xmlns="{NS}">\n'
        "<Answer>\n<QuestionIdentifier>comment</QuestionIdentifier>\n"
        '<FreeText>a &lt; b &amp; "c"\nd</FreeText>\n</Answer>\n'
        "<Answer>\n<QuestionIdentifier>empty</QuestionIdentifier>\n<FreeText/>\n</Answer>\n"
        "<Answer>\n<QuestionIdentifier>choice</QuestionIdentifier>\n<SelectionIdentifier>x</SelectionIdentifier>\n"
        "<SelectionIdentifier>y</SelectionIdentifier>\n<OtherSelectionText>z</OtherSelectionText>\n</Answer>\n"
        "<Answer>\n<QuestionIdentifier>file</QuestionIdentifier>\n"
        "<UploadedFileSizeInBytes>315012</UploadedFileSizeInBytes>\n<UploadedFileKey>K/1</UploadedFileKey>\n</Answer>\n"
        "</QuestionFormAnswers>\n"
    )


def test_no_answer_at_all_is_an_empty_document():
    assert write_answers([]).endswith(f'<QuestionFormAnswers xmlns="{NS}">\n</QuestionFormAnswers>\n')
    assert read_answers(write_answers([])) == []


# characters XML can carry; those it cannot are tested below
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r", exclude_characters="\ufffe\uffff")
)
ANSWERS = st.one_of(
    st.builds(GivenAnswer, TEXT, free_text=TEXT),
    st.builds(GivenAnswer, TEXT, selections=st.lists(TEXT, max_size=3).map(tuple), other_text=st.none() | TEXT),
    st.builds(GivenAnswer, TEXT, file_key=TEXT, file_size=st.integers(1, 2**40)),
)


@given(st.lists(ANSWERS, max_size=4))
def test_what_is_written_is_read_back(answers):
    assert read_answers(write_answers(answers)) == answers


@given(st.text(), st.text())
def test_characters_that_xml_cannot_carry_are_left_out(name, text):
    (answer,) = read_answers(write_answers([(name, text)]))
    assert answer.question == "".join(c for c in name if _fits(c))
    assert answer.free_text == "".join(c for c in text if _fits(c))


def _fits(character):
    code = ord(character)
    return character in "\t\n\r" or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF


def test_all_texts_of_an_answer_are_given_for_comparing():
    assert GivenAnswer("q", "a").texts == ("a",)
    assert GivenAnswer("q", selections=("a", "b"), other_text="c").texts == ("a", "b", "c")
    assert GivenAnswer("q", file_key="k", file_size=1).texts == ("k",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<QuestionFormAnswers/>",
        f'<QuestionFormAnswers xmlns="{NS}"><Answer/></QuestionFormAnswers>',
        f'<!DOCTYPE x><QuestionFormAnswers xmlns="{NS}"/>',
        write_answers([GivenAnswer("a", file_key="k", file_size=7)]).replace("7", ""),
    ],
)
def test_other_documents_are_refused(text):
    with pytest.raises(QuestionError) as caught:
        read_answers(text)
    assert caught.value.code == "AWS.MechanicalTurk.XMLParseError"


def test_answers_of_more_than_two_mib_are_refused():
    with pytest.raises(QuestionError) as caught:
        read_answers(write_answers([("a", "x" * 2**21)]))
    assert caught.value.code == "AWS.ParameterOutOfRange"


@pytest.mark.parametrize("name", ["goamz.GetAssignmentsForHIT.answer.xml", "jeffcrouse.GetAssignmentsForHIT.xml"])
def test_recorded_answers_are_read_and_written_as_they_were(name):
    recorded = etree.parse(shared("contract", "samples", "recorded", name)).findtext(".//Answer")
    answers = read_answers(recorded)
    assert answers
    # the second recording was indented by the one who published it
    assert write_answers(answers).strip() == re.sub(r"\n +", "\n", recorded).strip()
