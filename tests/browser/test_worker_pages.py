"""People at work in a real browser: from an old client's HIT to the answer that it reads."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
import warnings

import pytest

from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from boto.mturk import question as boto_question

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
PASSWORD = "correct horse battery"
EXTERNAL = """<!doctype html><html><head><title>Lab</title></head><body>
<h1 id="mode"></h1>
<form id="form" method="post"><input type="hidden" name="assignmentId" id="assignmentId">
<label>Colour <input name="colour" id="colour"></label><input type="checkbox" name="box" value="1" checked>
<input type="checkbox" name="box" value="2" checked><button id="send">Submit</button></form>
<script>
const given = new URLSearchParams(location.search);
document.getElementById("assignmentId").value = given.get("assignmentId");
const preview = given.get("assignmentId") === "ASSIGNMENT_ID_NOT_AVAILABLE";
document.getElementById("mode").textContent = preview ? "preview" : given.get("workerId");
if (!preview) document.getElementById("form").action = given.get("turkSubmitTo") + "/mturk/externalSubmit";
localStorage.setItem("lab", "1");
document.body.append("remembers " + localStorage.getItem("lab"));
</script></body></html>"""
HTML = """<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<script type="text/javascript" src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head><body>
<form name="mturk_form" method="post" id="mturk_form" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" value="" name="assignmentId" id="assignmentId"/>
<textarea name="comment" id="comment" cols="80" rows="3"></textarea>
<p><input type="submit" id="submitButton" value="Submit"/></p></form>
<script>turkSetAssignmentID();</script></body></html>"""
CROWD = """<!DOCTYPE html><html><body><script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form><crowd-input name="town" label="Town" required></crowd-input>
<crowd-checkbox name="tags" value="wet">Wet</crowd-checkbox><crowd-checkbox name="tags" value="dry">Dry</crowd-checkbox>
<crowd-classifier name="mood" categories="['Good', 'Bad']" header="Mood?"><classification-target>A text</classification-target>
<full-instructions header="How">Look</full-instructions><short-instructions>Look</short-instructions></crowd-classifier>
<textarea name="weather" id="weather"></textarea></crowd-form></body></html>"""
ATTACK = """<!DOCTYPE html><html><head><title>x</title></head><body><p id="report">working</p><script>
(async function () {
  const report = [];
  try { report.push("cookie:" + document.cookie); } catch (error) { report.push("no cookie"); }
  try { report.push("parent:" + window.parent.document.title); } catch (error) { report.push("no parent"); }
  try {
    const answer = await fetch("/mturk/myhits", { credentials: "include" });
    report.push("read:" + (await answer.text()).length);
  } catch (error) { report.push("no fetch"); }
  if (window.top !== window) {
    try { window.top.location.href = "/mturk/findhits?attacked"; report.push("moved"); } catch (error) { report.push("no top"); }
  }
  const frame = document.createElement("iframe");
  frame.src = "/mturk/myhits";
  document.body.append(frame);
  report.push("origin:" + window.origin);
  document.getElementById("report").textContent = report.join(" ");
})();
</script></body></html>"""


class Desk:
    """What a requester of old does, and the worker's browser."""

    def __init__(self, server, store, conn, browser):
        self.server, self.store, self.conn, self.browser = server, store, conn, browser

    def hit(self, question, title, **more):
        members = {
            "question": question,
            "title": title,
            "description": "Do it",
            "keywords": "lab",
            "reward": 0.05,
            "duration": dt.timedelta(minutes=6),
            "lifetime": dt.timedelta(minutes=65),
            "max_assignments": 2,
            "response_groups": ["Minimal", "HITDetail"],
            **more,
        }
        return self.conn.create_hit(**members)[0]

    def visit(self, path):
        self.browser.get(self.server.url + path)

    def sign_up(self, name, then="/mturk/findhits"):
        self.visit(f"/mturk/signup?then={then}")
        self.type("name", name)
        self.type("password", PASSWORD)
        self.type("password_again", PASSWORD)
        self.press("Sign up")
        return self.find("header code").text

    def find(self, selector):
        return until(lambda: self.browser.find_element("css selector", selector))

    def type(self, name, text):
        self.find(f"[name={name}]").send_keys(text)

    def press(self, label):
        until(
            lambda: self.browser.find_element(
                "xpath", f"//main//*[self::button or self::a][normalize-space()='{label}']"
            )
        ).click()

    def accept(self):
        self.press("Accept")
        self.find("#countdown")

    def sees(self, text):
        return until(lambda: text in self.browser.find_element("tag name", "body").text)

    def inside(self):
        self.browser.switch_to.frame(self.find("iframe.question"))

    def outside(self):
        self.browser.switch_to.default_content()

    def answers(self, hit):
        assignments = self.conn.get_assignments(hit.HITId)
        return [(each, [(field.qid, *field.fields) for field in each.answers[0]]) for each in assignments]


