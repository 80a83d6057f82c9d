"""The worker pages as a whole: where they are, what they log, and what goes wrong inside them."""

from __future__ import annotations

import logging
import re
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from adapter.core import database
from adapter.core.database import UnavailableError
from adapter.marketplace.domain import assignment_lifecycle
from adapter.pages import frame
from adapter.pages.worker import groups
from tests.marketplace.workshop import a_hit

PAGE = {"Accept": "text/html"}


def test_the_start_page_leads_to_the_worker_pages(app):
    assert 'href="/mturk/findhits"' in Client(app).get("/", headers=PAGE).get_data(as_text=True)


def test_in_front_of_another_endpoint_there_are_no_worker_pages(new_app):
    client = Client(new_app(upstream="https://mturk.example"))
    assert client.get("/mturk/findhits", headers=PAGE).status_code == 404
    assert client.post("/mturk/externalSubmit", data={"assignmentId": "X", "a": "1"}).status_code == 404
    assert "/mturk/" not in client.get("/", headers=PAGE).get_data(as_text=True)


def test_calls_of_the_api_are_answered_as_before_at_their_paths(app):
    answer = Client(app).post("/", data={"Operation": "GetAccountBalance", "Version": "2008-08-02"})
    assert answer.mimetype == "text/xml"


def test_a_page_leaves_one_line_in_the_log_without_what_was_sent(visitor, mturk, caplog):
    hit_id = a_hit(mturk)
    with caplog.at_level(logging.INFO, logger="adapter.request"):
        visitor.client.get(f"/mturk/preview?hitId={hit_id}&x=secret")
    (line,) = [each.getMessage() for each in caplog.records if "PAGE" in each.getMessage()]
    assert "operation=/mturk/preview" in line
    assert "status=200" in line
    assert "secret" not in line


def test_what_fails_inside_is_a_page_without_a_stack_trace(app, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("inner secret")

    monkeypatch.setattr(groups.open_groups, "open_groups", broken)
    answer = Client(app).get("/mturk/findhits", headers=PAGE)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "Something went wrong here." in page
    assert "inner secret" not in page
    assert "Traceback" not in page
    assert "inner secret" in caplog.text


def test_a_database_that_is_busy_asks_for_patience_and_keeps_nothing_half(visitor, mturk, settings, monkeypatch):
    if settings.database_url:
        pytest.skip("another process keeps all of SQLite busy, not PostgreSQL")
    store = visitor.client.application.extensions["worker_site"]
    hit_id = a_hit(mturk)
    assignment_id = assignment_lifecycle.accept(store, visitor.worker_id, hit_id).assignment_id
    store.close()
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 100)
    other = sqlite3.connect(settings.data / "adapter.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    fields = {"assignmentId": assignment_id, "a": "1"}
    refused = visitor.client.post("/mturk/externalSubmit", data=fields)
    other.execute("ROLLBACK")
    other.close()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    page = refused.get_data(as_text=True)
    assert "This site cannot store your answer just now. It is still here: send it again in a moment." in page
    # the button on this page sends the same again
    assert refused.headers["Content-Security-Policy"].count("form-action 'self'") == 1
    assert '<form method="post" action="/mturk/externalSubmit">' in page
    again = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page)
    assert again == list(fields.items())
    assert visitor.client.post("/mturk/externalSubmit", data=dict(again)).status_code == 200
    store.close()


def test_a_database_that_is_away_is_a_page_too(app, monkeypatch):
    def away(*_):
        raise UnavailableError("gone")

    client = Client(app)
    client.set_cookie("mturk_worker", "x" * 43)
    monkeypatch.setattr(frame, "worker_of_session", away)
    answer = client.get("/mturk/findhits", headers=PAGE)
    assert answer.status_code == 503
    assert "too busy just now" in answer.get_data(as_text=True)


def test_a_database_that_goes_away_once_the_worker_is_known_is_a_page_too(visitor, monkeypatch):
    def away(*_):
        raise UnavailableError("gone")

    monkeypatch.setattr(frame, "count_unread", away)
    answer = visitor.client.get("/mturk/dashboard", headers=PAGE)
    assert answer.status_code == 503
    assert "too busy just now" in answer.get_data(as_text=True)


def test_a_large_form_is_refused_before_it_is_read_whole(new_app):
    client = Client(new_app(max_body=2000))
    answer = client.post("/mturk/beginsignin", data={"name": "x" * 3000})
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)


@given(st.one_of(st.text(), st.text(alphabet="/\\.:@?#%mturk \t\n", max_size=30).map("/mturk/".__add__)))
def test_nobody_is_led_away_by_a_return_path(path):
    led = frame.own_path(path)
    assert led.startswith("/mturk/")
    assert led.isprintable()
    assert "\\" not in led


@pytest.mark.parametrize(
    "name",
    [
        "site.css",
        "work.js",
        "submitted.js",
        "externalHIT_v1.js",
        "storage.js",
        "sending.js",
        "queue.js",
        "work.css",
        "crowd-html-elements.js",
        "crowd-html-elements-v2.js",
    ],
)
def test_every_file_that_pages_load_is_there(app, name):
    answer = Client(app).get(f"/mturk/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "http" not in answer.get_data(as_text=True).replace("https?:", "").replace("http://www.w3.org", "")


PART = b"--x\r\nContent-Disposition: form-data; name=a%b\r\n\r\nb\r\n"


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/mturk/beginsignin", "application/x-www-form-urlencoded", b"name=" + b"%41" * 11_000),
        ("/mturk/signup", "multipart/form-data; boundary=x", PART % b"" * 700),
        ("/mturk/submit", "application/x-www-form-urlencoded", b"a=" + b"a" * 40_000),
        ("/mturk/externalSubmit", "application/x-www-form-urlencoded", b"assignmentId=" + b"%" * 30_000),
        ("/mturk/externalSubmit", "multipart/form-data; boundary=x", PART % (b";a=b" * 5000)),
        ("/mturk/externalSubmit", "multipart/form-data; boundary=x", PART % (b"\r\na: b" * 5000)),
        ("/mturk/externalSubmit", "multipart/form-data; boundary=x", PART % b"" * 6000),
    ],
)
def test_what_no_browser_sends_is_refused_before_a_parser_spends_seconds_on_it(app, monkeypatch, path, kind, body):
    parsed = []
    monkeypatch.setattr(app.request_class, "make_form_data_parser", lambda *_: parsed.append(1))
    answer = Client(app).post(path, data=body, content_type=kind, headers=PAGE)
    assert answer.status_code == 413
    assert "too large, or has too many fields" in answer.get_data(as_text=True)
    assert not parsed


def test_a_query_that_no_link_has_is_refused_except_by_the_page_that_takes_answers_in_it(app):
    query = "a=" + "%41" * 11_000
    assert Client(app).get("/mturk/findhits?" + query, headers=PAGE).status_code == 413
    assert Client(app).get("/mturk/externalSubmit?" + query, headers=PAGE).status_code == 400
