"""What PHP clients of five authors put on the wire, and what their parsers take out of the answers."""

from __future__ import annotations

import re
import time
from urllib.parse import quote_plus, urlencode

import pytest

from tests.legacy_client import A_HIT, EXTERNAL, FORM, SERVICE, flatten, hmac_sha1, moment, signed

SOAP_HEADERS = {"Content-Type": "text/xml", "SoapAction": '""'}
PREFIX = "{http://schemas.xmlsoap.org/soap/envelope/}"


def hand_made_soap(client, operation, inner, when=None, namespace=""):
    """The message of the class of 2006: its parts in lines, a path of its own; a later one names a namespace, as `m`."""
    when = when or moment().replace("Z", ".000Z")
    signature = hmac_sha1(client.key.secret_access_key, SERVICE + operation + when)
    message = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">\n'
        f"<SOAP-ENV:Body>\n<{operation}>\n<AWSAccessKeyId>{client.key.access_key_id}</AWSAccessKeyId>\n"
        f"<Signature>{signature}</Signature>\n<Timestamp>{when}</Timestamp>\n<Request>\n{inner}</Request>\n"
        f"</{operation}>\n</SOAP-ENV:Body>\n</SOAP-ENV:Envelope>\n"
    )
    if namespace:
        message = re.sub(r"<(/?)(?!SOAP-ENV)(?=[A-Z])", r"<\1m:", message)
        message = message.replace(f"<m:{operation}>", f'<m:{operation} xmlns:m="{namespace}">')
    return client.send("POST", "/onca/soap", f"Service={SERVICE}".encode(), message.encode(), SOAP_HEADERS)


def question(scheme="http"):
    """The external question as that class writes it; with https where its author moved every address to TLS."""
    return (
        f"<Question>&lt;ExternalQuestion xmlns='{scheme}://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
        "2006-07-14/ExternalQuestion.xsd'&gt; &lt;ExternalURL&gt;http://example.com/t.php&lt;/ExternalURL&gt;"
        "&lt;FrameHeight&gt;400&lt;/FrameHeight&gt;&lt;/ExternalQuestion&gt;</Question>\n"
    )


PRICE = "<Reward>\n<Amount>0.05</Amount>\n<CurrencyCode>USD</CurrencyCode>\n</Reward>\n"
TYPE = (
    "<Title>sample</Title>\n<Description>d</Description>\n"
    f"<AssignmentDurationInSeconds>600</AssignmentDurationInSeconds>\n{PRICE}"
)
LIFE = "<MaxAssignments>1</MaxAssignments>\n<LifetimeInSeconds>3600</LifetimeInSeconds>\n"


def rest_of_2006(client, operation, **members):
    """The same class's other calls: GET of /onca/xml, Version 2006-08-23."""
    pairs = signed(client.key, operation, [("Version", "2006-08-23"), *flatten(members)])
    return client.send("GET", "/onca/xml", urlencode(pairs).encode(), b"", {}).root


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_soap_without_a_namespace_is_answered_with_the_callers_prefix(requester, scheme):
    answer = hand_made_soap(requester, "CreateHIT", TYPE + LIFE + question(scheme))
    assert answer.status == 200
    # the class reads $array['SOAP-ENV:Envelope']['SOAP-ENV:Body']['CreateHITResponse']['HIT']['HITId']
    text = answer.body.decode()
    assert "<SOAP-ENV:Envelope " in text
    assert "<SOAP-ENV:Body><CreateHITResponse " in text
    hit = answer.root.find(f"{PREFIX}Body")[0].find("{*}HIT")
    assert hit.findtext("{*}Request/{*}IsValid") == "True"
    assert hit.findtext("{*}HITId")


@pytest.mark.parametrize("host", ["mechanicalturk", "mechanicalturk.sandbox"])
def test_the_class_of_2008_is_answered_in_its_own_namespace(requester, host):
    namespace = f"http://{host}.amazonaws.com/AWSMechanicalTurkRequester/2008-08-02"
    answer = hand_made_soap(requester, "CreateHIT", TYPE + LIFE + question(), namespace=namespace)
    assert answer.code == ""
    response = answer.root.find(f"{PREFIX}Body")[0]
    assert response.tag == f"{{{namespace}}}CreateHITResponse"
    assert response.findtext("{*}HIT/{*}HITId")
    # its parser knows elements by their literal names
    assert b"<HITId>" in answer.body
    blocked = "<WorkerId>A3PHPWORKER2008</WorkerId>\n<Reason>r</Reason>\n"
    assert hand_made_soap(requester, "BlockWorker", blocked, namespace=namespace).code == ""


