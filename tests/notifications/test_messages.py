"""What messages say, and how events are spread over them."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest
from boto.mturk.notification import NotificationMessage
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapter.legacy.protocol.wsdl import receptor
from adapter.notifications.messages import (
    LONGEST_URL,
    batches,
    document,
    mail_subject,
    mail_text,
    rest_url,
    signature,
    soap_body,
)
from adapter.notifications.routing import lane_of
from adapter.notifications.store.deliveries import Message

IDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=64)
EVENT = st.fixed_dictionaries(
    {
        "EventType": st.sampled_from(["AssignmentSubmitted", "HITReviewable", "Ping"]),
        "EventTime": st.just("2006-04-21T18:55:23Z"),
        "HITTypeId": IDS,
        "HITId": IDS,
    },
    optional={"AssignmentId": IDS},
)
EVENTS = st.lists(EVENT, min_size=1, max_size=40)
DESTINATIONS = st.sampled_from(
    [
        "http://example.com/mt/notifications.cgi",
        "http://example.com:8080",
        "https://user:pass@example.com/a?b=c&d=%26",
        "http://example.com/a?",
        "http://example.com/a?b=c&",
        "http://[2001:db8::1]/x#top",
        "http://example.com/" + "x" * 1000,
    ]
)
SUBMITTED = {
    "EventType": "AssignmentSubmitted",
    "EventTime": "2006-04-21T18:55:23Z",
    "HITTypeId": "3TYPE",
    "HITId": "3HIT",
    "AssignmentId": "3ASSIGNMENT",
}


def message(*events, destination="https://sqs.us-east-1.amazonaws.com/047991105548/q", transport="SQS"):
    return Message("AREQUESTER", "3TYPE", transport, destination, "2014-08-15", None, events, "ab" * 20, "lane")


def test_the_signature_is_the_one_of_the_reference():
    assert signature("secret", "2006-05-23T23:22:30Z") == "80ftB1nR3TaBjTA9DstGj9xs16k="


@given(DESTINATIONS, EVENTS)
def test_boto_reads_every_event_of_a_rest_call_and_the_destinations_own_query_survives(destination, events):
    url = rest_url(destination, "2006-05-05", events, "2006-05-23T23:22:30Z", "a+b/c=")
    assert url.isascii()
    assert "#" not in url
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    own = parse_qsl(urlsplit(destination).query, keep_blank_values=True)
    assert pairs[: len(own)] == own
    read = NotificationMessage(dict(pairs))
    assert (read.signature, read.timestamp, read.version) == ("a+b/c=", "2006-05-23T23:22:30Z", "2006-05-05")
    assert [(each.event_type, each.hit_id, getattr(each, "assignment_id", None)) for each in read.events] == [
        (each["EventType"], each["HITId"], each.get("AssignmentId")) for each in events
    ]


@given(DESTINATIONS, EVENTS, st.sampled_from(["REST", "SOAP", "SQS", "Email"]))
def test_events_keep_their_order_and_none_is_lost_or_doubled_in_batches(destination, events, transport):
    made = batches(transport, destination, "2006-05-05", events)
    assert [each for batch in made for each in batch] == events
    for batch in made:
        url = rest_url(destination, "2006-05-05", batch, "2006-05-23T23:22:30Z", "/" * 27 + "=")
        assert transport != "REST" or len(url) <= LONGEST_URL or len(batch) == 1


@given(st.lists(EVENT, min_size=2, max_size=40))
def test_no_url_could_have_taken_the_first_event_of_the_next_one(events):
    destination = "http://example.com/mt"
    made = batches("REST", destination, "2006-05-05", events)
    for batch, following in pairwise(made):
        longer = rest_url(destination, "2006-05-05", [*batch, following[0]], "2006-05-23T23:22:30Z", "/" * 27 + "=")
        assert len(longer) > LONGEST_URL


@given(st.text(max_size=32), EVENTS)
def test_whatever_version_a_client_names_the_soap_message_is_xml_and_says_it(version, events):
    root = etree.fromstring(soap_body(version, events, "2006-05-23T23:22:30Z", "a+b/c="))
    notify = root[0][0]
    assert etree.QName(notify).localname == "Notify"
    assert len(notify) == 3 + len(events)
    assert notify[0].text == "a+b/c="


def test_the_soap_namespace_is_that_of_the_notification_version():
    for version, there in (("2006-08-23", "2006-08-23"), ('x" y="z', "2006-05-05")):
        notify = etree.fromstring(soap_body(version, [SUBMITTED], "2006-05-23T23:22:30Z"))[0][0]
        assert notify.tag == f"{{http://requester.mturk.amazonaws.com/doc/{there}}}Notify"
        assert notify[0].tag.endswith("Timestamp"), "unsigned"


@given(EVENTS, st.one_of(st.none(), st.just("a+b/c=")))
def test_the_soap_message_is_valid_by_the_wsdl_that_is_served(events, signed):
    description = etree.fromstring(receptor("http://example.com/"))
    schema = etree.XMLSchema(description.find("{http://schemas.xmlsoap.org/wsdl/}types")[0])
    schema.assertValid(etree.fromstring(soap_body("2006-05-05", events, "2006-05-23T23:22:30Z", signed))[0][0])


def test_the_document_of_a_queue_has_the_recorded_members_in_the_recorded_order():
    reviewable = {**SUBMITTED, "EventType": "HITReviewable"}
    del reviewable["AssignmentId"]
    read = json.loads(document(message(SUBMITTED, reviewable)))
    assert list(read) == ["Events", "EventDocId", "SourceAccount", "CustomerId", "EventDocVersion"]
    assert read == {
        "Events": [
            {
                "EventType": "AssignmentSubmitted",
                "EventTimestamp": "2006-04-21T18:55:23Z",
                "HITId": "3HIT",
                "AssignmentId": "3ASSIGNMENT",
                "HITTypeId": "3TYPE",
            },
            {
                "EventType": "HITReviewable",
                "EventTimestamp": "2006-04-21T18:55:23Z",
                "HITId": "3HIT",
                "HITTypeId": "3TYPE",
            },
        ],
        "EventDocId": "ab" * 20,
        "SourceAccount": "047991105548",
        "CustomerId": "AREQUESTER",
        "EventDocVersion": "2014-08-15",
    }
    assert list(read["Events"][0]) == ["EventType", "EventTimestamp", "HITId", "AssignmentId", "HITTypeId"]
    assert json.loads(document(message(SUBMITTED, destination="http://q.test/q")))["SourceAccount"] == "0" * 12


def test_a_mail_gives_every_event_in_lines_that_programs_read_and_a_blank_one():
    """A fork of boto reads mails from its standard input: `name: value`, and whatever follows a blank line is another event."""
    of_the_hit = {name: value for name, value in SUBMITTED.items() if name != "AssignmentId"}
    text = mail_text(message(SUBMITTED, {**of_the_hit, "EventType": "HITReviewable"}))
    pair = re.compile(r"^\s*([a-zA-Z\s]+[a-zA-Z]+)\s*:\s*([a-zA-Z0-9\-:\s]+[a-zA-Z0-9]+)\s*$")
    events = [
        dict(match.groups() for line in block.split("\n") if (match := pair.search(line)))
        for block in text.split("\n\n")
    ]
    common = {"Event Time": "2006-04-21T18:55:23Z", "HIT Type ID": "3TYPE", "HIT ID": "3HIT"}
    assert [event for event in events if event] == [
        {"Event Type": "AssignmentSubmitted", **common, "Assignment ID": "3ASSIGNMENT"},
        {"Event Type": "HITReviewable", **common},
    ]


def test_the_subject_of_a_mail_says_what_happened():
    assert mail_subject(message(SUBMITTED)) == "Mechanical Turk: AssignmentSubmitted"
    assert mail_subject(message(SUBMITTED, {**SUBMITTED, "EventType": "HITExpired"})) == "Mechanical Turk: events (2)"


@pytest.mark.parametrize(
    ("transport", "destination", "lane"),
    [
        ("REST", "http://user:pass@Example.com:8080/a", "example.com:8080"),
        ("SQS", "https://sqs.us-east-1.amazonaws.com/1/q", "sqs.us-east-1.amazonaws.com"),
        ("SQS", "http://q\x1b[2J.test/q", "q?[2j.test"),
        ("SQS", "http://[x", "[x"),
        ("Email", "me@example.com", "Email"),
    ],
)
def test_deliveries_to_one_host_share_a_lane_that_shows_no_secret(transport, destination, lane):
    assert lane_of(transport, destination) == lane
