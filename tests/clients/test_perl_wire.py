"""What the Perl SDK puts on the wire, and what its own live tests ask of the answers."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from lxml import etree

from tests.legacy_client import SERVICE, hmac_sha1, moment

HEADERS = {
    "User-Agent": "MTurkPerlSDK/1.00 libwww-perl/6.67",
    "X-Amazon-Software": "MTurkPerlSDK/1.00",
    "TE": "deflate,gzip;q=0.3",
    "Content-Type": "application/x-www-form-urlencoded",
}
VERSIONS = ["2007-06-21", "2011-10-01"]
QUESTION = """  <QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">
    <Overview>
      <Title>Test Create HIT</Title>
      <Text>Test Create HIT</Text>
    </Overview>
    <Question>
      <QuestionIdentifier>t.1</QuestionIdentifier>
      <DisplayName>This is a test create hit.</DisplayName>
      <IsRequired>true</IsRequired>
      <QuestionContent>
        <Text>
          This should be disposed.
        </Text>
      </QuestionContent>
      <AnswerSpecification>
        <FreeTextAnswer/>
      </AnswerSpecification>
    </Question>
  </QuestionForm>
"""
A_HIT = {
    "Title": "Auto created test hit.",
    "Description": "Auto created test hit.",
    "MaxAssignments": "1",
    "Reward.1.Amount": "0.01",
    "Reward.1.CurrencyCode": "USD",
    "Question": QUESTION,
    "AssignmentDurationInSeconds": "600",
    "LifetimeInSeconds": "600",
    "Keywords": "Test HIT",
}
#: What `PagedResultsIterator` knows to be no list.
META = {"NumResults", "PageNumber", "TotalNumResults", "Request"}


class FailedError(Exception):
    """The client found an Error anywhere in the answer."""


@pytest.fixture(params=VERSIONS)
def perl(requester, request):
    """Calls as `call` does; gives what it takes for the result: what stands beside OperationRequest."""

    def call(operation, members=(), secret=None, **more):
        when = moment()
        signature = hmac_sha1(secret or requester.key.secret_access_key, SERVICE + operation + when)
        form = {
            **dict(members),
            **more,
            "Service": SERVICE,
            "AWSAccessKeyId": requester.key.access_key_id,
            "Version": request.param,
            "Operation": operation,
            "Signature": signature,
            "Timestamp": when,
        }
        answer = requester.send("POST", "/", f"Service={SERVICE}".encode(), urlencode(form).encode(), HEADERS)
        assert answer.status == 200
        error = answer.root.find(".//Error")
        if error is not None:
            raise FailedError(error.findtext("Code"), error.findtext("Message"))
        results = [each for each in answer.root if each.tag != "OperationRequest"]
        assert len({each.tag for each in results}) == 1
        return results if len(results) > 1 else results[0]

    return call


def refusal(perl, operation, members=(), **more):
    with pytest.raises(FailedError) as caught:
        perl(operation, members, **more)
    assert caught.value.args[1]
    return caught.value.args[0]


def everything(perl, operation, size=100, **members):
    """`…All`: pages until one holds nothing but what is known to be no list."""
    page = 0
    while True:
        page += 1
        result = perl(operation, PageNumber=page, PageSize=size, **members)
        lists = {each.tag for each in result} - META
        if not lists:
            return
        assert len(lists) == 1, "the iterator takes any unknown element for the list"
        yield from result.findall(lists.pop())


def destroy(perl, hit):
    """`destroyHIT` of its tests, which sends a scalar as the first of a list."""
    for assignment in everything(perl, "GetAssignmentsForHIT", **{"HITId.1": hit}, AssignmentStatus="Submitted"):
        perl("ApproveAssignment", AssignmentId=assignment.findtext("AssignmentId"))
    status = perl("GetHIT", {"HITId.1": hit}).findtext("HITStatus")
    perl("DisableHIT" if re.match("^(Assignable|Unassignable)$", status) else "DisposeHIT", {"HITId.1": hit})


def test_hits_are_made_with_and_without_a_type_and_destroyed(perl):
    made = perl("CreateHIT", A_HIT)
    destroy(perl, made.findtext("HITId"))
    for _ in range(2):
        again = perl("CreateHIT", Question=QUESTION, HITTypeId=made.findtext("HITTypeId"))
        destroy(perl, again.findtext("HITId"))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({**A_HIT, "MaxAssignments": "-1"}, "AWS.ParameterOutOfRange"),
        ({**A_HIT, "MaxAssignments": "green"}, "AWS.MechanicalTurk.InvalidParameterValue"),
        ({}, "AWS.MissingParameters"),
        ({"Question": QUESTION, "HITTypeId": "asfd"}, "AWS.MechanicalTurk.InvalidParameterValue"),
    ],
)
def test_create_hit_is_refused_with_the_codes_of_its_tests(perl, members, code):
    assert refusal(perl, "CreateHIT", members) == code


def test_questions_are_refused_with_the_codes_of_its_tests(perl):
    kind = perl("CreateHIT", A_HIT).findtext("HITTypeId")
    assert refusal(perl, "CreateHIT", HITTypeId=kind) == "AWS.MechanicalTurk.InvalidParameterValue"
    assert refusal(perl, "CreateHIT", HITTypeId=kind, Question="who what?") == "AWS.MechanicalTurk.XMLParseError"


def test_a_bogus_secret_is_not_authorized(perl):
    assert refusal(perl, "CreateHIT", A_HIT, secret="bogus") == "AWS.NotAuthorized"
    assert refusal(perl, "GetAccountBalance", secret="bogus") == "AWS.NotAuthorized"


def test_the_balance_has_a_decimal_point(perl):
    assert re.fullmatch(r"\d+\.\d+", perl("GetAccountBalance").findtext("AvailableBalance/Amount"))


def test_the_iterators_find_every_hit_once(perl):
    made = {perl("CreateHIT", {**A_HIT, "Title": f"Page {number}"}).findtext("HITId") for number in range(7)}
    found = [each.findtext("HITId") for each in everything(perl, "SearchHITs", size=3)]
    assert sorted(found) == sorted(made)
    for hit in sorted(made)[:4]:
        perl("ForceExpireHIT", HITId=hit)
    found = [each.findtext("HITId") for each in everything(perl, "GetReviewableHITs", size=3)]
    assert sorted(found) == sorted(made)[:4]
    assert list(everything(perl, "SearchQualificationTypes", Query="none of this name")) == []
    assert refusal(perl, "SearchHITs", PageSize=101, PageNumber=1) == "AWS.ParameterOutOfRange"


def test_a_batch_is_answered_with_one_result_a_request(perl):
    first, second = (perl("CreateHIT", {**A_HIT, "Title": title}).findtext("HITId") for title in ("b1", "b2"))
    hits = perl("GetHIT", {"GetHIT.1.HITId": first, "GetHIT.2.HITId": second})
    assert [each.findtext("Title") for each in hits] == ["b1", "b2"]


def test_a_hit_is_deleted_by_trying(scene, perl):
    """`deleteHIT`: dispose; else expire and dispose; else approve what was submitted and dispose."""
    hit = perl("CreateHIT", {**A_HIT, "MaxAssignments": "2"}).findtext("HITId")
    scene.work(hit, "A3PERLWORKER", **{"t.1": "yes"})
    assert refusal(perl, "DisposeHIT", HITId=hit) == "AWS.MechanicalTurk.InvalidHITState"
    assert perl("GetHIT", HITId=hit).findtext("HITStatus") == "Assignable"
    perl("ForceExpireHIT", HITId=hit)
    assert refusal(perl, "DisposeHIT", HITId=hit)
    submitted = everything(perl, "GetAssignmentsForHIT", HITId=hit, AssignmentStatus="Submitted")
    for assignment in submitted:
        answer = etree.fromstring(assignment.findtext("Answer").encode())
        assert [each.text for each in answer.iter("{*}QuestionIdentifier", "{*}FreeText")] == ["t.1", "yes"]
        perl("ApproveAssignment", AssignmentId=assignment.findtext("AssignmentId"))
    perl("DisposeHIT", HITId=hit)
    assert perl("GetHIT", HITId=hit).findtext("HITStatus") == "Disposed"


@pytest.mark.parametrize("version", VERSIONS)
def test_operations_are_listed_from_the_wsdl_by_names_without_a_prefix(requester, version):
    address = f"/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.wsdl"
    text = requester.send("GET", address, b"", b"", {}).body
    # the SDK's parser knows no namespaces: it reads $wsdl->{binding}[0]{operation}[n]{name}
    assert re.search(rb"<binding\b", text)
    names = re.findall(rb'<operation name="(\w+)"', text.partition(b"<binding")[2])
    assert {b"CreateHIT", b"GetHIT", b"GetAccountBalance", b"RegisterHITType"} <= set(names)
