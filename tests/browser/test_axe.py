"""Every page that a worker sees, and what runs in its frames, looked through by axe-core in light and in dark."""
# ruff: noqa: E501 - the markup is as requesters write it

from __future__ import annotations

import pytest
from flask import Flask

from adapter.pages.worker.site import blueprint
from tests.browser.axe import axe_source, dark, findings
from tests.browser.crowd_pages import HEAD, IMAGE
from tests.browser.test_crowd_elements import find, submit
from tests.browser.test_qualifications import asked as a_question
from tests.browser.test_qualifications import boto_question
from tests.browser.test_question_form import FORM, Written
from tests.browser.test_worker_pages import Desk, html_question, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http
from tests.marketplace.questions.documents import form, free_text, question

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
REGIONS = '<short-instructions><h2>Short</h2><p>Be exact.</p></short-instructions><full-instructions header="How"><p>At length.</p></full-instructions>'
LABELS = "labels=\"['Pear', 'Fig']\""
CATEGORIES = "categories=\"['Calm', 'Loud']\" header='Which?'"
#: Pages of requesters' own, each with names for its fields, so that what is found is ours.
FRAMES = {
    "fields": """<crowd-form><h1>Fields</h1><crowd-input name="town" label="Town" required></crowd-input><crowd-text-area name="why" label="Why" char-counter max-length="50"></crowd-text-area>
    <crowd-checkbox name="sure">Sure</crowd-checkbox><crowd-toggle-button name="late">Late</crowd-toggle-button><crowd-slider name="much" label="How much" min="0" max="9" pin editable></crowd-slider>
    <crowd-radio-group><crowd-radio-button name="a" value="a">A</crowd-radio-button><crowd-radio-button name="b" value="b">B</crowd-radio-button></crowd-radio-group></crowd-form>""",
    "layout": f"""<crowd-form><h1>Layout</h1><crowd-alert type="warning" dismissible>Look out</crowd-alert><crowd-alert type="error">Wrong</crowd-alert><crowd-alert type="success">Right</crowd-alert><crowd-alert>Plain</crowd-alert>
    <crowd-card heading="Card" image="{IMAGE}">Text</crowd-card><crowd-tabs><crowd-tab header="One">1</crowd-tab><crowd-tab header="Two">2</crowd-tab></crowd-tabs>
    <crowd-instructions link-text="How to" link-type="button"><short-summary>Short</short-summary><detailed-instructions><p>Long</p></detailed-instructions></crowd-instructions>
    <crowd-modal link-text="More"><p>Inside</p></crowd-modal><crowd-button id="b" variant="primary">Primary</crowd-button><crowd-button>Normal</crowd-button><crowd-button variant="link">Link</crowd-button>
    <crowd-badge for="b" label="3"></crowd-badge><crowd-icon-button icon="search" title="Search"></crowd-icon-button><crowd-fab icon="add" title="Add"></crowd-fab><crowd-toast text="Hello" opened></crowd-toast></crowd-form>""",
    "classifier": f'<crowd-form><crowd-classifier name="n" {CATEGORIES}><classification-target>A text</classification-target>{REGIONS}</crowd-classifier></crowd-form>',
    "classifier, several": f'<crowd-form><crowd-classifier-multi-select name="n" {CATEGORIES} exclusion-category="{{ text: \'None\' }}"><classification-target>A text</classification-target>{REGIONS}</crowd-classifier-multi-select></crowd-form>',
    "image classifier": f'<crowd-form><crowd-image-classifier name="n" src="{IMAGE}" {CATEGORIES}>{REGIONS}</crowd-image-classifier></crowd-form>',
    "image classifier, several": f'<crowd-form><crowd-image-classifier-multi-select name="n" src="{IMAGE}" {CATEGORIES}>{REGIONS}</crowd-image-classifier-multi-select></crowd-form>',
    "entities": f"""<crowd-entity-annotation name="n" header="Name them" text="Ann met Bo" {LABELS} initial-value="[{{label: 'Pear', startOffset: 0, endOffset: 3}}]">{REGIONS}</crowd-entity-annotation>""",
    **{
        tool: f'<crowd-form><crowd-{tool} name="n" header="Draw" src="{IMAGE}" {LABELS}>{REGIONS}</crowd-{tool}></crowd-form>'
        for tool in (
            "bounding-box",
            "keypoint",
            "line",
            "polyline",
            "polygon",
            "semantic-segmentation",
            "instance-segmentation",
        )
    },
}
#: What the page around a frame has.
WHOLE_PAGE = ("landmark-one-main", "page-has-heading-one", "region")
#: A page without a form of its own, as a script may submit it.
ORPHAN = "<!DOCTYPE html><html lang='en'><head><title>x</title></head><body><p>Only words</p></body></html>"


@pytest.fixture(scope="module")
def axe():
    return axe_source()


