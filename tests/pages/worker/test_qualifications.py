"""Workers find Qualifications, ask for them and take tests on the pages; requesters see it through the API."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from adapter.marketplace.store import worker_records
from tests.marketplace.questions.documents import UPLOAD, form, free_text, question, selection
from tests.marketplace.test_qualifications import KEY, TEST, make
from tests.pages.worker.forms import controls, posted

STRANGE = ("", " ", "\x00", "a\x00b", "%", "\\", "'; --", "ß" * 300, "\ud7ff\u202e", "../../etc", "<b>", "A" * 65)


def address(type_id):
    return f"/mturk/requestqualification?qualificationId={type_id}"


def score_of(mturk, of, visitor):
    both = {"QualificationTypeId": of, "WorkerId": visitor.worker_id}
    return mturk.get_qualification_score(**both)["Qualification"]["IntegerValue"]


def test_a_worker_finds_a_type_by_its_words_and_gets_it_at_once(visitor, mturk):
    of = make(mturk, "English reading", AutoGranted=True, AutoGrantedValue=7)["QualificationTypeId"]
    make(mturk, "Drawing", Keywords="pencil")
    found = visitor.get("/mturk/findquals?searchWords=ENGLISH+reads")
    assert "English reading" in found.links()
    assert "Drawing" not in found.text
    shown = visitor.get(found.links()["English reading"])
    assert "Granted at once" in shown.text
    granted = visitor.send(shown.form("/mturk/requestqualification"))
    assert "You hold this Qualification with the value 7" in granted.text
    assert score_of(mturk, of, visitor) == 7
    assert not list(granted.tree.iter("button"))[1:], "only signing out is left to press"
    assert "Your value 7" in visitor.get("/mturk/findquals").text
    assert "English reading Requester Requester Value 7" in visitor.get("/mturk/myquals").text


def test_types_that_cannot_be_requested_are_not_found(visitor, mturk):
    make(mturk, "Asleep", QualificationTypeStatus="Inactive")
    gone = make(mturk, "Gone")["QualificationTypeId"]
    mturk.delete_qualification_type(QualificationTypeId=gone)
    assert "There are no Qualifications to be requested." in visitor.get("/mturk/findquals").text
    assert visitor.get(address(gone)).status == 404


def test_an_inactive_type_says_so_and_cannot_be_posted(visitor, mturk):
    of = make(mturk, QualificationTypeStatus="Inactive")["QualificationTypeId"]
    shown = visitor.get(address(of))
    assert "This Qualification cannot be requested." in shown.text
    other = visitor.get(address(make(mturk, "Other")["QualificationTypeId"])).form("/mturk/requestqualification")
    refused = visitor.send(other, qualificationId=of)
    assert refused.status == 409
    assert "This Qualification cannot be requested." in refused.text


def test_a_request_waits_for_the_requester_and_shows_the_decision_with_its_reason(visitor, mturk):
    of = make(mturk)["QualificationTypeId"]
    asked = visitor.send(visitor.get(address(of)).form("/mturk/requestqualification"))
    assert "waits for the requester's decision" in asked.text
    assert not [each for each in asked.tree.iter("form") if each.get("action") == "/mturk/requestqualification"]
    assert "waits for the requester" in visitor.get("/mturk/pendingquals").text
    (row,) = mturk.list_qualification_requests(QualificationTypeId=of)["QualificationRequests"]
    assert row["WorkerId"] == visitor.worker_id
    mturk.reject_qualification_request(QualificationRequestId=row["QualificationRequestId"], Reason="Too <few> years.")
    for path in (address(of), "/mturk/pendingquals"):
        assert "Too <few> years." in visitor.get(path).text
    assert "only once" in visitor.get(address(of)).text
    assert "Qualification not granted: English" in visitor.get("/mturk/messages").text


def test_asking_again_is_possible_after_the_retry_delay(visitor, mturk, later):
    of = make(mturk, RetryDelayInSeconds=3600)["QualificationTypeId"]
    first = visitor.get(address(of))
    assert "Another try after 1 hour" in first.text
    visitor.send(first.form("/mturk/requestqualification"))
    (row,) = mturk.list_qualification_requests()["QualificationRequests"]
    mturk.reject_qualification_request(QualificationRequestId=row["QualificationRequestId"])
    assert "You can request it again from" in visitor.get(address(of)).text
    refused = visitor.send(first.form("/mturk/requestqualification"))
    assert (refused.status, "You can request it again from" in refused.text) == (409, True)
    later(3601)
    again = visitor.send(visitor.get(address(of)).form("/mturk/requestqualification"))
    assert "waits for the requester's decision" in again.text


def begin(visitor, mturk, **more):
    given = {"Test": TEST, "AnswerKey": KEY, "TestDurationInSeconds": 600, **more}
    of = make(mturk, **given)["QualificationTypeId"]
    shown = visitor.get(address(of))
    assert "The time begins when you press the button." in shown.text
    return of, visitor.send(shown.form("/mturk/requestqualification"))


@pytest.mark.parametrize(("chosen", "value"), [("a", 10), ("b", 0)])
def test_a_test_with_an_answer_key_is_scored_at_once(visitor, mturk, chosen, value):
    of, test = begin(visitor, mturk)
    assert test.path.startswith("/mturk/qualificationtests/")
    (clock,) = [each for each in test.tree.iter() if each.get("id") == "countdown"]
    assert 590_000 < int(clock.get("data-deadline")) - int(clock.get("data-now")) <= 600_000
    done = visitor.send(test.form(), q1=chosen)
    assert f"with the value {value}" in done.text
    assert score_of(mturk, of, visitor) == value
    again = visitor.send(test.form(), q1="a")
    assert (again.status, "submitted before" in again.text) == (409, True)
    assert score_of(mturk, of, visitor) == value


def test_a_test_without_a_key_goes_to_the_requester(visitor, mturk):
    text = form(question(free_text(), "form_key") + question(selection("a", "b"), "form_key.x"))
    of, test = _without_key(visitor, mturk, text)
    for element, name, kind in controls(test.form()):
        if (name, kind) == ("form_key", "text"):
            element.set("value", "mine")
    done = visitor.send(test.form(), **{"form_key.x": "b"})
    assert "waits for the requester's decision" in done.text
    (row,) = mturk.list_qualification_requests(QualificationTypeId=of)["QualificationRequests"]
    assert "<FreeText>mine</FreeText>" in row["Answer"]
    assert "<SelectionIdentifier>b</SelectionIdentifier>" in row["Answer"]


def _without_key(visitor, mturk, text):
    of = make(mturk, Test=text, TestDurationInSeconds=600)["QualificationTypeId"]
    return of, visitor.send(visitor.get(address(of)).form("/mturk/requestqualification"))


def test_a_test_answered_badly_comes_back_with_what_was_given_and_why(visitor, mturk):
    text = form(question(free_text("<IsNumeric/>"), "n", name="A number") + question(selection("a", "b"), "s"))
    of, test = _without_key(visitor, mturk, text)
    again = visitor.send(test.form(), n="many", s="b")
    assert again.status == 422
    assert "A number: write a number." in again.text
    assert {("n", "many"), ("s", "b")} <= set(posted(again.form()))
    done = visitor.send(again.form(), n="7")
    assert "waits for the requester's decision" in done.text
    (row,) = mturk.list_qualification_requests(QualificationTypeId=of)["QualificationRequests"]
    assert "<FreeText>7</FreeText>" in row["Answer"]


def test_a_test_can_be_left_and_gone_on_with_until_its_time_is_over(visitor, mturk, later):
    of, test = begin(visitor, mturk, TestDurationInSeconds=60)
    shown = visitor.get(address(of))
    assert visitor.get(shown.links()["Go on with the test"]).path == test.path
    assert "you are taking the test" in visitor.get("/mturk/pendingquals").text
    later(61)
    late = visitor.send(test.form(), q1="a")
    assert (late.status, "its time is over" in late.text) == (409, True)
    shown = visitor.get(address(of))
    assert "was not handed in in time" in shown.text
    assert "only once" in shown.text
    assert visitor.get(test.path).path == "/mturk/requestqualification"
    assert "not handed in in time" in visitor.get("/mturk/pendingquals").text


def test_a_test_belongs_to_one_worker(visitor, new_visitor, mturk):
    _, test = begin(visitor, mturk)
    other = new_visitor("Eve")
    assert other.get(test.path).status == 404
    key = other.get("/mturk/findquals").tree
    (form_key,) = {each.get("value") for each in key.iter("input") if each.get("name") == "form_key"}
    assert other.post(test.path, [("form_key", form_key), ("q1", "a")]).status == 404


def test_a_test_that_demands_a_file_cannot_be_begun(visitor, mturk):
    of = make(mturk, Test=form(question(UPLOAD)), TestDurationInSeconds=60)["QualificationTypeId"]
    assert "a test takes no file" in visitor.get(address(of)).text
    optional = form(question(UPLOAD, "f", "false", "Your picture") + question(free_text(), "t"))
    of = make(mturk, "Pictures", Test=optional, TestDurationInSeconds=60)["QualificationTypeId"]
    test = visitor.send(visitor.get(address(of)).form("/mturk/requestqualification"))
    action = test.form().get("action")
    key = next(each.get("value") for each, name, _ in controls(test.form()) if name == "form_key")
    refused = visitor.post(action, [("form_key", key), ("f", "a.png"), ("t", "x")])
    assert "Your picture: a test takes no file, leave this empty." in refused.text
    assert "waits for" in visitor.post(action, [("form_key", key), ("f", ""), ("t", "x")]).text


def test_what_is_revoked_is_shown_with_the_reason(visitor, mturk):
    of = make(mturk, AutoGranted=True)["QualificationTypeId"]
    visitor.send(visitor.get(address(of)).form("/mturk/requestqualification"))
    mturk.disassociate_qualification_from_worker(QualificationTypeId=of, WorkerId=visitor.worker_id, Reason="Too slow")
    assert "revoked this Qualification: Too slow" in visitor.get(address(of)).text
    assert "The requester says: Too slow" in visitor.get("/mturk/myquals").text


def test_a_worker_sees_the_record_that_the_service_keeps(visitor, store):
    with store.write() as connection:
        worker_records.put_worker(connection, visitor.worker_id, 0, country="US", subdivision="CA")
    shown = visitor.get("/mturk/myquals")
    assert "HIT approval rate (%) 100" in shown.text
    assert "Location US-CA" in shown.text
    location = visitor.get(shown.links()["Location"])
    assert "Your value US-CA" in location.text
    assert "cannot be requested" in location.text


def test_long_lists_are_read_page_by_page_without_gaps(visitor, mturk):
    for number in range(45):
        make(mturk, f"Type {number:02}", AutoGranted=True)
    seen, path = [], "/mturk/findquals?searchWords=type"
    while path:
        shown = visitor.get(path)
        seen += [words for words in shown.links() if words.startswith("Type ")]
        path = shown.links().get("Older")
    assert seen == [f"Type {number:02}" for number in reversed(range(45))]


def test_a_page_that_is_none_is_refused_readably(visitor):
    for before in ("x", "-1", "1" * 30, "1.5", "\u0663"):
        for path in ("/mturk/findquals", "/mturk/myquals", "/mturk/pendingquals"):
            shown = visitor.get(f"{path}?before={before}")
            assert (shown.status, "There is no such page" in shown.text) == (400, True)


@pytest.mark.parametrize(
    "path", ["/mturk/findquals", "/mturk/myquals", "/mturk/pendingquals", address("3X"), "/mturk/qualificationtests/3X"]
)
def test_strangers_are_asked_to_sign_in_first(app, path):
    answer = app.test_client().get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/mturk/beginsignin?then=")


def test_a_request_from_another_site_is_refused(visitor, mturk):
    of = make(mturk)["QualificationTypeId"]
    refused = visitor.post("/mturk/requestqualification", [("qualificationId", of)])
    assert refused.status == 403
    assert mturk.list_qualification_requests()["NumResults"] == 0


def test_strange_ids_and_words_get_a_readable_page(visitor):
    form = {"form_key": next(each.get("value") for each in visitor.get("/mturk/findquals").tree.iter("input"))}
    for text in STRANGE:
        assert visitor.get("/mturk/findquals?searchWords=" + quote(text)).status == 200
        assert visitor.get(address(quote(text))).status == 404
        assert visitor.get("/mturk/qualificationtests/" + quote(text, safe="")).status == 404
        posted = visitor.post("/mturk/requestqualification", [*form.items(), ("qualificationId", text)])
        assert (posted.status, "There is no such Qualification" in posted.text) == (404, True)


def test_texts_of_requesters_are_escaped(visitor, mturk):
    evil = "<script>alert(1)</script>"
    of = make(mturk, evil, Description=evil, Keywords=evil, AutoGranted=True)["QualificationTypeId"]
    for path in ("/mturk/findquals", address(of)):
        shown = visitor.get(path)
        assert evil in shown.text
        assert evil not in shown.html
