"""HIT layouts: registered once, filled into a question for each HIT that names one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from adapter.core.database import Store
from adapter.marketplace.domain.transactions import writing
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from adapter.marketplace.questions.layouts import fill, html_question, page_of, placeholders
from adapter.marketplace.store.layouts import add_layout

NAME_LENGTH = 200
MAX_BYTES = 65_535
#: How a question document begins; every other layout is HTML.
_DOCUMENT = re.compile(
    r"\ufeff?\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?>.*?-->)\s*+)*+<(?:\w+:)?+(QuestionForm|ExternalQuestion|HTMLQuestion)\b",
    re.DOTALL,
)


class LayoutRefusedError(ValueError):
    """A layout that no HIT could use; the message says why."""


def register_layout(store: Store, account_id: str, name: str, template: str) -> str:
    """Keep a layout for an account and return its HITLayoutId.

    The template is HTML, a fragment or a page, which becomes an HTMLQuestion, or a whole question document, with ${name}
    where each HIT has its own value. Raises LayoutRefusedError when it is empty or too long, or is no valid question with
    a word in each place.
    """
    if not name.strip() or len(name) > NAME_LENGTH:
        raise LayoutRefusedError(f"the name must have 1 to {NAME_LENGTH} characters")
    if not template.strip():
        raise LayoutRefusedError("the layout is empty")
    if len(template.encode()) > MAX_BYTES:
        raise LayoutRefusedError(f"the layout has more than {MAX_BYTES} bytes")
    try:
        check_question(question_of(template, dict.fromkeys(placeholders(template), "1")))
    except QuestionError as error:
        raise LayoutRefusedError(error.message) from error
    with writing(store, account_id) as call:
        return add_layout(call.connection, account_id, name, template, call.now)


def question_of(template: str, values: Mapping[str, str]) -> str:
    """The question that a layout gives with these values, not yet checked. Raises QuestionError.

    Values stand in HTML as they were given, and are escaped in the XML of the other question documents.
    """
    document = _DOCUMENT.match(template)
    if document is None:
        return html_question(fill(page_of(template), values))
    if document[1] != "HTMLQuestion":
        values = {name: escape(value) for name, value in values.items()}
    return fill(template, values)
