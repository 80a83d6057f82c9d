"""What R's MTurkR puts on the wire, a body that begins with `&`, and how it cuts the answers with strsplit."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.legacy_client import EXTERNAL, SERVICE, hmac_sha1, moment


def request(client, operation, parameters=""):
    """`request`: the Service in the address, `:` unescaped, no Content-Type but the form's; the answer as text."""
    when = moment()
    signature = quote(hmac_sha1(client.key.secret_access_key, SERVICE + operation + when), safe="")
    body = (
        f"&AWSAccessKeyId={client.key.access_key_id}&Version=2012-03-25&Operation={operation}&Timestamp={when}"
        f"&Signature={signature}{parameters}"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return client.send("POST", "/", f"Service={SERVICE}".encode(), body.encode(), headers).body.decode()


def between(text, name):
    """`strsplit(strsplit(xml, "<name>")[[1]][2], "</name>")[[1]][1]`"""
    return text.split(f"<{name}>")[1].split(f"</{name}>")[0]


def valid(text):
    return text.split("<Request><IsValid>")[1].split("</IsValid>")[0]


@pytest.fixture
def type_id(requester):
    made = request(
        requester,
        "RegisterHITType",
        "&Title=t&Description=d&Reward.1.Amount=.10&Reward.1.CurrencyCode=USD&AssignmentDurationInSeconds=300"
        "&Keywords=a%2C%20b&AutoApprovalDelayInSeconds=60"
        "&QualificationRequirement.1.QualificationTypeId=00000000000000000071&QualificationRequirement.1.Comparator=EqualTo"
        "&QualificationRequirement.1.LocaleValue.Country=US&QualificationRequirement.1.RequiredToPreview=1"
        "&QualificationRequirement.2.QualificationTypeId=00000000000000000060&QualificationRequirement.2.Comparator=EqualTo"
        "&QualificationRequirement.2.IntegerValue=1",
    )
    assert valid(made) == "True"
    return between(made, "HITTypeId")


def hit_of(client, type_id, more=""):
    made = request(
        client,
        "CreateHIT",
        f"&HITTypeId={type_id}&Question={quote(EXTERNAL, safe='')}&LifetimeInSeconds=3600&MaxAssignments=5{more}",
    )
    assert valid(made) == "True", made
    return made


def test_a_hit_answers_with_groups_numbered_without_a_dot(requester, type_id):
    made = hit_of(requester, type_id, "&ResponseGroup0=Minimal&ResponseGroup1=HITDetail&RequesterAnnotation=a%20b")
    assert between(made, "RequesterAnnotation") == "a b"
    assert between(made, "Amount") == "0.10"
    assert "<Question>" not in made
    assert between(made, "HITId") in request(requester, "SearchHITs", "&SortProperty=Enumeration&PageSize=100")


@pytest.mark.parametrize("size", ["400", "65535"])
def test_review_results_are_asked_with_the_letters_t_and_f(requester, type_id, size):
    policy = (
        "&HITReviewPolicy.1.PolicyName=SimplePlurality/2011-09-01&HITReviewPolicy.1.Parameter.1.Key=QuestionIDs"
        "&HITReviewPolicy.1.Parameter.1.Value.1=q1&HITReviewPolicy.1.Parameter.2.Key=QuestionAgreementThreshold"
        "&HITReviewPolicy.1.Parameter.2.Value=100"
    )
    hit_id = between(hit_of(requester, type_id, policy), "HITId")
    found = request(
        requester,
        "GetReviewResultsForHIT",
        f"&HITId={hit_id}&PolicyLevel=HIT&RetrieveActions=T&RetrieveResults=F&PageNumber=1&PageSize={size}",
    )
    assert valid(found) == "True"
    assert between(found, "HITId") == hit_id
    assert between(found, "PolicyName") == "SimplePlurality/2011-09-01"


def test_a_notification_repeats_its_event_type_and_is_switched_off_alone(requester, type_id):
    spoken = (
        "&Notification.1.Destination=a@example.org&Notification.1.Transport=Email&Notification.1.Version=2006-05-05"
        "&Notification.1.EventType=AssignmentSubmitted&Notification.1.EventType=HITReviewable"
    )
    assert valid(request(requester, "SetHITTypeNotification", f"&HITTypeId={type_id}{spoken}&Active=true")) == "True"
    assert valid(request(requester, "SetHITTypeNotification", f"&HITTypeId={type_id}&Active=false")) == "True"
    assert valid(request(requester, "SendTestEventNotification", f"{spoken}&TestEventType=HITExpired")) == "True"


def test_assignments_come_by_statuses_joined_with_a_comma(scene):
    client = scene.requester()
    made = request(
        client,
        "CreateHIT",
        f"&Title=t&Description=d&Reward.1.Amount=.10&Reward.1.CurrencyCode=USD&AssignmentDurationInSeconds=300"
        f"&Question={quote(EXTERNAL, safe='')}&LifetimeInSeconds=3600&MaxAssignments=2",
    )
    hit_id = between(made, "HITId")
    first, second = (scene.work(hit_id, worker) for worker in ("A1RWORKER", "A2RWORKER"))
    assert valid(request(client, "ApproveAssignment", f"&AssignmentId={first}")) == "True"
    asked = (
        f"&HITId={hit_id}&PageNumber=1&PageSize=10&SortProperty=SubmitTime&SortDirection=Ascending&AssignmentStatus="
    )
    assert between(request(client, "GetAssignmentsForHIT", f"{asked}Approved,Rejected"), "TotalNumResults") == "1"
    found = request(client, "GetAssignmentsForHIT", f"{asked}Approved,Submitted&ResponseGroup0=Request")
    assert re.findall("<AssignmentId>(.*?)</AssignmentId>", found) == [first, second]


def test_an_error_is_cut_out_of_the_same_places(requester):
    refused = request(requester, "GetHIT", "&HITId=NONSENSE")
    assert valid(refused) == "False"
    assert between(refused, "Code") == "AWS.MechanicalTurk.HITDoesNotExist"
    assert between(refused, "RequestId")
