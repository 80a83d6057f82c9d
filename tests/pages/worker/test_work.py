"""From accepting a HIT to what comes after it, as a worker sees it."""

from __future__ import annotations

import io
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client

from adapter.core import clock, database
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.questions.answers import read_answers
from adapter.pages.worker import work
from tests.marketplace.workshop import FILE, FORM, a_hit
from tests.pages.worker.forms import posted
from tests.pages.worker.visiting import Visitor

WITH_UNKNOWN_ELEMENT = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">'
    "<HTMLContent><![CDATA[<crowd-form><crowd-hologram></crowd-hologram></crowd-form>]]></HTMLContent>"
    "<FrameHeight>0</FrameHeight></HTMLQuestion>"
)


@pytest.fixture
def at_work(visitor, mturk):
    """A worker with an accepted HIT: the page, and the assignment's id."""

    def begin(**members):
        hit_id = a_hit(mturk, **members)
        page = visitor.get(f"/mturk/preview?hitId={hit_id}")
        page = visitor.send(page.form("/mturk/accept"))
        return page, assignment_of(page), hit_id

    return begin


def answers_of(mturk, hit_id):
    (row,) = mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    return read_answers(row["Answer"])


def form_of(page, assignment_id):
    return page.form(f"/mturk/submit?assignmentId={assignment_id}")


def forms(page, action):
    main = next(page.tree.iter("main"))
    return [each for each in main.iter("form") if each.get("action") == action]


def assignment_of(page):
    """The assignment that a page is for."""
    return next(each.get("data-assignment-id") for each in page.tree.iter() if each.get("data-assignment-id"))


def in_hand(visitor):
    return [each.get("href") for each in visitor.get("/mturk/myhits").tree.iter("a") if each.text == "Go on"]


def test_the_page_says_how_long_there_is_and_names_the_moment_for_the_clock(at_work):
    page, _, _ = at_work()
    assert re.search(r"Time left 9 minutes 59 seconds \(until 20.* UTC\) Reward \$0.50 Requester \S", page.text)
    clock = next(each for each in page.tree.iter() if each.get("id") == "countdown")
    assert 590_000 < int(clock.get("data-deadline")) - int(clock.get("data-now")) <= 600_000


def test_accepted_hits_are_listed_and_can_be_gone_on_with_and_returned(visitor, at_work, mturk):
    _, assignment_id, hit_id = at_work(Title="In hand")
    page = visitor.get("/mturk/myhits")
    assert "In hand" in page.text
    assert page.links()["Go on"] == f"/mturk/continue?assignmentId={assignment_id}"
    returned = visitor.send(page.form("/mturk/return"))
    assert "You have returned this HIT." in returned.text
    assert mturk.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsAvailable"] == 1
    assert "Your queue is empty." in visitor.get("/mturk/myhits").text
    # a second click
    assert "You have returned this HIT." in visitor.send(page.form("/mturk/return")).text


def test_a_question_form_is_submitted(visitor, at_work, mturk):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=""))
    done = visitor.send(form_of(page, assignment_id), q1="red", q2="b")
    assert "You have submitted this HIT. Thank you." in done.text
    assert "it is approved automatically on" in done.text
    assert [(each.question, each.free_text, each.selections) for each in answers_of(mturk, hit_id)] == [
        ("q1", "red", ()),
        ("q2", None, ("b",)),
    ]


def test_a_form_that_is_not_in_order_comes_back_with_what_was_written(visitor, at_work, mturk):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=""))
    again = visitor.send(form_of(page, assignment_id), q1=" ", q2="b")
    assert again.status == 422
    assert "an answer is required" in again.text
    assert visitor.send(form_of(again, assignment_id), q1="red").status == 200
    assert answers_of(mturk, hit_id)[1].selections == ("b",)


