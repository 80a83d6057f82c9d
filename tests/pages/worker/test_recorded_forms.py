"""Every QuestionForm that old clients are known to have sent, or references to have shown, has a page."""

from __future__ import annotations

import json
import re
import urllib.parse
from html import unescape

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from adapter.marketplace.questions.plausible import plausible_answers
from adapter.marketplace.questions.submission import answers_from_form
from adapter.pages.content.question_form import form_html
from tests.marketplace.questions.documents import FORM_NS, seeded, shared
from tests.pages.worker.forms import fill, page, posted


def recorded_questions():
    """The QuestionForms that old clients are known to have sent or shown: (where, text)."""
    found = {}
    for path in sorted(shared("clients", "captures").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            for text in forms_in(
                urllib.parse.unquote_plus(json.dumps(json.loads(line), ensure_ascii=False)), escaped=True
            ):
                found.setdefault(text, path.name)
    for path in sorted(shared("contract", "samples").rglob("*")):
        if path.is_file():
            for text in forms_in(path.read_text("utf-8", "replace"), escaped=False):
                found.setdefault(text, path.name)
    # the reference prints the namespace in words
    return sorted((where, text.replace("[the QuestionForm schema URL]", FORM_NS)) for text, where in found.items())


def forms_in(text, *, escaped):
    for _ in range(3):
        for match in re.finditer(r"<QuestionForm[\s>].*?</QuestionForm>", text, re.DOTALL):
            yield (
                match[0].encode().decode("unicode_escape", "replace")
                if escaped and "\\n" in match[0]
                else match[0].replace('\\"', '"')
            )
        text = unescape(urllib.parse.unquote_plus(text) if escaped else text)


def test_every_recorded_question_form_has_a_page_and_can_be_answered():
    recorded = recorded_questions()
    answered = 0
    for _where, text in recorded:
        try:
            asked = check_question(text)
        except QuestionError:  # an abridged sample with [...] in it
            continue
        tree = page(form_html(asked))
        wanted = plausible_answers(asked, seeded(1))
        for each in asked.questions:
            assert fill(tree, each, next(answer for answer in wanted if answer.question == each.identifier))
        assert answers_from_form(asked, posted(tree)) == wanted
        answered += 1
    assert answered >= 8, f"only {answered} of {len(recorded)} recorded QuestionForms could be read"
