"""Hostile documents cost little, and no text makes a reader raise anything but its declared error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.marketplace.questions.answers import read_answers, write_answers
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import AnswerError, QuestionError, Regex
from adapter.marketplace.questions.keys import check_answer_key
from adapter.marketplace.questions.layouts import fill
from adapter.marketplace.questions.patterns import matches, sample
from adapter.marketplace.questions.plausible import plausible_answers
from adapter.marketplace.questions.submission import answers_from_form
from tests.counting import calls
from tests.marketplace.questions.documents import (
    FORM_NS,
    FULL_FORM,
    answer_key,
    external,
    form,
    free_text,
    html,
    overview,
    question,
    seeded,
)

#: Functions that a bomb may call, those of C too: a few for each of the tags that 64 KB can hold.
MOST_CALLS = 200_000
MAX_BYTES = 10 * 2**20
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
)
INVALID_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
BOMBS = {
    "a billion laughs": LAUGHS + "]>" + external("http://x/&m;"),
    "a long entity often": f'<!DOCTYPE x [<!ENTITY a "{"a" * 30000}">]>' + overview("<Title>" + "&a;" * 8000),
    "an entity in attributes": '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + form(f'<Overview x="{"&a;" * 9000}"/>'),
    "deep elements": form("<Overview>" * 6000),
    "deep closed elements": form("<a>" * 8000 + "</a>" * 8000),
    "many unknown elements": form("<a/>" * 16000),
    "many attributes": form("<Overview " + " ".join(f'a{n}=""' for n in range(7000)) + "/>"),
    "many namespaces": form("<Overview " + " ".join(f'xmlns:a{n}="u"' for n in range(3800)) + "/>"),
    "deep formatted content": overview(f"<FormattedContent><![CDATA[{'<b>' * 20000}]]></FormattedContent>"),
    "unknown formatted content": overview(f"<FormattedContent><![CDATA[{'<x/>' * 16000}]]></FormattedContent>"),
    "a long number": external(height="9" * 60000),
    "an open comment": "<!--" * 16000,
    "many comments": "<!---->" * 9000,
    "many declarations": "<?x?>" * 13000,
    "too long": "<" * 10_000_000,
    "HTML comments": html("<!--" * 16000),
    "HTML open tags": html("<a " * 21000),
    "HTML open quotes": html('<a b="' * 10000),
    "HTML scripts": html("<script>" * 8000),
    "HTML open scripts": html("<script>" + "</script " * 7000),
    "HTML spaces in a tag": html("<a" + " " * 60000),
    "HTML slashes in a tag": html("<a" + "/" * 60000),
    "HTML signs": html("<a" + "=" * 60000),
    "HTML formatting elements": html("<b x>" * 5000 + "<p>" * 9000),
    "HTML attributes": html("<a " + "b='\"' " * 9000 + ">"),
}
MEASURE = """
import json, resource, sys
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from tests.counting import calls
from tests.marketplace.questions.documents import FULL_FORM
from tests.marketplace.questions.test_bounds import BOMBS
def check(text):
    try:
        check_question(text)
    except QuestionError:
        pass

check(FULL_FORM)
cost = {}
for name, text in BOMBS.items():
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work = calls(lambda: check(text))
    cost[name] = (work, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size) * 1024)
