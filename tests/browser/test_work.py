"""The page of an accepted HIT in a real browser: no answer is lost, whatever happens to session, line, tab or window."""

from __future__ import annotations

import time
import warnings
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver import ActionChains, Keys
from sqlalchemy import update

from adapter.core import clock
from adapter.marketplace.store.tables import assignments
from adapter.pages.store import auto_accept
from tests.browser.axe import axe_source, dark, findings
from tests.browser.test_worker_pages import EXTERNAL, HTML, PASSWORD, Desk, html_question, until
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


@pytest.fixture
def desk(live, live_store, shared_browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    desk = Desk(live, live_store, conn, shared_browser)
    desk.visit("/mturk/static/site.css")
    shared_browser.delete_all_cookies()
    yield desk
    first, *others = shared_browser.window_handles
    for each in others:
        shared_browser.switch_to.window(each)
        shared_browser.close()
    shared_browser.switch_to.window(first)
    shared_browser.get("about:blank")
    disconnect(conn)


def form(*names):
    made = boto_question.QuestionForm()
    for name in names:
        content = boto_question.QuestionContent()
        content.append_field("Text", f"Your {name}?")
        answer = boto_question.AnswerSpecification(boto_question.FreeTextAnswer())
        made.append(boto_question.Question(name, content, answer, is_required=True))
    return made


def begin(desk, question, title, name, **more):
    """A HIT that a new worker has accepted."""
    hit = desk.hit(question, title, **more)
    desk.sign_up(name, f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.accept()
    return hit


def assignment_of(desk):
    return parse_qs(urlsplit(desk.browser.current_url).query)["assignmentId"][0]


def asks_before_leaving(desk):
    script = "return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    return desk.browser.execute_script(script)


def answered(desk, hit):
    return [answers for _, answers in desk.answers(hit)]


def test_an_answer_is_stored_though_the_session_was_lost_and_the_worker_goes_on_after_signing_in(desk):
    hit = begin(desk, form("colour"), "Lost session", "Lost Lea")
    desk.type("colour", "red")
    assert asks_before_leaving(desk)
    desk.browser.delete_all_cookies()
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")
    desk.sees("You are not signed in any more.")
    assert answered(desk, hit) == [[("colour", "red")]]
    desk.press("Sign in to go on")
    desk.type("name", "Lost Lea")
    desk.type("password", PASSWORD)
    desk.press("Sign in")
    desk.sees("You have submitted this HIT.")
    assert "not signed in" not in desk.find("main").text


def test_leaving_with_something_unsent_asks_also_when_it_is_in_a_frame(desk, lab):
    begin(desk, form("colour"), "Leaving", "Leaving Lew")
    assert not asks_before_leaving(desk)
    desk.type("colour", "red")
    assert asks_before_leaving(desk)
    lab.pages["/task"] = EXTERNAL
    hit = desk.hit(boto_question.ExternalQuestion(lab.url + "/task", 300), "Leaving a frame")
    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.accept()
    assert not asks_before_leaving(desk)
    desk.inside()
    desk.find("#colour").click()
    desk.type("colour", "red")
    desk.outside()
    assert until(lambda: asks_before_leaving(desk))
    # what has been sent asks no more
    desk.inside()
    desk.find("#send").click()
    desk.outside()
    desk.sees("You have submitted this HIT.")


def test_when_the_time_is_over_nothing_can_be_sent_and_what_was_written_can_be_copied(desk):
    hit = begin(desk, form("colour"), "Out of time", "Late Lou")
    with desk.store.write() as connection:
        soon = clock.milliseconds() + 4000
        mine = assignments.c.assignment_id == assignment_of(desk)
        connection.execute(update(assignments).where(mine).values(deadline_at=soon))
    desk.browser.refresh()
    desk.type("colour", "a long story")
    desk.sees("The time for this HIT is over.")
    assert not desk.browser.find_element("css selector", "#answer button").is_enabled()
    field = desk.find("[name=colour]")
    field.send_keys("!\n")
    assert field.get_attribute("value") == "a long story"
    assert field.is_enabled()
    assert answered(desk, hit) == []


def test_a_second_tab_of_the_same_hit_says_so_and_keeps_what_was_written_in_it(desk):
    hit = begin(desk, form("colour"), "Two tabs", "Twice Tom")
    address, first = desk.browser.current_url, desk.browser.current_window_handle
    desk.type("colour", "red")
    desk.browser.switch_to.new_window("tab")
    second = desk.browser.current_window_handle
    desk.browser.get(address)
    desk.sees("This HIT is open in another tab, too.")
    desk.type("colour", "blue, and more")
    desk.browser.switch_to.window(first)
    desk.sees("This HIT is open in another tab, too.")
    desk.press("Submit")
    desk.sees("You have submitted this HIT. Thank you.")
    desk.browser.switch_to.window(second)
    desk.sees("submitted or returned in another tab")
    assert desk.find("[name=colour]").get_attribute("value") == "blue, and more"
    assert not desk.browser.find_element("css selector", "#answer button").is_enabled()
    assert answered(desk, hit) == [[("colour", "red")]]


def test_back_after_submitting_says_that_it_was_submitted(desk):
    hit = begin(desk, form("colour"), "Back", "Back Ben")
    desk.type("colour", "red")
    desk.press("Submit")
    desk.sees("You have submitted this HIT. Thank you.")
    desk.browser.back()
    desk.sees("You have submitted this HIT. Thank you.")
    assert answered(desk, hit) == [[("colour", "red")]]


def test_while_the_line_is_down_nothing_is_sent_and_the_form_stays_until_it_is_up_again(desk):
    hit = begin(desk, form("colour"), "Offline", "Offline Olu")
    desk.type("colour", "red")
    desk.browser.execute_cdp_cmd("Network.enable", {})
    line = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    try:
        desk.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **line})
        desk.press("Submit")
        desk.sees("This site cannot be reached just now")
        assert desk.find("[name=colour]").get_attribute("value") == "red"
        assert answered(desk, hit) == []
    finally:
        desk.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **line})
    desk.press("Submit")
    desk.sees("You have submitted this HIT. Thank you.")
    assert answered(desk, hit) == [[("colour", "red")]]


