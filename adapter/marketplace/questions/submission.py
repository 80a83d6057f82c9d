"""Turns what a worker's page posts into answers, and says what is wrong with them."""

import re
from decimal import Decimal

from adapter.marketplace.questions.answers import MAX_ANSWER_BYTES
from adapter.marketplace.questions.documents import (
    AnswerError,
    FileUpload,
    FormQuestion,
    FreeText,
    GivenAnswer,
    Question,
    Selection,
)
from adapter.marketplace.questions.patterns import matches

# what the page carries for the service itself; never part of an answer
RESERVED = frozenset({"assignmentId", "hitId", "workerId", "turkSubmitTo"})
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})")


def answers_from_form(question: Question, fields: list[tuple[str, str]]) -> list[GivenAnswer]:
    """The answers that a posted form gives to a question.

    For an ExternalQuestion or HTMLQuestion every field is a free text answer, several values of one name joined by
    "|", but for assignmentId, hitId, workerId and turkSubmitTo. For a QuestionForm a field is named by its
    QuestionIdentifier: free text as it is, one field for each chosen option, "<id>.other" for the text of another
    choice, "<id>" and "<id>.size" for the key and the size in bytes of a stored file; a question left blank gives an
    empty free text or nothing. Raises AnswerError with a sentence for each question that is not answered well.
    """
    # the markup around an answer, and its text as it is written down: what is stored can be read
    if sum(120 + _written(name) + _written(value) for name, value in fields) > MAX_ANSWER_BYTES - 300:
        raise AnswerError({"": "The answers are too long to be stored."})
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    if question.kind != "QuestionForm":
        return [GivenAnswer(name, "|".join(v)) for name, v in values.items() if name and name not in RESERVED]
    # browsers send line ends in names and values as CR LF, whatever the page had
    values = {line_ends(name): given for name, given in values.items()}
    answers: list[GivenAnswer] = []
    reasons: dict[str, str] = {}
    for asked in question.questions:
        answer, reason = _answered(asked, values)
        if reason is not None:
            reasons[asked.identifier] = reason
        elif answer is not None:
            answers.append(answer)
    if reasons:
        raise AnswerError(reasons)
    return answers


def form_problems(question: Question, fields: list[tuple[str, str]]) -> dict[str, str]:
    """What is wrong with the answers of a posted form, as answers_from_form() says it; nothing when they are good."""
    try:
        answers_from_form(question, fields)
    except AnswerError as error:
        return error.reasons
    return {}


def free_text_problem(label: str, wanted: FreeText, value: str, *, required: bool) -> str | None:
    """What is wrong with a text, as a sentence for the worker; None when nothing is.

    A text may be left empty where the question is not required; white space alone does not answer a required one.
    """
    if required and not value.strip():
        return f"{label}: an answer is required."
    if not value:
        return None
    if wanted.numeric and (problem := _number_problem(label, wanted, value.strip())) is not None:
        return problem
    if wanted.min_length is not None and len(value) < wanted.min_length:
        return f"{label}: write at least {_characters(wanted.min_length)}."
    if wanted.max_length is not None and len(value) > wanted.max_length:
        return f"{label}: write at most {_characters(wanted.max_length)}."
    for regex in wanted.regex:
        if matches(regex, value) is False:  # None: not judged here
            return f"{label}: {regex.error_text or 'the answer does not have the wanted form.'}"
    return None


def _number_problem(label: str, wanted: FreeText, value: str) -> str | None:
    if not _DECIMAL.fullmatch(value):
        return f"{label}: write a number."
    number = Decimal(value)
    if wanted.min_value is not None and number < wanted.min_value:
        return f"{label}: write a number that is at least {wanted.min_value}."
    if wanted.max_value is not None and number > wanted.max_value:
        return f"{label}: write a number that is at most {wanted.max_value}."
    return None


def _answered(asked: FormQuestion, values: dict[str, list[str]]) -> tuple[GivenAnswer | None, str | None]:
    if isinstance(asked.answer, FreeText):
        value = _first(values, asked.identifier).replace("\r\n", "\n")
        problem = free_text_problem(asked.label, asked.answer, value, required=asked.required)
        return GivenAnswer(asked.identifier, value), problem
    if isinstance(asked.answer, Selection):
        return _selected(asked, asked.answer, values)
    return _uploaded(asked, asked.answer, values)


def _selected(
    asked: FormQuestion, wanted: Selection, values: dict[str, list[str]]
) -> tuple[GivenAnswer | None, str | None]:
    given = {line_ends(value) for value in values.get(line_ends(asked.identifier), ())} - {""}
    chosen = tuple(option.identifier for option in wanted.options if line_ends(option.identifier) in given)
    if given - {line_ends(identifier) for identifier in chosen}:
        return None, f"{asked.label}: choose from the options given."
    other = _first(values, f"{asked.identifier}.other").replace("\r\n", "\n") if wanted.other is not None else ""
    count = len(chosen) + bool(other.strip())
    if count == 0 and (not asked.required or wanted.min_count == 0):
        return None, None
    if count < wanted.min_count:
        return None, f"{asked.label}: choose at least {_options(wanted.min_count)}."
    if count > wanted.max_count:
        return None, f"{asked.label}: choose at most {_options(wanted.max_count)}."
    if wanted.other is None or not other.strip():
        return GivenAnswer(asked.identifier, selections=chosen), None
    problem = free_text_problem(asked.label, wanted.other, other, required=True)
    return GivenAnswer(asked.identifier, selections=chosen, other_text=other), problem


def _uploaded(
    asked: FormQuestion, wanted: FileUpload, values: dict[str, list[str]]
) -> tuple[GivenAnswer | None, str | None]:
    key, size = _first(values, asked.identifier), _first(values, f"{asked.identifier}.size")
    if not key:
        return None, f"{asked.label}: a file is required." if asked.required else None
    if not size.isascii() or not size.isdigit() or len(size) > 18:
        return None, f"{asked.label}: the file did not arrive, upload it again."
    if not wanted.min_bytes <= int(size) <= wanted.max_bytes:
        return None, f"{asked.label}: upload a file of {wanted.min_bytes} to {wanted.max_bytes} bytes."
    return GivenAnswer(asked.identifier, file_key=key, file_size=int(size)), None


def _written(text: str) -> int:
    """The bytes that a text takes in a document of answers: up to four more where a character must be escaped."""
    return len(text.encode("utf-8", "replace")) + 4 * sum(map(text.count, "&<>\r"))


def _first(values: dict[str, list[str]], name: str) -> str:
    return values.get(line_ends(name), [""])[0]


def line_ends(text: str) -> str:
    """The text with all line ends written as LF, as an HTML parser reads it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"


def _options(count: int) -> str:
    return "1 option" if count == 1 else f"{count} options"
