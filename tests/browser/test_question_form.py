"""QuestionForms in a real browser: mistakes that are easy to find and to mend."""

from __future__ import annotations

import warnings

import pytest

from tests.browser.test_worker_pages import Desk
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
    assert focused(desk).get_attribute("id") == "q1-1"
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