def test_twenty_hits_in_a_row_are_done_by_keyboard_alone(desk):
    hits = [desk.hit(form("colour"), "By keyboard", max_assignments=1) for _ in range(20)]
    desk.sign_up("Keyboard Kai", f"/mturk/preview%3FgroupId%3D{hits[0].HITGroupId}")

    def go_to(label):
        """Press the tabulator until the element with this label has the focus."""
        desk.find("body")
        for _ in range(30):
            press(Keys.TAB)
            focused = desk.browser.switch_to.active_element
            if label in (focused.accessible_name, focused.get_attribute("name")):
                return
        raise AssertionError(f"the tabulator does not come to {label}")

    def press(*keys):
        ActionChains(desk.browser).send_keys(*keys).perform()

    go_to("Accept")
    press(Keys.ENTER)
    desk.find("#countdown")
    go_to("Automatically accept the next HIT")
    press(Keys.SPACE)
    done = set()
    for number in range(20):
        assignment_id = until(lambda: (now := assignment_of(desk)) not in done and now)
        done.add(assignment_id)
        if number:
            desk.sees("The previous HIT is submitted. This is the next one.")
            until(lambda: desk.browser.switch_to.active_element.get_attribute("id") == "question")
            # the question has the focus, so its first field is next
            press(Keys.TAB)
        else:
            go_to("colour")
        assert desk.browser.switch_to.active_element.get_attribute("name") == "colour"
        press(f"colour {number}", Keys.ENTER)
    desk.sees("There are no more HITs in this group for you just now.")
    assert len(done) == 20
    assert sorted(answered(desk, each)[0][0][1] for each in hits) == sorted(f"colour {each}" for each in range(20))


def test_the_switch_for_the_next_hit_is_remembered_at_once_and_only_when_it_was_stored(desk):
    begin(desk, form("colour"), "Switching", "Switch Sue")
    desk.type("colour", "red")
    desk.find("#automatic input[role=switch]").click()
    worker_id = desk.find("header code").text
    until(lambda: auto_accept.is_on(desk.store, worker_id))
    assert desk.find("[name=colour]").get_attribute("value") == "red"
    desk.browser.refresh()
    assert desk.find("#automatic input[role=switch]").is_selected()
    desk.browser.delete_all_cookies()
    desk.find("#automatic input[role=switch]").click()
    desk.sees("The switch for the next HIT could not be changed just now.")
    assert desk.find("#automatic input[role=switch]").is_selected()


def test_double_clicks_take_one_hit_and_submit_it_once(desk):
    hits = [desk.hit(form("colour"), "Double clicks", max_assignments=1) for _ in range(3)]
    desk.sign_up("Double Dot", f"/mturk/preview%3FgroupId%3D{hits[0].HITGroupId}")
    ActionChains(desk.browser).double_click(desk.find("main form.once button")).perform()
    # the second click may load the page again
    until(lambda: desk.type("colour", "red") or True)
    ActionChains(desk.browser).double_click(desk.find("#answer button")).perform()
    desk.sees("You have submitted this HIT. Thank you.")
    ActionChains(desk.browser).double_click(desk.find("main form.once button")).perform()
    desk.find("#countdown")
    desk.visit("/mturk/myhits")
    desk.sees("1 of at most 25 HITs")
    assert [len(answered(desk, each)) for each in hits] == [1, 0, 0]


def test_who_is_offline_is_told_beside_a_frame_too_and_goes_on_when_the_line_is_back(desk, lab):
    lab.pages["/task"] = EXTERNAL
    hit = begin(desk, boto_question.ExternalQuestion(lab.url + "/task", 300), "Offline beside a frame", "Offline Ola")
    desk.browser.execute_cdp_cmd("Network.enable", {})
    line = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    try:
        desk.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **line})
        desk.sees("You are offline. Do not submit until this message is gone")
    finally:
        desk.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **line})
    until(lambda: not desk.browser.find_element("id", "notice").is_displayed())
    desk.inside()
    desk.type("colour", "red")
    desk.find("#send").click()
    desk.outside()
    desk.sees("You have submitted this HIT. Thank you.")
    assert answered(desk, hit)[0][0] == ("colour", "red")


