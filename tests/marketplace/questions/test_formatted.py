"""FormattedContent: what the XHTML subset allows, and what it keeps out."""

from __future__ import annotations

import contextlib
import time
from html import escape
from html.entities import name2codepoint

import pytest
from lxml.html import fromstring

from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import QuestionError
from adapter.marketplace.questions.formatted import check_formatted
from tests.marketplace.questions.documents import form, free_text, overview, question

TABLE = (
    '<table border="1"><col width="2*"/><tbody><tr><th scope="row">a</th>'
    '<td colspan="2" bgcolor="#fff">b</td></tr></tbody></table>'
)


def formatted(xhtml):
    (part,) = check_question(overview(f"<FormattedContent><![CDATA[{xhtml}]]></FormattedContent>")).form
    return part.content[0].text


@pytest.mark.parametrize(
    ("xhtml", "html"),
    [
        ("plain &amp; &lt;text", "plain &amp; &lt;text"),
        ("<p>one</p><p align='center'>two</p>", '<p>one</p><p align="center">two</p>'),
        ("<br/><hr width='50%'/>", '<br><hr width="50%">'),
        ('<a href="http://example.com/?a=1&amp;b=2" target="_blank">x</a>',) * 2,
        ('<a href="mailto:a@example.com">x</a>',) * 2,
        ("<a name='here'/>", "<span></span>"),
        ("<p>a<ins><ul><li>b</li></ul></ins></p>", "<div>a<ins><ul><li>b</li></ul></ins></div>"),
        (
            '<a href="http://a/">x<ins><a href="http://b/">y</a></ins></a>',
            '<a href="http://a/">x<ins><span>y</span></ins></a>',
        ),
        ("<pre>\n a</pre>", "<pre>\n\n a</pre>"),
        ('<img src="https://example.com/a.png" alt="a"/>', '<img src="https://example.com/a.png" alt="a">'),
        (
            '<p>a <iframe src="http://example.com/?a=1&amp;b=2" width="100%" height="300">no <b>frames</b></iframe> b</p>',
            '<p>a <iframe src="http://example.com/?a=1&amp;b=2" width="100%" height="300"></iframe> b</p>',
        ),
        (
            '<iframe src="https://example.com/" scrolling="no" frameborder="0"/>',
            '<iframe src="https://example.com/" scrolling="no" frameborder="0"></iframe>',
        ),
        ("<ul><li>a<ol><li>b</li></ol></li></ul>",) * 2,
        ("<dl><dt>a</dt><dd><p>b</p></dd></dl>",) * 2,
        (TABLE, TABLE.replace("/>", ">")),
        ('<font color="#ff0000" size="+1">a</font>',) * 2,
        ('<p xmlns="http://www.w3.org/1999/xhtml" title="t">a</p>', '<p title="t">a</p>'),
        ("<!-- gone -->a", "a"),
    ],
)
def test_the_subset_becomes_html(xhtml, html):
    assert formatted(xhtml) == html


