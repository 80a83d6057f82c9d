"""The host of requesters' HTML: nothing else is there, and only who was shown a page's address gets in, for a while."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from adapter.core.settings import SettingsError, load
from adapter.marketplace.domain import assignment_lifecycle
from adapter.pages.content import host
from tests.marketplace.workshop import a_hit
from tests.pages.worker.test_frames import HTML, MASTERS, frame_of
from tests.pages.worker.visiting import Visitor

SITE = "http://localhost"
CONTENT = "http://{requester}.localhost"


@pytest.fixture
def app(new_app):
    return new_app(site_url=SITE, content_url=CONTENT)


def shown(page):
    """The address in a page's frame."""
    return frame_of(page).get("src")


def load_address(app, address, **more):
    """What a browser without a cookie gets at an address, by its host."""
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}"
    return Client(app).open(path, base_url=f"{parts.scheme}://{parts.netloc}", **more)


def test_a_preview_and_work_are_framed_from_a_host_of_the_requesters_own_and_submit_to_the_worker_pages(
    visitor, app, mturk
):
    hit_id = a_hit(mturk, Question=HTML.format(height=0))
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    assert "allow-same-origin" in frame_of(page).get("sandbox").split()
    assert "allow-top-navigation" not in frame_of(page).get("sandbox")
    assert re.match(
        rf"http://[0-9a-f]{{20}}\.localhost/mturk/question\?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId={hit_id}&",
        shown(page),
    )
    assert load_address(app, shown(page)).status_code == 200
    page = visitor.send(page.form("/mturk/accept"))
    answer = load_address(app, shown(page))
    assert f'action="{SITE}/mturk/externalSubmit"' in answer.get_data(as_text=True)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" in policy
    assert policy.endswith(f"; frame-ancestors {SITE}")
    assert "Set-Cookie" not in answer.headers


def test_each_requester_has_a_name_that_does_not_tell_who_it_is(visitor, mturk, client_for, store):
    from adapter.core.store import accounts

    other = client_for(accounts.create_account(store, "Other"))
    hosts = [
        urlsplit(shown(visitor.get(f"/mturk/preview?hitId={a_hit(each, Question=HTML.format(height=0))}"))).netloc
        for each in (mturk, mturk, other)
    ]
    assert hosts[0] == hosts[1] != hosts[2]


def test_html_is_shown_under_no_other_name_and_by_no_other_address_than_the_page_gave(visitor, app, mturk):
    hit_id = a_hit(mturk, Question=HTML.format(height=0), MaxAssignments=2)
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    preview = shown(page)
    work = shown(visitor.send(page.form("/mturk/accept")))
    wrong = [
        re.sub(r"//[0-9a-f]{20}\.", f"//{'0' * 20}.", preview),
        re.sub(r"//[0-9a-f]{20}\.", "//", preview),
        preview.replace(hit_id, "OTHER"),
        preview.replace("ASSIGNMENT_ID_NOT_AVAILABLE", "OTHER"),
        re.sub(r"expires=\d+", "expires=99999999999", preview),
        re.sub(r"signature=.", "signature=%C3%BC", preview),
        preview[:-1],
        preview + "0",
        preview.partition("&signature")[0],
        preview.partition("?")[0],
        work.replace(visitor.worker_id, "AOTHER"),
        work.replace("workerId", "WorkerId"),
        work.replace("turkSubmitTo=http", "turkSubmitTo=https"),
    ]
    for address in wrong:
        answer = load_address(app, address)
        assert answer.status_code == 403, address
        assert "<form" not in answer.get_data(as_text=True)
    assert load_address(app, work + "&page=2").status_code == 200


def test_an_address_is_good_for_an_hour_and_at_work_until_the_assignment_is_over(visitor, app, mturk, store, later):
    hit_id = a_hit(mturk, Question=HTML.format(height=0), AssignmentDurationInSeconds=36000, LifetimeInSeconds=72000)
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    work = shown(visitor.send(page.form("/mturk/accept")))
    assert load_address(app, work).status_code == 200
    later(host.SECONDS + 1)
    assert "Load the page around it again." in load_address(app, work).get_data(as_text=True)
    assignment_id = re.search(r"assignmentId=(\w+)", work)[1]
    fresh = shown(visitor.get(f"/mturk/continue?assignmentId={assignment_id}"))
    assert load_address(app, fresh).status_code == 200
    assignment_lifecycle.return_assignment(store, visitor.worker_id, assignment_id)
    assert load_address(app, fresh).status_code == 404


