"""FormattedContent on our pages: whatever the subset allows is valid HTML, and nothing else gets through."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from adapter.pages.content.formatted_content import formatted
from adapter.pages.content.question_form import form_html
from tests.marketplace.questions.documents import overview
from tests.pages.worker.forms import by_id, page, xhtml


@given(xhtml())
def test_formatted_content_of_any_nesting_becomes_html_without_parse_errors(text):
    try:
        checked = check_question(overview(f"<FormattedContent><![CDATA[{text}]]></FormattedContent>"))
    except QuestionError:
        assume(False)
    page(form_html(checked))


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<p style="position:fixed" id="q1" class="problem" onclick="alert(1)">x</p>',
        '<iframe src="javascript:alert(1)" srcdoc="&lt;script>" onload="alert(1)" name="q1"></iframe>',
        "<form action='http://example.com/'><input name=form_key></form>",
        "</fieldset></form><style>*{display:none}</style>",
        '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
        "<!--><img src=x onerror=alert(1)>-->",
        '<base href="http://example.com/"><meta http-equiv="refresh" content="0">',
    ],
)
def test_formatted_content_is_proved_again_where_it_is_written(attack):
    tree = page(f"<div id=here>{formatted(attack).html}</div>")
    here = by_id(tree, "here")
    for element in here.iter():
        assert element.tag in {"div", "p", "a", "span", "img", "iframe"}
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in {"style", "class", "srcdoc"}
            assert name != "id" or element is here
            assert not re.match(r"\s*(javascript|data)", value, re.IGNORECASE)


def test_a_frame_is_sandboxed_and_stands_in_no_label():
    written = formatted(
        '<iframe src="https://example.com/" width="100%" height="300" sandbox="allow-same-origin"></iframe>'
    )
    assert not written.inline
    (frame,) = page(written.html).iter("iframe")
    assert dict(frame.items()) == {
        "src": "https://example.com/",
        "width": "100%",
        "height": "300",
        "sandbox": "allow-scripts allow-forms allow-popups",
        "referrerpolicy": "no-referrer",
    }
