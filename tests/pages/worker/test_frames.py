"""What a frame is given: addresses with their parameters, and HTML that can do nothing to the site."""

from __future__ import annotations

import re
import time
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import html5lib
import pytest
from werkzeug.test import Client

from adapter.marketplace.domain import assignment_lifecycle
from adapter.pages.content.frames import with_parameters
from adapter.pages.content.html import with_assignment, with_our_addresses, with_storage
from tests.marketplace.workshop import EXTERNAL, a_hit, html_question
from tests.pages.worker.visiting import Visitor

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
HTML = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">'
    "<HTMLContent><![CDATA[<!DOCTYPE html><html><head><title>x</title></head><body>"
    '<form action="https://workersandbox.mturk.com/mturk/externalSubmit"><input name="a"></form></body></html>]]>'
    "</HTMLContent><FrameHeight>{height}</FrameHeight></HTMLQuestion>"
)
WORKER = "AWORKER000001"
SCRIPTS = "".join(f'<script src="http://here/mturk/static/{name}.js"></script>' for name in ("storage", "sending"))


def frame_of(page):
    (frame,) = page.tree.iter("iframe")
    return frame


def external(url, height=400):
    return re.sub(
        r"<ExternalURL>.*?</FrameHeight>",
        f"<ExternalURL>{url}</ExternalURL><FrameHeight>{height}</FrameHeight>",
        EXTERNAL,
    )


@pytest.mark.parametrize(
    ("address", "with_them"),
    [
        ("https://a.example", "https://a.example?x=1&y=%26"),
        ("https://a.example/t?", "https://a.example/t?x=1&y=%26"),
        ("https://a.example/t?c=1", "https://a.example/t?c=1&x=1&y=%26"),
        ("https://a.example/t?c=1&", "https://a.example/t?c=1&x=1&y=%26"),
        ("https://a.example/t?c=1#part", "https://a.example/t?c=1&x=1&y=%26#part"),
        ("https://a.example/#!/t?c", "https://a.example/?x=1&y=%26#!/t?c"),
    ],
)
def test_parameters_join_the_query_that_is_there(address, with_them):
    assert with_parameters(address, {"x": "1", "y": "&"}) == with_them


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ('action="https://www.mturk.com/mturk/externalSubmit"', 'action="http://here/mturk/externalSubmit"'),
        ("'http://workersandbox.mturk.com/mturk/externalSubmit?a=1'", "'http://here/mturk/externalSubmit?a=1'"),
        ('action="http://mturk.com/mturk/externalSubmit"', 'action="http://here/mturk/externalSubmit"'),
        ('"//www.mturk.com//mturk/externalSubmit"', '"http://here//mturk/externalSubmit"'),
        ('"HTTPS://WWW.MTURK.COM/mturk/externalSubmit"', '"http://here/mturk/externalSubmit"'),
        ('action="/mturk/externalSubmit"', 'action="/mturk/externalSubmit"'),
        ('"https://evilmturk.com/mturk/externalSubmit"', '"https://evilmturk.com/mturk/externalSubmit"'),
        ('href="https://www.mturk.com/help"', 'href="https://www.mturk.com/help"'),
        (
            '"https://evil-www.mturk.com.example/mturk/externalSubmit"',
            '"https://evil-www.mturk.com.example/mturk/externalSubmit"',
        ),
        (
            'src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"',
            'src="http://here/mturk/static/externalHIT_v1.js"',
        ),
        ('src="//mturk-public.s3.amazonaws.com/externalHIT_v1.js"', 'src="http://here/mturk/static/externalHIT_v1.js"'),
        (
            'src="https://assets.crowd.aws/crowd-html-elements.js"',
            'src="http://here/mturk/static/crowd-html-elements.js"',
        ),
        (
            'src="https://assets.crowd.aws/crowd-html-elements-v2.js"',
            'src="http://here/mturk/static/crowd-html-elements.js"',
        ),
        ('src="https://code.jquery.com/jquery.js"', 'src="https://code.jquery.com/jquery.js"'),
    ],
)
def test_addresses_of_the_old_service_become_ours_and_others_stay(written, served):
    assert with_our_addresses(written, "http://here") == served


