"""HIT layouts: placeholders are filled in as they stand, and must all be known; a page stands around a fragment."""

from __future__ import annotations

from html import escape

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from adapter.marketplace.questions.layouts import fill, html_question, page_of, placeholders

SCRIPT = "https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"
ACTION = "https://www.mturk.com/mturk/externalSubmit"
OWN_FORM = f'<form action="{ACTION}"><input name="assignmentId"><input name="a"></form>'
CROWD = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form><p>x</p></crowd-form>'


def test_placeholders_are_filled_each_time_they_occur():
    assert fill("<p>${a} ${b-2}, ${a}</p>", {"a": "1", "b-2": "two"}) == "<p>1 two, 1</p>"
    assert placeholders("${b}${a}${b} ${first guess} ${not + one} ${no - ne} $a {b} ${}") == ("b", "a", "first guess")
    assert fill("nothing ${1 + x}", {}) == "nothing ${1 + x}"


def test_values_stand_as_they_were_given_and_are_not_filled_again():
    assert fill("<a href='${u}'>${t}</a>", {"u": "/?a=1&amp;b=2", "t": "<b>${u}</b> & ]]>"}) == (
        "<a href='/?a=1&amp;b=2'><b>${u}</b> & ]]></a>"
    )


def parsed(layout):
    """The page that a browser makes of a layout."""
    tree = html5lib.parse(page_of(layout), treebuilder="lxml", namespaceHTMLElements=False)
    assert tree.docinfo.doctype == "<!DOCTYPE html>"
    return tree


def submitted(layout):
    """The names of the fields of the one form in the page around a layout, which submits with the old service's script."""
    tree = parsed(layout)
    (form,) = tree.iter("form")
    assert dict(form.items()) == {"name": "mturk_form", "id": "mturk_form", "method": "post", "action": ACTION}
    assert tree.find("head/script").get("src") == SCRIPT
    assert tree.xpath("string((//script)[last()])") == "turkSetAssignmentID();"
    return [each.get("name") for each in form.iter("input", "textarea")]


@pytest.mark.parametrize(
    "layout",
    [
        '<input name="a">',
        '<h1>${x}</h1><p>An <p>unclosed paragraph<div><input name="a">',
        '<table><tr><td><input name="a"></table></div>',
        '<!-- <form> --><script>var text = "<form action=x>";</script><input name="a"></p>',
        '<!DOCTYPE html><html><head><title>${x}</title><style>p{}</style></head><body><p><input name="a"></p></body></html>',
        '<?xml version="1.0"?><!DOCTYPE html><body class="x"><input name="a"/></body></html> ',
    ],
)
def test_a_layout_without_a_form_stands_in_one_with_a_submit_button_at_its_end(layout):
    assert submitted(layout) == ["assignmentId", "a", None]
    (button,) = parsed(layout).xpath("//input[@type='submit']")
    assert (button.get("id"), button.get("value")) == ("submitButton", "Submit")


@pytest.mark.parametrize(
    "button", ['<input type="SUBMIT" value="Go">', "<button type='submit'>Go</button>", "<input type=image src=x>"]
)
def test_a_layout_with_a_submit_button_gets_no_second_one(button):
    submitted(f'<input name="a">{button}')
    assert parsed(button).xpath("//*[@id='submitButton']") == []


@pytest.mark.parametrize(
    "button", ["<button>Next</button>", "<input type='button'>", "<button type='button'>x</button>"]
)
def test_a_button_that_may_do_something_else_is_no_submit_button(button):
    assert len(parsed(button).xpath("//*[@id='submitButton']")) == 1


@pytest.mark.parametrize("form", [OWN_FORM, CROWD])
def test_a_form_of_the_layouts_own_is_left_to_itself(form):
    for layout in (form, f"<p>first</p>{form}"):
        assert f"<body>{layout}</body>" in page_of(layout)
    for whole in (f"<html><body>{form}</body></html>", f"<body>{form}"):
        assert page_of(whole) == whole


def test_a_form_that_says_nowhere_where_it_submits_gets_the_script_that_knows():
    for layout in ("<form><input name='a'></form>", "<html><body><form id='x'></form></body></html>"):
        tree = parsed(layout)
        assert len(list(tree.iter("form"))) == 1
        assert tree.find("head/script").get("src") == SCRIPT
        assert tree.xpath("string((//script)[last()])") == "turkSetAssignmentID();"


@pytest.mark.parametrize("layout", ["<p title='", "<!-- x", "<script>", "<form"])
def test_a_layout_that_ends_inside_of_markup_is_refused(layout):
    with pytest.raises(QuestionError, match="not closed"):
        page_of(layout)


MISSING, UNKNOWN = "AWS.MissingParameters", "AWS.MechanicalTurk.InvalidParameterValue"


@pytest.mark.parametrize(
    ("values", "name", "code"),
    [({}, "a", MISSING), ({"a": "1", "b": "2"}, "b", UNKNOWN), ({"A": "1"}, "a", MISSING)],
)
def test_a_missing_or_unknown_parameter_is_named(values, name, code):
    with pytest.raises(QuestionError) as caught:
        fill("${a}", values)
    assert name in caught.value.message
    assert caught.value.code == code


def test_a_result_that_grows_too_long_is_refused():
    with pytest.raises(QuestionError, match="65535"):
        fill("${a}" * 1000, {"a": "x" * 1000})


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=50))
def test_a_filled_page_is_a_question_that_holds_it_unchanged(value):
    page = fill("<p>${v}</p>]]>", {"v": escape(value)})
    checked = check_question(html_question(page, 300))
    assert (checked.kind, checked.html_content, checked.frame_height) == ("HTMLQuestion", page, 300)
