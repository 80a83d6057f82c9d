"""Answer keys of qualification tests: reading them, and scoring a worker's answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from lxml import etree

from adapter.marketplace.questions.documents import GivenAnswer, Question, Selection
from adapter.marketplace.questions.xml import (
    MAX_INTEGER,
    child_of,
    children_of,
    integer,
    is_known,
    line_of,
    namespaces,
    parse_error,
    read,
    refused,
    text_of,
    validate,
)

WHAT = "AnswerKey"


@dataclass(frozen=True)
class KeyQuestion:
    """How one question is scored: points for a set of options chosen exactly, `default` points for any other."""

    identifier: str
    options: tuple[tuple[frozenset[str], int], ...]
    default: int = 0


@dataclass(frozen=True)
class Percentage:
    """The value is the share of `maximum` points in percent, rounded to the nearest whole number."""

    maximum: int


@dataclass(frozen=True)
class Scale:
    """The value is the sum of points times `multiplier`, rounded to the nearest whole number."""

    multiplier: Decimal


@dataclass(frozen=True)
class Ranges:
    """The value is that of the first (low, high, value) that holds the sum, bounds included; else `otherwise`."""

    ranges: tuple[tuple[int, int, int], ...]
    otherwise: int


@dataclass(frozen=True)
class AnswerKey:
    """A checked answer key; without `mapping` the value is the sum of points."""

    questions: tuple[KeyQuestion, ...]
    mapping: Percentage | Scale | Ranges | None = None


def check_answer_key(text: str, test: Question | None) -> AnswerKey:
    """Read and check an AnswerKey document (schema 2005-10-01) of at most 65535 bytes.

    Where the test is given, every question and option of the key must be one of its selection questions and their
    options: free text is never scored. Raises QuestionError with XMLParseError, InvalidParameterValue or
    AWS.ParameterOutOfRange.
    """
    root = read(text, WHAT)
    name, space = etree.QName(root).localname, etree.QName(root).namespace
    if name != WHAT or not is_known(WHAT, space):
        raise parse_error(WHAT, f"the root element is not AnswerKey in {namespaces(WHAT)[0]}", line_of(root))
    validate(root, WHAT, WHAT)
    questions: dict[str, KeyQuestion] = {}
    for element in children_of(root, "Question"):
        question = _question(element)
        if question.identifier in questions:
            raise refused(WHAT, f"the question {question.identifier[:80]} occurs twice", line_of(element))
        questions[question.identifier] = question
        if test is not None:
            _check_against(question, test, line_of(element))
    mapping = child_of(root, "QualificationValueMapping")
    return AnswerKey(tuple(questions.values()), None if mapping is None else _mapping(mapping[0]))


def score(key: AnswerKey, answers: Iterable[GivenAnswer]) -> int:
    """The Qualification value that answers earn, within 32 bits.

    A question counts the points of the option set that was chosen exactly, none missing and none extra; text in an
    "other" field is an extra choice. Rounding is to the nearest whole number, halves away from zero.
    """
    chosen: dict[str, set[str]] = {}
    spoiled: set[str] = set()
    for answer in answers:
        chosen.setdefault(answer.question, set()).update(answer.selections)
        if answer.other_text:
            spoiled.add(answer.question)
    total = 0
    for question in key.questions:
        picked = frozenset(chosen.get(question.identifier, ()))
        points = dict(question.options) if question.identifier not in spoiled else {}
        total += points.get(picked, question.default)
    return max(-MAX_INTEGER, min(MAX_INTEGER, _mapped(key.mapping, total)))


def _mapped(mapping: Percentage | Scale | Ranges | None, total: int) -> int:
    if mapping is None:
        return total
    if isinstance(mapping, Ranges):
        return next((value for low, high, value in mapping.ranges if low <= total <= high), mapping.otherwise)
    with localcontext(prec=60):
        if isinstance(mapping, Percentage):
            value = Decimal(total) * 100 / Decimal(mapping.maximum)
        else:
            value = Decimal(total) * mapping.multiplier
        # a huge multiplier would make a huge whole number
        bounded = max(Decimal(-MAX_INTEGER), min(Decimal(MAX_INTEGER), value))
        return int(bounded.to_integral_value(ROUND_HALF_UP))


def _question(element: etree._Element) -> KeyQuestion:
    line = line_of(element)
    options: list[tuple[frozenset[str], int]] = []
    for option in children_of(element, "AnswerOption"):
        chosen = frozenset((s.text or "").strip() for s in children_of(option, "SelectionIdentifier"))
        if any(chosen == known for known, _ in options):
            raise refused(WHAT, "two AnswerOptions of a question name the same selections", line_of(option))
        options.append((chosen, integer(text_of(option, "AnswerScore"), WHAT, line_of(option))))
    default = text_of(element, "DefaultScore")
    identifier = text_of(element, "QuestionIdentifier").strip()
    return KeyQuestion(identifier, tuple(options), integer(default, WHAT, line) if default else 0)


def _check_against(question: KeyQuestion, test: Question, line: int | None) -> None:
    asked = next((q for q in test.questions if q.identifier == question.identifier), None)
    if asked is None:
        raise refused(WHAT, f"the Test has no question {question.identifier[:80]}", line)
    if not isinstance(asked.answer, Selection):
        raise refused(WHAT, f"the question {question.identifier[:80]} of the Test is not a SelectionAnswer", line)
    offered = {option.identifier for option in asked.answer.options}
    for chosen, _ in question.options:
        if unknown := sorted(chosen - offered):
            reason = f"the question {question.identifier[:80]} of the Test has no selection {unknown[0][:80]}"
            raise refused(WHAT, reason, line)


def _mapping(element: etree._Element) -> Percentage | Scale | Ranges:
    line = line_of(element)
    kind = etree.QName(element).localname
    if kind == "PercentageMapping":
        maximum = integer(text_of(element, "MaximumSummedScore"), WHAT, line)
        if maximum <= 0:
            raise refused(WHAT, "MaximumSummedScore must be above 0", line)
        return Percentage(maximum)
    if kind == "ScaleMapping":
        try:
            multiplier = Decimal(text_of(element, "SummedScoreMultiplier").strip())
        except InvalidOperation:
            raise refused(WHAT, "SummedScoreMultiplier is not a number", line) from None
        if not multiplier.is_finite() or len(multiplier.as_tuple().digits) > 50 or abs(multiplier.adjusted()) > 400:
            raise refused(WHAT, "SummedScoreMultiplier is out of range", line)
        return Scale(multiplier)
    ranges = tuple(
        (
            integer(text_of(part, "InclusiveLowerBound"), WHAT, line_of(part)),
            integer(text_of(part, "InclusiveUpperBound"), WHAT, line_of(part)),
            integer(text_of(part, "QualificationValue"), WHAT, line_of(part)),
        )
        for part in children_of(element, "SummedScoreRange")
    )
    if any(low > high for low, high, _ in ranges):
        raise refused(WHAT, "an InclusiveLowerBound is above its InclusiveUpperBound", line)
    return Ranges(ranges, integer(text_of(element, "OutOfRangeQualificationValue"), WHAT, line))