def test_a_guarded_preview_has_no_address_for_those_it_is_guarded_from(visitor, mturk):
    guarded = {"QualificationTypeId": MASTERS, "Comparator": "Exists", "ActionsGuarded": "PreviewAndAccept"}
    hit_id = a_hit(mturk, Question=HTML.format(height=0), QualificationRequirements=[guarded])
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    assert list(page.tree.iter("iframe")) == []
    assert "signature" not in page.html


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {"Accept": "text/html"}),
        ("GET", "/mturk/findhits", {}),
        ("GET", "/mturk/beginsignin", {}),
        ("POST", "/mturk/beginsignin", {}),
        ("GET", "/healthz", {}),
        ("POST", "/", {"X-Amz-Target": "MTurkRequesterServiceV20170117.GetAccountBalance"}),
        ("POST", "/mturk/question", {"X-Amz-Target": "MTurkRequesterServiceV20170117.GetAccountBalance"}),
        ("GET", "/?Operation=GetAccountBalance&Version=2008-08-02", {}),
        ("POST", "/onca/soap", {"Content-Type": "text/xml"}),
        ("GET", "/uploads/x", {}),
        ("GET", "//", {}),
    ],
)
@pytest.mark.parametrize("name", ["0123456789abcdef0123.localhost", "0123456789ABCDEF0123.LOCALHOST:80"])
def test_no_page_and_no_call_is_answered_on_that_host(app, method, path, headers, name):
    answer = Client(app).open(path, method=method, headers=headers, base_url=f"http://{name}")
    assert answer.status_code in {404, 405}
    assert answer.mimetype in {"text/plain", "text/html"}
    assert "Set-Cookie" not in answer.headers


def test_a_form_that_submits_to_the_host_it_is_on_is_led_to_the_worker_pages(visitor, app, mturk):
    hit_id = a_hit(mturk, Question=HTML.format(height=0))
    address = shown(visitor.send(visitor.get(f"/mturk/preview?hitId={hit_id}").form("/mturk/accept")))
    there = "http://" + urlsplit(address).netloc
    answer = Client(app).post("/mturk/externalSubmit?a=1", base_url=there, data={"b": "2"})
    assert answer.status_code == 307
    assert answer.headers["Location"] == f"{SITE}/mturk/externalSubmit?a=1"


def test_the_worker_pages_show_no_html_themselves_where_it_has_a_host(visitor, mturk):
    hit_id = a_hit(mturk, Question=HTML.format(height=0))
    query = urlsplit(shown(visitor.get(f"/mturk/preview?hitId={hit_id}"))).query
    assert visitor.client.get(f"/mturk/question?{query}").status_code == 403
    assert visitor.client.get(f"/mturk/question?hitId={hit_id}").status_code == 403


def test_without_names_of_their_own_requesters_share_one_host(new_app, store, mturk):
    app = new_app(site_url=SITE, content_url="http://localhost:8001/")
    visitor = Visitor(app, store, "Port")
    address = shown(visitor.get(f"/mturk/preview?hitId={a_hit(mturk, Question=HTML.format(height=0))}"))
    assert address.startswith("http://localhost:8001/mturk/question?")
    assert load_address(app, address).status_code == 200
    assert load_address(app, address.replace(":8001", "")).status_code == 403


@pytest.mark.parametrize(
    ("site_url", "content_url", "said"),
    [
        ("", "http://content.example", "needs ADAPTER_SITE_URL"),
        ("https://work.example", "https://WORK.example:443/", "must have another host or port"),
        ("http://0123456789abcdef0123.example", "http://{requester}.example", "must have another host or port"),
        ("https://work.example", "http://content.example", "must be an https address"),
    ],
)
def test_a_content_host_that_cannot_work_is_refused_at_start(new_app, site_url, content_url, said):
    with pytest.raises(SettingsError, match=f"ADAPTER_CONTENT_URL {said}"):
        new_app(site_url=site_url, content_url=content_url)


@pytest.mark.parametrize(
    "address", ["content.example", "http://{worker}.example", "http://a/{requester}", "http://{requester}{requester}.a"]
)
def test_an_address_with_anything_else_in_braces_is_no_setting(address):
    with pytest.raises(SettingsError, match="ADAPTER_CONTENT_URL"):
        load({"ADAPTER_CONTENT_URL": address})