json.dump(cost, sys.stdout)
"""


def test_bombs_cost_a_bounded_number_of_steps_and_10_mib():
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-c", MEASURE],
        check=True,
        capture_output=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    cost = json.loads(run.stdout)
    assert set(cost) == set(BOMBS)
    assert {name: work for name, (work, _) in cost.items() if work >= MOST_CALLS} == {}
    assert {name: size for name, (_, size) in cost.items() if size >= MAX_BYTES} == {}


#: Some thirty for each of the 300,000 steps that a match may take.
MOST_CALLS_OF_A_MATCH = 10_000_000
PATTERN_BOMBS = [
    *("(a+)+$", "(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*)*x", "(.*.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"),
    *("(x+x+)+y", "((a{0,100}){0,100}){0,100}b", "a{1000}{1000}", "(?=(a+)+$)b", "(?:(?=a*)a)*b", "(" * 500),
    *("(?=(?=(?=a*b)a*b)a*b)c", "[" * 3000, "\\", "a{999}" * 200, "(|a)*b", "(a?){900}a{900}", "|" * 10000),
]


@pytest.mark.parametrize("pattern", PATTERN_BOMBS)
def test_hostile_patterns_end_after_a_bounded_number_of_steps(pattern):
    found = []
    assert calls(lambda: found.append(matches(Regex(pattern), "a" * 5000))) < MOST_CALLS_OF_A_MATCH
    assert found[0] in {True, False, None}
    assert calls(lambda: sample(Regex(pattern), seeded(1))) < MOST_CALLS_OF_A_MATCH


PIECES = st.sampled_from(
    [
        *("<", ">", "/", "&", ";", "]]>", "<![CDATA[", "<!--", "-->", "<?", "?>", "<!DOCTYPE x [", "\x00", "\ud800"),
        *(f'<QuestionForm xmlns="{FORM_NS}">', "</QuestionForm>", "<Overview>", "</Overview>", "<Title>", "</Title>"),
        *(
            "<Question>",
            "</Question>",
            "<FormattedContent>",
            "</FormattedContent>",
            "<b>",
            "</b>",
            "\n",
            "é",
            "&#x1F600;",
        ),
        *(
            question(free_text()),
            "<AnswerScore>",
            "9999999999999",
            "-1",
            "NaN",
            'xmlns=""',
            ' a="b"',
            "<?xml version='1.0'?>",
        ),
    ]
)
WHOLE = [FULL_FORM, answer_key("<ScaleMapping><SummedScoreMultiplier>1.5</SummedScoreMultiplier></ScaleMapping>")]
WHOLE += [external(), html("<p><input name=a></p>"), write_answers([("a", "b")])]


@st.composite
def damaged(draw):
    text = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + draw(PIECES) + text[end:]
    return text


TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=15).map("".join), damaged())


def outcome(call):
    """What a call returns, or the declared error that it raises."""
    try:
        return call()
    except (QuestionError, AnswerError) as error:
        return error


@given(TEXTS)
def test_no_text_makes_a_reader_raise_anything_but_its_declared_error(text):
    for reader in (check_question, lambda t: check_answer_key(t, None), read_answers):
        error = outcome(lambda reader=reader: reader(text))
        if isinstance(error, Exception):
            assert isinstance(error, QuestionError)
            assert error.code.startswith(("AWS.MechanicalTurk.", "AWS.ParameterOutOfRange"))
            assert error.message
            assert error.message.isprintable()
            assert error.line is None or error.line >= 1


@given(TEXTS, st.lists(st.tuples(st.sampled_from(["q1", "q2", "q3", "q3.size", "q2.other", "x"]), TEXTS), max_size=6))
def test_no_submission_and_no_layout_raises_anything_but_its_declared_error(text, fields):
    for asked in (check_question(FULL_FORM), check_question(external())):
        given = outcome(lambda asked=asked: answers_from_form(asked, fields))
        if isinstance(given, Exception):
            assert isinstance(given, AnswerError)
            assert given.reasons
        else:
            assert len(read_answers(write_answers(given))) == len(given)
    filled = outcome(lambda: fill(text, dict(fields)))
    assert isinstance(filled, (str, QuestionError))


@given(st.text(alphabet="ab01(|)*+?[]^${},\\dwsbBnx-.=!:<>", max_size=25), st.text(alphabet="ab01 \n-", max_size=12))
def test_no_pattern_raises(pattern, text):
    assert matches(Regex(pattern, "i"), text) in {True, False, None}
    assert isinstance(sample(Regex(pattern), seeded(0)), str | None)


@given(damaged(), st.integers())
def test_every_accepted_question_can_be_answered_by_a_script(text, seed):
    try:
        checked = check_question(text)
    except QuestionError:
        return
    answers = plausible_answers(checked, seeded(seed))
    assert read_answers(write_answers(answers)) == answers
