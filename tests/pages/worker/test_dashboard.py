"""What workers see of their work, their money and their messages."""

from __future__ import annotations

import pytest

from adapter.marketplace.domain import assignment_lifecycle
from tests.marketplace.workshop import a_hit, done


def submitted(mturk, store, visitor, **members):
    return done(store, a_hit(mturk, **members), visitor.worker_id)


def entries(page):
    return [" ".join(" ".join(li.itertext()).split()) for li in page.tree.iter("li")]


def totals(page):
    (listed,) = [each for each in page.tree.iter("dl") if each.get("class") == "totals"]
    return {next(each.iter("dt")).text: next(each.iter("dd")).text for each in listed}


def test_a_new_worker_has_done_nothing(visitor):
    shown = visitor.get("/mturk/dashboard")
    assert totals(shown) == {
        "Submitted": "0",
        "Approved": "0",
        "Rejected": "0",
        "Waiting": "0",
        "Approval rate": "none yet",
    }
    assert "There is nothing here yet" in shown.text
    assert set(totals(visitor.get("/mturk/earnings")).values()) == {"$0.00"}
    assert "No bonus yet." in visitor.get("/mturk/earnings").text
    assert "No requester has written to you yet." in visitor.get("/mturk/messages").text


def test_each_assignment_is_shown_with_its_status_feedback_reward_and_bonus(visitor, mturk, store):
    good = submitted(mturk, store, visitor, Title="Good", Reward="1.25")
    bad = submitted(mturk, store, visitor, Title="Bad")
    submitted(mturk, store, visitor, Title="Open")
    held = assignment_lifecycle.accept(store, visitor.worker_id, a_hit(mturk, Title="Held")).assignment_id
    back = assignment_lifecycle.accept(store, visitor.worker_id, a_hit(mturk, Title="Back")).assignment_id
    assignment_lifecycle.return_assignment(store, visitor.worker_id, back)
    mturk.approve_assignment(AssignmentId=good, RequesterFeedback="Well <done>")
    mturk.reject_assignment(AssignmentId=bad, RequesterFeedback="Not what was asked")
    mturk.send_bonus(
        WorkerId=visitor.worker_id, AssignmentId=good, BonusAmount="2.50", Reason="The & best", UniqueRequestToken="t"
    )
    shown = visitor.get("/mturk/dashboard")
    listed = entries(shown)
    assert [each.split()[0] for each in listed] == ["Back", "Held", "Open", "Bad", "Good"]
    assert "Status returned" in listed[0]
    assert "Status in hand" in listed[1]
    assert shown.links()["in hand"] == f"/mturk/continue?assignmentId={held}"
    assert "Status waits for approval" in listed[2]
    assert "Approved at the latest" in listed[2]
    assert "Status rejected" in listed[3]
    assert "The requester says: Not what was asked" in listed[3]
    for words in (
        "Status approved",
        "Reward $1.25",
        "Bonus $2.50",
        "says: Well <done>",
        "Bonus of $2.50: The & best",
        good,
    ):
        assert words in listed[4]
    assert "Requester Requester" in listed[4]
    assert totals(shown) == {
        "Submitted": "3",
        "Approved": "1",
        "Rejected": "1",
        "Waiting": "1",
        "Approval rate": "50.0 %",
    }


@pytest.mark.parametrize(
    ("view", "titles"),
    [
        ("", ["Open", "Bad", "Good"]),
        ("pending", ["Open"]),
        ("approved", ["Good"]),
        ("rejected", ["Bad"]),
        ("returned", []),
    ],
)
def test_the_list_can_be_narrowed_to_a_status(visitor, mturk, store, view, titles):
    mturk.approve_assignment(AssignmentId=submitted(mturk, store, visitor, Title="Good"))
    mturk.reject_assignment(AssignmentId=submitted(mturk, store, visitor, Title="Bad"), RequesterFeedback="No")
    submitted(mturk, store, visitor, Title="Open")
    shown = visitor.get(f"/mturk/dashboard?view={view}")
    assert [each.split()[0] for each in entries(shown)] == titles
    (current,) = [a for a in shown.tree.iter("a") if a.get("aria-current") == "true"]
    assert current.get("href").endswith(view)


def test_work_that_approves_itself_is_approved_on_the_page_even_when_no_clock_ran(visitor, mturk, store, later):
    submitted(mturk, store, visitor, AutoApprovalDelayInSeconds=60)
    assert "waits for approval" in visitor.get("/mturk/dashboard").text
    later(61)
    shown = visitor.get("/mturk/dashboard")
    assert "Status approved" in entries(shown)[0]
    assert totals(shown)["Approved"] == "1"


def test_work_out_of_time_is_shown_as_such(visitor, mturk, store, later):
    assignment_lifecycle.accept(store, visitor.worker_id, a_hit(mturk, AssignmentDurationInSeconds=30))
    later(31)
    assert "Status out of time" in entries(visitor.get("/mturk/dashboard"))[0]


def test_messages_are_the_workers_own_and_keep_their_lines(visitor, new_visitor, mturk, store):
    other = new_visitor("Bea")
    for each in (visitor, other):
        mturk.approve_assignment(AssignmentId=submitted(mturk, store, each))
    mturk.notify_workers(Subject="News <b>", MessageText="One\nTwo & <i>three</i>", WorkerIds=[visitor.worker_id])
    shown = visitor.get("/mturk/messages")
    assert "News <b>" in shown.text
    (body,) = [p for p in shown.tree.iter("p") if p.get("class") == "q-text"]
    assert body.text == "One\nTwo & <i>three</i>"
    assert "Requester" in entries(shown)[0]
    assert "News" not in other.get("/mturk/messages").text


def test_long_histories_are_read_page_by_page_without_gaps(visitor, mturk, store):
    hits = [a_hit(mturk, Title=f"Number {number:02}") for number in range(43)]
    for hit_id in hits:
        mturk.approve_assignment(AssignmentId=done(store, hit_id, visitor.worker_id))
    seen, path, pages = [], "/mturk/dashboard?view=approved", 0
    while path:
        shown = visitor.get(path)
        seen += [each[:9] for each in entries(shown)]
        path, pages = shown.links().get("Older"), pages + 1
    assert seen == [f"Number {number:02}" for number in reversed(range(43))]
    assert pages == 3
    assert shown.links()["Newest"] == "/mturk/dashboard?view=approved"


def test_what_there_is_not_is_a_readable_page(visitor):
    for path in ("dashboard?view=other", "dashboard?before=x", "earnings?before=-", "messages?before=%00"):
        shown = visitor.get(f"/mturk/{path}")
        assert shown.status in {400, 404}
        assert "There is no such" in shown.text


@pytest.mark.parametrize("path", ["/mturk/dashboard", "/mturk/earnings", "/mturk/messages"])
def test_strangers_are_asked_to_sign_in_first(app, path):
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/mturk/beginsignin?then={path.replace('/', '%2F')}",
    )
