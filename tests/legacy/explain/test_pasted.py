"""A call is found in whatever form somebody has it at hand, and what is none is said to be none."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

import pytest

from adapter.cli.server import sample_call
from adapter.legacy.explain.pasted import LONGEST, LONGEST_COMMAND, NothingFoundError, read
from tests.fixtures_live import environment, free_port
from tests.legacy.explain.calls import Key, all_forms, explained, form_of, message_of

BOTO = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
from tests import boto2
boto2.prepare()
from boto.mturk.connection import MTurkConnection
client = MTurkConnection(*sys.argv[1:3], host="127.0.0.1", port=int(sys.argv[3]), is_secure=False, debug=2)
client.num_retries = 0
try:
    client.get_assignments("3EXAMPLE", status="Submitted")
except OSError:
    pass
"""
FORMS = list(all_forms("", ""))


@pytest.mark.parametrize("form", FORMS)
def test_a_call_is_read_in_every_form_in_which_people_have_it(form, settings):
    members = {"HITId": "3EXAMPLE", "Title": "Say & do <it>"}
    text = all_forms(form_of("GetHIT", members.items()), message_of("GetHIT", members))[form]
    found = explained(text, settings, secret=Key.secret_access_key)
    assert (found.operation, found.protocol, found.version) == (
        "GetHIT",
        "SOAP" if "SOAP" in form else "REST",
        "2014-08-15",
    )
    assert found.signing.matches, found.signing
    assert not found.refusals
    [request] = found.requests
    assert [(each.name, each.value) for each in request.members] == [("HITId", "3EXAMPLE")]
    assert list(request.passed_over) == ["Title"]


def test_what_boto_logs_is_explained(settings):
    arguments = [Key.access_key_id, Key.secret_access_key, str(free_port())]
    shown = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BOTO, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    found = explained(shown, settings, secret=Key.secret_access_key)
    assert (found.operation, found.signing.matches, found.refusals) == ("GetAssignmentsForHIT", True, [])
    assert ("AssignmentStatus", ["Submitted"]) in [(each.name, each.value) for each in found.requests[0].members]


def test_the_sample_that_a_first_start_prints_is_explained(settings):
    found = explained(sample_call(Key(), settings), settings, secret=Key.secret_access_key)
    assert (found.operation, found.version, found.signing.matches) == ("RevokeQualification", "2006-10-31", True)
    [call] = found.requests[0].calls
    assert call.operation == "DisassociateQualificationFromWorker"
    assert call.json["Reason"] == "You have not been using the site"


def test_a_line_of_our_own_log_tells_what_it_can(settings):
    line = (
        "2026-01-01 INFO adapter.request request_id=0c3-4 requester=A1 operation=ExtendHIT version=2008-08-02 protocol=SOAP "
        "upstream_calls=1 ms=2.0 status=200 error=AWS.MechanicalTurk.InvalidHITState"
    )
    found = explained(line, settings)
    assert (found.operation, found.version, found.protocol) == ("ExtendHIT", "2008-08-02", "SOAP")
    assert [each.code for each in found.refusals] == ["AWS.MechanicalTurk.InvalidHITState"]
    assert "UpdateExpirationForHIT" in found.made_of
    assert found.differences
    as_json = '{"event": "call", "request_id": "0c3-4", "operation": "GetHIT", "version": "-", "protocol": "REST", "error": "-"}'
    assert explained(as_json, settings).operation == "GetHIT"


def test_a_file_that_curl_would_read_is_not_read(settings, tmp_path):
    file = tmp_path / "body"
    file.write_text("Title=secret")
    found = explained(f"curl -d Operation=GetHIT -d @{file} http://localhost/", settings)
    assert found.operation == "GetHIT"
    assert found.notes == [f"The file {file} was not read."]
    assert "secret" not in str(found.as_object())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no legacy call"),
        ("Good morning", "no legacy call"),
        ("https://example.com/", "no legacy call"),
        ('1.2.3.4 - - [x] "POST / HTTP/1.1" 200 1 "-" "Perl"', "have no bodies"),
        ("POST / HTTP/1.1\nX-Amz-Target: MTurkRequesterServiceV20170117.GetHIT\n\n{}", "2017-01-17"),
        ("POST / HTTP/1.1\nAuthorization: AWS4-HMAC-SHA256 Credential=x\n\n{}", "2017-01-17"),
        ("curl 'http://localhost/?Operation=GetHIT", "cannot be read"),
        ("x" * (LONGEST + 1), "longer than"),
        ("curl -d " + "x" * LONGEST_COMMAND, "longer than"),
    ],
)
def test_what_is_no_legacy_call_is_refused_with_a_reason(text, words, settings):
    with pytest.raises(NothingFoundError, match=words):
        explained(text, settings)


@pytest.mark.parametrize("piece", ['>> "', '>> "a" ', "send: '", "query_string: ", '"GET ', "GET / HTTP/1.1 ", "curl "])
def test_reading_a_text_costs_no_more_than_it_is_long(piece):
    started = time.process_time()
    with contextlib.suppress(NothingFoundError):
        read(piece * (100_000 // len(piece)) + "x")
    assert time.process_time() - started < 5
