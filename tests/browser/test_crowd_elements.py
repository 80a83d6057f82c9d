"""Crowd HTML Elements in a real browser: thirty pages at work, from boto's HIT to the answer that boto reads."""
# ruff: noqa: E501 - the markup is as requesters write it

from __future__ import annotations

import json
import time
import uuid

import pytest

from tests.browser.crowd_pages import HEAD, PAGES
from tests.browser.test_worker_pages import Desk, html_question, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def desk(live, live_store, shared_browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    desk = Desk(live, live_store, conn, shared_browser)
    # a process may come back to this module, and a name is taken once
    desk.sign_up(f"Crowd Cara {uuid.uuid4().hex}")
    yield desk
    disconnect(conn)


def work(desk, html, title):
    """Accepts a HIT with this HTML; the browser is in its frame."""
    hit = desk.hit(html_question(HEAD + html), title, max_assignments=1)
    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.accept()
    desk.inside()
    until(lambda: desk.browser.execute_script("return document.readyState === 'complete'"))
    return hit


def find(browser, selector):
    """An element; `>>>` leads into a shadow root."""
    outer, _, inner = selector.partition(" >>> ")
    found = browser.find_element("css selector", outer)
    return found.shadow_root.find_element("css selector", inner) if inner else found


def submit(browser):
    """Presses the Submit that a worker sees, wherever it stands."""
    button = browser.execute_script("""
      const all = (root) => [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? all(each.shadowRoot) : [])]);
      const found = all(document).filter((each) => each.matches("button[type=submit]") && each.checkVisibility()).pop();
      return found && found.getRootNode().host?.localName === "crowd-button" ? found.getRootNode().host : found;""")
    if button is not None:
        button.click()


def pointer(browser, name, *places):
    """Presses at the first place of the image, moves to the others, and lets go."""
    from selenium.webdriver import ActionChains

    svg = find(browser, f"[name={name}] >>> .picture > svg")
    until(lambda: browser.execute_script("return arguments[0].getAttribute('viewBox')", svg))
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", svg)
    box = browser.execute_script("const b = arguments[0].getBoundingClientRect(); return [b.width, b.height]", svg)
    chain = ActionChains(browser, duration=20)
    for index, (x, y) in enumerate(places):
        offset = (x / 400 * box[0] - box[0] / 2, y / 200 * box[1] - box[1] / 2)
        chain.move_to_element_with_offset(svg, *(round(each) for each in offset))
        if not index:
            chain.click_and_hold()
    chain.release().perform()


def act(browser, kind, *what):
    from selenium.webdriver import ActionChains, Keys

    keys = ActionChains(browser, duration=20)
    if kind == "keys":
        until(lambda: find(browser, what[0]).send_keys(what[1]) or True)
    elif kind == "click":
        until(lambda: find(browser, what[0]).click() or True)
    elif kind == "body":
        browser.execute_script("window.focus()")
        keys.send_keys(what[0]).perform()
    elif kind == "submit":
        submit(browser)
    elif kind == "focused":
        wanted = find(browser, what[0])
        assert until(lambda: browser.execute_script("return document.activeElement === arguments[0]", wanted))
    elif kind == "sees":
        assert until(lambda: what[1] in find(browser, f"[name={what[0]}] >>> .problem").text)
    elif kind in {"drag", "tap"}:
        pointer(browser, *what)
    elif kind == "stage":
        browser.execute_script("arguments[0].focus()", find(browser, f"[name={what[0]}] >>> .stage"))
        if what[1][0] == "ctrl":
            keys.key_down(Keys.CONTROL).send_keys(what[1][1]).key_up(Keys.CONTROL).perform()
        else:
            keys.send_keys(*what[1]).perform()
    elif kind == "text":
        browser.execute_script("arguments[0].focus()", find(browser, f"[name={what[0]}] >>> .text"))
        for each in what[1]:
            {
                "right": lambda: keys.send_keys(Keys.RIGHT),
                "select": lambda: keys.key_down(Keys.SHIFT).send_keys(Keys.RIGHT).key_up(Keys.SHIFT),
                "enter": lambda: keys.send_keys(Keys.ENTER),
            }[each]()
        keys.perform()
    elif kind == "select":
        drag_over_text(browser, *what)


def drag_over_text(browser, name, start, end):
    """Selects these characters of the text with the mouse."""
    from selenium.webdriver import ActionChains

    text = find(browser, f"[name={name}] >>> .text")
    (x, y), (to_x, to_y) = browser.execute_script(
        """const [text, ...ends] = arguments; const box = text.getBoundingClientRect(); let at = 0; const found = [];
        for (const piece of text.querySelectorAll("[data-from]")) {
          const node = piece.firstChild;
          for (let unit = 0; unit <= node.length; unit++) {
            const letters = [...node.data.slice(0, unit)].length + Number(piece.dataset.from);
            const which = ends.indexOf(letters);
            if (which >= 0 && !found[which]) {
              const range = document.createRange(); range.setStart(node, Math.max(0, unit - 1)); range.setEnd(node, unit || 1);
              const place = range.getBoundingClientRect();
              found[which] = [(unit ? place.right : place.left) - box.left - box.width / 2, place.top + place.height / 2 - box.top - box.height / 2];
            }
          }
        } return found;""",
        text,
        start,
        end,
    )
    chain = ActionChains(browser, duration=50).move_to_element_with_offset(text, round(x), round(y)).click_and_hold()
    chain.move_to_element_with_offset(text, round((x + to_x) / 2), round(to_y))
    chain.move_to_element_with_offset(text, round(to_x), round(to_y)).release().perform()
    time.sleep(0.1)


def same(browser, given, right):
    """Whether an answer is this one; coordinates may be off by what a pixel of the screen is, an image is looked at."""
    if isinstance(right, dict) and isinstance(given, dict) and "pngImageData" in given:
        return colours(browser, given["pngImageData"], right) == right
    if isinstance(right, dict):
        alike = isinstance(given, dict) and given.keys() == right.keys()
        return alike and all(same(browser, given[key], right[key]) for key in right)
    if isinstance(right, list):
        alike = isinstance(given, list) and len(given) == len(right)
        return alike and all(same(browser, one, other) for one, other in zip(given, right, strict=True))
    if type(right) is int and type(given) is int:
        return abs(given - right) <= 1
    return type(given) is type(right) and given == right


def colours(browser, encoded, places):
    """The colours of a PNG at the places that are the keys, as the browser reads it; nothing where it is transparent."""
    width, height, *found = browser.execute_async_script(
        """const [encoded, places, done] = arguments; const image = new Image();
        image.onload = () => {
          const canvas = document.createElement("canvas"); canvas.width = image.width; canvas.height = image.height;
          const context = canvas.getContext("2d"); context.drawImage(image, 0, 0);
          done([image.width, image.height, ...places.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data])]);
        };
        image.onerror = () => done([0, 0]); image.src = "data:image/png;base64," + encoded;""",
        encoded,
        [[int(each) for each in place[1:-1].split(",")] for place in places],
    )
    assert (width, height) == (400, 200)
    return {
        place: "#{:02x}{:02x}{:02x}".format(*rgba) if rgba[3] else "" for place, rgba in zip(places, found, strict=True)
    }


def answer_of(desk, hit):
    desk.outside()
    # the page goes on by itself, which must be over before the next one is asked for
    desk.sees("You have submitted this HIT.")
    [(_, fields)] = desk.answers(hit)
    return dict(fields)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_uses_the_elements_as_requesters_do_sends_the_answer_that_is_documented(desk, page):
    html, steps, right = PAGES[page]
    hit = work(desk, html, page)
    for step in steps:
        act(desk.browser, *step)
    if steps[-1:] != [("click", "#sends")]:  # which submits by itself
        submit(desk.browser)
    desk.outside()
    answers = answer_of(desk, hit)
    [given] = json.loads(answers.pop("taskAnswers"))
    assert not answers
    assert same(desk.browser, given, right), given


def test_flattened_answers_come_as_a_field_for_each_value(desk):
    hit = work(
        desk,
        """<crowd-form answer-format="flatten-objects"><crowd-checkbox name="agree" checked>Yes</crowd-checkbox>
        <crowd-slider name="s" min="3"></crowd-slider><crowd-input name="town" value="Lund"></crowd-input><crowd-input name="none"></crowd-input>
        <crowd-classifier-multi-select name="n" categories="['a', 'b']"></crowd-classifier-multi-select></crowd-form>""",
        "Flattened",
    )
    act(desk.browser, "body", "2")
    submit(desk.browser)
    desk.outside()
    assert answer_of(desk, hit) == {"agree.on": "true", "s": "3", "town": "Lund", "n.labels": '["b"]'}


def test_in_a_plain_form_the_elements_send_their_values_as_fields(desk):
    hit = work(
        desk,
        """<form method="post" action="https://www.mturk.com/mturk/externalSubmit"><input type="hidden" name="assignmentId" value="">
        <crowd-input name="town" required></crowd-input><crowd-checkbox name="agree">Yes</crowd-checkbox>
        <crowd-classifier name="n" categories="['a', 'b']"></crowd-classifier><crowd-button form-action="submit">Send</crowd-button></form>""",
        "A plain form",
    )
    act(desk.browser, "click", "crowd-button")
    act(desk.browser, "focused", "crowd-input")
    act(desk.browser, "keys", "crowd-input", "Lund")
    act(desk.browser, "click", "crowd-classifier >>> [value=b]")
    act(desk.browser, "click", "crowd-button")
    desk.outside()
    assert answer_of(desk, hit) == {"town": "Lund", "agree.on": "false", "n.label": "b"}


def test_what_must_be_filled_in_holds_the_submission_back_with_a_message_and_focus(desk):
    hit = work(
        desk,
        """<crowd-form><crowd-input name="first" value="x"></crowd-input><crowd-text-area name="why" required></crowd-text-area>
        <crowd-checkbox name="sure" required>Sure</crowd-checkbox><crowd-input name="long" min-length="3" error-message="Longer!"></crowd-input>
        <crowd-input name="digits" allowed-pattern="[0-9]"></crowd-input></crowd-form>""",
        "Required",
    )
    browser = desk.browser
    for selector, message, keys in (
        ("crowd-text-area", "Please fill in this field.", "because"),
        ("crowd-checkbox", "Please tick this box", " "),
    ):
        submit(browser)
        act(browser, "focused", selector)
        shown = find(browser, f"{selector} >>> .problem")
        assert until(lambda shown=shown, message=message: message in shown.text)
        act(browser, "keys", selector, keys)
    act(browser, "keys", "[name=long]", "ab")
    submit(browser)
    act(browser, "focused", "[name=long]")
    assert until(lambda: find(browser, "[name=long] >>> .problem").text == "Longer!")
    act(browser, "keys", "[name=long]", "c")
    act(browser, "keys", "[name=digits]", "a1b2")
    submit(browser)
    desk.outside()
    [given] = json.loads(answer_of(desk, hit)["taskAnswers"])
    assert given == {"first": "x", "why": "because", "sure": {"on": True}, "long": "abc", "digits": "12"}


def test_a_pages_own_listener_may_stop_the_submission_and_reset_brings_back_what_was_there(desk):
    hit = work(
        desk,
        """<crowd-form><crowd-input name="x" value="old"></crowd-input><crowd-checkbox name="c" checked>C</crowd-checkbox>
        <crowd-slider name="s" min="1" max="9"></crowd-slider><crowd-button id="reset" form-action="reset">Reset</crowd-button>
        <crowd-button id="send" form-action="submit">Send</crowd-button></crowd-form>
        <script>let times = 0;
        document.querySelector("crowd-form").addEventListener("submit", (event) => { if (!times++) event.preventDefault(); });</script>""",
        "Stopped and reset",
    )
    browser = desk.browser
    act(browser, "keys", "crowd-input", "new")
    act(browser, "click", "crowd-checkbox")
    act(browser, "keys", "crowd-slider >>> input[type=range]", "\ue014")
    act(browser, "click", "#send")
    assert until(lambda: browser.execute_script("return times") == 1)
    act(browser, "click", "#reset")
    assert until(lambda: browser.execute_script("return document.querySelector('crowd-input').value") == "old")
    act(browser, "click", "#send")
    desk.outside()
    [given] = json.loads(answer_of(desk, hit)["taskAnswers"])
    assert given == {"x": "old", "c": {"on": True}, "s": 1}
