"""What a worker is told and earns, on a telephone without scripts, with a requester's boto at the other end."""

from __future__ import annotations

import warnings

import boto.mturk.question as boto_question
import pytest

from adapter.marketplace.store import worker_messages
from tests.browser.test_worker_pages import Desk, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
VIEWS = ("dashboard", "earnings", "payouts", "messages", "account", "account/leave", "myquals")


@pytest.fixture
def desk(live, live_store, new_browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    yield Desk(live, live_store, conn, new_browser(scripts=False, width=500))
    disconnect(conn)


def question():
    form = boto_question.QuestionForm()
    content = boto_question.QuestionContent()
    content.append_field("Text", "Which bird?")
    form.append(
        boto_question.Question("bird", content, boto_question.AnswerSpecification(boto_question.FreeTextAnswer()))
    )
    return form


def test_a_rejection_through_boto_is_read_and_answered_on_a_telephone_without_scripts(desk):
    hit = desk.hit(question(), "Name the bird")
    worker_id = desk.sign_up("Reading Rae", f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.accept()
    desk.type("bird", "owl")
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")
    [(assignment, _)] = desk.answers(hit)
    desk.conn.reject_assignment(assignment.AssignmentId, "It is a wren")
    desk.visit("/mturk/dashboard")
    assert desk.find("header .badge").text.startswith("1")
    desk.browser.find_element("partial link text", "Messages").send_keys(Keys.ENTER)
    desk.sees("The requester says: It is a wren")
    desk.browser.find_element("partial link text", "Answer").send_keys(Keys.ENTER)
    desk.type("text", "Look again\nplease")
    desk.find("[name=text]").send_keys(Keys.TAB, Keys.ENTER)
    desk.sees("Your letter is sent.")
    with desk.store.read() as connection:
        (letter,) = [each for each in worker_messages.list_letters(connection) if each.worker_id == worker_id]
    assert (letter.subject, letter.body.split()) == ("Re: Not approved: Name the bird", ["Look", "again", "please"])
    desk.visit("/mturk/account")
    Select(desk.find("[name=time_zone]")).select_by_visible_text("Asia/Tokyo")
    state, elsewhere = desk.find("[name=state]"), desk.find("[name=subdivision]")
    assert elsewhere.is_displayed()
    Select(desk.find("[name=country]")).select_by_visible_text("United States")
    assert (state.is_displayed(), elsewhere.is_displayed()) == (True, False)
    Select(state).select_by_visible_text("Wisconsin")
    desk.press("Save")
    desk.sees("Your account is changed.")
    assert Select(desk.find("[name=state]")).first_selected_option.text == "Wisconsin"
    assert " JST" in desk.find("#zone-help").text
    for view in VIEWS:
        desk.visit(f"/mturk/{view}")
        page = until(lambda: desk.browser.find_element("tag name", "html"))
        assert int(page.get_property("scrollWidth")) <= int(page.get_property("clientWidth")), view
