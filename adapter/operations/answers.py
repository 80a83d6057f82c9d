"""What Workers answered, in the outward form that the old service gave it."""

from __future__ import annotations

import re
from typing import Any

_SEAM = re.compile(r"(<\?xml[^>]*\?>|<QuestionFormAnswers[^>]*>|<Answer>|</\w+>|<\w+/>)(?=<)")


def in_lines(document: str) -> str:
    """A QuestionFormAnswers document with each element on a line of its own, as recordings of the old service have it.

    The modern service writes all in one line. Some old clients cut the declaration off with its end of line, or count the
    text nodes between the elements. No text of an answer is touched; documents that hold what no service writes (CDATA
    sections, comments) stay as they are.
    """
    if "><Answer>" not in document or "<!" in document:
        return document
    return _SEAM.sub(r"\1\n", document)


def laid_out(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a list with its Answer in lines."""
    answer = row.get("Answer")
    return {**row, "Answer": in_lines(answer)} if answer else row