@pytest.mark.parametrize(
    ("written", "served"),
    [
        (
            '<input type="hidden" name="assignmentId" id="assignmentId" value=""/>',
            'name="assignmentId" id="assignmentId" value="3AB"/>',
        ),
        ("<INPUT value='' name=assignmentId>", "<INPUT value='3AB' name=assignmentId>"),
        (
            '<input name="assignmentId" value="ASSIGNMENT_ID_NOT_AVAILABLE">',
            '<input name="assignmentId" value="3AB">',
        ),
        ('<input name="assignmentId">', '<input value=3AB name="assignmentId">'),
        ("w('<input name=\"assignmentId\"/>')", "w('<input value=3AB name=\"assignmentId\"/>')"),
        ('<input name="assignmentId" value="${x}">', '<input name="assignmentId" value="${x}">'),
        ('<input name="assignmentIds" value="">', '<input name="assignmentIds" value="">'),
        ('<input id="assignmentId" value="">', '<input id="assignmentId" value="">'),
        ('<p>name="assignmentId" value=""</p>', '<p>name="assignmentId" value=""</p>'),
    ],
)
def test_an_empty_field_for_the_assignment_is_filled_in_and_nothing_else(written, served):
    assert with_assignment(written, "3AB").endswith(served)


@pytest.mark.parametrize(
    "before",
    [
        "",
        "<!DOCTYPE html>",
        "\ufeff<!doctype html>",
        " <!-- a --> \n<!-- <head> --><!DOCTYPE HTML PUBLIC 'x'>",
        "<?xml version='1.0'?><!DOCTYPE html>",
    ],
)
def test_the_script_for_storage_stands_before_all_others_and_after_the_document_type(before):
    html = with_storage(before + '<html lang="en"><head id="h"><script>a()</script></head></html>', "http://here")
    assert html.startswith(before + SCRIPTS + "<html")
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    assert tree.get("lang") == "en"
    assert [each.get("src") for each in tree.iter("script")] == [
        "http://here/mturk/static/storage.js",
        "http://here/mturk/static/sending.js",
        None,
    ]


def test_no_html_takes_long_to_be_made_ready():
    for html in ("<input name=" * 6000, "<!---->" * 9000, "<!--" * 16000, "<?" * 32000, " " * 64000):
        started = time.perf_counter()
        with_storage(with_assignment(html, "3AB"), "http://here")
        assert time.perf_counter() - started < 1


def test_a_frame_may_ask_for_what_amazons_frames_could(visitor, mturk):
    for question in (external("https://lab.example/"), HTML.format(height=0)):
        allowed = (
            frame_of(visitor.get(f"/mturk/preview?hitId={a_hit(mturk, Question=question)}")).get("allow").split("; ")
        )
        assert {"camera", "microphone", "geolocation", "clipboard-read", "clipboard-write", "fullscreen"} <= set(
            allowed
        )


def test_a_preview_and_a_worker_at_work_get_the_documented_parameters(visitor, mturk):
    hit_id = a_hit(mturk, Question=external("https://lab.example/task?c=1", 321))
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    assert frame_of(page).get("src") == (
        f"https://lab.example/task?c=1&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId={hit_id}"
    )
    frame = frame_of(visitor.send(page.form("/mturk/accept")))
    given = dict(parse_qsl(urlsplit(frame.get("src")).query))
    assert list(given) == ["c", "assignmentId", "hitId", "workerId", "turkSubmitTo"]
    assert (given["hitId"], given["workerId"], given["turkSubmitTo"]) == (hit_id, visitor.worker_id, "http://localhost")
    assert frame.get("height") == "321"
    assert "full" not in frame.get("class")
    # the whole window is replaced at a click, never by a script alone
    assert "allow-top-navigation-by-user-activation" in frame.get("sandbox").split()
    assert "allow-top-navigation" not in frame.get("sandbox").split()


def test_without_a_height_the_frame_is_as_high_as_the_window(visitor, mturk):
    frame = frame_of(visitor.get(f"/mturk/preview?hitId={a_hit(mturk, Question=external('https://lab.example/', 0))}"))
    assert frame.get("height") is None
    assert frame.get("class") == "question full"


@pytest.mark.parametrize(
    "url", ["http://localhost:9000/task", "https://LOCALHOST/task", "http://localhost/mturk/myhits"]
)
def test_a_page_on_the_host_name_of_the_site_is_not_shown_on_any_port_as_it_would_get_the_sessions(
    visitor, mturk, store, url
):
    hit_id = a_hit(mturk, Question=external(url))
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    assert list(page.tree.iter("iframe")) == []
    assert "its page is on the host name of this site, and would get your sign-in" in page.text
    assert "Accept" not in page.html
    assignment_id = assignment_lifecycle.accept(store, visitor.worker_id, hit_id).assignment_id
    page = visitor.get(f"/mturk/continue?assignmentId={assignment_id}")
    assert url.split("/task")[0] not in page.html
    assert "I have submitted it" not in page.text
    assert "You have returned this HIT." in visitor.send(page.form("/mturk/return")).text


