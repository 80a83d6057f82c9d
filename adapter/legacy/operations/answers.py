"""What Workers answered, in the outward form that the old service gave it."""

from __future__ import annotations

import re
from typing import Any

#: Where one element ends and the next one begins or the one that holds it ends. What closes any other element stays where
#: its text ends, be it an empty one or one that ends in a bare ">".
_BETWEEN = re.compile("><(?!/(?!Answer|QuestionFormAnswers))")


def in_lines(document: str) -> str:
    """A QuestionFormAnswers document with each element on a line of its own, as recordings of the old service have it.

    The modern service writes all in one line. Some old clients cut the declaration off with its end of line, or count the
    text nodes between the elements. No text of an answer is touched; documents that hold what no service writes (CDATA
    sections, comments) stay as they are.
    """
    if "><Answer>" not in document or ("!" in document and "<!" in document):
        return document
    return _BETWEEN.sub(">\n<", document)


def laid_out(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a list, its Answer put in lines."""
    if answer := row.get("Answer"):
        row["Answer"] = in_lines(answer)
    return row