def test_the_class_of_2006_pays_its_bonus_as_a_reward(scene, requester):
    hit = hand_made_soap(requester, "CreateHIT", TYPE + LIFE + question()).root.find(".//{*}HITId").text
    assignment = scene.work(hit, "A3PHPWORKER2006", q1="x")
    reviewable = rest_of_2006(requester, "GetReviewableHITs", PageSize=50, PageNumber=1)
    assert [each.tag for each in reviewable.find("GetReviewableHITsResult/HIT")] == ["HITId"]
    found = rest_of_2006(requester, "GetAssignmentsForHIT", HITId=hit).find("GetAssignmentsForHITResult")
    assert (found.findtext("NumResults"), found.findtext("Assignment/AssignmentId")) == ("1", assignment)
    bonus = f"<WorkerId>A3PHPWORKER2006</WorkerId>\n<AssignmentId>{assignment}</AssignmentId>\n{PRICE}<Reason>good</Reason>\n"
    answer = hand_made_soap(requester, "GrantBonus", bonus)
    assert answer.code == ""
    paid = requester.call("GetBonusPayments", AssignmentId=assignment)
    assert [each.findtext("BonusAmount/Amount") for each in paid.findall("BonusPayment")] == ["0.05"]


def test_notifications_of_2006_carry_the_api_version_and_several_event_types(requester):
    made = hand_made_soap(requester, "RegisterHITType", TYPE).root.find(".//{*}HITTypeId").text
    notification = (
        "<Notification>\n<Destination>a@example.com</Destination>\n<Transport>Email</Transport>\n"
        "<EventType>AssignmentSubmitted</EventType>\n<EventType>HITExpired</EventType>\n"
        "<Version>2006-08-23</Version>\n</Notification>\n"
    )
    given = f"<HITTypeId>{made}</HITTypeId>\n{notification}<Active>true</Active>\n"
    assert hand_made_soap(requester, "SetHITTypeNotification", given).code == ""
    given = notification + "<TestEventType>AssignmentSubmitted</TestEventType>\n"
    assert hand_made_soap(requester, "SendTestEventNotification", given).code == ""