def test_a_file_is_kept_while_the_rest_is_corrected(visitor, at_work, mturk):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=FILE))
    action = form_of(page, assignment_id).get("action")
    key = re.search(r'form_key" value="(\w+)"', page.html)[1]
    file = (io.BytesIO(b"hello"), "a.txt", "text/plain")
    first = visitor.client.post(action, data={"form_key": key, "q1": "", "file": file})
    assert first.status_code == 422
    assert "an answer is required" in first.get_data(as_text=True)
    assert visitor.client.post(action, data={"form_key": key, "q1": "red"}).status_code == 303
    sent = answers_of(mturk, hit_id)
    assert sent[-1].file_size == 5
    url = mturk.get_file_upload_url(AssignmentId=assignment_id, QuestionIdentifier="file")["FileUploadURL"]
    assert visitor.client.get("/uploads/" + url.rpartition("/")[2], buffered=True).data == b"hello"


def test_a_file_that_is_too_large_for_its_question_is_refused_beside_it(visitor, at_work):
    page, assignment_id, _ = at_work(Question=FORM.format(more=FILE))
    key = re.search(r'form_key" value="(\w+)"', page.html)[1]
    file = (io.BytesIO(b"x" * 1001), "a.txt")
    answer = visitor.client.post(
        form_of(page, assignment_id).get("action"), data={"form_key": key, "q1": "red", "file": file}
    )
    assert answer.status_code == 422
    assert "too large" in answer.get_data(as_text=True)


def test_a_form_that_is_larger_than_the_site_takes_is_refused(new_app, store, mturk):
    app = new_app(max_upload=5000, max_body=3000)
    visitor = Visitor(app, store)
    page = visitor.get(f"/mturk/preview?hitId={a_hit(mturk, Question=FORM.format(more=FILE))}")
    page = visitor.send(page.form("/mturk/accept"))
    action = page.form(re.search(r'action="(/mturk/submit[^"]+)"', page.html)[1]).get("action")
    key = re.search(r'form_key" value="(\w+)"', page.html)[1]
    for size, status in ((4000, 422), (9000, 413)):
        answer = visitor.client.post(
            action, data={"form_key": key, "q1": "red", "file": (io.BytesIO(b"x" * size), "a.txt")}
        )
        assert answer.status_code == status
    # who is not signed in need not send that much, but for an assignment that there is
    visitor.client.delete_cookie("mturk_worker")
    for path, status in ((action, 403), ("/mturk/submit?assignmentId=NOTHERE", 413)):
        answer = visitor.client.post(path, data={"file": (io.BytesIO(b"x" * 4000), "a.txt")})
        assert answer.status_code == status


def test_a_question_may_be_called_what_the_page_calls_its_own_fields(visitor, at_work, mturk):
    question = FORM.format(more="").replace(">q1<", ">form_key<").replace(">q2<", ">assignmentId<")
    page, assignment_id, hit_id = at_work(Question=question)
    key = re.search(r'form_key" value="(\w+)"', page.html)[1]
    done = visitor.post(
        form_of(page, assignment_id).get("action"), [("form_key", key), ("form_key", "red"), ("assignmentId", "a")]
    )
    assert "You have submitted this HIT." in done.text
    assert [each.question for each in answers_of(mturk, hit_id)] == ["form_key", "assignmentId"]


def test_an_answer_looks_its_assignment_up_once_before_it_is_stored(visitor, at_work, mturk, monkeypatch):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=""))
    form, looked_up = form_of(page, assignment_id), []
    find = work.open_groups.find_group
    monkeypatch.setattr(work.open_groups, "find_group", lambda *given: looked_up.append(given) or find(*given))
    data = dict(posted(form)) | {"q1": "red", "q2": "a"}
    assert visitor.client.post(form.get("action"), data=data).status_code == 303
    assert answers_of(mturk, hit_id)[0].free_text == "red"
    assert len(looked_up) == 1


