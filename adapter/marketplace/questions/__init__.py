"""The documents of a HIT: questions, answer keys, answers and layouts, read, checked, scored and written."""

from adapter.marketplace.questions.answers import read_answers, write_answers
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import (
    AnswerError,
    Content,
    FileUpload,
    FormQuestion,
    FreeText,
    GivenAnswer,
    Option,
    Overview,
    Question,
    QuestionError,
    Regex,
    Selection,
)
from adapter.marketplace.questions.keys import check_answer_key, score
from adapter.marketplace.questions.layouts import fill, html_question, page_of, placeholders
from adapter.marketplace.questions.plausible import plausible_answers
from adapter.marketplace.questions.submission import answers_from_form, form_problems
from adapter.marketplace.questions.workable import CROWD_ELEMENTS, hindrance

__all__ = [
    "CROWD_ELEMENTS",
    "AnswerError",
    "Content",
    "FileUpload",
    "FormQuestion",
    "FreeText",
    "GivenAnswer",
    "Option",
    "Overview",
    "Question",
    "QuestionError",
    "Regex",
    "Selection",
    "answers_from_form",
    "check_answer_key",
    "check_question",
    "fill",
    "form_problems",
    "hindrance",
    "html_question",
    "page_of",
    "placeholders",
    "plausible_answers",
    "read_answers",
    "score",
    "write_answers",
]
