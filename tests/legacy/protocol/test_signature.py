"""Signatures and times: Amazon's formula, its window, and nothing learned by strangers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from adapter.core.errors import LegacyError, Place
from adapter.legacy.protocol.request import Credentials
from adapter.legacy.protocol.rest import pairs, parse
from adapter.legacy.protocol.signature import check, sign, timestamp

NOW = datetime(2016, 4, 6, 12, 0, 0, tzinfo=UTC)
SKEW, LOCAL = 900, 14 * 3600


@dataclass
class Key:
    secret_access_key: str = "secret"
    enabled: bool = True
    skew: int | None = None
    skew_local: int | None = None


def refusal(when, key=Key(), signature=None, access_key_id="AKID"):  # noqa: B008 - never changed
    text = f"AWSMechanicalTurkRequesterGetHIT{when}"
    given = sign("secret", text) if signature is None else signature
    try:
        check(Credentials(access_key_id, when, given, text), key, NOW, SKEW, LOCAL)
    except LegacyError as error:
        return error.code if error.place is Place.PLATFORM else f"{error.code} in the wrong place"
    return ""


def test_the_published_vectors_are_reproduced(contract_dir):
    vectors = json.loads((contract_dir / "contract" / "catalog.json").read_text())["signature_test_vectors"]
    assert len(vectors) == 5
    for vector in vectors:
        assert sign(vector["key"], vector["string_to_sign"]) == vector["signature"], vector["origin"]


@pytest.mark.parametrize("seconds", [0, 899, -899])
@pytest.mark.parametrize("spelling", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.321Z", "%Y-%m-%dT%H:%M:%S+00:00"])
def test_a_time_with_a_zone_is_accepted_within_fifteen_minutes(seconds, spelling):
    assert refusal((NOW + timedelta(seconds=seconds)).strftime(spelling)) == ""


@pytest.mark.parametrize("seconds", [902, -902, 86400 * 3650])
def test_a_time_with_a_zone_outside_fifteen_minutes_has_expired(seconds):
    assert refusal((NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")) == "RequestExpired"


@pytest.mark.parametrize(
    ("hours", "code"), [(13.9, ""), (-13.9, ""), (14.1, "RequestExpired"), (-14.1, "RequestExpired")]
)
def test_a_time_without_a_zone_may_be_anybodys_local_time(hours, code):
    assert refusal((NOW + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")) == code


@pytest.mark.parametrize("spelling", ["{}", "{}999", " {} "])
def test_a_time_may_be_seconds_or_milliseconds_since_1970(spelling):
    assert refusal(spelling.format(int(NOW.timestamp()) - 899)) == ""
    assert refusal(spelling.format(int(NOW.timestamp()) - 902)) == "RequestExpired"


def test_an_account_may_have_windows_of_its_own():
    late = NOW - timedelta(seconds=60)
    assert refusal(late.strftime("%Y-%m-%dT%H:%M:%SZ"), Key(skew=30)) == "RequestExpired"
    assert refusal(late.strftime("%Y-%m-%dT%H:%M:%S"), Key(skew_local=30)) == "RequestExpired"
    later = NOW - timedelta(hours=2)
    assert refusal(later.strftime("%Y-%m-%dT%H:%M:%SZ"), Key(skew=3 * 3600)) == ""


def test_unknown_key_wrong_secret_and_disabled_key_are_the_same_refusal():
    when = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert refusal(when, key=None) == refusal(when, Key("other")) == refusal(when, Key(enabled=False))
    assert refusal(when, key=None) == "AWS.NotAuthorized"


def test_a_wrong_signature_is_told_before_a_stale_time():
    assert refusal("1999-01-01T00:00:00Z", Key("other")) == "AWS.NotAuthorized"


@pytest.mark.parametrize("left_out", ["access_key_id", "when", "signature"])
def test_what_a_call_left_out_of_its_credentials_is_named(left_out):
    given = {"when": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), left_out: ""}
    assert refusal(**given) == "AWS.BadCredentialSupplied"


def test_a_signature_in_a_query_needs_no_escapes_whatever_it_is_made_of():
    when = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    wanted = {(place, special) for place in range(26) for special in "+/"} | {(0, "++"), (12, "++"), (0, "+/")}
    for number in range(20_000):
        key = Key(f"secret {number}")
        signature = sign(key.secret_access_key, f"AWSMechanicalTurkRequesterGetHIT{when}")
        shown = {(place, special) for place, special in wanted if signature.startswith(special, place)}
        if shown:
            query = f"Operation=GetHIT&AWSAccessKeyId=AKID&Signature={signature}&Timestamp={when}"
            check(parse(pairs(query.encode(), 10)).credentials, key, NOW, SKEW, LOCAL)
            wanted -= shown
    assert not wanted


@pytest.mark.parametrize("change", [lambda text: text[1:], lambda text: text[:-1], lambda text: "/" + text, str.lower])
def test_no_other_part_of_a_signature_may_be_missing_or_changed(change):
    when = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = sign("secret", f"AWSMechanicalTurkRequesterGetHIT{when}")
    assert not signature.startswith("+")
    assert refusal(when, signature=change(signature)) == "AWS.NotAuthorized"


@pytest.mark.parametrize(
    ("text", "moment", "zoned"),
    [
        ("2006-10-31T12:00:00Z", "2006-10-31T12:00:00", True),
        ("2006-10-31T12:00:00.123456789Z", "2006-10-31T12:00:00", True),
        ("2006-10-31T12:00:00+01:00", "2006-10-31T11:00:00", True),
        ("2006-10-31T12:00:00-0500", "2006-10-31T17:00:00", True),
        ("2006-10-31T12:00:00", "2006-10-31T12:00:00", False),
        ("2006-10-31 12:00:00.5", "2006-10-31T12:00:00", False),
        ("2006-10-31T12:00Z", "2006-10-31T12:00:00", True),
        ("2006-10-31T23:59:60Z", "2006-10-31T23:59:59", True),
    ],
)
def test_times_are_read_as_clients_spell_them(text, moment, zoned):
    found, has_zone = timestamp(text)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M:%S") == moment
    assert has_zone is zoned


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2006-13-31T12:00:00Z", "2006-10-31", "0000-00-00T00:00:00Z", "9" * 999]
)
def test_what_is_no_time_is_none(text):
    assert timestamp(text)[0] is None


def test_a_time_of_nothing_but_white_space_costs_nothing():
    assert refusal("2016-04-06T12:00:00Z" + " " * 1_000_000 + "x") == "RequestExpired"
