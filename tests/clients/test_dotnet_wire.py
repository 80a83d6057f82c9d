"""What the .NET SDK puts on the wire, one SOAP message for several Requests, and what its own live tests ask for."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from lxml import etree

from tests.legacy_client import FORM, NAMESPACE, SERVICE, hmac_sha1

#: How XmlSerializer writes an element: both namespaces declared on the operation, milliseconds in the time.
BODY = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
    '<{operation} xmlns="{namespace}2012-03-25"><AWSAccessKeyId>{key}</AWSAccessKeyId><Timestamp>{when}</Timestamp>'
    "<Signature>{signature}</Signature>{requests}</{operation}></soap:Body></soap:Envelope>"
)
HEADERS = {
    "User-Agent": "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 2.0.50727.42)",
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": '"http://soap.amazon.com"',
    "Accept-Encoding": "gzip",
}
PRICE = "<Reward><Amount>1</Amount><CurrencyCode>USD</CurrencyCode></Reward>"
QUESTION = "<Question>" + FORM.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "</Question>"
LAYOUT = (
    f"<AssignmentDurationInSeconds>60</AssignmentDurationInSeconds>{PRICE}<Title>Test</Title><Description>d</Description>"
    "<LifetimeInSeconds>60</LifetimeInSeconds><HITLayoutId>INVALIDHITLAYOUTID</HITLayoutId>"
    "<HITLayoutParameter><Name>param1</Name><Value>a test value</Value></HITLayoutParameter>"
)


def send(client, operation, *requests, service=SERVICE):
    """The response element of one message."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.321Z")
    message = BODY.format(
        operation=operation,
        namespace=NAMESPACE,
        key=client.key.access_key_id,
        when=when,
        signature=hmac_sha1(client.key.secret_access_key, SERVICE + operation + when),
        requests="".join(f"<Request>{each}</Request>" for each in requests),
    )
    answer = client.send("POST", "/", f"Service={service}".encode(), message.encode(), HEADERS)
    assert answer.headers["Content-Type"].startswith("text/xml")
    return answer.root[-1][0]


def find(element, name):
    """Text of the first element of this name, which has to be in the version's namespace."""
    return next(element.iter(f"{{{NAMESPACE}2012-03-25}}{name}")).text


@pytest.fixture
def type_id(requester):
    made = send(
        requester,
        "RegisterHITType",
        f"<AssignmentDurationInSeconds>60</AssignmentDurationInSeconds>{PRICE}<Title>Poetry challenge</Title>"
        "<Keywords>Haiku, poetry, madness</Keywords><Description>Write a Haiku</Description>",
    )
    return find(made, "HITTypeId")


def hit_of(type_id, more="", assignments=1):
    """CreateHITRequest as the SDK's tests fill it: with a type, and with what the type says already."""
    return (
        f"<HITTypeId>{type_id}</HITTypeId><MaxAssignments>{assignments}</MaxAssignments>"
        f"<LifetimeInSeconds>3600</LifetimeInSeconds><AssignmentDurationInSeconds>60</AssignmentDurationInSeconds>{PRICE}"
        f"<Title>Hello &lt;something&gt;</Title><Description>d</Description>{QUESTION}{more}"
    )


def test_three_hits_of_one_message_come_back_in_order(requester, type_id):
    made = send(requester, "CreateHIT", *(hit_of(type_id, assignments=number) for number in (1, 2, 3)))
    ids = [each.text for each in made.iter("{*}HITId")]
    assert len(set(ids)) == 3
    found = send(requester, "GetHIT", *(f"<HITId>{each}</HITId>" for each in ids))
    assert [each.text for each in found.iter("{*}MaxAssignments")] == ["1", "2", "3"]


def test_a_hit_made_twice_with_one_token_is_named_in_the_error(requester, type_id):
    token = f"<UniqueRequestToken>{uuid.uuid4()}</UniqueRequestToken>"
    hit_id = find(send(requester, "CreateHIT", hit_of(type_id, token)), "HITId")
    assert hit_id in find(send(requester, "CreateHIT", hit_of(type_id, token)), "Message")
    other = f"<UniqueRequestToken>{uuid.uuid4()}</UniqueRequestToken>"
    assert find(send(requester, "CreateHIT", hit_of(type_id, other)), "HITId") != hit_id


def test_an_extension_made_twice_with_one_token_says_that_it_was_processed(requester, type_id):
    hit_id = find(send(requester, "CreateHIT", hit_of(type_id)), "HITId")
    token = str(uuid.uuid4())
    more = (
        f"<HITId>{hit_id}</HITId><ExpirationIncrementInSeconds>3600</ExpirationIncrementInSeconds>"
        f"<UniqueRequestToken>{token}</UniqueRequestToken>"
    )
    assert find(send(requester, "ExtendHIT", more), "IsValid") == "True"
    expires = find(send(requester, "GetHIT", f"<HITId>{hit_id}</HITId>"), "Expiration")
    again = find(send(requester, "ExtendHIT", more), "Message")
    assert "has already been processed" in again
    assert token in again
    assert find(send(requester, "GetHIT", f"<HITId>{hit_id}</HITId>"), "Expiration") == expires


def test_review_policies_with_the_sdk_spelling_of_their_keys(requester, type_id):
    plurality = (
        "<HITReviewPolicy><PolicyName>SimplePlurality/2011-09-01</PolicyName><Parameter><Key>QuestionIds</Key>"
        "<Value>1</Value></Parameter><Parameter><Key>QuestionAgreementThreshold</Key><Value>50</Value></Parameter>"
        "</HITReviewPolicy>"
    )
    hit_id = find(send(requester, "CreateHIT", hit_of(type_id, plurality)), "HITId")
    results = send(requester, "GetReviewResultsForHIT", f"<HITId>{hit_id}</HITId>")
    assert find(results, "PolicyName") == "SimplePlurality/2011-09-01"
    answers = (
        "<AssignmentReviewPolicy><PolicyName>ScoreMyKnownAnswers/2011-09-01</PolicyName><Parameter><Key>AnswerKey</Key>"
        "<MapEntry><Key>1</Key><Value>World</Value></MapEntry></Parameter></AssignmentReviewPolicy>"
    )
    assert find(send(requester, "CreateHIT", hit_of(type_id, answers)), "HITId")


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        (
            "CreateHIT",
            LAYOUT,
            "HITLayoutDoesNotExist",
        ),
        ("GetHIT", "<HITId>NONSENSE</HITId>", "HITDoesNotExist"),
        (
            "GetQualificationType",
            "<QualificationTypeId>NONSENSE</QualificationTypeId>",
            "QualificationTypeDoesNotExist",
        ),
    ],
)
def test_codes_that_become_exceptions(requester, operation, members, code):
    assert find(send(requester, operation, members), "Code") == f"AWS.MechanicalTurk.{code}"


def test_a_statistic_of_a_worker_echoes_what_was_asked(requester):
    asked = {
        "TimePeriod": "LifeToDate",
        "Statistic": "PercentKnownAnswersCorrect",
        "WorkerId": "A1DTY366E1E1JO",
    }
    members = "".join(f"<{name}>{value}</{name}>" for name, value in asked.items())
    found = send(requester, "GetRequesterWorkerStatistic", members)
    assert {name: find(found, name) for name in asked} == asked
    assert float(find(found, "DoubleValue")) == 0


def test_an_address_of_another_service_is_a_fault(requester):
    fault = send(requester, "GetAccountBalance", "", service="AWSMechanicalBritRequester")
    assert etree.QName(fault).localname == "Fault"
    assert "AWS.InvalidServiceParameter" in fault.findtext("faultcode")
