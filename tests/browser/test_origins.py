"""What the pages of requesters may and may not in a real browser: sessions, storage, devices, one another."""

from __future__ import annotations

import json

import pytest

from adapter.core.database import open_store
from adapter.core.settings import Settings
from tests.browser.test_worker_pages import Desk, html_question, until
from tests.browser.test_worker_pages import boto_question as documents
from tests.clients.test_boto import connect, disconnect
from tests.fixtures_live import free_port
from tests.legacy_client import Scene, through_http

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
DEVICES = """<!doctype html><html><body><p id="report"></p><script>
(async function () {
  const report = {};
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    report.tracks = stream.getTracks().map((each) => each.kind).sort();
  } catch (error) { report.tracks = error.name; }
  report.allowed = document.featurePolicy.allowedFeatures();
  document.getElementById("report").textContent = JSON.stringify(report);
})();
</script></body></html>"""
#: A template as requesters write them: it keeps a draft in every kind of storage, and submits what it found.
TEMPLATE = """<!DOCTYPE html><html><head><title>T</title><script>
const report = { found: [localStorage.getItem("draft"), sessionStorage.draft || null] };
localStorage.setItem("draft", "kept"); localStorage.colour = "red";
localStorage.setItem("gone", 1); localStorage.removeItem("gone");
sessionStorage.draft = "kept";
report.keys = [Object.keys(localStorage).sort(), localStorage.length, localStorage.missing, "colour" in localStorage].join(" ");
document.cookie = "a=1; path=/"; document.cookie = "b=2"; document.cookie = "b=; expires=Thu, 01 Jan 1970 00:00:00 GMT";
report.cookie = document.cookie;
try { report.parent = window.parent.document.title; } catch (error) { report.parent = error.name; }
try { document.domain = "localhost"; report.domain = document.domain; } catch (error) { report.domain = error.name; }
</script></head><body>
<form method="post" action="https://www.mturk.com/mturk/externalSubmit"><input type="hidden" name="assignmentId" value="">
<input name="report" id="report"><button id="send">Submit</button></form><script>
(async function () {
  report.database = await new Promise(function (tell) {
    const request = indexedDB.open("drafts", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("drafts");
    request.onerror = () => tell(request.error.name + " " + (request instanceof IDBRequest));
    request.onsuccess = function () {
      const store = request.result.transaction("drafts", "readwrite").objectStore("drafts");
      const before = store.get("draft");
      store.put("kept", "draft");
      before.onsuccess = () => tell(before.result || "empty");
    };
  });
  const site = document.forms[0].action.replace("/mturk/externalSubmit", "");
  try { report.read = (await (await fetch(site + "/mturk/myhits", { credentials: "include" })).text()).length; }
  catch (error) { report.read = error.name; }
  document.getElementById("report").value = JSON.stringify(report);
})();
</script></body></html>"""


@pytest.fixture
def desk_at(browser):
    """Makes a requester's desk at a running server, before a browser: `desk_at(live)`."""
    stores, connected = [], []

    def make(running, before=browser):
        store = open_store(Settings(data=running.data, sqlite_synchronous="NORMAL", threads=4))
        stores.append(store)
        key = Scene(store, through_http(running.url)).requester().key
        connected.append(connect(running, key.access_key_id, key.secret_access_key))
        return Desk(running, store, connected[-1], before)

    yield make
    for each in connected:
        disconnect(each)
    for each in stores:
        each.close()


def report_of(desk):
    desk.inside()
    found = json.loads(until(lambda: desk.find("#report").get_attribute("value") or desk.find("#report").text))
    desk.outside()
    return found


def test_a_page_on_another_port_of_the_sites_host_is_never_asked_for_and_the_worker_reads_why(desk_at, live, lab):
    desk = desk_at(live)
    lab.pages["/task"] = "<p>hello</p>"
    hit = desk.hit(documents.ExternalQuestion(lab.url.replace("localhost", "127.0.0.1") + "/task", 300), "Too near")
    desk.sign_up("Near Nina", f"/mturk/preview%3FgroupId%3D{hit.HITTypeId}")
    desk.sees("its page is on the host name of this site, and would get your sign-in")
    assert desk.browser.find_elements("css selector", "iframe") == []
    assert lab.asked == []
    # the same page by another name of this machine
    hit = desk.hit(documents.ExternalQuestion(lab.url + "/task", 300), "Far enough")
    desk.visit(f"/mturk/preview?groupId={hit.HITTypeId}")
    desk.inside()
    desk.sees("hello")
    assert [each.partition("?")[0] for each in lab.asked] == ["/task"]