def test_submitting_twice_stores_once(visitor, at_work, mturk):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=""))
    visitor.send(form_of(page, assignment_id), q1="red", q2="a")
    # a second click
    assert "You have submitted this HIT. Thank you." in visitor.send(form_of(page, assignment_id)).text
    # another tab, with something else in it
    again = visitor.send(form_of(page, assignment_id), q1="blue", q2="a")
    assert again.status == 409
    assert "You had submitted this HIT already. What you sent first is kept" in again.text
    assert "What you wrote, to copy it q1 blue" in again.text
    assert answers_of(mturk, hit_id)[0].free_text == "red"


def test_an_answer_is_stored_though_the_session_was_lost_while_it_was_written(visitor, at_work, mturk):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=FILE))
    form = form_of(page, assignment_id)
    visitor.client.delete_cookie("mturk_worker")
    # what is not in order comes back as ever
    again = visitor.send(form, q1="", q2="b")
    assert (again.status, "an answer is required" in again.text) == (422, True)
    data = dict(posted(form_of(again, assignment_id))) | {"q1": "red", "file": (io.BytesIO(b"hello"), "a.txt")}
    answer = visitor.client.post(form.get("action"), data=data, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "You have submitted this HIT. Thank you." in page
    assert "You are not signed in any more." in page
    assert "/mturk/beginsignin?then=%2Fmturk%2Fsubmitted%3FassignmentId%3D" + assignment_id in page
    assert [(each.free_text, each.file_size) for each in answers_of(mturk, hit_id)][::2] == [("red", None), (None, 5)]


def test_an_answer_without_session_and_key_is_kept_and_can_be_sent_after_signing_in(visitor, at_work, mturk):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=""))
    form = form_of(page, assignment_id)
    for each in form.iter("input"):
        if each.get("name") == "form_key":
            each.set("value", "0" * 64)
    session = visitor.client.get_cookie("mturk_worker").value
    visitor.client.delete_cookie("mturk_worker")
    kept = visitor.send(form, q1="red <blue>", q2="b")
    assert (kept.status, "sign in in another tab" in kept.text) == (403, True)
    assert "red <blue>" in kept.text
    visitor.client.set_cookie("mturk_worker", session)
    # the form was not known to be this worker's own, so it is shown before it counts
    again = visitor.send(form_of(kept, assignment_id))
    assert (again.status, "submit them once more" in again.text) == (403, True)
    assert visitor.send(form_of(again, assignment_id)).status == 200
    assert answers_of(mturk, hit_id)[1].selections == ("b",)


def test_an_answer_sent_while_another_worker_is_signed_in_is_kept(visitor, new_visitor, at_work, mturk):
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=""))
    other = new_visitor("Bob")
    kept = other.send(form_of(page, assignment_id), q1="red", q2="b")
    assert kept.status == 403
    assert "you are signed in as Bob now" in kept.text
    assert mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"] == []
    assert "You have submitted this HIT." in visitor.send(form_of(kept, assignment_id)).text
    assert answers_of(mturk, hit_id)[0].free_text == "red"


