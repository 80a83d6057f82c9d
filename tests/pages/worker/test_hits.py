"""Finding, previewing and accepting HITs, as a worker sees it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from adapter.core.store import accounts
from adapter.marketplace.domain import assignment_lifecycle, taking
from adapter.marketplace.errors import WorkerError
from adapter.pages.store import hidden
from tests.marketplace.workshop import a_hit, done, html_question
from tests.pages.worker.visiting import Visitor

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"


def titles(page):
    found = [a for a in page.tree.iter("a") if a.get("class") == "title"]
    return [" ".join("".join(each.itertext()).split()) for each in found]


def rows(page):
    """The rows of the list: what stands in each column, by the column's head."""
    heads = [" ".join("".join(th.itertext()).split()) for th in page.tree.iter("th")]
    (body,) = page.tree.iter("tbody")
    return [
        dict(zip(heads, (" ".join(" ".join(td.itertext()).split()) for td in tr.iter("td")), strict=True))
        for tr in body.iter("tr")
    ]


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
    newest, many = rows(page)
    assert newest["Requester"] == "Requester"
    assert (newest["HITs"], newest["Reward"], many["HITs"]) == ("1", "$1.25", "3")
    assert re.fullmatch(r"\d+ seconds? ago", newest["Created"])
    assert "Long & <b> Time allotted 1 hour 30 minutes Newest HIT 20" in newest["Title"]
    assert "Approved within 30 days" in newest["Title"]
    assert "2 groups of HITs." in page.text


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
    assert found("searchWords=another+lab") == ["Of the other"]
    assert found("requesterId=%00") == []


def test_words_are_whole_words_and_quotation_marks_hold_a_phrase_together(visitor, mturk):
    a_hit(mturk, Title="Find the cat photo", Keywords="C++, animals")
    a_hit(mturk, Title="Photo of a cat (category: 3)")
    a_hit(mturk, Title="猫の写真を探す")

    def found(words):
        return titles(visitor.get("/mturk/findhits?" + urlencode({"searchWords": words})))

    assert found("cat photo") == ["Photo of a cat (category: 3)", "Find the cat photo"]
    assert found('"cat   photo"') == ["Find the cat photo"]
    assert found('"cat photo') == ["Find the cat photo"]
    assert found("categor") == []
    assert found("c++") == ["Find the cat photo"]
    assert found("写真") == ["猫の写真を探す"]
    assert len(found('""')) == 3
    assert found("(((((" + ' "a*' * 200) == []


def test_a_list_is_sorted_by_each_column_both_ways(visitor, mturk, client_for, store):
    other = client_for(accounts.create_account(store, "Another lab"))
    for number, reward in enumerate(("0.50", "0.05", "1.00")):
        for copy in range(3 - number):
            title = f"Title {number}"
            a_hit(mturk if number else other, Title=title, Reward=reward, RequesterAnnotation=str(copy))

    def order(page):
        return [each[-1] for each in titles(page)]

    page = visitor.get("/mturk/findhits")
    assert order(page) == ["2", "1", "0"]
    for column, first in (
        ("Reward", ["2", "0", "1"]),
        ("HITs", ["0", "1", "2"]),
        ("Title", ["0", "1", "2"]),
        ("Created", ["2", "1", "0"]),
    ):
        page = visitor.get(heads(page)[column])
        assert order(page) == first, column
        assert [th.get("aria-sort") for th in page.tree.iter("th") if column in "".join(th.itertext())] == [
            "ascending" if column == "Title" else "descending"
        ]
        assert order(visitor.get(heads(page)[column])) == first[::-1], column
    assert order(visitor.get(heads(page)["Requester"]))[0] == "0"
    assert order(visitor.get("/mturk/sorthits?sortType=Reward%3A0")) == ["1", "0", "2"]
    assert order(visitor.get("/mturk/sorthits?sortType=nonsense%3A0")) == ["2", "1", "0"]


def heads(page):
    (head,) = page.tree.iter("thead")
    return {"".join(a.itertext()): a.get("href") for a in head.iter("a")}


def test_pages_are_numbered_and_all_together_show_each_group_once(visitor, mturk):
    for number in range(25):
        a_hit(mturk, Title=f"No. {number}")
    page = visitor.get("/mturk/viewhits?searchWords=no&pageSize=10&sortType=Title:0")
    assert "25 groups of HITs, page 1 of 3." in page.text
    assert "Back" not in page.links()
    seen = titles(page)
    while "Next" in page.links():
        page = visitor.get(page.links()["Next"])
        seen += titles(page)
    assert seen == sorted(f"No. {number}" for number in range(25))
    assert visitor.get(page.links()["Back"]).text.count("page 2 of 3") == 1
    assert titles(visitor.get(page.links()["1"])) == seen[:10]
    assert "page 3 of 3" in visitor.get("/mturk/viewhits?pageSize=10&pageNumber=999999").text
    assert "page 1 of 2" in visitor.get("/mturk/viewhits?pageSize=0&pageNumber=-1").text.replace("of 3", "of 2")


