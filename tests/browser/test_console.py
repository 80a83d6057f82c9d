"""The console in a real browser, with the traffic of a boto of old and of a SOAP client behind it."""

from __future__ import annotations

import datetime as dt
import time
import warnings

import pytest

from adapter.core import clock
from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.legacy.usage import FLUSH_SECONDS
from adapter.notifications.store import deliveries
from adapter.pages.store import people, worker_accounts
from tests.browser.axe import axe_source, dark, findings
from tests.browser.test_worker_pages import until
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
PAGES = (
    "",
    "?of=day",
    "/calls",
    "/explain",
    "/notifications",
    "/notifications?of=failed",
    "/accounts",
    "/workers",
    "/installation",
)


class Desk:
    """A server with traffic, and an operator's browser."""

    def __init__(self, server, browser):
        self.server, self.browser = server, browser

    def visit(self, path):
        self.browser.get(f"{self.server.url}/console{path}")

    def find(self, selector):
        return until(lambda: self.browser.find_element("css selector", selector))

    def text(self):
        return self.find("main").text

    def too_wide(self, width):
        """By how many pixels the page is wider than a screen of this width."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        return self.browser.execute_script("return document.scrollingElement.scrollWidth - innerWidth")


@pytest.fixture
def desk(server, browser):
    running = server(workers=1)
    store = open_store(Settings(data=running.data, sqlite_synchronous="NORMAL"))
    people.create_person(store, "olga@example.org", people.OPERATOR, PASSWORD)
    worker_accounts.create_worker(store, "Ada", PASSWORD)
    scene = Scene(store, through_http(running.url), scheme="soap")
    soap = scene.requester()
    soap.hit(Title="From a SOAP client")
    soap.error("GetHIT", HITId="NONE")
    key = scene.requester().key
    conn = connect(running, key.access_key_id, key.secret_access_key)
    for number in range(3):
        conn.create_hit(
            question=boto_question.ExternalQuestion("https://example.com/task", 400),
            title=f"Task {number}",
            description="d",
            keywords="lab",
            reward=0.05,
            lifetime=dt.timedelta(hours=1),
        )
    conn.search_hits(page_size=10)
    conn.get_account_balance()
    disconnect(conn)
    _fail(store)
    time.sleep(FLUSH_SECONDS + 1)
    yield Desk(running, browser)
    store.close()


def _fail(store):
    new = deliveries.Message(
        "A1", "T1", "REST", "https://r.example.org/x", "2006-05-05", None, [{}], "d", "r.example.org"
    )
    with store.write() as connection:
        deliveries.add(connection, [new], clock.milliseconds(), "sending")
    for each in deliveries.listed(store, ["sending"], 9):
        deliveries.finish(store, each, "failed", clock.milliseconds(), error="the receptor answered with 500")


def test_an_operator_signs_in_and_sees_what_boto_and_soap_clients_did(desk):
    from selenium.webdriver.common.keys import Keys

    axe = axe_source()
    desk.visit("/calls?operation=CreateHIT")
    _pleases(desk, axe, "the sign-in page")
    desk.find("[name=name]").send_keys("Olga@example.org")
    desk.find("[name=password]").send_keys(PASSWORD + "\n")
    assert until(lambda: "CreateHIT" in desk.text())
    clients = [each.text for each in desk.browser.find_elements("css selector", "tbody tr td:nth-child(6)")]
    assert sum("Boto/2.49.0" in each for each in clients) == 3
    assert len(clients) == 4
    desk.find("tbody a").click()
    assert until(lambda: "The XML that went back" in desk.text())
    for words in ('"Title": "Task 2"', "<HITId>", "Task 2", "Signature=(masked)"):
        assert words in desk.text()

    desk.visit("")
    assert "Boto/2.49.0" in desk.text()
    assert "AWS.MechanicalTurk.HITDoesNotExist" in desk.text()
    assert desk.browser.find_elements("css selector", "svg rect.calls")
    desk.visit("/installation?check=1")
    assert "none that is enabled" not in desk.text()
    assert "is ready" in desk.text()

    desk.visit("/notifications")
    desk.find("[aria-label='Send again: 1']").click()
    assert until(lambda: "1 is sent again" in desk.text())

    for path in (*PAGES, *_one_of_each(desk)):
        desk.visit(path)
        _pleases(desk, axe, path)
    desk.visit("/explain")
    desk.find("textarea").send_keys("/?Operation=CreateHIT&Rewards=1&Title=" + "T" * 100, Keys.TAB, Keys.ENTER)
    assert until(lambda: "Reward was probably meant" in desk.text())
    _pleases(desk, axe, "a call that is explained")
    assert [each["message"] for each in desk.browser.get_log("browser")] == []


def _pleases(desk, axe, what):
    """The page fits and can be read on a desk and in a hand, by day and by night."""
    for width in (360, 1280):
        assert desk.too_wide(width) <= 0, (what, width)
    for wanted in (False, True):
        dark(desk.browser, wanted=wanted)
        assert findings(desk.browser, axe) == [], (what, wanted)


def _one_of_each(desk):
    """The pages of a call by boto and of one that was refused."""
    found = []
    for query in ("operation=SearchHITs", "outcome=error"):
        desk.visit(f"/calls?{query}")
        found.append(desk.find("tbody a").get_attribute("href").partition("/console")[2])
    return found


def test_the_console_is_used_with_the_keyboard_alone(desk):
    from selenium.webdriver.common.keys import Keys

    desk.visit("/accounts")
    desk.browser.switch_to.active_element.send_keys(Keys.TAB)
    assert desk.browser.switch_to.active_element.text == "Skip to content"
    desk.find("[name=name]").send_keys("olga@example.org", Keys.TAB, PASSWORD, Keys.ENTER)
    assert until(lambda: "Accounts and access keys" in desk.text())
    before = desk.text().count("disabled")
    button = desk.find(".data button")
    button.send_keys(Keys.ENTER)
    assert until(lambda: desk.text().count("disabled") == before + 1)
