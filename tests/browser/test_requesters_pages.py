"""Pages that requesters wrote for Amazon's site, with scripts of their own, from boto's HIT to the answer that boto reads."""
# ruff: noqa: E501 - the markup is as requesters write it

from __future__ import annotations

import json

import pytest

from tests.browser.crowd_pages import HEAD
from tests.browser.test_crowd_elements import answer_of
from tests.browser.test_worker_pages import Desk, html_question, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
FIELDS = '<input type="hidden" name="assignmentId" value=""><input name="colour" value="red">'
ADDRESS = "'https://' + (live ? 'www' : 'workersandbox') + '.mturk.com/mturk/externalSubmit'"


@pytest.fixture(scope="module")
def desk(live, live_store, shared_browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    desk = Desk(live, live_store, conn, shared_browser)
    desk.sign_up("Script Sue")
    yield desk
    disconnect(conn)


def accept(desk, html, title):
    """Accepts a HIT with this HTML; the browser is in its frame."""
    hit = desk.hit(html_question(html), title, max_assignments=1)
    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.accept()
    desk.inside()
    return hit


@pytest.mark.parametrize(
    ("title", "html"),
    [
        (
            "Address set at once, form sent by a script",
            f"""<form id="task" method="post">{FIELDS}</form><button id="send">Send</button><script>const live = true, form = document.forms[0];
            form.action = {ADDRESS}; document.getElementById("send").onclick = () => form.submit();</script>""",
        ),
        (
            "Address set as the form is sent",
            f"""<form id="task" method="post">{FIELDS}<button id="send">Send</button></form><script>const live = false, form = document.forms[0];
            form.onsubmit = () => {{ form.setAttribute("action", {ADDRESS} + "?from=query"); }};</script>""",
        ),
        (
            "Address without www set as the form is sent",
            f"""<form id="task" method="post">{FIELDS}<button id="send">Send</button></form><script>const host = "mturk." + "com", form = document.forms[0];
            form.onsubmit = () => {{ form.action = "https://" + host + "/mturk/externalSubmit"; }};</script>""",
        ),
        (
            "Answer meant for the page around the frame",
            f"""<form method="post" action="https://www.mturk.com/mturk/externalSubmit" target="_parent">{FIELDS}<button id="send">Send</button></form>""",
        ),
    ],
)
def test_what_is_addressed_to_amazons_site_in_a_way_of_its_own_is_submitted_here(desk, title, html):
    hit = accept(desk, html, title)
    desk.find("#send").click()
    answers = answer_of(desk, hit)
    assert answers.pop("from", "query") == "query"
    assert answers == {"colour": "red"}


def test_an_element_that_a_script_of_the_page_brings_later_can_be_worked(desk, lab):
    lab.pages["/own.js"] = """window.bring = () => customElements.define("crowd-own", class extends HTMLElement {
      connectedCallback() { this.innerHTML = '<input type="hidden" name="own" value="drawn">'; } });"""
    html = f"""{HEAD}<script src="{lab.url}/own.js"></script><crowd-form><crowd-own></crowd-own>
    <crowd-button form-action="submit">Send</crowd-button><button id="off" disabled>Off</button></crowd-form>"""
    hit = accept(desk, html, "An element of its own")
    desk.sees("this site does not know <crowd-own>")
    button = desk.find("crowd-button")
    assert button.get_property("disabled")
    desk.browser.execute_script("bring()")
    until(lambda: not button.get_property("disabled"))
    assert "does not know" not in desk.find("body").text
    assert not desk.find("#off").is_enabled()
    button.click()
    assert json.loads(answer_of(desk, hit)["taskAnswers"]) == [{"own": "drawn"}]


@pytest.mark.parametrize(
    ("title", "html"),
    [
        (
            "Crowd form in the form of the old service",
            """<form id="mturk_form" method="post" action="https://www.mturk.com/mturk/externalSubmit"><input type="hidden" name="assignmentId" value="">
            <crowd-form><crowd-input name="town" required></crowd-input><crowd-button id="send" form-action="submit">Send</crowd-button></crowd-form></form>""",
        ),
        (
            "Form of the old service in a crowd form",
            """<crowd-form><form method="post" action="https://www.mturk.com/mturk/externalSubmit"><crowd-input name="town" required></crowd-input>
            <button id="send">Send</button></form></crowd-form>""",
        ),
    ],
)
def test_a_crowd_form_around_or_within_another_form_sends_its_answers_and_heeds_the_pages_own_check(desk, title, html):
    check = """<script>window.times = 0;
    document.querySelector("crowd-form").onsubmit = (event) => { if (!window.times++) event.preventDefault(); };</script>"""
    hit = accept(desk, HEAD + html + check, title)
    desk.find("#send").click()
    until(lambda: desk.browser.execute_script("return document.activeElement.localName") == "crowd-input")
    desk.find("crowd-input").send_keys("Lund")
    desk.find("#send").click()
    until(lambda: desk.browser.execute_script("return window.times") == 1)
    desk.find("#send").click()
    answers = answer_of(desk, hit)
    assert json.loads(answers.pop("taskAnswers")) == [{"town": "Lund"}]
    assert not answers
