"""What Java clients put on the wire: TurKit's hand-made SOAP, with the values and names that its JavaScript writes."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

import pytest

from tests.legacy_client import A_HIT, EXTERNAL, SERVICE, hmac_sha1, moment

TURKIT = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkRequester/2008-08-02"
BODY = re.compile(r"(?msi)<soapenv:Body>(.*)</soapenv:Body>")


def soap_request(client, operation, inner):
    """`MTurkSOAP.soapRequest`: its envelope, its headers; the text that its regular expression finds in the answer."""
    when = moment()
    signature = hmac_sha1(client.key.secret_access_key, SERVICE + operation + when)
    message = (
        '<?xml version="1.0" encoding="UTF-8" ?>\n\t\t<soapenv:Envelope\n\t\t     '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"\n\t\t     '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema"\n\t\t     '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n\t\t  <soapenv:Body>\n\t\t    '
        f'<{operation} xmlns="{TURKIT}"><AWSAccessKeyId>{client.key.access_key_id}</AWSAccessKeyId>'
        f"<Timestamp>{when}</Timestamp><Signature>{signature}</Signature><Request>{inner}</Request></{operation}>"
        "</soapenv:Body></soapenv:Envelope>"
    )
    headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
    found = BODY.search(client.send("POST", "/", b"", message.encode(), headers).body.decode())
    return re.sub(r' xmlns="[^"]*"', "", found[1], count=1)


def create_hit(client, **changed):
    """The id that TurKit's `createHITRaw` reads when nothing but the required values is given."""
    given = {
        "Title": "t",
        "Description": "d",
        "Question": escape(EXTERNAL),
        "AssignmentDurationInSeconds": "3600",
        "LifetimeInSeconds": "604800",
        "Keywords": "undefined",
        "MaxAssignments": "1",
        "AutoApprovalDelayInSeconds": "null",
        "RequesterAnnotation": "null",
        **changed,
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in given.items())
    reward = "<Reward><Amount>0.02</Amount><CurrencyCode>USD</CurrencyCode></Reward>"
    return soap_request(client, "CreateHIT", inner + reward)


def text(answer, name):
    return re.search(f"<{name}>([^<]*)</{name}>", answer)[1]


def test_turkit_creates_a_hit_with_null_where_it_has_no_value(requester):
    answer = create_hit(requester)
    assert answer.startswith("<CreateHITResponse><OperationRequest>")
    assert re.findall("<IsValid>(.*?)</IsValid>", answer) == ["True"]
    hit = soap_request(requester, "GetHIT", f"<HITId>{text(answer, 'HITId')}</HITId>")
    assert text(hit, "AutoApprovalDelayInSeconds") == "2592000"
    assert (text(hit, "RequesterAnnotation"), text(hit, "Keywords")) == ("null", "undefined")


@pytest.mark.parametrize("name", ["MaxAssignments", "AutoApprovalDelayInSeconds"])
def test_other_words_in_place_of_a_number_are_refused(requester, name):
    answer = create_hit(requester, **{name: "nothing"})
    assert text(answer, "Code") == "AWS.MechanicalTurk.InvalidParameterValue"
    assert "<HITId>" not in answer


def test_null_is_no_value_for_what_must_be_given(requester):
    answer = create_hit(requester, AssignmentDurationInSeconds="null")
    assert text(answer, "IsValid") == "False"
    assert text(answer, "Code") in {"AWS.MissingParameters", "AWS.MechanicalTurk.InvalidParameterValue"}


def test_turkit_grants_a_bonus_named_as_in_rest(scene):
    client = scene.requester()
    hit_id = text(create_hit(client), "HITId")
    assignment_id = scene.work(hit_id, "A1TURKITWORKER")
    assert "<IsValid>True<" in soap_request(
        client, "ApproveAssignment", f"<AssignmentId>{assignment_id}</AssignmentId>"
    )
    inner = (
        f"<WorkerId>A1TURKITWORKER</WorkerId><AssignmentId>{assignment_id}</AssignmentId>"
        "<BonusAmount.1.Amount>0.07</BonusAmount.1.Amount><BonusAmount.1.CurrencyCode>USD</BonusAmount.1.CurrencyCode>"
        "<Reason>well done</Reason>"
    )
    assert "<IsValid>True<" in soap_request(client, "GrantBonus", inner)
    paid = soap_request(client, "GetBonusPayments", f"<AssignmentId>{assignment_id}</AssignmentId>")
    assert text(paid, "Amount") == "0.07"
    assert text(paid, "NumResults") == "1"


