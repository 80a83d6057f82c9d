"""The worker pages behind deploy/nginx.conf: public addresses, cookies for TLS only, large files, errors for people."""

from __future__ import annotations

import re
import shutil
import signal
import uuid
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.domain import assignment_lifecycle
from tests.conftest import mturk_client
from tests.fixtures_live import start_nginx
from tests.marketplace.workshop import FILE, FORM, a_hit
from tests.pages.worker.test_frames import HTML

PASSWORD = "correct horse battery"


@pytest.fixture
def mturk(proxied_store, proxied_settings):
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


def test_the_host_for_content_goes_through_the_proxy_by_its_name(server, tmp_path):
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("nginx is not installed here")
    names = {"site_url": "https://work.example", "content_url": "https://{requester}.content.example"}
    behind = server(workers=1, trusted_proxies=1, **names)
    store = open_store(Settings(data=behind.data, threads=2))
    key = accounts.create_account(store, "Requester")
    hit_id = a_hit(mturk_client(Marketplace(store.settings, store), key), Question=HTML.format(height=0))
    store.close()
    front = start_nginx(nginx, tmp_path / "nginx", behind.port)

    def ask(method, host, path, **more):
        headers = {"Host": host, "Accept": "text/html"}
        return requests.request(
            method, front.url + path, headers=headers, verify=str(front.ca), timeout=30, allow_redirects=False, **more
        )

    try:
        page = ask("GET", "work.example", f"/mturk/preview?hitId={hit_id}").text
        address = urlsplit(unescape(re.search(r'<iframe[^>]* src="([^"]+)"', page)[1]))
        path = f"{address.path}?{address.query}"
        shown = ask("GET", address.netloc, path)
        assert 'action="https://work.example/mturk/externalSubmit"' in shown.text
        assert "allow-same-origin" in shown.headers["Content-Security-Policy"]
        assert ask("GET", "work.example", path).status_code == 403
        assert ask("GET", address.netloc, "/mturk/findhits").status_code == 404
        assert ask("POST", address.netloc, "/", data={"Operation": "GetAccountBalance"}).status_code == 404
        led = ask("POST", address.netloc, "/mturk/externalSubmit", data={"assignmentId": "x"})
        assert (led.status_code, led.headers["Location"]) == (307, "https://work.example/mturk/externalSubmit")
    finally:
        front.stop(signal.SIGQUIT)
