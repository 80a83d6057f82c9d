"""A worker qualifies by a test and does a form with a file, both made by an old client, which reads the answers back."""

from __future__ import annotations

import warnings

import pytest
import requests

from tests.browser.test_worker_pages import Desk, until
from tests.clients.test_boto import connect, disconnect
from tests.legacy_client import Scene, through_http
from tests.marketplace.questions.documents import answer_key

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from boto.mturk import qualification as boto_qualification
    from boto.mturk import question as boto_question

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def desk(live, live_store, browser):
    key = Scene(live_store, through_http(live.url)).requester().key
    conn = connect(live, key.access_key_id, key.secret_access_key)
    yield Desk(live, live_store, conn, browser)
    disconnect(conn)


def asked(name, kind, required):
    content = boto_question.QuestionContent()
    content.append_field("Text", f"The {name}?")
    specification = boto_question.AnswerSpecification(kind)
    return boto_question.Question(name, content, specification, is_required=required, display_name=name)


def file_form():
    """A form with texts, a choice and a file."""
    made = boto_question.QuestionForm()
    overview = boto_question.Overview()
    overview.append(boto_question.FormattedContent("<p>Send the <b>photograph</b>.</p>"))
    made.append(overview)
    for name, kind, required in (
        ("place", boto_question.FreeTextAnswer(default="a street"), True),
        ("light", boto_question.SelectionAnswer(1, 1, "dropdown", [("Day", "d"), ("Night", "n")]), True),
        ("photo", boto_question.FileUploadAnswer(2, 3000), True),
        ("remark", boto_question.FreeTextAnswer(num_lines=4), False),
    ):
        made.append(asked(name, kind, required))
    return made


def test_a_worker_takes_a_test_and_then_does_a_form_with_a_file_that_boto_fetches(desk, tmp_path, monkeypatch):
    # boto's check of the answer key names a type that Python 3 does not have
    monkeypatch.setattr("boto.mturk.connection.basestring", str, raising=False)
    test = boto_question.QuestionForm()
    numbers = [("four", "4"), ("five", "5")]
    test.append(asked("sum of 2 and 2", boto_question.SelectionAnswer(1, 1, "radiobutton", numbers), True))
    key = answer_key(options=[(["4"], 100)], default=0, identifier="sum of 2 and 2")
    (made,) = desk.conn.create_qualification_type(
        "Arithmetic", "Can add", "Active", keywords="sums", test=test, answer_key=key, test_duration=300
    )
    wanted = boto_qualification.Qualifications()
    wanted.add(boto_qualification.Requirement(made.QualificationTypeId, "GreaterThanOrEqualTo", 80))
    hit = desk.hit(file_form(), "Photographs, for those who can add", qualifications=wanted)
    worker_id = desk.sign_up("Qualifying Hal", f"/mturk/preview%3FgroupId%3D{hit.HITGroupId}")
    desk.sees("Arithmetic is at least 80 ✗ not met yours: none")
    assert not desk.browser.find_element("css selector", "[name=place]").is_enabled()
    desk.browser.find_element("link text", "Request it").click()
    desk.press("Take the test")
    assert until(lambda: desk.find("#countdown").text).startswith("00:0")
    desk.browser.find_element("xpath", "//label[normalize-space()='four']").click()
    desk.press("Hand in the test")
    desk.sees("You hold this Qualification with the value 100")
    (score,) = desk.conn.get_qualification_score(made.QualificationTypeId, worker_id)
    assert score.IntegerValue == "100"

    desk.visit(f"/mturk/preview?groupId={hit.HITGroupId}")
    desk.sees("Arithmetic is at least 80 ✓ met")
    desk.accept()
    field = desk.find("[name=place]")
    assert field.get_attribute("value") == "a street"
    field.clear()
    field.send_keys("Bahnhofstraße <12>")
    desk.browser.find_element("css selector", "[name=light] option[value=n]").click()
    photo = bytes(range(256)) * 10
    (tmp_path / "Zürich.png").write_bytes(photo)
    desk.find("[name=photo]").send_keys(str(tmp_path / "Zürich.png"))
    desk.type("remark", "two\nlines")
    desk.press("Submit")
    desk.sees("You have submitted this HIT.")

    [(assignment, answers)] = desk.answers(hit)
    assert assignment.WorkerId == worker_id
    given = {name: values for name, *values in answers}
    assert (given["place"], given["light"], given["remark"]) == (["Bahnhofstraße <12>"], ["n"], ["two\nlines"])
    (link,) = desk.conn.get_file_upload_url(assignment.AssignmentId, "photo")
    assert requests.get(link.FileUploadURL, timeout=20).content == photo

    desk.conn.approve_assignment(assignment.AssignmentId, "Thank you")
    desk.visit("/mturk/dashboard")
    desk.sees("The requester says: Thank you")
    desk.visit("/mturk/earnings")
    desk.sees("Earned\n$0.05")
