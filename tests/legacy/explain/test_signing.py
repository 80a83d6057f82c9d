"""The mistakes that signing programs make are recognised, and none is claimed where the cause is not known."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

import pytest

from adapter.core.store import accounts
from tests.legacy.explain.calls import Key, explained, form_of
from tests.legacy_client import SERVICE, hmac_sha1, moment, signed

SECRET = Key.secret_access_key
NOW = moment()
RIGHT = f"{SERVICE}GetHIT{NOW}"


def raw(secret, text, digest=hashlib.sha1):
    return hmac.new(secret.encode(), text.encode(), digest).digest()


def with_signature(signature, when=NOW, **more):
    pairs = {"Service": SERVICE, "Operation": "GetHIT", "HITId": "3EXAMPLE", "Version": "2008-08-02", "Timestamp": when}
    return urlencode({**pairs, "AWSAccessKeyId": Key.access_key_id, **more, "Signature": signature})


def version_2(method):
    pairs = {"Operation": "GetHIT", "Timestamp": NOW, "AWSAccessKeyId": Key.access_key_id, "SignatureVersion": "2"}
    text = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(pairs.items()))
    pairs["Signature"] = base64.b64encode(
        raw(SECRET, f"{method}\nmechanicalturk.amazonaws.com\n/\n{text}", hashlib.sha256)
    ).decode()
    address = f"https://mechanicalturk.amazonaws.com/?{urlencode(pairs)}"
    return f"curl -X {method} '{address}'"


MISTAKES = {
    "a line end behind": with_signature(hmac_sha1(SECRET + "\n", RIGHT)),
    "CR LF": with_signature(hmac_sha1(SECRET + "\r\n", RIGHT)),
    "quotation marks": with_signature(hmac_sha1(f'"{SECRET}"', RIGHT)),
    "access key id was used as the secret": with_signature(hmac_sha1(Key.access_key_id, RIGHT)),
    "Timestamp, Operation, Service, in this order": with_signature(hmac_sha1(SECRET, f"{NOW}GetHIT{SERVICE}")),
    "with a line end between": with_signature(hmac_sha1(SECRET, f"{SERVICE}\nGetHIT\n{NOW}")),
    "without Service": with_signature(hmac_sha1(SECRET, f"GetHIT{NOW}")),
    "Another Timestamp was signed than the one that was sent: URL-encoded": with_signature(
        hmac_sha1(SECRET, f"{SERVICE}GetHIT{quote(NOW, safe='')}")
    ),
    "with its escapes undone": with_signature(hmac_sha1(SECRET, RIGHT), when=quote(NOW, safe="")),
    "sent: 2011-04-05T06:07:08.000Z": with_signature(
        hmac_sha1(SECRET, f"{SERVICE}GetHIT2011-04-05T06:07:08.000Z"), when="2011-04-05T06:07:08Z"
    ),
    "sent: 2011-04-05T06:07:09Z": with_signature(
        hmac_sha1(SECRET, f"{SERVICE}GetHIT2011-04-05T06:07:09Z"), when="2011-04-05T06:07:08Z"
    ),
    "sent: seconds since 1970": with_signature(hmac_sha1(SECRET, f"{SERVICE}GetHIT1301983628"), "2011-04-05T06:07:08Z"),
    "with a space for the T": with_signature(hmac_sha1(SECRET, f"{SERVICE}GetHIT{NOW.replace('T', ' ')}")),
    "HMAC-SHA256": with_signature(base64.b64encode(raw(SECRET, RIGHT, hashlib.sha256)).decode()),
    "hexadecimal; this": with_signature(raw(SECRET, RIGHT).hex()),
    "the Base64 of the hexadecimal": with_signature(base64.b64encode(raw(SECRET, RIGHT).hex().encode()).decode()),
    "encoded twice": with_signature(quote(hmac_sha1(SECRET, RIGHT), safe="")),
    "exchanged": with_signature(hmac_sha1(RIGHT, SECRET)),
    "no HMAC": with_signature(
        base64.b64encode(hashlib.sha1((SECRET + RIGHT).encode(), usedforsecurity=False).digest()).decode()
    ),
    "small letters": with_signature(hmac_sha1(SECRET, RIGHT).lower()),
    "cut off": with_signature(hmac_sha1(SECRET, RIGHT)[:-5]),
    "signature version 1": form_of("GetHIT", [("HITId", "3EXAMPLE")], scheme="1").replace("&SignatureVersion=1", ""),
    "signature version 2, which": version_2("GET"),
    "version 2, which this API never took: sign": version_2("POST"),
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_known_mistake_is_named(words, settings):
    found = explained(MISTAKES[words], settings, secret=SECRET)
    assert found.signing.matches is False
    assert words in " ".join(found.signing.mistakes)
    assert found.refusals[0].code == "AWS.NotAuthorized"


def test_two_mistakes_together_are_named_both(settings):
    found = explained(with_signature(raw(SECRET + "\n", f"GetHIT{NOW}").hex()), settings, secret=SECRET)
    [said] = found.signing.mistakes
    assert "line end behind" in said
    assert "without Service" in said
    assert "hexadecimal" in said


def test_nothing_is_claimed_of_a_signature_that_nothing_explains(settings):
    found = explained(with_signature(hmac_sha1("somebody else's", RIGHT)), settings, secret=SECRET)
    assert (found.signing.matches, found.signing.mistakes) == (False, [])


def test_the_key_is_looked_up_and_that_of_another_one_is_recognised(store, settings):
    mine, other = accounts.create_account(store, "mine"), accounts.create_account(store, "other")
    right = explained(form_of("GetHIT", [("HITId", "3EXAMPLE")], mine), settings, store=store)
    assert right.signing.matches
    assert mine.account_id in right.signing.key
    assert not right.refusals
    mixed = Key(mine.access_key_id, other.secret_access_key)
    wrong = explained(form_of("GetHIT", [("HITId", "3EXAMPLE")], mixed), settings, store=store)
    assert wrong.signing.mistakes == [f"It was made with the secret of another key, {other.access_key_id}"]


def test_a_key_that_is_not_known_is_told_of_only_where_one_looked(store, settings):
    text = form_of("GetHIT", [("HITId", "3EXAMPLE")])
    assert [each.code for each in explained(text, settings, store=store).refusals] == ["AWS.NotAuthorized"]
    alone = explained(text, settings)
    assert (alone.signing.matches, alone.refusals) == (None, [])
    assert "not known" in alone.signing.key


def test_a_call_that_is_too_old_is_said_to_be_so(settings):
    found = explained(form_of("GetHIT", [("HITId", "3E")], when="2010-05-14T12:00:00Z"), settings, secret=SECRET)
    assert found.signing.matches
    assert [each.code for each in found.refusals] == ["RequestExpired"]
    assert "days ago; 15 minutes are allowed" in found.signing.time
    assert (
        "not a time"
        in explained(form_of("GetHIT", [("HITId", "3E")], when="yesterday"), settings, secret=SECRET).signing.time
    )


def test_local_time_that_is_said_to_be_utc_is_recognised(settings):
    def time_of(shift):
        return explained(form_of("GetHIT", [("HITId", "3E")], when=moment(shift)), settings).signing.time

    assert "local time" in time_of(-5 * 3600)
    assert "local time" in time_of(5.5 * 3600 + 60)
    assert "local time" not in time_of(-60)
    assert "local time" not in time_of(3 * 3600 + 900)


def test_what_is_absent_is_named(settings):
    found = explained("Operation=GetHIT&HITId=3E", settings)
    assert [each.code for each in found.refusals] == ["AWS.BadCredentialSupplied"]


def test_neither_the_secret_nor_a_whole_signature_is_shown(store, settings):
    key = accounts.create_account(store, "mine")
    for scheme in "01":
        text = urlencode(signed(key, "GetHIT", [("HITId", "3E"), ("Title", key.secret_access_key)], scheme))
        shown = str(explained(text, settings, store=store).as_object())
        right = hmac_sha1(key.secret_access_key, f"{SERVICE}GetHIT{moment()}")
        assert key.secret_access_key not in shown
        assert dict(signed(key, "GetHIT", []))["Signature"] not in shown
        assert right not in shown