@pytest.mark.parametrize(
    ("xhtml", "reason"),
    [
        ("<p>open", "mismatch"),
        ("<p>&nosuch;</p>", "nosuch"),
        ("<p>&NBSP;</p>", "NBSP"),
        ("<p>&nbsp</p>", "EntityRef: expecting ';'"),
        ("</FormattedContent><FormattedContent>", "Extra content"),
        ("<script>alert(1)</script>", "script"),
        ("<style>p{}</style>", "style"),
        ("<div>x</div>", "div"),
        ("<iframe/>", "src"),
        ("<iframe src='javascript:alert(1)'/>", "src"),
        ("<iframe src='data:text/html,x'/>", "src"),
        ("<iframe src='ftp://example.com/'/>", "src"),
        ("<iframe src='/relative'/>", "src"),
        ("<iframe src='http://example.com/' srcdoc='x'/>", "srcdoc"),
        ("<iframe src='http://example.com/' sandbox=''/>", "sandbox"),
        ("<form><input name='a'/></form>", "form"),
        ("<x:p xmlns:x='urn:other'>a</x:p>", "Element '{urn:other}p'"),
        ("<p id='a'>x</p>", "id"),
        ("<p class='a'>x</p>", "class"),
        ("<p style='color:red'>x</p>", "style"),
        ("<p onclick='x()'>x</p>", "onclick"),
        ("<a href='javascript:alert(1)'>x</a>", "href"),
        ("<a href=' java\nscript:alert(1)'>x</a>", "href"),
        ("<a href='data:text/html,x'>x</a>", "href"),
        ("<a href='/relative'>x</a>", "href"),
        ("<blockquote cite='javascript:x'>x</blockquote>", "cite"),
        ("<img src='javascript:x' alt=''/>", "src"),
        ("<img src='http://example.com/a.png'/>", "alt"),
        ("<font color='expression(x)'>x</font>", "color"),
        ("<p><p>x</p></p>", "Element 'p': This element is not expected"),
        ("<p><ul><li>x</li></ul></p>", "Element 'ul': This element is not expected"),
        ("<ul>text</ul>", "Character content other than whitespace is not allowed"),
        ("<ul><p>x</p></ul>", "Element 'p': This element is not expected"),
        ("<ul/>", "Element 'ul': Missing child"),
        ("<table><td>x</td></table>", "Element 'td': This element is not expected"),
        ("<li>x</li>", "Element 'li': This element is not expected"),
        ("<a href='http://a/'><a href='http://b/'>x</a></a>", "Element 'a': This element is not expected"),
        ("<br>x</br>", "Character content is not allowed"),
        ("<pre><img src='http://a/' alt='a'/></pre>", "Element 'img': This element is not expected"),
    ],
)
def test_everything_else_is_refused(xhtml, reason):
    with pytest.raises(QuestionError) as caught:
        formatted(xhtml)
    assert caught.value.code == "AWS.MechanicalTurk.XHTMLParseError"
    assert reason in caught.value.message


@pytest.mark.parametrize("name", sorted(name2codepoint))
def test_every_named_character_of_xhtml_may_stand_in_text_and_attributes(name):
    bold = fromstring(formatted(f'<b title="&{name};">a&{name};b</b>'))
    character = chr(name2codepoint[name])
    assert (bold.text, bold.get("title")) == (f"a{character}b", character)


def test_a_named_character_is_none_where_xml_reads_no_references():
    xhtml = escape("<!-- &nosuch; --><![CDATA[&eacute;]]><?x &nosuch;?>&apos;&eacute;")
    (part,) = check_question(overview(f"<FormattedContent>{xhtml}</FormattedContent>")).form
    assert part.content[0].text == "&amp;eacute;'é"


@pytest.mark.parametrize("opening", ["<!--", "<![CDATA[", "<?", "&eacute", "&eacute;"])
def test_named_characters_are_found_in_linear_time(opening):
    started = time.process_time()
    with contextlib.suppress(QuestionError):
        check_formatted((opening * 60_000)[:60_000], "Question", 1)
    assert time.process_time() - started < 1


def test_the_line_is_that_of_the_whole_document():
    text = overview("\n\n<FormattedContent><![CDATA[a\n<p>b\n<em>c</em><div/></p>]]></FormattedContent>")
    with pytest.raises(QuestionError) as caught:
        check_question(text)
    assert caught.value.line == 5


def test_options_of_a_selection_may_be_formatted_too():
    option = (
        "<SelectionAnswer><Selections><Selection><SelectionIdentifier>a</SelectionIdentifier>"
        "<FormattedContent>%s</FormattedContent></Selection></Selections></SelectionAnswer>"
    )
    checked = check_question(form(question(option % "&lt;b&gt;x&lt;/b&gt;")))
    assert checked.questions[0].answer.options[0].content.text == "<b>x</b>"
    with pytest.raises(QuestionError):
        check_question(form(question(free_text()) + question(option % "&lt;div/&gt;", "q2")))
