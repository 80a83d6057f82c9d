"""What Go clients put on the wire, goamz, crowds and hand-written ones, and what encoding/xml needs to read the answers."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import pytest
from lxml import etree

from tests.legacy_client import EXTERNAL, FORM, NAMESPACE, SERVICE, hmac_sha1, moment

#: encoding/xml writes a member without a value as an empty element.
REQUIREMENT = (
    "<QualificationRequirement><QualificationTypeId>000000000000000000L0</QualificationTypeId>"
    "<Comparator>GreaterThan</Comparator><IntegerValue>90</IntegerValue><LocaleValue></LocaleValue>"
    "<RequiredToPreview>true</RequiredToPreview></QualificationRequirement>"
)
TASK = {
    "Title": "t",
    "Description": "d",
    "Question": EXTERNAL,
    "Reward.1.Amount": "0.01",
    "Reward.1.CurrencyCode": "USD",
    "AssignmentDurationInSeconds": "30",
    "LifetimeInSeconds": "600",
}


def pairs(client, operation, when, parameters, **common):
    """url.Values.Encode: every name, sorted."""
    signature = hmac_sha1(client.key.secret_access_key, SERVICE + operation + when)
    given = {
        "AWSAccessKeyId": client.key.access_key_id,
        "Operation": operation,
        "Timestamp": when,
        "Signature": signature,
        **common,
        **parameters,
    }
    return urlencode(sorted(given.items())).encode()


def goamz(client, operation, parameters=()):
    """A GET without Version; anything but 200 is an error to goamz."""
    query = pairs(client, operation, moment(), dict(parameters), Service=SERVICE)
    answer = client.send("GET", "/", query, b"", {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"})
    assert answer.status == 200
    return answer


def test_a_requirement_sent_as_xml_text_is_kept(requester):
    made = goamz(requester, "CreateHIT", {**TASK, "QualificationRequirement": REQUIREMENT}).root
    assert made.findtext("HIT/Request/IsValid") == "True"
    hit = goamz(requester, "GetHIT", {"HITId": made.findtext("HIT/HITId")}).root.find("HIT")
    kept = hit.findall("QualificationRequirement")
    assert [each.findtext("IntegerValue") for each in kept] == ["90"]
    assert kept[0].findtext("RequiredToPreview") in {"1", "true"}
    assert kept[0].find("LocaleValue") is None


def test_numbers_are_plain_where_goamz_reads_unsigned_ones(requester):
    goamz(requester, "CreateHIT", TASK)
    found = goamz(requester, "SearchHITs").root.find("SearchHITsResult")
    hit = found.find("HIT")
    numbers = [
        *(found.findtext(name) for name in ("NumResults", "PageNumber", "TotalNumResults")),
        hit.findtext("AssignmentDurationInSeconds"),
        hit.findtext("MaxAssignments"),
        hit.findtext("AutoApprovalDelayInSeconds"),
        *(hit.findtext(f"NumberOfAssignments{name}") for name in ("Pending", "Available", "Completed")),
    ]
    assert all(each.isdecimal() for each in numbers), numbers


@pytest.mark.parametrize("zone", ["Z", "-07:00", "+05:30"])
def test_a_form_posted_with_the_local_time_and_its_offset(requester, zone):
    shift = 0 if zone == "Z" else (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 3600 + int(zone[4:]) * 60)
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + shift)) + zone
    members = {**TASK, "Question": FORM, "ResponseGroup": "Minimal", "AutoApprovalDelayInSeconds": "0"}
    body = pairs(requester, "CreateHIT", when, members, Version="2012-03-25")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requester.send("POST", "/", f"Service={SERVICE}".encode(), body, headers)
    # strconv.ParseBool knows "True" and "true"
    assert answer.root.findtext("HIT/Request/IsValid") in {"True", "true"}


def test_crowds_puts_its_own_element_and_namespace_around_an_answer(requester):
    answer = goamz(requester, "GetAccountBalance").body.strip()
    # encoding/xml passes over a second declaration; lxml does not
    text = answer[answer.index(b"?>") + 2 :].decode()
    wrapped = etree.fromstring(f"<response xmlns='{NAMESPACE}2014-08-15'>{text}</response>")
    path = "/".join(
        f"{{{NAMESPACE}2014-08-15}}{name}"
        for name in ("GetAccountBalanceResponse", "GetAccountBalanceResult", "AvailableBalance", "Amount")
    )
    assert wrapped.findtext(path) == "10000.000"
