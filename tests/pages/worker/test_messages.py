"""What workers are told, and what they write to requesters."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.store import worker_history, worker_messages
from adapter.pages.worker import messages as site_messages
from tests.marketplace.workshop import a_hit, done


def told(page):
    return [" ".join(" ".join(li.itertext()).split()) for li in page.tree.iter("li")]


def badge(page):
    found = [each for each in page.tree.iter("span") if each.get("class") == "badge count"]
    return found[0].text if found else None


def letters(store, **of):
    with store.read() as connection:
        return worker_messages.list_letters(connection, **of)


def listed(store, worker_id):
    with store.read() as connection:
        return worker_history.list_messages(connection, worker_id)


@pytest.fixture
def worked(visitor, mturk, store):
    """An assignment that the visitor has submitted."""
    return done(store, a_hit(mturk, Title="Name the bird"), visitor.worker_id)


def test_the_header_counts_unread_messages_until_they_are_seen(visitor, mturk, worked):
    assert badge(visitor.get("/mturk/myhits")) is None
    mturk.approve_assignment(AssignmentId=worked)
    for subject in ("One", "Two"):
        mturk.notify_workers(Subject=subject, MessageText="Text", WorkerIds=[visitor.worker_id])
    assert badge(visitor.get("/mturk/myhits")) == "2"
    assert all(" new " in each for each in told(visitor.get("/mturk/messages")))
    shown = visitor.get("/mturk/messages")
    assert badge(shown) is None
    assert not any(" new " in each for each in told(shown))


def test_a_rejection_is_told_with_its_feedback_and_so_is_an_approval_after_it(visitor, mturk, worked):
    mturk.reject_assignment(AssignmentId=worked, RequesterFeedback="That is no bird")
    mturk.approve_assignment(AssignmentId=worked, RequesterFeedback="It is one", OverrideRejection=True)
    last, first = told(visitor.get("/mturk/messages"))
    assert first.startswith("Not approved: Name the bird new Requester, ")
    assert f"The requester says: That is no bird Assignment {worked}" in first
    assert last.startswith("Approved after all: Name the bird")
    assert "It is one" in last


def test_a_plain_approval_is_no_news(visitor, mturk, worked):
    mturk.approve_assignment(AssignmentId=worked)
    assert told(visitor.get("/mturk/messages")) == []


def test_a_block_is_told_once_and_says_nothing_of_whom_or_why(visitor, mturk, store):
    for reason in ("Spite", "More spite"):
        mturk.create_worker_block(WorkerId=visitor.worker_id, Reason=reason)
    shown = visitor.get("/mturk/messages")
    (only,) = told(shown)
    assert "A requester no longer offers you HITs" in only
    assert "pite" not in shown.html
    assert "Requester," not in only
    assert "Answer" not in only
    (seq,) = [row.seq for row in listed(store, visitor.worker_id)]
    assert visitor.get(f"/mturk/contact?message={seq}").status == 404


def test_a_block_of_somebody_unknown_tells_nobody(mturk, store):
    mturk.create_worker_block(WorkerId="A00000000000UNKNOWN", Reason="In advance")
    assert listed(store, "A00000000000UNKNOWN") == []


def test_qualifications_granted_refused_and_revoked_are_told(visitor, mturk):
    made = mturk.create_qualification_type(Name="Birds", Description="Knows birds", QualificationTypeStatus="Active")
    type_id = made["QualificationType"]["QualificationTypeId"]
    mturk.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=visitor.worker_id, IntegerValue=7, SendNotification=True
    )
    mturk.disassociate_qualification_from_worker(QualificationTypeId=type_id, WorkerId=visitor.worker_id, Reason="Old")
    last, first = told(visitor.get("/mturk/messages"))
    assert "the Qualification Birds with the value 7" in first
    assert "revoked: Birds" in last
    assert "Old" in last


def test_an_answer_reaches_the_requester_of_the_message(visitor, mturk, store, key, worked):
    mturk.approve_assignment(AssignmentId=worked)
    mturk.notify_workers(Subject="More birds?", MessageText="Are you free?", WorkerIds=[visitor.worker_id])
    shown = visitor.get(visitor.get("/mturk/messages").links()["Answer: More birds?"])
    assert "Write to Requester" in shown.text
    sent = visitor.send(shown.form(), text="Yes,\r\nat ten\x1b[2J")
    assert "Your letter is sent" in sent.text
    (letter,) = letters(store, account_id=key.account_id)
    assert (letter.worker_id, letter.kind, letter.subject) == (visitor.worker_id, "Question", "Re: More birds?")
    assert letter.body == "Yes,\nat ten[2J"


def test_a_hit_is_reported_as_broken(visitor, mturk, store):
    hit_id = a_hit(mturk, Title="Broken bird")
    shown = visitor.get(f"/mturk/contact?hitId={hit_id}&broken=1")
    visitor.send(shown.form(), text="The picture is missing")
    (letter,) = letters(store)
    assert (letter.kind, letter.hit_id, letter.subject) == ("Broken", hit_id, "About: Broken bird")


def test_a_hit_can_be_reported_from_its_preview_and_at_work(visitor, mturk, store):
    hit_id = a_hit(mturk, Title="Broken bird")
    held = assignment_lifecycle.accept(store, visitor.worker_id, a_hit(mturk, Title="Held bird")).assignment_id
    for path, title in ((f"preview?hitId={hit_id}", "Broken"), (f"continue?assignmentId={held}", "Held")):
        shown = visitor.get(visitor.get(f"/mturk/{path}").links()["Report this HIT, or write to the requester"])
        assert f"About the HIT {title} bird" in shown.text
        (kind,) = [each for each in shown.tree.iter("input") if each.get("checked") is not None]
        assert kind.get("value") == "Broken"


def test_ones_own_work_can_be_written_about_and_nobody_elses(visitor, new_visitor, worked):
    assert "Name the bird" in visitor.get(f"/mturk/contact?assignmentId={worked}").text
    assert new_visitor("Bea").get(f"/mturk/contact?assignmentId={worked}").status == 404


def test_nobody_reads_or_answers_the_messages_of_another(visitor, new_visitor, mturk, store, worked):
    mturk.reject_assignment(AssignmentId=worked, RequesterFeedback="Secret")
    (row,) = listed(store, visitor.worker_id)
    assert new_visitor("Bea").get(f"/mturk/contact?message={row.seq}").status == 404


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"subject": " "}, "both a subject and a text"),
        ({"text": "\x00"}, "both a subject and a text"),
        ({"subject": "x" * 201}, "at most 200 characters"),
        ({"text": "x" * 4097}, "at most 4,096 characters"),
    ],
)
def test_a_letter_that_cannot_be_sent_is_shown_again_as_it_was(visitor, mturk, store, fields, problem):
    shown = visitor.get(f"/mturk/contact?hitId={a_hit(mturk)}")
    again = visitor.send(shown.form(), **{"subject": "A subject", "text": "A text", **fields})
    assert again.status == 400
    assert problem in again.text
    assert letters(store) == []
    visitor.send(again.form(), subject="Short", text="Short")
    assert len(letters(store)) == 1


@pytest.mark.parametrize(
    "query", ["", "?message=x", "?message=9999999999999999999", "?message=7", "?hitId=%3C", "?requesterId=A0"]
)
def test_a_letter_to_nobody_is_a_readable_page(visitor, query):
    shown = visitor.get(f"/mturk/contact{query}")
    assert shown.status == 404
    assert "nobody to write to" in shown.text


def test_a_second_click_sends_no_second_letter(visitor, key, store):
    form = visitor.get(f"/mturk/contact?requesterId={key.account_id}").form()
    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda _: visitor.send(form, subject="S", text="T").status, range(2)))
    assert statuses == [200, 200]
    assert len(letters(store)) == 1


def test_letters_are_bounded_by_the_day(visitor, key, monkeypatch, store):
    monkeypatch.setattr(site_messages, "MOST_LETTERS", 2)
    form = visitor.get(f"/mturk/contact?requesterId={key.account_id}").form()
    assert [visitor.send(form, subject="S", text=text).status for text in "ABC"] == [200, 200, 429]
    assert len(letters(store)) == 2


def test_a_letter_needs_the_key_of_its_form(visitor, key, store):
    answer = visitor.post("/mturk/contact", [("requesterId", key.account_id), ("subject", "S"), ("text", "T")])
    assert answer.status == 403
    assert letters(store) == []


def test_the_newer_sites_addresses_of_letters_lead_to_the_form(visitor, key, worked):
    for query, words in (
        (f"hit_type_messages/new?hit_type_message[requester_id]={key.account_id}", "Write to Requester"),
        (f"assignment_messages/new?assignment_message[assignment_id]={worked}", "Name the bird"),
    ):
        assert words in re.sub(r"\s+", " ", visitor.get(f"/contact_requester/{query}").text)