def test_a_search_stays_in_the_address_from_page_to_page_and_column_to_column(visitor, mturk):
    for number in range(12):
        a_hit(mturk, Title=f"Find & do {number}", Reward="0.10")
    page = visitor.get("/mturk/searchbar?searchWords=find+%26+do&minReward=0.10&qualifiedFor=on&pageSize=10")
    for link in (page.links()["Next"], heads(page)["Reward"]):
        for part in ("searchWords=find+%26+do", "minReward=0.10", "qualifiedFor=on", "pageSize=10"):
            assert part in link
    assert {"Find & do 0", "Find & do 1"} == set(titles(visitor.get(page.links()["Next"])))
    assert visitor.get(page.links()["Show all"]).text.count("12 groups") == 1


def test_only_hits_for_masters_are_listed_where_that_is_asked_for(visitor, mturk):
    a_hit(mturk, Title="For all")
    a_hit(
        mturk, Title="For Masters", QualificationRequirements=[{"QualificationTypeId": MASTERS, "Comparator": "Exists"}]
    )
    assert titles(visitor.get("/mturk/findhits?requiresMasterQual=on")) == ["For Masters"]
    assert titles(visitor.get("/mturk/findhits?requiresMasterQual=on&qualifiedFor=on")) == []


def press(visitor, page, label):
    """Press a button of the list, which belongs to the form at its head."""
    (button,) = [each for each in page.tree.iter("button") if " ".join("".join(each.itertext()).split()) == label]
    form = page.form("/mturk/accept")
    fields = [(each.get("name"), each.get("value")) for each in form.iter("input")]
    return visitor.post(button.get("formaction", "/mturk/accept"), [*fields, (button.get("name"), button.get("value"))])


def test_a_hit_is_accepted_from_the_list_once_however_often_the_button_is_pressed(visitor, mturk):
    made = [a_hit(mturk, RequesterAnnotation=str(number)) for number in range(3)]
    page = visitor.get("/mturk/findhits")
    assert press(visitor, page, "Accept A task").path == "/mturk/continue"
    assert press(visitor, page, "Accept A task").path == "/mturk/continue"
    pending = [mturk.get_hit(HITId=each)["HIT"]["NumberOfAssignmentsPending"] for each in made]
    assert sorted(pending) == [0, 0, 1]
    again = visitor.get("/mturk/findhits")
    assert visitor.get(again.links()["Go on with A task"]).path == "/mturk/continue"


def test_a_hit_that_nobody_can_do_is_not_offered_in_the_list_but_explained(visitor, mturk):
    hit_id = a_hit(mturk, Question=html_question("<crowd-form><crowd-orrery name='a'></crowd-orrery></crowd-form>"))
    page = visitor.get("/mturk/findhits")
    assert "Accept A task" not in page.text
    fields = [(each.get("name"), each.get("value")) for each in page.form("/mturk/accept").iter("input")]
    assert "This HIT cannot be done here" in visitor.get(page.links()["Cannot be done: A task: why?"]).text
    page = visitor.post("/mturk/accept", [*fields, ("hitId", hit_id)])
    assert page.path == "/mturk/preview"
    assert "This HIT cannot be done here: it uses elements that this site does not know" in page.text
    assert mturk.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 0


def test_two_requests_of_a_double_click_at_once_take_one_hit(visitor, mturk):
    for number in range(8):
        a_hit(mturk, RequesterAnnotation=str(number))
    page = visitor.get("/mturk/findhits")
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: press(Twin(visitor), page, "Accept A task"), range(4)))
    assert [each.status for each in pages] == [200] * 4
    assert len(visitor.get("/mturk/myhits").html.split("/mturk/return")) == 2


class Twin(Visitor):
    """The same worker's browser with a connection of its own, as a browser has several."""

    def __init__(self, visitor):
        self.client = Client(visitor.client.application)
        self.client._cookies = dict(visitor.client._cookies)