CROWD = """<html><body><script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form>
<crowd-input name="comment"></crowd-input><crowd-button form-action="submit">Submit</crowd-button></crowd-form></body></html>"""


@pytest.mark.parametrize("kind", ["form", "crowd"])
def test_what_is_submitted_in_a_frame_while_offline_is_sent_when_the_line_is_back(desk, kind):
    hit = begin(
        desk, html_question(HTML if kind == "form" else CROWD), f"Offline in a frame, {kind}", f"Offline {kind}"
    )
    desk.inside()
    (desk.find("#comment") if kind == "form" else desk.find("crowd-input")).send_keys("a long story")
    desk.browser.execute_script("Object.defineProperty(navigator, 'onLine', { get: () => false, configurable: true })")
    button = desk.find("#submitButton" if kind == "form" else "crowd-button")
    button.click()
    time.sleep(0.5)
    assert answered(desk, hit) == []
    desk.browser.execute_script("delete navigator.onLine; window.dispatchEvent(new Event('online'))")
    desk.outside()
    desk.sees("You have submitted this HIT. Thank you.")
    assert "a long story" in answered(desk, hit)[0][0][1]


POPUP = """<!doctype html><title>Experiment</title><button id="open">Begin</button><script>
document.getElementById("open").onclick = () => window.open("/experiment" + location.search, "x", "width=600,height=500");
</script>"""


def test_an_experiment_in_a_window_of_its_own_submits_and_the_page_that_opened_it_goes_on(desk, lab):
    lab.pages |= {"/task": POPUP, "/experiment": EXTERNAL}
    hit = begin(desk, boto_question.ExternalQuestion(lab.url + "/task", 300), "A window", "Window Wil")
    first = desk.browser.current_window_handle
    desk.inside()
    desk.find("#open").click()
    popup = until(lambda: next((each for each in desk.browser.window_handles if each != first), ""))
    desk.browser.switch_to.window(popup)
    desk.type("colour", "red")
    desk.find("#send").click()
    desk.sees("Your results have been submitted. Thank you.")
    desk.sees("You can close this window. The page on which you accepted the HIT goes on by itself.")
    assert "around this one" not in desk.find("main").text
    desk.press("Close this window")
    until(lambda: len(desk.browser.window_handles) == 1)
    desk.browser.switch_to.window(first)
    desk.sees("You have submitted this HIT. Thank you.")
    assert answered(desk, hit)[0][0] == ("colour", "red")


def test_a_page_elsewhere_whose_form_takes_the_whole_window_is_submitted_and_leads_on(desk, lab):
    lab.pages["/task"] = EXTERNAL.replace('method="post"', 'method="post" target="_parent"')
    hit = begin(desk, boto_question.ExternalQuestion(lab.url + "/task", 300), "The whole window", "Whole Wanda")
    desk.inside()
    desk.type("colour", "red")
    desk.find("#send").click()
    desk.browser.switch_to.default_content()
    desk.sees("Your results have been submitted. Thank you.")
    assert "close this window" not in desk.find("main").text
    desk.press("Go on in this window")
    desk.sees("You have submitted this HIT. Thank you.")
    assert answered(desk, hit)[0][0] == ("colour", "red")


def test_axe_finds_nothing_on_the_pages_of_a_queue_and_of_what_was_not_stored(desk, lab):
    axe = axe_source()
    found = []

    def look(where):
        for wanted in (False, True):
            dark(desk.browser, wanted=wanted)
            found.extend(f"{where}: {each}" for each in findings(desk.browser, axe))

    lab.pages["/task"] = EXTERNAL
    hits = [desk.hit(form("colour"), "Looked through", max_assignments=1) for _ in range(4)]
    desk.sign_up("Axe Ann", f"/mturk/preview%3FgroupId%3D{hits[0].HITGroupId}")
    look("preview")
    desk.press("Accept them")
    desk.sees("HITs of this group are in your queue")
    desk.find(".ask summary").click()
    look("queue")
    desk.press("Go on")
    desk.type("colour", "red")
    desk.find(".ask summary").click()
    look("work page")
    address = desk.browser.current_url
    desk.find(".ask summary").click()
    desk.press("Submit")
    desk.sees("Next in your queue")
    look("submitted")
    desk.visit("/mturk/myhits")
    desk.press("Go on")
    desk.type("colour", "red")
    desk.browser.execute_script("document.querySelector('#answer [name=form_key]').value = 'x'")
    desk.browser.delete_all_cookies()
    desk.press("Submit")
    desk.sees("sign in in another tab")
    look("kept")
    desk.visit(f"/mturk/externalSubmit?{urlsplit(address).query}&colour=blue")
    desk.sees("You have submitted this HIT already.")
    look("submitted already, in a window")
    dark(desk.browser, wanted=False)
    assert not found, "\n".join(found)