def test_a_page_gets_camera_and_microphone_when_the_worker_consents_and_may_ask_for_what_amazon_let_it(
    desk_at, live, lab, new_browser
):
    flags = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    desk = desk_at(live, new_browser(flags=flags))
    lab.pages["/task"] = DEVICES
    hit = desk.hit(documents.ExternalQuestion(lab.url + "/task", 300), "Look and speak")
    desk.visit(f"/mturk/preview?groupId={hit.HITTypeId}")
    report = report_of(desk)
    assert report["tracks"] == ["audio", "video"]
    wanted = {
        "camera",
        "microphone",
        "geolocation",
        "clipboard-read",
        "clipboard-write",
        "fullscreen",
        "display-capture",
    }
    assert wanted | {"autoplay", "gamepad"} <= set(report["allowed"])
    said = [each["message"] for each in desk.browser.get_log("browser")]
    assert not [each for each in said if "nrecognized feature" in each], said


def test_a_template_that_uses_storage_works_in_a_frame_that_has_none_and_submits(desk_at, live):
    desk = desk_at(live)
    hit = desk.hit(html_question(TEMPLATE), "Storage in the sandbox")
    desk.sign_up("Sandy", f"/mturk/preview%3FgroupId%3D{hit.HITTypeId}")
    expected = {
        "found": [None, None],
        "keys": "colour,draft 2  true",
        "cookie": "a=1",
        "parent": "SecurityError",
        "domain": "SecurityError",
        "database": "InvalidStateError true",
        "read": "TypeError",
    }
    assert report_of(desk) == expected
    desk.accept()
    assert report_of(desk) == expected
    desk.inside()
    desk.find("#send").click()
    desk.outside()
    desk.sees("You have submitted this HIT.")
    [(_, [(name, answer)])] = desk.answers(hit)
    assert (name, json.loads(answer)) == ("report", expected)


@pytest.mark.parametrize("own_names", [True, False], ids=["a name for each requester", "a second port"])
def test_a_template_keeps_its_drafts_on_the_host_for_content_and_no_other_requester_finds_them(
    server, desk_at, own_names
):
    port, second = free_port(), free_port()
    settings = {
        "site_url": f"http://localhost:{port}",
        "content_url": f"http://{{requester}}.localhost:{port}" if own_names else f"http://localhost:{second}",
    }
    running = server(port=port, workers=1, **settings)
    if not own_names:
        server(("-m", "adapter.cli", "serve", "--no-scheduler"), port=second, workers=1, data=running.data, **settings)
    running.host = "localhost"
    first = desk_at(running)
    hit = first.hit(html_question(TEMPLATE), "Storage of its own")
    first.sign_up("Stella", f"/mturk/preview%3FgroupId%3D{hit.HITTypeId}")
    fresh = report_of(first)
    fresh.pop("domain")
    assert fresh == {
        "found": [None, None],
        "keys": "colour,draft 2  true",
        "cookie": "a=1",
        "parent": "SecurityError",
        "database": "empty",
        "read": "TypeError",
    }
    first.accept()
    found = report_of(first)
    assert (found["found"][0], found["database"], found["parent"], found["read"]) == (
        "kept",
        "kept",
        "SecurityError",
        "TypeError",
    )
    if own_names:
        second_hit = (other := desk_at(running)).hit(html_question(TEMPLATE), "Another requester's")
        other.visit(f"/mturk/preview?groupId={second_hit.HITTypeId}")
        found = report_of(other)
        assert (found["found"], found["database"]) == ([None, None], "empty")
        first.visit("/mturk/myhits")
        first.press("Go on")
    first.inside()
    until(lambda: first.find("#report").get_attribute("value"))
    first.find("#send").click()
    first.outside()
    first.sees("You have submitted this HIT.")
    [(_, [(name, _)])] = first.answers(hit)
    assert name == "report"
