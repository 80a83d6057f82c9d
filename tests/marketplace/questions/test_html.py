"""HTML of an HTMLQuestion: what is refused, which fields it has, and what html5lib says to both."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from adapter.marketplace.questions.html import check_html, form_fields, scan
from tests.marketplace.questions.documents import html


@pytest.mark.parametrize(
    "page",
    [
        "<p>no form, no doctype",
        "text only",
        "<!doctype html><title>a</title><form><input name=a disabled></form>",
        "a < b and b > a <3 </",
        "<p a=\"1\"b='2'c=3/>",
        '<a href=foo"bar>x</a>',
        "<!--><p>x<!---><!----><!-- -- --!>",
        "<? php ?><!weird><b></b attr>",
        "<script>if (a < b) { x = '<p>' }</script ><style>p > a {}</style>",
        "<textarea><p></textarea>",
        "<crowd-form answer-format='flatten-objects'><crowd-input name='a'></crowd-input></crowd-form>",
        "</p></body></html><p>",
    ],
)
def test_pages_that_browsers_show_are_accepted(page):
    assert check_question(html(page)).html_content == page


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("<p>a<!-- b", "a comment"),
        ("<p", "the tag p"),
        ("<p class='a>x</p>", "the tag p"),
        ("<p a=\"1'>", "the tag p"),
        ("</p", "the tag p"),
        ("<script>a</p>", "the element script"),
        ("<title>a", "the element title"),
        ("<textarea>", "the element textarea"),
        ("<!doctype html", "a declaration"),
    ],
)
def test_pages_that_end_inside_markup_are_refused(page, reason):
    with pytest.raises(QuestionError) as caught:
        check_question(html(page))
    assert caught.value.code == "AWS.MechanicalTurk.XHTMLParseError"
    assert reason in caught.value.message
    assert "HTML5" in caught.value.message


def test_the_line_counts_from_the_start_of_the_document():
    with pytest.raises(QuestionError) as caught:
        check_question("\n" + html("<p>\n<b>\n<!-- x"))
    assert caught.value.line == 4


def test_fields_are_found_by_name_with_their_choices():
    page = """
      <input type=hidden name=assignmentId value=""><input name="free" maxlength=5>
      <input type="RADIO" name=r value=1><input type=radio name=r value='2 &amp; 3'><input type=radio name=r value=1>
      <input type=checkbox name=c><select name=s><option value="">-</option><option value=x>X</option></select>
      <textarea name=t><input name=inside></textarea><!-- <input name=hidden> --><input type=submit name=go>
      <crowd-slider name="slide" min=1 max=3></crowd-slider><input>
    """
    found = {field.name: (field.type, field.choices) for field in form_fields(page)}
    assert found == {
        "assignmentId": ("hidden", ()),
        "free": ("text", ()),
        "r": ("radio", ("1", "2 & 3")),
        "c": ("checkbox", ("on",)),
        "s": ("select", ("", "x")),
        "t": ("textarea", ()),
        "slide": ("crowd-slider", ()),
    }


def test_fields_before_broken_markup_are_still_found():
    assert [field.name for field in form_fields("<input name=a><input name=b <!--")] == ["a"]


PIECES = st.sampled_from(
    [
        *("<input name=a>", "<input name='b' value=\"x>y\">", '<input  type="radio"\nname=c/>', "<INPUT NAME=d>"),
        *("<!--", "-->", "--!>", "<!-- x -->", "<!---->", "<!-->", "<p>", "</p>", "<b a='1'>", "</b >", "<br/>"),
        *("<", ">", "'", '"', "=", "/", "</", "<!", "<?", "&amp;", "x", " ", "\n", '<a b=c"d>', "<i j='k\"'>", "</>"),
        *("<script>", "</script>", "</scr", "<title>", "</title>", "</TITLE >", "<textarea name=t>", "</textarea>"),
        *("<\u017fcript>", "<\u017f a='", "\xa0", "<p\xa0a='", "</\xe9>"),
    ]
)
FATAL = ("eof-in", "got-eof", "eof-after")
BENIGN = {"expected-doctype-but-got-eof", "expected-closing-tag-but-got-eof", "expected-named-closing-tag-but-got-eof"}


# a script inside a comment inside a script ends differently (an oddity of old browsers that the scanner leaves out)
PAGES = st.lists(PIECES, max_size=12).map("".join).filter(lambda page: not ("<script>" in page and "<!--" in page))


@given(st.lists(PIECES, max_size=12).map("".join))
def test_the_quick_check_and_the_whole_scan_give_the_same_verdict(page):
    verdicts = []
    for call in (lambda: check_html("x" + page, "Question", 1), lambda: list(scan("x" + page))):
        try:
            call()
            verdicts.append(None)
        except QuestionError as error:
            verdicts.append(str(error))
    assert verdicts[0] == verdicts[1]


@given(PAGES)
def test_html5lib_agrees_on_what_is_left_open_and_on_the_fields(page):
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    document = parser.parse(f"<!doctype html><body>{page}")
    errors = {code for _, code, _ in parser.errors}
    left_open = {code for code in errors if any(f in code for f in FATAL)} - BENIGN
    raw_open = any(
        code == "expected-named-closing-tag-but-got-eof" and values.get("name") in {"script", "title", "textarea"}
        for _, code, values in parser.errors
    )
    try:
        tags = list(scan(page))
    except QuestionError:
        assert errors - {"expected-doctype-but-got-start-tag"}
        return
    assert not left_open, page
    assert not raw_open, page
    mine = {tag.attributes["name"] for tag in tags if tag.name == "input" and not tag.end and "name" in tag.attributes}
    theirs = {element.get("name") for element in document.iter("input") if element.get("name") is not None}
    assert mine == theirs