def until(look, seconds=20):
    """What a look at the page gives as soon as it gives anything."""
    limit = time.monotonic() + seconds
    while True:
        try:
            if found := look():
                return found
        except Exception:
            if time.monotonic() > limit:
                raise
        assert time.monotonic() < limit, "the page does not come to that"
        time.sleep(0.1)


@pytest.fixture
def desk(live, live_store, browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    yield Desk(live, live_store, conn, browser)
    disconnect(conn)


def html_question(html):
    return boto_question.HTMLQuestion(html, 0)


def test_a_worker_signs_up_finds_does_and_submits_an_external_question_that_boto_reads_and_approves(desk, lab):
    lab.pages["/task"] = EXTERNAL
    hit = desk.hit(boto_question.ExternalQuestion(lab.url + "/task?condition=a&x=1", 300), "Name a colour, externally")
    worker_id = desk.sign_up("External Ann")
    desk.visit("/mturk/searchbar?searchWords=externally&minReward=0.05&selectedSearchType=hitgroups")
    desk.browser.find_element("link text", "Name a colour, externally").click()
    desk.inside()
    desk.sees("preview")
    desk.outside()
    desk.accept()
    assert re.fullmatch(r"00:0[56]:\d\d", until(lambda: desk.find("#countdown").text))
    desk.inside()
    desk.sees(worker_id)
    assert "remembers 1" in desk.find("body").text
    desk.type("colour", "grün & <blau>")
    desk.find("#send").click()
    desk.outside()
    desk.sees("You have submitted this HIT.")
    [(assignment, answers)] = desk.answers(hit)
    assert assignment.WorkerId == worker_id
    assert answers == [("colour", "grün & <blau>"), ("box", "1|2")]
    desk.conn.approve_assignment(assignment.AssignmentId)
    desk.browser.refresh()
    desk.sees("It has been approved.")
    said = [each["message"] for each in desk.browser.get_log("browser")]
    assert not [each for each in said if "Content Security Policy" in each or "static" in each], said
    preview, work = [path for path in lab.asked if path.startswith("/task")][:2]
    assert preview == f"/task?condition=a&x=1&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId={hit.HITId}"
    assert work.startswith(
        f"/task?condition=a&x=1&assignmentId={assignment.AssignmentId}&hitId={hit.HITId}&workerId={worker_id}&turkSubmitTo=http%3A%2F%2F127.0.0.1"
    )


def test_an_html_question_written_for_amazon_submits_here(desk):
    hit = desk.hit(html_question(HTML), "Comment in HTML")
    desk.sign_up("Html Bob", f"/mturk/preview%3FgroupId%3D{hit.HITTypeId}")
    desk.inside()
    assert desk.find("#submitButton").get_attribute("disabled") == "true"
    desk.outside()
    desk.accept()
    desk.inside()
    desk.type("comment", "two\nlines")
    desk.find("#submitButton").click()
    desk.outside()
    desk.sees("You have submitted this HIT.")
    [(_, answers)] = desk.answers(hit)
    assert answers == [("comment", "two\r\nlines")]


def test_crowd_elements_submit_what_their_documentation_says(desk):
    hit = desk.hit(html_question(CROWD), "Crowd elements")
    desk.sign_up("Crowd Cem", f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.accept()
    desk.inside()
    desk.find("crowd-input").send_keys("Basel")
    desk.browser.find_element("xpath", "//crowd-checkbox[contains(., 'Wet')]").click()
    inside = desk.find("crowd-classifier").shadow_root
    inside.find_element("css selector", "button[value=Good]").click()
    desk.find("#weather").send_keys("sunny")
    inside.find_element("css selector", "button[type=submit]").click()
    desk.outside()
    desk.sees("You have submitted this HIT.")
    [(_, [(name, answer)])] = desk.answers(hit)
    assert name == "taskAnswers"
    assert json.loads(answer) == [
        {"town": "Basel", "tags": {"wet": True, "dry": False}, "mood": {"label": "Good"}, "weather": "sunny"}
    ]


def test_a_requesters_script_cannot_act_as_the_worker(desk):
    hit = desk.hit(html_question(ATTACK), "Attack")
    worker_id = desk.sign_up("Careful Dora", f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.accept()
    desk.inside()
    report = until(lambda: desk.find("#report").text.startswith("cookie:") and desk.find("#report").text)
    assert report == "cookie: no parent no fetch no top origin:null"
    address = desk.browser.execute_script("return location.href")
    desk.outside()
    assert "attacked" not in desk.browser.current_url
    # opened by itself, outside the frame, it can do no more
    desk.browser.get(address)
    report = until(lambda: desk.find("#report").text.startswith("cookie:") and desk.find("#report").text)
    assert report == "cookie: parent:x no fetch origin:null"
    desk.visit("/mturk/myhits")
    assert desk.find("header code").text == worker_id


def test_a_question_form_is_filled_in_corrected_and_submitted_with_a_file(desk, tmp_path):
    form = boto_question.QuestionForm()
    overview = boto_question.Overview()
    overview.append_field("Title", "Colours")
    form.append(overview)
    for name, kind in (
        ("colour", boto_question.FreeTextAnswer()),
        ("taste", boto_question.SelectionAnswer(1, 1, "radiobutton", [("Good", "g"), ("Bad", "b")])),
        ("file", boto_question.FileUploadAnswer(2, 1000)),
    ):
        content = boto_question.QuestionContent()
        content.append_field("Text", f"Your {name}?")
        form.append(boto_question.Question(name, content, boto_question.AnswerSpecification(kind), is_required=True))
    hit = desk.hit(form, "A form")
    desk.sign_up("Form Eve", f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.accept()
    desk.type("colour", "blue")
    (tmp_path / "note.txt").write_text("a note")
    desk.find("[name=file]").send_keys(str(tmp_path / "note.txt"))
    # what the browser would not let pass reaches the server, and comes back with what was written
    desk.browser.execute_script("document.querySelector('form.once[enctype]').noValidate = true")
    desk.press("Submit")
    desk.sees("choose")
    assert desk.find("[name=colour]").get_attribute("value") == "blue"
    desk.browser.find_element("css selector", "[name=taste][value=g]").click()
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")
    [(_, answers)] = desk.answers(hit)
    assert answers[:2] == [("colour", "blue"), ("taste", "g")]


def test_formatted_content_shows_named_characters_and_a_page_in_a_sandbox(desk, lab):
    lab.pages["/site"] = """<!doctype html><title>Site</title><p id="report">working</p><script>
      try { top.location.href = "/moved"; report.textContent = "moved"; } catch { report.textContent = "held in " + origin; }
      </script>"""
    form = boto_question.QuestionForm()
    content = boto_question.QuestionContent()
    content.append(
        boto_question.FormattedContent(
            f'<p>Caf&eacute;&nbsp;&mdash; look:</p><p><iframe src="{lab.url}/site" width="800" height="200"></iframe></p>'
        )
    )
    answer = boto_question.AnswerSpecification(boto_question.FreeTextAnswer())
    form.append(boto_question.Question("seen", content, answer))
    hit = desk.hit(form, "A site in a form")
    assert desk.conn.get_hit(hit.HITId)[0].Question == form.get_as_xml()
    desk.sign_up("Frame Finn", f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.accept()
    assert desk.find(".q-formatted p").get_property("textContent") == "Café\xa0— look:"
    frame = desk.find(".q-formatted iframe")
    assert frame.size["height"] >= 200
    desk.browser.switch_to.frame(frame)
    assert desk.sees("held in null")
    desk.outside()
    desk.type("seen", "a site")
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")
    assert [answers for _, answers in desk.answers(hit)] == [[("seen", "a site")]]


def test_a_returned_hit_is_free_again_and_a_second_click_accepts_nothing_more(desk, lab):
    lab.pages["/task"] = EXTERNAL
    hit = desk.hit(boto_question.ExternalQuestion(lab.url + "/task", 300), "To return", max_assignments=1)
    desk.sign_up("Returning Flo", f"/mturk/previewandaccept%3FgroupId%3D{hit.HITTypeId}")
    desk.accept()
    desk.find("#countdown")
    desk.browser.back()
    desk.accept()
    first = desk.browser.current_url
    desk.find("#countdown")
    assert desk.conn.get_hit(hit.HITId, ["HITAssignmentSummary"])[0].NumberOfAssignmentsPending == "1"
    desk.visit("/mturk/myhits")
    desk.press("Go on")
    assert desk.browser.current_url == first
    desk.find(".ask summary").click()
    desk.press("Return this HIT")
    desk.sees("You have returned this HIT.")
    assert desk.conn.get_hit(hit.HITId, ["HITAssignmentSummary"])[0].NumberOfAssignmentsAvailable == "1"


def test_everything_but_the_frames_works_without_scripts_and_on_a_narrow_screen(live, live_store, new_browser):
    browser = new_browser(scripts=False, width=500)
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    desk = Desk(live, live_store, conn, browser)
    form = boto_question.QuestionForm()
    content = boto_question.QuestionContent()
    content.append_field("Text", "Your colour?")
    form.append(
        boto_question.Question("colour", content, boto_question.AnswerSpecification(boto_question.FreeTextAnswer()))
    )
    hit = desk.hit(form, "W" * 120)
    desk.sign_up("Plain Gus", f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.accept()
    assert "5 minutes" in desk.find("#countdown").text
    body = browser.find_element("tag name", "html")
    assert int(body.get_property("scrollWidth")) <= int(body.get_property("clientWidth"))
    desk.type("colour", "red")
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")
    [(_, answers)] = desk.answers(hit)
    disconnect(conn)
    assert answers == [("colour", "red")]