def test_an_answer_that_the_database_cannot_take_is_kept_and_sent_again(visitor, at_work, mturk, settings, monkeypatch):
    if settings.database_url:
        pytest.skip("another process keeps all of SQLite busy, not PostgreSQL")
    page, assignment_id, hit_id = at_work(Question=FORM.format(more=""))
    visitor.client.application.extensions["worker_site"].close()
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 100)
    other = sqlite3.connect(settings.data / "adapter.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    kept = visitor.send(form_of(page, assignment_id), q1="red", q2="b")
    other.execute("ROLLBACK")
    other.close()
    assert (kept.status, kept.headers["Retry-After"]) == (503, "5")
    assert "This site cannot store your answer just now." in kept.text
    assert visitor.send(form_of(kept, assignment_id)).status == 200
    assert [each.free_text for each in answers_of(mturk, hit_id)] == ["red", None]
    visitor.client.application.extensions["worker_site"].close()


def test_the_address_of_an_answer_that_came_back_leads_to_the_hit(visitor, at_work):
    _, assignment_id, _ = at_work(Question=FORM.format(more=""))
    assert visitor.get(f"/mturk/submit?assignmentId={assignment_id}").path == "/mturk/continue"


def test_skipping_goes_round_all_that_is_in_the_queue(visitor, at_work):
    made = [at_work(AssignmentDurationInSeconds=seconds)[1] for seconds in (3000, 600, 1800)]
    assignment_id, seen = made[0], []
    for _ in made:
        page = visitor.get(f"/mturk/continue?assignmentId={assignment_id}")
        assignment_id = page.links()["Skip to the next in your queue"].rpartition("=")[2]
        seen.append(made.index(assignment_id))
    assert seen == [1, 2, 0]


def test_who_was_signed_out_is_led_back_to_the_page_after_signing_in(visitor, at_work):
    _, assignment_id, _ = at_work()
    visitor.client.delete_cookie("mturk_worker")
    for referer, then in (
        ("http://localhost/mturk/continue?assignmentId=" + assignment_id, "continue%3FassignmentId%3D" + assignment_id),
        ("http://elsewhere.example/mturk/continue", "findhits"),
    ):
        answer = visitor.client.post("/mturk/return", headers={"Referer": referer})
        assert answer.headers["Location"] == "/mturk/beginsignin?then=%2Fmturk%2F" + then


def test_after_the_deadline_nothing_is_submitted_and_the_worker_is_told(visitor, mturk, monkeypatch):

    hit_id = a_hit(mturk, Question=FORM.format(more=""))
    page = visitor.send(visitor.get(f"/mturk/preview?hitId={hit_id}").form("/mturk/accept"))
    assignment_id = re.search(r"assignmentId=(\w+)", page.html)[1]
    form = form_of(page, assignment_id)
    now = clock.milliseconds()
    monkeypatch.setattr(clock, "milliseconds", lambda: now + 601_000)
    late = visitor.send(form, q1="red", q2="a")
    assert "The time for this HIT ran out" in late.text
    assert "What you wrote, to copy it q1 red" in late.text
    assert "The time for this HIT ran out" in visitor.get(f"/mturk/continue?assignmentId={assignment_id}").text
    assert "Your queue is empty." in visitor.get("/mturk/myhits").text
    assert mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"] == []


def test_before_submitting_the_page_after_it_leads_back(visitor, at_work):
    _, assignment_id, _ = at_work()
    page = visitor.get(f"/mturk/submitted?assignmentId={assignment_id}")
    assert "You have not submitted this HIT yet." in page.text
    assert page.links()["Back to the HIT"] == f"/mturk/continue?assignmentId={assignment_id}"


def test_after_submitting_the_next_hit_of_the_group_is_one_click_away(visitor, at_work, mturk):
    for _ in range(2):
        a_hit(mturk, Question=FORM.format(more=""))
    page, assignment_id, _ = at_work(Question=FORM.format(more=""))
    done = visitor.send(form_of(page, assignment_id), q1="red", q2="a")
    one, several = done.form("/mturk/accept"), done.form("/mturk/acceptseveral")
    following = visitor.send(one)
    assert following.path == "/mturk/continue"
    assert assignment_id not in following.html
    assert len(in_hand(visitor)) == 1
    # the same button once more, as a second click presses it
    assert assignment_of(visitor.send(one)) == assignment_of(following)
    assert len(in_hand(visitor)) == 1
    page = visitor.send(several, number="9")
    assert "1 HIT of this group is in your queue." in page.text


def test_several_hits_of_a_group_are_taken_at_once_and_a_second_click_takes_no_more(visitor, mturk):
    for _ in range(30):
        a_hit(mturk, Question=FORM.format(more=""))
    hit_id = a_hit(mturk, Question=FORM.format(more=""))
    # from the preview
    page = visitor.send(visitor.get(f"/mturk/preview?hitId={hit_id}").form("/mturk/acceptseveral"), number="2")
    assert "2 HITs of this group are in your queue." in page.text
    returned = visitor.send(forms(page, "/mturk/return")[0])
    assert "You have returned this HIT." in returned.text
    (several,) = forms(visitor.get("/mturk/myhits"), "/mturk/acceptseveral")
    assert "5 HITs of this group are in your queue." in visitor.send(several, number="5").text
    assert "5 HITs of this group are in your queue." in visitor.send(several, number="5").text
    assert len(in_hand(visitor)) == 6
    (several,) = forms(visitor.get("/mturk/myhits"), "/mturk/acceptseveral")
    for wrong in ("", "-3", "x", "1e3", "٣"):
        assert visitor.send(several, number=wrong).status == 200
    assert len(in_hand(visitor)) == 7
    (several,) = forms(visitor.get("/mturk/myhits"), "/mturk/acceptseveral")
    assert "18 HITs of this group" in visitor.send(several, number="999").text
    page = visitor.get("/mturk/myhits")
    assert "25 of at most 25 HITs" in page.text
    assert forms(page, "/mturk/acceptseveral") == []


def test_clicks_at_once_take_one_hit(visitor, at_work, mturk):
    for _ in range(6):
        a_hit(mturk, Question=FORM.format(more=""))
    page, assignment_id, _ = at_work(Question=FORM.format(more=""))
    done = visitor.send(form_of(page, assignment_id), q1="red", q2="a")
    form = posted(done.form("/mturk/accept"))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: visitor.client.post("/mturk/accept", data=dict(form)), range(4)))
    assert len({each.headers["Location"] for each in answers}) == 1
    assert len(in_hand(visitor)) == 1


