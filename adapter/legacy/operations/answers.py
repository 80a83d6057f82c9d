"""What Workers answered, in the outward form that the old service gave it."""

from __future__ import annotations

from typing import Any

#: The end tags that get a line of their own: those of elements that hold elements.
_CLOSING = ("/Answer", "/QuestionFormAnswers")


def in_lines(document: str) -> str:
    """A QuestionFormAnswers document with each element on a line of its own, as recordings of the old service have it.

    The modern service writes all in one line. Some old clients cut the declaration off with its end of line, or count the
    text nodes between the elements. No text of an answer is touched; documents that hold what no service writes (CDATA
    sections, comments) stay as they are.
    """
    if "><Answer>" not in document or ("!" in document and "<!" in document):
        return document
    pieces = document.split("><")
    # an empty element, or a text that ends in a bare ">"
    within = [each for each in pieces if each[:1] == "/" and not each.startswith(_CLOSING)]
    if not within:
        return ">\n<".join(pieces)
    return pieces[0] + "".join(f"><{each}" if each in within else f">\n<{each}" for each in pieces[1:])


def laid_out(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a list, its Answer put in lines."""
    if answer := row.get("Answer"):
        row["Answer"] = in_lines(answer)
    return row