def test_an_answer_begins_with_a_declaration_that_turkit_can_cut_off(scene):
    client = scene.requester()
    hit_id = text(create_hit(client), "HITId")
    scene.work(hit_id, "A1TURKITWORKER")
    found = soap_request(
        client, "GetAssignmentsForHIT", f"<HITId>{hit_id}</HITId><PageSize>100</PageSize><PageNumber>1</PageNumber>"
    )
    answer = text(found, "Answer").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    # TurKit takes what stands behind the first "?>" and line feed
    assert answer[answer.index("?>\n") + 3 :].startswith("<QuestionFormAnswers")


def balance_asked_of(client, name):
    """The call as the Java sample of 2006 writes it: nothing is escaped, the signature neither."""
    when = moment()
    signature = hmac_sha1(client.key.secret_access_key, SERVICE + "GetAccountBalance" + when)
    query = (
        f"Service={name}&AWSAccessKeyId={client.key.access_key_id}&Version=2012-03-25&Operation=GetAccountBalance"
        f"&Signature={signature}&Timestamp={when}"
    )
    return client.send("GET", "/", query.encode(), b"", {})


@pytest.mark.parametrize("name", [SERVICE, f"{SERVICE}?Service={SERVICE}", f"{SERVICE}Service={SERVICE}"])
def test_java_and_scala_may_append_their_query_to_a_query(requester, name):
    answer = balance_asked_of(requester, name)
    assert answer.root.findtext("GetAccountBalanceResult/Request/IsValid") == "True"


@pytest.mark.parametrize("name", [f"AWSAlexa?Service={SERVICE}", f"AWSAlexaService={SERVICE}", f"{SERVICE}2"])
def test_another_service_is_refused(requester, name):
    assert balance_asked_of(requester, name).code == "AWS.InvalidServiceParameter"


def test_the_java_sdk_is_told_that_a_policy_lacks_its_answer_key(requester):
    policy = {"PolicyName": "ScoreMyKnownAnswers/2011-09-01"}
    reply = requester.at("2012-03-25").soap("CreateHIT", {**A_HIT, "AssignmentReviewPolicy": policy})
    assert "The AnswerKey parameter is mandatory." in next(reply.root.iter("{*}Message")).text


def test_the_java_sdk_reads_back_both_policies_of_a_hit(requester):
    client = requester.at("2012-03-25")
    answers = {"Key": "AnswerKey", "MapEntry": {"Key": "1", "Value": "correct answer"}}
    plurality = [{"Key": "QuestionIds", "Value": "1"}, {"Key": "QuestionAgreementThreshold", "Value": "50"}]
    made = client.soap(
        "CreateHIT",
        {
            **A_HIT,
            "AssignmentReviewPolicy": {"PolicyName": "ScoreMyKnownAnswers/2011-09-01", "Parameter": answers},
            "HITReviewPolicy": {"PolicyName": "SimplePlurality/2011-09-01", "Parameter": plurality},
        },
    )
    results = client.soap(
        "GetReviewResultsForHIT",
        {
            "HITId": next(made.root.iter("{*}HITId")).text,
            "PolicyLevel": ["Assignment", "HIT"],
            "RetrieveActions": "true",
            "RetrieveResults": "true",
            "PageNumber": "1",
            "PageSize": "1000",
        },
    )
    names = [each.text for each in results.root.iter("{*}PolicyName")]
    assert names == ["ScoreMyKnownAnswers/2011-09-01", "SimplePlurality/2011-09-01"]


def test_the_java_sdk_finds_the_hits_of_a_system_qualification(requester):
    system = "00000000000000000000"
    requirement = {"QualificationTypeId": system, "Comparator": "GreaterThanOrEqualTo", "IntegerValue": "0"}
    # BigDecimal(double) writes all the digits that a double has
    price = {"Amount": "0.01000000000000000020816681711721685", "CurrencyCode": "USD"}
    hit_id = requester.hit(QualificationRequirement=requirement, Reward=price)
    asked = {"QualificationTypeId": system, "PageNumber": "1", "PageSize": "10"}
    found = requester.at("2007-06-21").soap("GetHITsForQualificationType", asked)
    assert [each.text for each in found.root.iter("{*}HITId")] == [hit_id]
    assert [each.text for each in found.root.iter("{*}Amount")] == ["0.01"]
