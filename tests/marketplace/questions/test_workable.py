"""What no worker can do: nothing to submit with, elements that nobody knows, or addresses that would get the sign-in."""

from __future__ import annotations

import pytest

from adapter.core.settings import Settings
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.workable import hindrance
from tests.marketplace.questions.documents import form, free_text, overview, question, selection
from tests.marketplace.workshop import html_question

SETTINGS = Settings(site_url="https://work.example")
LOADER = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<form><input name=a></form>", ""),
        ("<form><input name=a type=email><input name=b type=radio><textarea name=c></textarea></form>", ""),
        ("<form><textarea name=a></textarea><input type='Submit'></form>", ""),
        ("<form id=f><textarea name=a></textarea></form><button form=f>Send</button>", ""),
        ("<form><input name=a><input name=b></form><a href='javascript:send()'>Send</a>", ""),
        ("<form><input name=a><input name=b><crowd-button form-action=submit>Send</crowd-button></form>", ""),
        ("<form><textarea name=a></textarea></form>", "has no button to submit with, and no script"),
        (
            "<form><input name=a><input name=b><input type=button></form><script src='/mturk-public/externalHIT_v1.js'></script>",
            "has no button to submit with, and no script",
        ),
        ("<crowd-form><crowd-slider name=a></crowd-slider></crowd-form>", ""),
        ("<crowd-entity-annotation name=a></crowd-entity-annotation>", ""),
        ("<div id=app></div><script src='https://lab.example/app.js'></script>", ""),
        ("<p onclick='send()'>Send</p>", ""),
        ("<form></form><script>const text = '<crowd-orrery>';</script><!-- <crowd-tellurion> -->", ""),
        ("<form><crowd-mine></crowd-mine></form><script>customElements.define('crowd-mine', Mine)</script>", ""),
        ("<crowd-form><crowd-mine></crowd-mine></crowd-form><script src='https://lab.example/mine.js'></script>", ""),
        (
            "<crowd-form><crowd-mine></crowd-mine></crowd-form><script>add(document.createElement('script'))</script>",
            "",
        ),
        (
            LOADER + "<crowd-form><crowd-mine></crowd-mine></crowd-form><script>check()</script>",
            "uses elements that this site does not know: crowd-mine",
        ),
        (
            "<crowd-form><crowd-mine></crowd-mine><crowd-text-ranking></crowd-text-ranking></crowd-form><script src=a></script>",
            "uses elements that this site does not know: crowd-text-ranking",
        ),
        ("<p>Only words</p>", "has no form and no script, so nothing can be submitted"),
        (LOADER + "<crowd-input name=a></crowd-input>", "has no form and no script, so nothing can be submitted"),
        (
            LOADER
            + "<crowd-form><CROWD-Orrery></CROWD-Orrery><crowd-input></crowd-input><crowd-3d></crowd-3d></crowd-form>",
            "uses elements that this site does not know: crowd-3d, crowd-orrery",
        ),
        (
            LOADER + "<crowd-form><crowd-text-ranking name=a></crowd-text-ranking></crowd-form>",
            "uses elements that this site does not know: crowd-text-ranking",
        ),
    ],
)
def test_html_that_nobody_can_do_is_told_from_html_that_may_work(html, reason):
    assert hindrance(SETTINGS, check_question(html_question(html))) == reason


def leaks(text, *here, settings=SETTINGS):
    """The address that is named, or nothing."""
    reason = hindrance(settings, check_question(text), *here)
    before = "has an address on the host name of the worker pages, which would get the workers' sign-in: "
    assert not reason or reason.startswith(before)
    return reason.removeprefix(before)


@pytest.mark.parametrize(
    ("markup", "address"),
    [
        ("<img src='https://work.example:8443/cat.png'>", "https://work.example:8443/cat.png"),
        ("<img src='//WORK.example/cat.png'>", "http://WORK.example/cat.png"),
        ("<a href='https://work.example:8443/'>Rules</a>", "https://work.example:8443/"),
        ("<link rel=stylesheet href='https://work.example/a.css'>", "https://work.example/a.css"),
        ("<img srcset='a.png 1x, https://work.example/b.png 2x'>", "https://work.example/b.png"),
        ("<p style='background: url(https://work.example/c.png)'>x</p>", "https://work.example/c.png"),
        ("<p onclick='open(&quot;https://work.example/d&quot;)'>x</p>", "https://work.example/d"),
        ("<script>fetch('https:\\/\\/work.example\\/e')</script>", r"https:\/\/work.example\/e"),
        ("<script src='http://work.example:8000/mturk/f.js'></script>", "http://work.example:8000/mturk/f.js"),
        # our own pages are meant to be led to
        ("<a href='https://work.example/help'>Rules</a>", ""),
        ("<a href='https://work.example/mturk/findhits'>Find</a>", ""),
        ("<form action='http://work.example/mturk/externalSubmit'></form>", ""),
        # nobody goes there
        (
            "<p>https://work.example/</p><input value='https://work.example/'><!-- <img src='https://work.example/'> -->",
            "",
        ),
        (
            "<img src='https://example/'><img src='/a.png'><img src='https://other.work.example/'><a href='https://['>x</a>",
            "",
        ),
    ],
)
def test_html_with_an_address_that_would_get_the_sign_in_is_told_from_other_html(markup, address):
    text = html_question(f"<form><button>Send</button></form>{markup}")
    assert leaks(text) == address
    assert leaks(text, settings=Settings(site_url="https://work.example", trust_site_host=True)) == ""
    assert leaks(text, settings=Settings(site_url="https://other.example")) == ""


def picture(address):
    return (
        "<Binary><MimeType><Type>image</Type></MimeType>"
        f"<DataURL>{address}</DataURL><AltText>a picture</AltText></Binary>"
    )


def test_a_form_with_a_picture_that_would_get_the_sign_in_cannot_be_done_wherever_the_picture_stands():
    address = "https://work.example:9000/a.png"
    for text in (
        overview(picture(address)),
        form(question(free_text()).replace("<Text>What?</Text>", picture(address))),
        form(question(selection("a")).replace("<Text>a</Text>", picture(address))),
        overview(f"<FormattedContent><![CDATA[<p><img src='{address}' alt='a'/></p>]]></FormattedContent>"),
    ):
        assert leaks(text) == address
        assert leaks(text.replace("work.example", "pictures.example")) == ""
        assert leaks(text, "https://pictures.example/") == address


def test_where_the_pages_are_found_counts_too():
    text = html_question("<form><button></button></form><img src='http://localhost:9000/'>")
    assert leaks(text, "http://localhost:8000/") == "http://localhost:9000/"
    assert leaks(text) == ""
