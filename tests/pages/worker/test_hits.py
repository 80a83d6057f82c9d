"""Finding, previewing and accepting HITs, as a worker sees it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client

from adapter.core.store import accounts
from adapter.marketplace.domain import assignment_lifecycle, taking
from adapter.marketplace.errors import WorkerError
from adapter.pages.worker import groups
from tests.marketplace.workshop import a_hit, done

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"


def titles(page):
    return [" ".join("".join(h2.itertext()).split()) for h2 in page.tree.iter("h2")]


def group_of(mturk, hit_id):
    return mturk.get_hit(HITId=hit_id)["HIT"]["HITGroupId"]


def preview(visitor, mturk, hit_id):
    return visitor.get(f"/mturk/preview?groupId={group_of(mturk, hit_id)}")


def accept(visitor, page):
    return visitor.send(page.form("/mturk/accept"))


def test_groups_are_listed_newest_first_with_what_a_worker_wants_to_know(visitor, mturk):
    for number in range(3):
        a_hit(mturk, Title="Many of a kind", RequesterAnnotation=str(number))
    a_hit(mturk, Title="Newest", Description="Long & <b>", Reward="1.25", AssignmentDurationInSeconds=5400)
    page = visitor.get("/mturk/findhits")
    assert titles(page) == ["Newest", "Many of a kind"]
    assert "Reward $1.25 Time allotted 1 hour 30 minutes HITs available 1 Long & <b>" in page.text
    assert "HITs available 3" in page.text
    assert "Requester Requester" in page.text


def test_a_group_with_a_new_hit_comes_first_again(visitor, mturk):
    for title in ("First", "Second", "First"):
        a_hit(mturk, Title=title)
    assert titles(visitor.get("/mturk/findhits")) == ["First", "Second"]


def test_words_amounts_and_requesters_narrow_the_list(visitor, mturk, client_for, store):
    a_hit(mturk, Title="Transcribe RECEIPTS", Description="quickly", Keywords="ocr, Ärger", Reward="0.10")
    a_hit(mturk, Title="Draw", Reward="2.00")
    other = accounts.create_account(store, "Another lab")
    a_hit(client_for(other), Title="Of the other", Reward="0.10")

    def found(query):
        return titles(visitor.get(f"/mturk/searchbar?selectedSearchType=hitgroups&{query}"))

    assert found("searchWords=receipts+OCR") == ["Transcribe RECEIPTS"]
    assert found("searchWords=%C3%A4rger") == ["Transcribe RECEIPTS"]
    assert found("searchWords=receipts+draw") == []
    assert found("searchWords=%25") == []
    assert found("minReward=0.11") == ["Draw"]
    assert found("minReward=%242.00") == ["Draw"]
    assert found("minReward=.1001") == ["Draw"]
    assert found("minReward=9999999.99") == []
    assert found("minReward=nonsense&x=1") == ["Of the other", "Draw", "Transcribe RECEIPTS"]
    assert found(f"requesterId={other.account_id}") == ["Of the other"]
    assert found("requesterId=%00") == []


def test_a_list_goes_on_from_page_to_page_without_a_gap(visitor, mturk, monkeypatch):
    monkeypatch.setattr(groups, "PAGE", 2)
    for number in range(5):
        a_hit(mturk, Title=f"No. {number}")
    page, seen = visitor.get("/mturk/findhits?searchWords=no"), []
    while True:
        seen += titles(page)
        if "More HITs" not in page.links():
            break
        page = visitor.get(page.links()["More HITs"])
    assert seen == ["No. 4", "No. 3", "No. 2", "No. 1", "No. 0"]
    assert titles(visitor.get(page.links()["Newest HITs"])) == ["No. 4", "No. 3"]
    assert "There are no further HITs." in visitor.get("/mturk/findhits?before=1").text


def test_groups_that_a_worker_cannot_have_are_not_listed(visitor, mturk):
    qualification = {"QualificationTypeId": MASTERS, "Comparator": "Exists"}
    a_hit(
        mturk,
        Title="Hidden",
        QualificationRequirements=[{**qualification, "ActionsGuarded": "DiscoverPreviewAndAccept"}],
    )
    a_hit(mturk, Title="Shown", QualificationRequirements=[{**qualification, "ActionsGuarded": "PreviewAndAccept"}])
    worked = a_hit(mturk, Title="Done", MaxAssignments=2)
    assignment_lifecycle.accept(visitor_store(visitor), visitor.worker_id, worked)
    a_hit(mturk, Title="Open")
    assert titles(visitor.get("/mturk/findhits")) == ["Open", "Shown"]
    assert "You do not have a Qualification" in visitor.get("/mturk/findhits").text
    assert titles(visitor.get("/mturk/findhits?qualifiedFor=on")) == ["Open"]


def visitor_store(visitor):
    return visitor.client.application.extensions["worker_site"]


def test_a_blocked_worker_finds_and_gets_nothing_of_the_requester(visitor, mturk):
    hit_id = a_hit(mturk)
    shown = preview(visitor, mturk, hit_id)
    mturk.create_worker_block(WorkerId=visitor.worker_id, Reason="spam")
    assert titles(visitor.get("/mturk/findhits")) == []
    assert preview(visitor, mturk, hit_id).status == 403
    refused = accept(visitor, shown)
    assert refused.status == 403
    assert "You cannot work for this Requester." in refused.text


def test_expired_and_finished_hits_are_gone_from_list_and_preview(visitor, mturk, store):
    finished = a_hit(mturk, Title="Finished")
    done(store, finished, "AOTHER")
    expired = a_hit(mturk, Title="Expired", LifetimeInSeconds=30)
    mturk.update_expiration_for_hit(HITId=expired, ExpireAt=0)
    assert titles(visitor.get("/mturk/findhits")) == []
    page = preview(visitor, mturk, finished)
    assert page.status == 404
    assert "There are no more available HITs in this group." in page.text


@pytest.mark.parametrize("path", ["findhits", "viewhits", "sorthits", "searchbar", "viewsearchbar", "welcome", ""])
def test_the_list_answers_under_all_its_old_addresses(visitor, mturk, path):
    a_hit(mturk, Title="Here")
    assert titles(visitor.get(f"/mturk/{path}")) == ["Here"]


def test_old_and_new_links_to_a_group_lead_to_its_preview(visitor, mturk):
    made = mturk.get_hit(HITId=a_hit(mturk))["HIT"]
    group, kind, hit_id = made["HITGroupId"], made["HITTypeId"], made["HITId"]
    for link in (
        f"/mturk/preview?groupId={group}",
        f"/mturk/preview?groupId={kind}",
        f"/mturk/preview?hitId={hit_id}",
        f"/mturk/preview?hitId={hit_id}&groupId={kind}",
        f"/mturk/previewandaccept?groupId={kind}&autoAcceptEnabled=true",
        f"/mturk/accept?groupId={group}&hitId={hit_id}",
        f"/projects/{group}/tasks",
        f"/projects/{group}/tasks/accept_random?ref=w_pl_prvw",
    ):
        page = visitor.get(link)
        assert page.status == 200, link
        assert page.form("/mturk/accept") is not None


@pytest.mark.parametrize(
    "query", ["", "groupId=", "groupId=NOTHERE", "groupId=%00", "groupId=%27", "hitId=NOTHERE", "groupId=" + "A" * 99]
)
def test_a_link_to_nothing_says_so(visitor, query):
    page = visitor.get(f"/mturk/preview?{query}")
    assert page.status == 404
    assert "no such group" in page.text


def test_the_preview_says_what_is_required_and_what_the_worker_has(visitor, mturk):
    hit_id = a_hit(
        mturk,
        QualificationRequirements=[
            {"QualificationTypeId": "00000000000000000040", "Comparator": "GreaterThan", "IntegerValues": [5]}
        ],
    )
    page = preview(visitor, mturk, hit_id)
    assert "Number of approved HITs is more than 5 ✗ not met yours: 0" in page.text
    assert "You do not have the Qualifications that this HIT requires." in page.text
    assert page.status == 200


def test_what_may_not_be_previewed_shows_no_question(visitor, mturk):
    guarded = {"QualificationTypeId": MASTERS, "Comparator": "Exists", "ActionsGuarded": "PreviewAndAccept"}
    hit_id = a_hit(mturk, QualificationRequirements=[guarded])
    page = preview(visitor, mturk, hit_id)
    assert page.status == 403
    assert "You do not have the Qualifications to see this HIT." in page.text
    assert "iframe" not in page.html


def test_what_may_not_be_discovered_is_not_there(visitor, app, mturk):
    guarded = {"QualificationTypeId": MASTERS, "Comparator": "Exists", "ActionsGuarded": "DiscoverPreviewAndAccept"}
    hit_id = a_hit(mturk, Title="Secret", QualificationRequirements=[guarded])
    page = preview(visitor, mturk, hit_id)
    assert page.status == 404
    assert "Secret" not in page.html
    assert Client(app).get(f"/mturk/preview?hitId={hit_id}").status_code == 303


def test_a_visitor_finds_and_previews_without_signing_in_and_is_led_back_after_it(app, visitor, mturk):
    hit_id = a_hit(mturk)
    client = Client(app)
    assert "A task" in client.get("/mturk/findhits").get_data(as_text=True)
    page = client.get(f"/mturk/preview?hitId={hit_id}").get_data(as_text=True)
    assert "ASSIGNMENT_ID_NOT_AVAILABLE" in page
    assert f"/mturk/beginsignin?then=%2Fmturk%2Fpreview%3FhitId%3D{hit_id}" in page
    assert visitor.worker_id not in page


def test_accepting_leads_to_the_work_page_and_a_second_click_to_the_same(visitor, mturk):
    hit_id = a_hit(mturk, MaxAssignments=5)
    page = preview(visitor, mturk, hit_id)
    first, second = accept(visitor, page), accept(visitor, page)
    assert first.path == second.path == "/mturk/continue"
    assert re.search(r"assignmentId=(\w+)", first.html)[1] == re.search(r"assignmentId=(\w+)", second.html)[1]
    assert mturk.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 1
    again = preview(visitor, mturk, hit_id)
    assert "Go on with the HIT you have accepted" in again.text


def test_when_the_hit_shown_is_gone_another_of_the_group_is_accepted(visitor, mturk, store):
    shown, other = a_hit(mturk), a_hit(mturk)
    page = preview(visitor, mturk, shown)
    done(store, shown, "AOTHER")
    assert accept(visitor, page).path == "/mturk/continue"
    assert mturk.get_hit(HITId=other)["HIT"]["NumberOfAssignmentsPending"] == 1


def test_when_the_hit_of_a_link_is_gone_another_of_the_group_is_previewed(visitor, mturk, store):
    linked, other = a_hit(mturk), a_hit(mturk)
    done(store, linked, "AOTHER")
    page = visitor.get(f"/mturk/preview?hitId={linked}")
    assert page.status == 200
    assert f"hitId={other}" in page.html


def test_when_nothing_is_left_accepting_says_so(visitor, mturk, store):
    hit_id = a_hit(mturk)
    page = preview(visitor, mturk, hit_id)
    done(store, hit_id, "AOTHER")
    refused = accept(visitor, page)
    assert refused.status == 404
    assert "no more" in refused.text


def test_a_hit_that_others_take_in_between_is_passed_over(visitor, mturk, monkeypatch):
    lost, won = a_hit(mturk), a_hit(mturk)
    page = preview(visitor, mturk, lost)
    real = assignment_lifecycle.accept

    def late(store, worker_id, hit_id, **more):
        if hit_id == lost:
            raise WorkerError("InvalidHITState", "There are no more assignments of this HIT to be had.")
        return real(store, worker_id, hit_id, **more)

    monkeypatch.setattr(taking.assignment_lifecycle, "accept", late)
    assert accept(visitor, page).path == "/mturk/continue"
    assert mturk.get_hit(HITId=won)["HIT"]["NumberOfAssignmentsPending"] == 1


def test_workers_who_accept_at_once_share_the_hits_without_doubles(new_visitor, mturk):
    made = [a_hit(mturk) for _ in range(4)]
    visitors = [new_visitor(f"Worker {number}") for number in range(6)]
    pages = [preview(each, mturk, made[0]) for each in visitors]
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(accept, visitors, pages))
    assert sorted(each.status for each in results) == [200, 200, 200, 200, 404, 404]
    assert [mturk.get_hit(HITId=each)["HIT"]["NumberOfAssignmentsPending"] for each in made] == [1, 1, 1, 1]


def test_a_worker_has_only_so_many_hits_in_hand(visitor, mturk, monkeypatch):
    monkeypatch.setattr(taking, "MOST_IN_HAND", 2)
    made = [a_hit(mturk) for _ in range(3)]
    pages = [visitor.get(f"/mturk/preview?hitId={each}") for each in made]
    statuses = [accept(visitor, page).status for page in pages]
    assert statuses == [200, 200, 409]


def test_pages_carry_the_headers_that_keep_others_out(visitor, mturk):
    hit_id = a_hit(mturk)
    for path in ("/mturk/findhits", f"/mturk/preview?hitId={hit_id}", "/mturk/nothing", "/mturk/preview"):
        headers = visitor.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_what_is_not_there_or_not_so_is_said_on_a_page(visitor):
    assert visitor.get("/mturk/nothing").status == 404
    assert visitor.get("/mturk/return").status == 405
    assert "There is no such page." in visitor.get("/mturk/return").text
    assert visitor.client.get("/mturk/static/nothing.js").status_code == 404
    style = visitor.client.get("/mturk/static/site.css")
    assert (style.status_code, style.mimetype) == (200, "text/css")