def test_the_switch_is_remembered_and_accepts_the_next_hit_at_every_submission(visitor, at_work, mturk):
    for _ in range(2):
        a_hit(mturk, Question=FORM.format(more=""))
    page = visitor.send(visitor.get("/mturk/myhits").form("/mturk/autoaccept"))
    assert "automatically when you submit one: on" in page.text
    page, first, _ = at_work(Question=FORM.format(more=""))
    form = form_of(page, first)
    page = visitor.send(form, q1="red", q2="a")
    second = assignment_of(page)
    assert "The previous HIT is submitted. This is the next one." in page.text
    # a second click leads to the same
    assert assignment_of(visitor.send(form)) == second
    # back: what was submitted stays so
    page = visitor.get(f"/mturk/continue?assignmentId={first}")
    assert "You have submitted this HIT. Thank you." in page.text
    assert page.links()["Go on with the next in your queue"] == f"/mturk/continue?assignmentId={second}"
    page = visitor.send(form_of(visitor.get(f"/mturk/continue?assignmentId={second}"), second), q1="red", q2="a")
    third = assignment_of(page)
    page = visitor.send(form_of(page, third), q1="red", q2="a")
    assert "There are no more HITs in this group for you just now." in page.text
    page = visitor.send(page.form("/mturk/autoaccept"))
    assert "automatically when you submit one: off" in page.text


def test_no_hit_is_accepted_along_with_others_that_nobody_can_do(visitor, at_work, mturk):
    page, first, _ = at_work(Question=FORM.format(more=""))
    a_hit(mturk, Question=WITH_UNKNOWN_ELEMENT)
    visitor.send(visitor.get("/mturk/myhits").form("/mturk/autoaccept"))
    done = visitor.send(form_of(page, first), q1="red", q2="a")
    assert in_hand(visitor) == []
    (several,) = forms(done, "/mturk/accept")
    visitor.send(several)
    assert in_hand(visitor) == []


