"""Finding HITs in a real browser: on a desk and on a telephone, with scripts and without, by mouse and by keyboard."""

from __future__ import annotations

import warnings

import pytest

from tests.browser.test_worker_pages import Desk, html_question, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
PAGE = "<!DOCTYPE html><html><body><form method='post'><input name='colour'></form></body></html>"


@pytest.fixture
def new_desk(live, live_store, new_browser):
    """Sets up a requester of old and a worker's browser."""
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    yield lambda **how: Desk(live, live_store, conn, new_browser(**how))
    disconnect(conn)


def titles(desk):
    return [each.text for each in desk.browser.find_elements("css selector", "a.title")]


def test_a_worker_sorts_reads_and_accepts_by_keyboard_and_a_double_click_takes_one_hit(new_desk):
    desk = new_desk()
    for number, reward in enumerate((0.05, 0.50, 0.20)):
        desk.hit(html_question(PAGE), f"Sorted {number}", reward=reward)
    more = [desk.hit(html_question(PAGE), "Sorted twice", annotation=str(each), max_assignments=1) for each in range(4)]
    desk.sign_up("Finding Fay", "/mturk/findhits%3FsearchWords%3Dsorted")
    assert titles(desk) == ["Sorted twice", "Sorted 2", "Sorted 1", "Sorted 0"]
    desk.browser.find_element("link text", "Reward").send_keys(Keys.ENTER)
    until(lambda: titles(desk)[0] == "Sorted 1")
    assert desk.find("th[aria-sort=descending]").text.startswith("Reward")
    details = desk.find(".hits details")
    details.find_element("css selector", "summary").send_keys(Keys.SPACE)
    until(lambda: "Time allotted 6 minutes" in " ".join(details.text.split()))
    desk.find(".hits tbody tr:first-child .doing button").send_keys(Keys.ENTER)
    desk.find("#countdown")
    assert desk.find("h1").text == "Sorted 1"
    desk.visit("/mturk/findhits?searchWords=twice")
    ActionChains(desk.browser).double_click(desk.find(".doing button")).perform()
    desk.find("#countdown")
    pending = [desk.conn.get_hit(each.HITId, ["HITAssignmentSummary"])[0].NumberOfAssignmentsPending for each in more]
    assert sorted(pending) == ["0", "0", "0", "1"]


def test_the_list_is_cards_on_a_telephone_and_needs_no_script(new_desk):
    desk = new_desk(scripts=False)
    desk.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    for number in range(12):
        desk.hit(html_question(PAGE), f"Pocket {number} " + "W" * 40)
    desk.sign_up("Pocket Pat", "/mturk/findhits%3FsearchWords%3Dpocket%26pageSize%3D10")
    assert len(titles(desk)) == 10
    fits(desk)
    row = desk.find(".hits tbody tr")
    assert row.find_element("css selector", ".lead").rect["y"] < row.find_element("css selector", "td").rect["y"]
    row.find_element("css selector", "summary").click()
    fits(desk)
    desk.press("Hide this group")
    until(lambda: titles(desk)[0].startswith("Pocket 10"))
    assert "searchWords=pocket" in desk.browser.current_url
    desk.browser.find_element("link text", "Next").click()
    until(lambda: [each.split()[1] for each in titles(desk)] == ["0"])
    desk.browser.find_element("link text", "You have hidden some").click()
    desk.sees("Pocket 11")
    fits(desk)
    desk.find("header summary").click()
    fits(desk)
    desk.browser.find_element("link text", "Hidden HITs").click()
    desk.browser.find_element("css selector", "main form button").click()
    desk.sees("You have hidden nothing.")


def fits(desk):
    html = desk.browser.find_element("tag name", "html")
    assert int(html.get_property("scrollWidth")) <= int(html.get_property("clientWidth"))