def test_a_group_or_a_requester_is_hidden_and_shown_again(visitor, new_visitor, mturk, client_for, store):
    other = client_for(accounts.create_account(store, "Another lab"))
    for title in ("Boring", "Fine"):
        a_hit(mturk, Title=title)
    a_hit(other, Title="Elsewhere")
    page = press(visitor, visitor.get("/mturk/findhits?sortType=Title:0"), "Hide all of Another lab")
    assert titles(page) == ["Boring", "Fine"]
    page = visitor.get("/mturk/findhits")
    row = next(tr for tr in page.tree.iter("tr") if "Boring" in "".join(tr.itertext()))
    (value,) = [each.get("value") for each in row.iter("button") if "Hide this group" in "".join(each.itertext())]
    fields = [(each.get("name"), each.get("value")) for each in page.form("/mturk/accept").iter("input")]
    for _ in range(2):
        page = visitor.post("/mturk/hide", [*fields, ("hide", value)])
    assert titles(page) == ["Fine"]
    assert len(titles(new_visitor("Ben").get("/mturk/findhits"))) == 3
    shown = visitor.get(page.links()["You have hidden some"])
    assert ("Requester Boring" in shown.text, "Another lab All HITs" in shown.text) == (True, True)
    form = next(each for each in shown.tree.iter("form") if "Boring" in "".join(each.itertext()))
    visitor.send(form)
    assert titles(visitor.get("/mturk/findhits")) == ["Fine", "Boring"]
    # an id of nothing, no key, and a page of another site to go on with
    assert visitor.post("/mturk/hide", [*fields, ("hide", "3NOTHING")]).status == 404
    assert visitor.post("/mturk/hide", [("hide", value)]).status == 403
    away = [(name, "https://elsewhere.example/" if name == "then" else text) for name, text in fields]
    assert visitor.post("/mturk/hide", [*away, ("hide", value)]).path == "/mturk/findhits"


def test_a_worker_hides_only_so_much(visitor, mturk, monkeypatch):
    monkeypatch.setattr(hidden, "MOST", 1)
    for title in ("One", "Two"):
        a_hit(mturk, Title=title)
    page = visitor.get("/mturk/findhits")
    kinds = [each.get("value") for each in page.tree.iter("button") if "Hide this group" in "".join(each.itertext())]
    fields = [(each.get("name"), each.get("value")) for each in page.form("/mturk/accept").iter("input")]
    statuses = [visitor.post("/mturk/hide", [*fields, ("hide", kind)]).status for kind in (*kinds, kinds[0])]
    assert statuses == [200, 409, 200]


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
    assert "Not qualified for Shown" in " ".join(visitor.get("/mturk/findhits").links())
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
    assert "HITs of this requester are not available to you." in refused.text


def test_expired_and_finished_hits_are_gone_from_list_and_preview(visitor, mturk, store):
    finished = a_hit(mturk, Title="Finished")
    done(store, finished, "AOTHER")
    expired = a_hit(mturk, Title="Expired", LifetimeInSeconds=30)
    mturk.update_expiration_for_hit(HITId=expired, ExpireAt=0)
    assert titles(visitor.get("/mturk/findhits")) == []
    page = preview(visitor, mturk, finished)
    assert page.status == 404
    assert "There are no more available HITs in this group: it is finished." in page.text


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
    assert "You can accept this HIT only with all of its Qualifications." in page.text
    assert page.status == 200


def test_what_may_not_be_previewed_shows_no_question(visitor, mturk):
    guarded = {"QualificationTypeId": MASTERS, "Comparator": "Exists", "ActionsGuarded": "PreviewAndAccept"}
    hit_id = a_hit(mturk, QualificationRequirements=[guarded])
    page = preview(visitor, mturk, hit_id)
    assert page.status == 403
    assert "You can see this HIT only with all of its Qualifications." in page.text
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


def test_skip_shows_one_hit_of_the_group_after_the_other_and_begins_again(visitor, mturk):
    made = [a_hit(mturk, RequesterAnnotation=str(number)) for number in range(3)]
    page = preview(visitor, mturk, made[0])
    for hit_id in (*made, made[0]):
        assert f'name="hitId" value="{hit_id}"' in page.html
        page = visitor.get(page.links()["Skip this HIT"])
    assert accept(visitor, page).path == "/mturk/continue"
    assert mturk.get_hit(HITId=made[1])["HIT"]["NumberOfAssignmentsPending"] == 1
    assert "Skip this HIT" not in preview(visitor, mturk, a_hit(mturk, Title="Alone")).links()
    assert visitor.get(f"/mturk/preview?hitId={made[0]}&skip=nothing").status == 200


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
            raise WorkerError("InvalidHITState", "No assignment of this HIT is left.")
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