def test_with_the_switch_on_the_queue_is_worked_off_when_the_group_is_finished(visitor, at_work):
    _, other, _ = at_work(Question=FORM.format(more=""), Title="Another group", AssignmentDurationInSeconds=3000)
    page, first, _ = at_work(Question=FORM.format(more=""))
    done = visitor.send(form_of(page, first), q1="red", q2="a")
    assert "Next in your queue: Another group" in done.text
    assert done.links()["Go on with the next in your queue"] == f"/mturk/continue?assignmentId={other}"
    visitor.send(done.form("/mturk/autoaccept"))
    assert assignment_of(visitor.get(f"/mturk/submitted?assignmentId={first}&next=yes")) == other


def test_a_frame_that_submits_takes_the_next_hit_for_a_worker_who_wants_that(visitor, at_work, mturk):
    a_hit(mturk)
    visitor.send(visitor.get("/mturk/myhits").form("/mturk/autoaccept"))
    page, first, _ = at_work()
    onwards = page.links()["I have submitted it: go on"]
    sent = {"assignmentId": first, "a": "1"}
    # frames have no cookie
    assert Client(visitor.client.application).post("/mturk/externalSubmit", data=sent).status_code == 200
    assert len(in_hand(visitor)) == 1
    page = visitor.get(onwards)
    assert (page.path, assignment_of(page) != first) == ("/mturk/continue", True)


def test_a_hit_can_be_skipped_for_the_next_in_the_queue_or_returned_for_another_one(visitor, at_work, mturk):
    _, other, _ = at_work(Title="Another group", AssignmentDurationInSeconds=3000)
    page, first, _ = at_work(Question=FORM.format(more=""))
    a_hit(mturk, Question=FORM.format(more=""))
    assert page.links()["Skip to the next in your queue"] == f"/mturk/continue?assignmentId={other}"
    page = visitor.post("/mturk/return", [*posted(page.form("/mturk/return")), ("another", "yes")])
    assert "You have returned the previous HIT. This is the next one." in page.text
    assert assignment_of(page) not in (first, other)
    assert len(in_hand(visitor)) == 2
    # where there is no other one, that is said
    visitor.send(page.form("/mturk/return"))
    page = visitor.get(f"/mturk/continue?assignmentId={other}")
    page = visitor.post("/mturk/return", [*posted(page.form("/mturk/return")), ("another", "yes")])
    assert "You have returned this HIT. There are no more HITs in this group for you just now." in page.text
    assert in_hand(visitor) == []


def test_the_requesters_decision_is_shown(visitor, at_work, mturk):
    page, assignment_id, _ = at_work(Question=FORM.format(more=""))
    visitor.send(form_of(page, assignment_id), q1="red", q2="a")
    mturk.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")
    assert "It has been rejected." in visitor.get(f"/mturk/submitted?assignmentId={assignment_id}").text


@pytest.mark.parametrize("path", ["continue", "submitted"])
def test_another_workers_assignment_is_as_unknown_as_one_that_is_not_there(visitor, mturk, store, path):
    assignment_id = assignment_lifecycle.accept(store, "AWORKER000001", a_hit(mturk)).assignment_id
    for wrong in (assignment_id, "NOTHERE", "", "%00"):
        page = visitor.get(f"/mturk/{path}?assignmentId={wrong}")
        assert page.status == 404
        assert "You do not have this assignment." in page.text


def test_another_workers_assignment_cannot_be_returned_or_submitted(visitor, mturk, store):
    hit_id = a_hit(mturk, Question=FORM.format(more=""))
    assignment_id = assignment_lifecycle.accept(store, "AWORKER000001", hit_id).assignment_id
    key = re.search(r'form_key" value="(\w+)"', visitor.get("/mturk/myhits").html)[1]
    assert visitor.post("/mturk/return", [("form_key", key), ("assignmentId", assignment_id)]).status == 404
    fields = [("form_key", key), ("q1", "red")]
    assert visitor.post(f"/mturk/submit?assignmentId={assignment_id}", fields).status == 404
    assert mturk.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 1
