"""Writes and reads QuestionFormAnswers documents as the service handed them out."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from lxml import etree

from adapter.marketplace.questions.documents import GivenAnswer
from adapter.marketplace.questions.xml import (
    child_of,
    children_of,
    line_of,
    namespace,
    namespaces,
    parse_error,
    read,
    text_of,
    validate,
)

MAX_ANSWER_BYTES = 2**21
_NAME = "QuestionFormAnswers"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_answers(answers: Iterable[GivenAnswer | tuple[str, str]]) -> str:
    """The QuestionFormAnswers document (schema 2005-10-01) of answers; a pair is an identifier and its free text.

    Each element stands on a line of its own after the declaration, an empty text is written as an empty element, and
    characters that XML 1.0 cannot carry are left out.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8" standalone="no"?>', f'<{_NAME} xmlns="{namespace(_NAME)}">']
    for given in answers:
        answer = given if isinstance(given, GivenAnswer) else GivenAnswer(given[0], free_text=given[1])
        lines += ["<Answer>", _element("QuestionIdentifier", answer.question)]
        if answer.file_key is not None:
            lines.append(_element("UploadedFileSizeInBytes", str(answer.file_size or 1)))
            lines.append(_element("UploadedFileKey", answer.file_key))
        elif answer.free_text is not None:
            lines.append(_element("FreeText", answer.free_text))
        else:
            lines += [_element("SelectionIdentifier", identifier) for identifier in answer.selections]
            if answer.other_text is not None:
                lines.append(_element("OtherSelectionText", answer.other_text))
        lines.append("</Answer>")
    lines.append(f"</{_NAME}>")
    return "\n".join(lines) + "\n"


def read_answers(text: str) -> list[GivenAnswer]:
    """The answers of a QuestionFormAnswers document of at most 2 MiB.

    Raises QuestionError with XMLParseError, or AWS.ParameterOutOfRange where it is too long.
    """
    root = read(text, _NAME, MAX_ANSWER_BYTES)
    name = etree.QName(root)
    if name.localname != _NAME or name.namespace not in namespaces(_NAME):
        raise parse_error(_NAME, f"the root element is not {_NAME} in {namespace(_NAME)}", line_of(root))
    validate(root, _NAME, _NAME)
    return [_answer(element) for element in root]


def _answer(element: etree._Element) -> GivenAnswer:
    question = text_of(element, "QuestionIdentifier")
    if child_of(element, "UploadedFileKey") is not None:
        size = text_of(element, "UploadedFileSizeInBytes").strip().lstrip("+")
        # sizes have no bound in the schema; anything longer than this is no size of a file
        return GivenAnswer(question, file_key=text_of(element, "UploadedFileKey"), file_size=int(size[:18]))
    if child_of(element, "FreeText") is not None:
        return GivenAnswer(question, free_text=text_of(element, "FreeText"))
    other = child_of(element, "OtherSelectionText")
    return GivenAnswer(
        question,
        selections=tuple(s.text or "" for s in children_of(element, "SelectionIdentifier")),
        other_text=None if other is None else other.text or "",
    )


def _element(name: str, value: str) -> str:
    value = escape(_NOT_XML.sub("", value), {"\r": "&#13;"})
    return f"<{name}>{value}</{name}>" if value else f"<{name}/>"
