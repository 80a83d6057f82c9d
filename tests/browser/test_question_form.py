"""QuestionForms in a real browser: mistakes that are easy to find and to mend."""

from __future__ import annotations

import warnings

import pytest
import requests

from tests.browser.test_worker_pages import Desk, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http
from tests.marketplace.questions.documents import UPLOAD, form, free_text, question, selection

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from boto.mturk.question import HTMLQuestion

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
REGEX = '<AnswerFormatRegex regex="^[0-9]{4}$" errorText="Write the four digits of the year."/>'
SEVERAL = "<MinSelectionCount>2</MinSelectionCount><MaxSelectionCount>3</MaxSelectionCount>"
FORM = form(
    "<Overview><Title>An old photograph</Title><Text>Look at the photograph before you answer.</Text></Overview>"
    + question(selection("Street", "Harbour", "Forest"), "place").replace("What?", "Where was it taken?")
    + question(free_text(REGEX), "year", name="Year")
    + question(selection("Dust", "Scratches", "Tears", before=SEVERAL), "flaws").replace(
        "What?", "What is wrong with it?"
    )
    + question(free_text('<IsNumeric minValue="0"/>'), "people", name="People in it")
    + question(UPLOAD.replace("3000", "3000000"), "scan", name="Scan")
)


@pytest.fixture(scope="module")
def desk(live, live_store, shared_browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    desk = Desk(live, live_store, conn, shared_browser)
    desk.sign_up("Form Fay")
    yield desk
    disconnect(conn)


class Written(HTMLQuestion):
    """A document as it is written here, for boto to send."""

    def get_as_xml(self):
        return self.html_form


def begin(desk, title, document=FORM):
    hit = desk.hit(Written(document, 0), title, max_assignments=1)
    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.accept()
    return hit


def focused(desk):
    return desk.browser.switch_to.active_element


def test_all_mistakes_are_said_at_once_and_mended_by_keyboard_from_the_first_on(desk, tmp_path):
    from selenium.webdriver import ActionChains, Keys

    hit = begin(desk, "All at once")
    desk.type("year", "87")
    desk.type("people", "two")
    focused(desk).send_keys(Keys.ENTER)
    desk.sees("This could not be submitted yet")
    assert len(desk.browser.find_elements("css selector", ".q-problem")) == 5
    assert until(lambda: focused(desk).get_attribute("id") == "q1-1")
    focused(desk).send_keys(Keys.SPACE)
    # a link of the list leads into the field itself
    desk.find("a[href='#q2-answer']").send_keys(Keys.ENTER)
    assert focused(desk).get_attribute("name") == "year"
    assert desk.browser.execute_script("return document.querySelector('#q2-text').getBoundingClientRect().top >= 0")
    focused(desk).send_keys(Keys.END, Keys.BACKSPACE, Keys.BACKSPACE, "1987", Keys.TAB, Keys.SPACE)
    focused(desk).send_keys(Keys.TAB)
    focused(desk).send_keys(Keys.SPACE, Keys.TAB)
    focused(desk).send_keys(Keys.TAB)
    assert focused(desk).get_attribute("value") == "two"
    focused(desk).send_keys(Keys.BACKSPACE, Keys.BACKSPACE, Keys.BACKSPACE, "2")
    scan = tmp_path / "scan.txt"
    scan.write_text("a photograph")
    focused(desk).send_keys(Keys.TAB)
    focused(desk).send_keys(str(scan))
    ActionChains(desk.browser).send_keys(Keys.TAB, Keys.ENTER).perform()
    desk.sees("You have submitted this HIT.")
    [(_, answers)] = desk.answers(hit)
    assert answers[:4] == [("place", "Street"), ("year", "1987"), ("flaws", "Dust", "Scratches"), ("people", "2")]


def network(desk, *, up=-1, without=()):
    """Lets the browser send at most so many bytes a second, and reach no address that looks like these."""
    members = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": up}
    desk.browser.execute_cdp_cmd("Network.enable", {})
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": list(without)})
    desk.browser.execute_cdp_cmd("Network.emulateNetworkConditions", members)


def test_a_large_file_shows_its_progress_and_a_lost_connection_loses_nothing(desk, tmp_path):
    hit = begin(desk, "A large file")
    desk.browser.find_element("css selector", "#q1-2").click()
    desk.type("year", "1987")
    desk.browser.find_element("css selector", "#q3-1").click()
    desk.browser.find_element("css selector", "#q3-2").click()
    desk.type("people", "3")
    scan = tmp_path / "scan.png"
    scan.write_bytes(bytes(range(250)) * 11000)
    desk.find("[name=scan]").send_keys(str(scan))
    try:
        network(desk, without=["*/mturk/upload*"])
        desk.press("Submit")
        desk.sees("scan.png was not stored. The connection was lost. Nothing else is lost")
        assert until(lambda: focused(desk).get_attribute("name") == "scan")
        assert focused(desk).get_attribute("aria-invalid") == "true"
        assert not desk.browser.find_elements("css selector", ".q-progress")
        network(desk, up=500_000)
        desk.press("Submit")
        assert until(lambda: 0 < int(desk.find(".q-progress progress").get_property("value")) < 2_750_000)
        assert " of 2.8 MB, " in desk.find(".q-progress span").text
        # a second click sends nothing more
        desk.press("Submit")
        assert len(desk.browser.find_elements("css selector", ".q-progress")) == 1
        desk.find(".q-progress button").click()
        desk.sees("scan.png was not stored. Stopped.")
    finally:
        network(desk)
    assert desk.find("[name=year]").get_attribute("value") == "1987"
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")
    [(assignment, answers)] = desk.answers(hit)
    assert answers[:4] == [("place", "Harbour"), ("year", "1987"), ("flaws", "Dust", "Scratches"), ("people", "3")]
    (link,) = desk.conn.get_file_upload_url(assignment.AssignmentId, "scan")
    assert requests.get(link.FileUploadURL, timeout=20).content == scan.read_bytes()


def test_a_file_that_is_too_large_is_said_when_it_is_chosen_and_is_not_sent(desk, tmp_path):
    begin(desk, "Too large a file")
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"x" * 3_100_000)
    desk.find("[name=scan]").send_keys(str(scan))
    desk.sees("scan.png has 3.1 MB, and at most 3 MB may be sent. Choose a smaller file.")
    desk.press("Submit")
    assert until(lambda: focused(desk).get_attribute("name") == "scan")
    (tmp_path / "smaller.png").write_bytes(b"x" * 2_100_000)
    desk.find("[name=scan]").send_keys(str(tmp_path / "smaller.png"))
    assert desk.find("#q5-answer").get_attribute("aria-invalid") is None
    # the file is stored first, so that it need not be sent again with what is corrected
    desk.press("Submit")
    desk.sees("This could not be submitted yet")
    desk.sees("A file of 2.1 MB is stored.")