@pytest.fixture(scope="module")
def desk(live, live_store, shared_browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    yield Desk(live, live_store, conn, shared_browser)
    shared_browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    disconnect(conn)


def both(desk, axe, where, *, framed=False):
    """What axe finds here in light, and of contrast in dark."""
    dark(desk.browser, wanted=False)
    found = [f"{where}: {each}" for each in findings(desk.browser, axe, without=WHOLE_PAGE if framed else ())]
    dark(desk.browser, wanted=True)
    return found + [f"{where}, dark: {each}" for each in findings(desk.browser, axe, only=("color-contrast",))]


def pages_of(store):
    """The addresses of all pages that need nothing in them; those of the old site lead to one of the others."""
    app = Flask(__name__)
    app.register_blueprint(blueprint(store.settings, store))
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted(rule.rule for rule in rules if not app.view_functions[rule.endpoint].__module__.endswith("old_links"))


def test_axe_finds_nothing_on_the_pages_of_a_visitor_and_of_a_worker(desk, axe, live_store):
    asked = desk.hit(Written(FORM, 0), "A photograph to describe")
    done = desk.hit(Written(form(question(free_text(), name="Colour")), 0), "A colour to name", max_assignments=1)
    stuck = desk.hit(html_question(ORPHAN), "Nothing to send")
    (made,) = desk.conn.create_qualification_type("Colours", "Sees colours", "Active", keywords="colour")
    test = boto_question.QuestionForm()
    test.append(a_question("sum of 2 and 2", boto_question.FreeTextAnswer(), True))
    (tested,) = desk.conn.create_qualification_type("Sums", "Can add", "Active", test=test, test_duration=300)
    found = []
    seen = set()

    def look(path=None):
        if path is not None:
            desk.visit(path)
        here = desk.browser.current_url.removeprefix(desk.server.url)
        # several addresses lead to one page
        text = desk.browser.execute_script("return document.title + document.body.innerText")
        if text not in seen:
            seen.add(text)
            framed = here.rpartition("/")[2] in {"externalSubmit", "question"}
            found.extend(both(desk, axe, f"{path or 'then'} ({here})", framed=framed))

    desk.browser.delete_all_cookies()
    for path in (
        "/",
        "/no-such-page",
        "/mturk/findhits",
        "/mturk/beginsignin",
        "/mturk/signup",
        f"/mturk/preview?groupId={asked.HITGroupId}",
    ):
        look(path)
    desk.sign_up("Axe Abe")
    for path in pages_of(live_store):
        look(path)
    for path in (
        f"/mturk/preview?groupId={stuck.HITGroupId}",
        f"/mturk/requestqualification?qualificationId={made.QualificationTypeId}",
        "/mturk/requestqualification?qualificationId=000000000000000000L0",
        "/mturk/no-such-page",
        f"/mturk/preview?groupId={done.HITGroupId}",
    ):
        look(path)
    desk.accept()
    look()
    desk.visit(f"/mturk/requestqualification?qualificationId={tested.QualificationTypeId}")
    desk.press("Take the test")
    found.extend(both(desk, axe, "a test"))
    desk.visit("/mturk/myhits")
    found.extend(both(desk, axe, "an accepted HIT in the list"))
    desk.visit(f"/mturk/preview?groupId={done.HITGroupId}")
    desk.browser.find_element("partial link text", "Go on").click()
    desk.type("q1", "red")
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")
    look()
    for path in ("/mturk/dashboard", "/mturk/earnings"):
        look(path)
    desk.visit(f"/mturk/preview?groupId={asked.HITGroupId}")
    desk.accept()
    found.extend(both(desk, axe, "a form"))
    desk.press("Submit")
    desk.sees("This could not be submitted yet")
    found.extend(both(desk, axe, "a form with mistakes"))
    assert len(seen) > 15, seen
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", FRAMES)
def test_axe_finds_nothing_in_a_frame_with_crowd_elements(desk, axe, page):
    hit = desk.hit(html_question(HEAD + FRAMES[page]), f"In a frame: {page}", max_assignments=1)
    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.inside()
    until(lambda: desk.browser.execute_script("return document.readyState === 'complete'"))
    found = both(desk, axe, page, framed=True)
    desk.outside()
    assert not found, "\n".join(found)


def test_axe_finds_nothing_where_something_is_missing_and_where_a_dialog_is_open(desk, axe):
    desk.browser.delete_all_cookies()
    desk.sign_up("Axe Mia")
    hit = desk.hit(html_question(HEAD + FRAMES["fields"]), "In a frame: missing", max_assignments=1)
    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.accept()
    desk.inside()
    until(lambda: desk.browser.execute_script("return document.readyState === 'complete'"))
    submit(desk.browser)
    assert until(lambda: find(desk.browser, "crowd-input >>> .problem").text)
    found = both(desk, axe, "missing", framed=True)
    desk.outside()
    hit = desk.hit(html_question(HEAD + FRAMES["classifier"]), "In a frame: a dialog", max_assignments=1)
    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.inside()
    until(lambda: find(desk.browser, "crowd-classifier >>> aside button")).click()
    assert until(lambda: find(desk.browser, "crowd-classifier >>> dialog").is_displayed())
    found += both(desk, axe, "a dialog", framed=True)
    desk.outside()
    assert not found, "\n".join(found)