def test_html_that_nobody_can_submit_is_not_offered_and_the_worker_reads_why(visitor, mturk, store):
    hit_id = a_hit(mturk, Question=html_question("<crowd-form><crowd-orrery></crowd-orrery></crowd-form>"))
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    assert not list(page.tree.iter("iframe"))
    assert "This HIT cannot be done here: it uses elements that this site does not know: crowd-orrery." in page.text
    assert "/mturk/accept" not in page.text
    assignment_id = assignment_lifecycle.accept(store, visitor.worker_id, hit_id).assignment_id
    page = visitor.get(f"/mturk/continue?assignmentId={assignment_id}")
    assert "cannot be done here" in page.text
    assert "You have returned this HIT." in visitor.send(page.form("/mturk/return")).text


def test_a_page_on_the_host_name_of_the_site_is_shown_where_it_is_trusted_and_never_with_the_origin_of_the_site(
    new_app, store, mturk
):
    visitor = Visitor(new_app(trust_site_host=True), store, "Trusting")

    def sandbox(url):
        hit_id = a_hit(mturk, Question=external(url))
        return frame_of(visitor.get(f"/mturk/preview?hitId={hit_id}")).get("sandbox").split()

    assert {"allow-same-origin", "allow-storage-access-by-user-activation"} <= set(sandbox("https://lab.example/"))
    assert "allow-same-origin" in sandbox("http://localhost:9000/")
    assert "allow-same-origin" not in sandbox("http://localhost/mturk/myhits")
    assert "allow-same-origin" not in sandbox("http://LOCALHOST:80/mturk/myhits")


@pytest.mark.parametrize(
    ("site_url", "headers", "proxies", "expected"),
    [
        ("https://work.example/", {}, 0, "https://work.example"),
        ("", {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "turk.example"}, 1, "https://turk.example"),
        ("", {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "turk.example"}, 0, "http://localhost"),
    ],
)
def test_workers_are_sent_to_the_public_address(new_app, store, mturk, site_url, headers, proxies, expected):
    app = new_app(site_url=site_url, trusted_proxies=proxies)
    hit_id = a_hit(mturk, Question=HTML.format(height=0))
    assignment_id = assignment_lifecycle.accept(store, WORKER, hit_id).assignment_id
    page = Client(app).get(f"/mturk/question?assignmentId={assignment_id}&hitId={hit_id}", headers=headers)
    assert f'action="{expected}/mturk/externalSubmit"' in page.get_data(as_text=True)


def test_the_html_of_a_question_is_served_into_an_origin_of_its_own(visitor, app, mturk):
    hit_id = a_hit(mturk, Question=HTML.format(height=0))
    page = visitor.get(f"/mturk/preview?hitId={hit_id}")
    answer = visitor.client.get(frame_of(page).get("src"))
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" not in policy
    assert "allow-top-navigation" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["Referrer-Policy"] == "origin"
    assert "allow-same-origin" not in frame_of(page).get("sandbox")
    # a frame sends no cookie when it loads itself again
    assert Client(app).get(unescape(frame_of(page).get("src"))).status_code == 200


def test_the_html_of_an_assignment_is_only_for_who_has_it_now(visitor, app, mturk, store):
    hit_id = a_hit(mturk, Question=HTML.format(height=0), MaxAssignments=2)
    assignment_id = assignment_lifecycle.accept(store, WORKER, hit_id).assignment_id
    path = f"/mturk/question?hitId={hit_id}&assignmentId={assignment_id}"
    assert Client(app).get(path).status_code == 200
    assert visitor.client.get(path).status_code == 404
    for wrong in (
        path.replace(hit_id, "OTHER"),
        path.replace(assignment_id, "OTHER"),
        path.replace(hit_id, "%00"),
        "/mturk/question",
    ):
        assert Client(app).get(wrong).status_code == 404
    assignment_lifecycle.return_assignment(store, WORKER, assignment_id)
    assert Client(app).get(path).status_code == 404


def test_the_html_of_a_guarded_preview_is_kept_from_those_it_is_guarded_from(visitor, mturk):
    guarded = {"QualificationTypeId": MASTERS, "Comparator": "Exists", "ActionsGuarded": "PreviewAndAccept"}
    hit_id = a_hit(mturk, Question=HTML.format(height=0), QualificationRequirements=[guarded])
    answer = visitor.client.get(f"/mturk/question?hitId={hit_id}&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE")
    assert answer.status_code == 403
    assert "<form" not in answer.get_data(as_text=True)


def test_there_is_no_html_of_other_kinds_of_questions(visitor, mturk):
    hit_id = a_hit(mturk)
    assert visitor.client.get(f"/mturk/question?hitId={hit_id}").status_code == 404
