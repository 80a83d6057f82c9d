"""The worker pages behind deploy/nginx.conf: public addresses, cookies for TLS only, large files, errors for people."""

from __future__ import annotations

import re
import uuid
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from adapter.core.store import accounts
from adapter.marketplace.domain import assignment_lifecycle
from tests.conftest import mturk_client
from tests.marketplace.workshop import FILE, FORM, a_hit

PASSWORD = "correct horse battery"


@pytest.fixture
def mturk(proxied_store, proxied_settings):
    from adapter.marketplace.api.service import Marketplace

    key = accounts.create_account(proxied_store, "Requester")
    return mturk_client(Marketplace(proxied_settings, proxied_store), key)


@pytest.fixture
def proxied_settings(proxied_store):
    return proxied_store.settings


@pytest.fixture
def browser(proxied):
    """A session that trusts the proxy's certificate, of a worker who is signed in."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(proxied.ca)
    session.headers["Accept"] = "text/html"
    page = session.get(proxied.url + "/mturk/signup").text
    fields = {"form_key": key_of(page), "name": f"Ann {uuid.uuid4()}", "password": PASSWORD, "password_again": PASSWORD}
    assert session.post(proxied.url + "/mturk/signup", data=fields).status_code == 200
    yield session
    session.close()


def key_of(page):
    return re.search(r'name="form_key" value="(\w+)"', page)[1]


def accept(browser, url, hit_id):
    page = browser.get(f"{url}/mturk/preview?hitId={hit_id}").text
    return browser.post(f"{url}/mturk/accept", data={"form_key": key_of(page), "hitId": hit_id}).text


def test_a_worker_behind_the_proxy_is_sent_to_the_public_address_over_tls(proxied, browser, mturk):
    assert all(cookie.secure for cookie in browser.cookies)
    page = accept(browser, proxied.url, a_hit(mturk))
    frame = unescape(re.search(r'<iframe[^>]* src="([^"]+)"', page)[1])
    given = dict(parse_qsl(urlsplit(frame).query))
    assert given["turkSubmitTo"] == proxied.url
    answer = requests.post(
        given["turkSubmitTo"] + "//mturk/externalSubmit",
        data={"assignmentId": given["assignmentId"], "a": "1"},
        verify=str(proxied.ca),
        timeout=30,
    )
    assert answer.status_code == 200
    assert "Your results have been submitted." in answer.text
    listed = mturk.list_assignments_for_hit(HITId=given["hitId"])["Assignments"]
    assert [each["AssignmentId"] for each in listed] == [given["assignmentId"]]


def test_a_file_larger_than_a_call_may_be_reaches_the_requester(proxied, browser, mturk):
    more = FILE.replace("1000<", "6000000<")
    hit_id = a_hit(mturk, Question=FORM.format(more=more))
    page = accept(browser, proxied.url, hit_id)
    action = re.search(r'action="(/mturk/submit[^"]+)"', page)[1]
    content = b"0123456789" * 550_000
    fields = {"form_key": key_of(page), "q1": "red"}
    done = browser.post(proxied.url + action, data=fields, files={"file": ("a.bin", content)})
    assert "You have submitted this HIT." in done.text
    (row,) = mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    url = mturk.get_file_upload_url(AssignmentId=row["AssignmentId"], QuestionIdentifier="file")["FileUploadURL"]
    assert browser.get(f"{proxied.url}/uploads/{url.rpartition('/')[2]}").content == content


def test_the_proxys_own_refusals_are_pages_for_people(proxied, browser, mturk, proxied_store):
    assignment_id = assignment_lifecycle.accept(proxied_store, "AWORKER000001", a_hit(mturk)).assignment_id
    answer = browser.post(
        proxied.url + "/mturk/externalSubmit", data={"assignmentId": assignment_id, "a": "x" * 6_000_000}
    )
    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "That did not work" in answer.text
