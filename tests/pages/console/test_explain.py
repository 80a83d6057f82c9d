"""Operators paste a call of an old client into the console, and read what the gateway makes of it."""

from __future__ import annotations

from adapter.core.store import accounts
from adapter.pages.console import explain
from tests.legacy.explain.calls import Key, form_of, message_of
from tests.legacy_client import A_HIT, flatten
from tests.pages.console.visiting import Browser

PATH = "/console/explain"


def explained(operator, text):
    return operator.send(operator.get(PATH).form(PATH), text=text)


def test_a_pasted_call_is_explained_with_its_modern_calls_and_code(operator, store):
    key = accounts.create_account(store, "Requester")
    page = explained(operator, form_of("CreateHIT", flatten({**A_HIT, "Titel": "x"}), key))
    assert page.status == 200
    for words in ("CreateHIT", "known here, of account", "matches", "Titel is no member", "Title was probably meant"):
        assert words in page.text
    assert 'boto3.client("mturk"' in page.text
    assert "UniqueRequestToken" in page.text
    assert key.secret_access_key not in page.html


def test_a_wrong_signature_is_explained(operator, store):
    key = accounts.create_account(store, "Requester")
    wrong = Key(key.access_key_id, key.secret_access_key + "\n")
    page = explained(operator, message_of("GetHIT", {"HITId": "3A"}, {"HITId": "no such"}, key=wrong))
    assert "does not match" in page.text
    assert "line end behind it" in page.text
    assert "AWS.NotAuthorized" in page.text
    assert "Request 2: members" in page.text
    assert "HITDoesNotExist" in page.text


def test_what_is_no_call_and_what_is_too_large_is_said_to_be_so(operator):
    page = explained(operator, "Good <b>morning</b>")
    assert page.status == 400
    assert "no legacy call" in page.text
    assert explained(operator, "Operation=GetHIT&HITId=" + "A" * 100_000).status == 200
    assert explained(operator, "A" * explain.MOST_BYTES).status == 413


def test_markup_in_a_call_stays_text(operator):
    page = explained(operator, form_of("GetHIT", [("HITId", "<script>alert(1)</script>"), ("<b>x</b>", "1")]))
    assert "<script>" not in page.html
    assert "<b>" not in page.html


def test_nobody_else_is_answered(app, operator):
    stranger = Browser(app)
    assert stranger.get(PATH).path == "/console/signin"
    assert stranger.post(PATH, [("text", "Operation=GetHIT")]).path == "/console/signin"
    assert operator.post(PATH, [("text", "Operation=GetHIT")]).status == 403
