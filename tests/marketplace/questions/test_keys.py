"""Answer keys: reading, checking against the test, and scoring."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import GivenAnswer, QuestionError
from adapter.marketplace.questions.keys import Percentage, Ranges, Scale, check_answer_key, score
from tests.marketplace.questions.documents import answer_key, form, free_text, question, selection

TEST = check_question(
    form(
        question(selection("a", "b", before="<MaxSelectionCount>2</MaxSelectionCount>"))
        + question(selection("x", "y"), "q2")
        + question(free_text(), "q3")
    )
)
RANGES = (
    "<RangeMapping><SummedScoreRange><InclusiveLowerBound>5</InclusiveLowerBound><InclusiveUpperBound>7"
    "</InclusiveUpperBound><QualificationValue>50</QualificationValue></SummedScoreRange><SummedScoreRange>"
    "<InclusiveLowerBound>7</InclusiveLowerBound><InclusiveUpperBound>10</InclusiveUpperBound><QualificationValue>100"
    "</QualificationValue></SummedScoreRange><OutOfRangeQualificationValue>-3</OutOfRangeQualificationValue></RangeMapping>"
)


def percentage(maximum):
    return f"<PercentageMapping><MaximumSummedScore>{maximum}</MaximumSummedScore></PercentageMapping>"


def scale(multiplier):
    return f"<ScaleMapping><SummedScoreMultiplier>{multiplier}</SummedScoreMultiplier></ScaleMapping>"


def value(mapping, points):
    key = check_answer_key(answer_key(mapping, options=(("a", points),)), TEST)
    return score(key, [GivenAnswer("q1", selections=("a",))])


def test_a_key_is_read():
    key = check_answer_key(answer_key(RANGES, options=(("a", 10), ("ab", -5)), default=1), TEST)
    (asked,) = key.questions
    assert asked.identifier == "q1"
    assert asked.options == ((frozenset("a"), 10), (frozenset("ab"), -5))
    assert asked.default == 1
    assert key.mapping == Ranges(((5, 7, 50), (7, 10, 100)), -3)
    assert check_answer_key(answer_key(percentage(15)), None).mapping == Percentage(15)
    assert check_answer_key(answer_key(scale("2.5e1")), None).mapping == Scale(Decimal(25))


@pytest.mark.parametrize(
    ("chosen", "points"),
    [(("a",), 10), (("b",), 1), (("a", "b"), -5), (("b", "a"), -5), (("a", "a"), 10), ((), 1), (("c",), 1)],
)
def test_only_the_exact_set_of_options_scores_and_all_else_gets_the_default(chosen, points):
    key = check_answer_key(answer_key(options=(("a", 10), ("ab", -5)), default=1), TEST)
    assert score(key, [GivenAnswer("q1", selections=chosen)]) == points


def test_the_default_is_zero_and_unanswered_questions_get_it():
    key = check_answer_key(answer_key(options=(("a", 10),)), TEST)
    assert score(key, []) == 0
    assert score(key, [GivenAnswer("q1", free_text="a")]) == 0
    assert score(key, [GivenAnswer("q1", selections=("a",), other_text="and more")]) == 0
    assert score(key, [GivenAnswer("q1", selections=("a",)), GivenAnswer("q9", selections=("a",))]) == 10


@pytest.mark.parametrize(
    ("maximum", "points", "expected"), [(15, 10, 67), (3, 1, 33), (8, 1, 13), (200, 1, 1), (10, -5, -50), (5, 10, 200)]
)
def test_a_percentage_is_rounded_to_the_nearest_whole_number(maximum, points, expected):
    assert value(percentage(maximum), points) == expected


@pytest.mark.parametrize(
    ("multiplier", "points", "expected"),
    [("3", 5, 15), ("0.5", 5, 3), ("-0.5", 5, -3), ("0.1", 4, 0), ("1e300", 5, 2**31 - 1), ("1E-300", 5, 0)],
)
def test_a_scale_multiplies_and_rounds_within_32_bits(multiplier, points, expected):
    assert value(scale(multiplier), points) == expected


@pytest.mark.parametrize(("points", "expected"), [(4, -3), (5, 50), (7, 50), (8, 100), (10, 100), (11, -3)])
def test_the_first_range_that_holds_the_sum_decides(points, expected):
    assert value(RANGES, points) == expected


@given(st.lists(st.tuples(st.integers(-(2**31) + 1, 2**31 - 1), st.booleans()), min_size=1, max_size=5))
def test_without_mapping_the_value_is_the_sum_within_32_bits(rows):
    parts = [answer_key(options=(("a", points),), identifier=f"q{n}") for n, (points, _) in enumerate(rows)]
    start = parts[0].index("<Question>")
    body = "".join(part[start : part.index("</AnswerKey>")] for part in parts)
    key = check_answer_key(parts[0][:start] + body + "</AnswerKey>", None)
    total = sum(points for points, right in rows if right)
    answers = [GivenAnswer(f"q{n}", selections=("a",)) for n, (_, right) in enumerate(rows) if right]
    assert score(key, answers) == max(-(2**31) + 1, min(2**31 - 1, total))


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("<AnswerKey/>", "XMLParseError", "AnswerKey"),
        (form(question(free_text())), "XMLParseError", "not AnswerKey"),
        (answer_key(options=()), "XMLParseError", "AnswerOption"),
        (answer_key(options=(("a", "x"),)), "XMLParseError", "'x'"),
        (answer_key(options=(("a", 2**31),)), "XMLParseError", "2147483648"),
        (answer_key(percentage("0")), "InvalidParameterValue", "MaximumSummedScore"),
        (answer_key(percentage("-4")), "InvalidParameterValue", "MaximumSummedScore"),
        (answer_key(scale("INF")), "InvalidParameterValue", "SummedScoreMultiplier"),
        (answer_key(scale("NaN")), "InvalidParameterValue", "SummedScoreMultiplier"),
        (answer_key(scale("1e9999")), "InvalidParameterValue", "SummedScoreMultiplier"),
        (answer_key(options=(("ab", 1), ("ba", 2))), "InvalidParameterValue", "same selections"),
        (answer_key(identifier="q9"), "InvalidParameterValue", "no question q9"),
        (answer_key(identifier="q3"), "InvalidParameterValue", "not a SelectionAnswer"),
        (answer_key(identifier="q2"), "InvalidParameterValue", "no selection a"),
        (answer_key(RANGES.replace("Bound>5<", "Bound>8<")), "InvalidParameterValue", "InclusiveLowerBound"),
    ],
)
def test_bad_keys_are_refused(text, code, reason):
    with pytest.raises(QuestionError) as caught:
        check_answer_key(text, TEST)
    assert caught.value.code == f"AWS.MechanicalTurk.{code}"
    assert reason in caught.value.message


def test_a_question_twice_in_a_key_is_refused():
    text = answer_key()
    twice = text[text.index("<Question>") : text.index("</AnswerKey>")]
    with pytest.raises(QuestionError, match="twice"):
        check_answer_key(text.replace("</AnswerKey>", twice + "</AnswerKey>"), None)