def by_epoch(client, operation, members, shift=0):
    """POST with `time()` as the Timestamp, no Version and no Service, as `http_build_query` writes it."""
    stamp = str(int(time.time()) + shift)
    signature = hmac_sha1(client.key.secret_access_key, SERVICE + operation + stamp)
    pairs = [
        *members,
        ("Operation", operation),
        ("AWSAccessKeyId", client.key.access_key_id),
        ("Signature", signature),
        ("Timestamp", stamp),
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return client.send("POST", "/", b"", urlencode(pairs).encode(), headers)


def test_a_timestamp_in_seconds_since_1970_is_a_time(requester):
    answer = by_epoch(requester, "GetAccountBalance", [])
    assert answer.root.findtext("GetAccountBalanceResult/AvailableBalance/FormattedPrice") == "$10,000.00"
    assert by_epoch(requester, "GetAccountBalance", [], shift=-3600).code == "RequestExpired"


def test_the_example_that_asks_for_a_preview_from_90_percent_creates_its_hit(requester):
    members = [
        ("Title", "Title"),
        ("Description", "This is an example."),
        ("Reward.1.Amount", "0.01"),
        ("Reward.1.CurrencyCode", "USD"),
        ("LifetimeInSeconds", "86400"),
        ("AssignmentDurationInSeconds", "60"),
        ("Question", "<?xml version='1.0' ?>\n\t\t" + FORM + "\n\t\t"),
        ("QualificationRequirement.1.QualificationTypeId", "000000000000000000L0"),
        ("QualificationRequirement.1.Comparator", "GreaterThan"),
        ("QualificationRequirement.1.IntegerValue", "90"),
        ("QualificationRequirement.1.RequiredToPreview", "90"),
        ("QualificationRequirement.2.QualificationTypeId", "00000000000000000071"),
        ("QualificationRequirement.2.Comparator", "EqualTo"),
        ("QualificationRequirement.2.LocaleValue.Country", "US"),
        ("AssignmentReviewPolicy.1.PolicyName", "ScoreMyKnownAnswers/2011-09-01"),
        ("AssignmentReviewPolicy.1.Parameter.1.Key", "AnswerKey"),
        ("AssignmentReviewPolicy.1.Parameter.1.MapEntry.1.Key", "q1"),
        ("AssignmentReviewPolicy.1.Parameter.1.MapEntry.1.Value", "answer1"),
        ("AssignmentReviewPolicy.1.Parameter.2.Key", "RejectIfKnownAnswerScoreIsLessThan"),
        ("AssignmentReviewPolicy.1.Parameter.2.Value", "100"),
    ]
    answer = by_epoch(requester, "CreateHIT", members)
    assert answer.code == ""
    hit = by_epoch(requester, "GetHIT", [("HITId", answer.root.findtext("HIT/HITId"))]).root.find("HIT")
    required = [each.findtext("RequiredToPreview") for each in hit.findall("QualificationRequirement")]
    assert required == ["1", "0"]
    assert hit.findtext("Reward/FormattedPrice") == "$0.01"


def test_a_laravel_client_reads_its_answers_as_json_of_the_tree(requester):
    """It asks for `[result][Request][IsValid]` and nothing else, in every answer to its GET calls."""
    when = moment()

    def get(operation, more=""):
        signature = hmac_sha1(requester.key.secret_access_key, SERVICE + operation + when)
        query = (
            f"Service={SERVICE}&AWSAccessKeyId={requester.key.access_key_id}&Version=2014-08-15&Operation={operation}"
            f"&Signature={quote_plus(signature)}&Timestamp={quote_plus(when)}{more}"
        )
        return requester.send("GET", "/", query.encode(), b"", {}).root

    given = (
        "&Title=t&Description=d&AssignmentDurationInSeconds=600&AutoApprovalDelayInSeconds=3600"
        "&Reward.1.Amount=0.05&Reward.1.CurrencyCode=USD&Reward.1.FormattedPrice=$0.05&Keywords=a%2Cb"
        "&QualificationRequirement.1.QualificationTypeId=00000000000000000071&QualificationRequirement.1.Comparator=In"
        "&QualificationRequirement.1.LocaleValue.1.Country=US&QualificationRequirement.1.LocalValue.1.Subdivision=CA"
        "&QualificationRequirement.1.LocaleValue.2.Country=GB&QualificationRequirement.1.RequiredToPreview=1"
    )
    made = get("RegisterHITType", given).find("RegisterHITTypeResult")
    assert made.findtext("Request/IsValid") == "True"
    notification = (
        f"&HITTypeId={made.findtext('HITTypeId')}&Active=1&Notification.1.Destination=a%40example.com"
        "&Notification.1.Transport=Email&Notification.1.Version=2006-05-05&Notification.1.EventType=HITReviewable"
        "&Notification.2.EventType=HITExpired"
    )
    answer = get("SetHITTypeNotification", notification)
    assert answer.findtext("SetHITTypeNotificationResult/Request/IsValid") == "True"
    for operation, result in (
        ("SearchHITs", "SearchHITsResult"),
        ("GetReviewableHITs", "GetReviewableHITsResult"),
        ("GetAccountBalance", "GetAccountBalanceResult"),
        ("GetBlockedWorkers", "GetBlockedWorkersResult"),
    ):
        assert get(operation).findtext(f"{result}/Request/IsValid") == "True"
    layout = get("CreateHIT", f"&HITTypeId={made.findtext('HITTypeId')}&HITLayoutId=2ABC&LifetimeInSeconds=60")
    assert layout.findtext("HIT/Request/Errors/Error/Code") == "AWS.MechanicalTurk.HITLayoutDoesNotExist"


def test_several_requests_in_one_message_of_soapclient(requester):
    first, second = (requester.hit(Title=title) for title in ("one", "two"))
    client = requester.at("2008-08-02")
    answer = client.soap("GetHIT", {"HITId": first}, {"HITId": second}, {"HITId": "NONSENSE"}).root
    hits = answer.findall(".//{*}HIT")
    assert [each.findtext("{*}Title") for each in hits] == ["one", "two", None]
    assert [each.findtext("{*}Request/{*}IsValid") for each in hits] == ["True", "True", "False"]


def test_the_question_of_a_hit_comes_back_as_it_was_sent(requester):
    hit = requester.call("GetHIT", HITId=requester.hit(**{**A_HIT, "Question": EXTERNAL}))
    assert hit.findtext("Question") == EXTERNAL
