"""The links that applications print, and that people have kept, lead somewhere sensible."""

from __future__ import annotations

import pytest

from tests.marketplace.workshop import a_hit


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("/projects", "/mturk/findhits"),
        ("/projects/", "/mturk/findhits"),
        (
            "/projects?filters[search_term]=a+b&filters%5Bmin_reward%5D=0.10&filters[qualified]=on&page_size=20",
            "/mturk/findhits?searchWords=a+b&minReward=0.10&qualifiedFor=on",
        ),
        (
            "/projects?page_size=100&page_number=3&sort=num_hits_desc&filters[masters]=on&format=json",
            "/mturk/findhits?requiresMasterQual=on&sortType=NumHITs%3A1&pageSize=100&pageNumber=3",
        ),
        ("/mturk/searchbar?selectedSearchType=quals&searchWords=a+b", "/mturk/findquals?searchWords=a+b"),
        ("/projects?sort=updated_desc&page_number=x", "/mturk/findhits"),
        ("/projects?sort=reward_asc", "/mturk/findhits?sortType=Reward%3A0"),
        ("/requesters/A1EXAMPLE/projects?ref=w_hl", "/mturk/findhits?requesterId=A1EXAMPLE"),
        ("/projects/3GROUP", "/mturk/preview?groupId=3GROUP"),
        ("/projects/3GROUP/tasks/3HIT/accept?ref=x", "/mturk/preview?groupId=3GROUP&hitId=3HIT"),
        ("/projects/3GROUP/tasks/3HIT?assignment_id=3WORK&ref=w_pl_prvw", "/mturk/continue?assignmentId=3WORK"),
        ("/tasks", "/mturk/myhits"),
        ("/tasks/", "/mturk/myhits"),
        ("/mturk/viewmyhits", "/mturk/myhits"),
        ("/dashboard", "/mturk/dashboard"),
        ("/status_details/2017-11-01", "/mturk/dashboard/2017-11-01"),
        ("/mturk/statusdetail?encodedDate=11022017", "/mturk/dashboard/2017-11-02"),
        ("/mturk/statusdetail?encodedDate=x", "/mturk/dashboard"),
        ("/earnings", "/mturk/earnings"),
        ("/qualifications/assigned?page_size=100", "/mturk/myquals"),
        ("/qualifications/pending", "/mturk/pendingquals"),
        ("/qualifications/3QUAL", "/mturk/requestqualification?qualificationId=3QUAL"),
        ("/qualifications/%3Cb%3E", "/mturk/findquals"),
    ],
)
def test_an_address_of_the_worker_sites_leads_to_the_page_in_its_place(app, link, leads_to):
    answer = app.test_client().get(link, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers.get("Location")) == (303, leads_to)


def test_where_they_lead_there_is_a_page(visitor, mturk):
    a_hit(mturk, Title="Here")
    for link in (
        "/projects",
        "/tasks",
        "/dashboard",
        "/earnings",
        "/qualifications/assigned",
        "/qualifications/pending",
    ):
        assert visitor.get(link).status == 200, link


@pytest.mark.parametrize("host", ["worker.mturk.com", "workersandbox.mturk.com:8443"])
def test_the_root_of_the_newer_worker_site_is_the_list_of_hits(new_app, host):
    client = new_app(sandbox="names").test_client()
    answer = client.get("/?filters[search_term]=cats", headers={"Host": host})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mturk/findhits?searchWords=cats")
    assert client.get("/", headers={"Host": host}).headers["Location"] == "/mturk/findhits"
    # at any other name this is a call of the API, whatever it is called
    answer = client.get("/?Operation=Help", headers={"Host": "worker.example.org"})
    assert answer.content_type.startswith("text/xml")


@pytest.mark.parametrize(
    "link",
    [
        "/mturk/manageHITs",
        "/mturk/manageHITs?hitReviewStatus=reviewable",
        "/manage",
        "/manage/hits",
        "/batches/1234",
        "/create/projects",
        "/developer",
    ],
)
def test_an_address_of_the_requester_site_says_what_takes_its_place(app, link):
    page = app.test_client().get(link, headers={"Host": "requester.mturk.com"})
    assert page.status_code == 200
    assert "SearchHITs" in page.text
    assert "http://requester.mturk.com/mturk/preview" in page.text
