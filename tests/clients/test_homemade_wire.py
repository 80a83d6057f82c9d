"""What hand-made clients in Java, PHP, Perl and Ruby put on the wire, and the places where they look in the answers."""

from __future__ import annotations

import time
from decimal import Decimal
from urllib.parse import quote_plus, urlencode

import pytest
from lxml import etree

from tests.legacy_client import A_HIT, EXTERNAL, FORM, HIT_TYPE, SERVICE, flatten, hmac_sha1, moment

TASK = dict(flatten(A_HIT))
TYPE = dict(flatten(HIT_TYPE))


def given(client, operation, members, when=None, **common):
    when = when or moment()
    return {
        "Service": SERVICE,
        "AWSAccessKeyId": client.key.access_key_id,
        "Operation": operation,
        "Timestamp": when,
        "Signature": hmac_sha1(client.key.secret_access_key, SERVICE + operation + when),
        **common,
        **members,
    }


def get(client, operation, members=(), path="/", when=None, **common):
    query = urlencode(given(client, operation, dict(members), when, **common)).encode()
    return client.send("GET", path, query, b"", {"User-Agent": "Java/1.6.0_26", "Accept": "text/html, *; q=.2"})


# ---- Java -------------------------------------------------------------------------------------------------------------


def joined(answer):
    """The lines of an answer read one by one and put together again without their ends."""
    return etree.fromstring("".join(answer.body.decode().splitlines()).encode())


@pytest.mark.parametrize(("amount", "kept"), [("0.05", "0.05"), ("0.1", "0.10"), ("1.0", "1.00"), ("0.010", "0.01")])
def test_a_reward_is_what_java_makes_of_a_float(requester, amount, kept):
    made = joined(get(requester, "CreateHIT", {**TASK, "Reward.1.Amount": amount}, Version="2012-03-25"))
    assert made.xpath("string(/CreateHITResponse/HIT/Request/IsValid)") == "True"
    hit_id = made.xpath("string(/CreateHITResponse/HIT/HITId)")
    found = joined(get(requester, "GetHIT", {"HITId": hit_id}, Version="2012-03-25"))
    assert found.xpath("string(//Reward/Amount)") == kept


def test_what_was_answered_survives_lines_that_lose_their_ends(scene):
    """The declaration inside the answer is parsed as a document of its own."""
    client = scene.requester()
    hit_id = client.hit()
    scene.work(hit_id, "A1LINES", q1="one two")
    found = joined(get(client, "GetAssignmentsForHIT", {"HITId": hit_id}, Version="2012-03-25"))
    answer = found.xpath("string(/GetAssignmentsForHITResponse/GetAssignmentsForHITResult/Assignment/Answer)")
    document = etree.fromstring(answer.encode())
    assert document.xpath("string(//*[local-name()='FreeText'])") == "one two"


def test_a_server_for_games_takes_a_worker_off_its_list_by_scores(scene):
    """It names no Version, pays by the assignment's id as the token, and reads the first IsValid anywhere."""

    def valid(operation, **members):
        return get(client, operation, members).root.xpath("string(//IsValid)") == "True"

    client = scene.requester()
    type_id = client.qualification_type("Played before")
    assert valid("AssignQualification", QualificationTypeId=type_id, WorkerId="A1GAMER", SendNotification="false")
    assert valid("UpdateQualificationScore", QualificationTypeId=type_id, SubjectId="A1GAMER", IntegerValue="1")
    hit_id = client.hit()
    assignment_id = scene.work(hit_id, "A1GAMER")
    bonus = {
        "WorkerId": "A1GAMER",
        "AssignmentId": assignment_id,
        "BonusAmount.1.Amount": "0.33",
        "BonusAmount.1.CurrencyCode": "USD",
        "Reason": "Bonus for game: 1",
        "UniqueRequestToken": assignment_id,
    }
    assert valid("ApproveAssignment", AssignmentId=assignment_id)
    assert valid("GrantBonus", **bonus)
    assert not valid("GrantBonus", **bonus)
    paid = client.call("GetBonusPayments", AssignmentId=assignment_id)
    assert Decimal(paid.findtext("BonusPayment/BonusAmount/Amount")) == Decimal("0.33")


def test_a_price_without_a_number_and_a_group_for_the_request(requester):
    """`Reward.Amount`, and `ResponseGroup=Request` with operations that answer nothing else."""
    members = {name.replace(".1.", "."): value for name, value in TASK.items()}
    made = get(requester, "CreateHIT", members, Version="2012-03-25", ResponseGroup="Minimal").root
    hit_id = made.findtext("HIT/HITId")
    gone = get(requester, "DisableHIT", {"HITId": hit_id}, Version="2012-03-25", ResponseGroup="Request").root
    assert gone.findtext("DisableHITResult/Request/IsValid") == "True"
    assert gone.findtext("DisableHITResult/Request/DisableHITRequest/HITId") == hit_id


# ---- PHP --------------------------------------------------------------------------------------------------------------


def seconds(client, operation, **members):
    """A class that signs the seconds since 1970 and posts to the address with a question mark."""
    body = urlencode(given(client, operation, members, str(int(time.time())), Version="2012-03-25")).encode()
    return client.send("POST", "/", b"", body, {"Content-Type": "application/x-www-form-urlencoded"}).root


def test_a_class_that_signs_seconds_reads_statistics_as_points(scene):
    client = scene.requester()
    hit_id = seconds(client, "CreateHIT", **TASK).findtext("HIT/HITId")
    assignment_id = scene.work(hit_id, "A1POINTS")
    seconds(client, "ApproveAssignment", AssignmentId=assignment_id)
    found = seconds(
        client, "GetRequesterStatistic", Statistic="NumberAssignmentsApproved", TimePeriod="LifeToDate", Count="1"
    )
    (point,) = found.findall("GetStatisticResult/DataPoint")
    assert int(point.findtext("LongValue")) == 1
    assert point[0].tag == "Date"


def test_every_data_of_an_error_is_read_as_a_key_and_a_value(scene):
    client = scene.requester()
    assignment_id = scene.work(client.hit(), "A1DATA")
    seconds(client, "ApproveAssignment", AssignmentId=assignment_id)
    errors = seconds(client, "ApproveAssignment", AssignmentId=assignment_id).findall(".//Request/Errors/Error")
    assert [each.findtext("Code") for each in errors] == ["AWS.MechanicalTurk.InvalidAssignmentState"]
    data = {each.findtext("Key"): each.findtext("Value") for each in errors[0].findall("Data")}
    assert data["CurrentState"] == "Approved"
    assert all(len(each) == 2 for each in errors[0].findall("Data"))


def test_the_time_with_an_offset_of_php_is_a_time(requester):
    """`date('c')`, whose plus sign `http_build_query` encodes and careless code does not."""
    for when in (
        moment().replace("Z", "+00:00"),
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 7200)) + "+02:00",
    ):
        found = get(requester, "GetAccountBalance", when=when, Version="2012-03-25")
        assert found.root.findtext("GetAccountBalanceResult/Request/IsValid") == "True", found.body


def rest_class(client, operation, result="", **members):
    """A public PHP class of 2008-08-02: a GET up to 8 KB and a POST beyond; no result element is an error to it."""
    text = urlencode(given(client, operation, members, Version="2008-08-02")).encode()
    if len(text) > 8192:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        root = client.send("POST", "/onca/xml", b"", text, form).root
    else:
        root = client.send("GET", "/onca/xml", text, b"", {}).root
    for place in (root.find("OperationRequest"), found := root.find(result or f"{operation}Result")):
        refused = place.find("Errors/Error") if place is not found else place.find("Request/Errors/Error")
        if refused is not None:
            raise LookupError(refused.findtext("Code"))
    return found


def test_a_class_for_every_operation_walks_its_lists_by_their_counts(scene):
    """It takes as many rows as NumResults says and asks for pages until TotalNumResults are met."""
    client = scene.requester()
    type_id = rest_class(client, "RegisterHITType", **TYPE).findtext("HITTypeId")
    life = {"HITTypeId": type_id, "LifetimeInSeconds": "3600", "MaxAssignments": "3"}
    question = f'<?xml version="1.0"?>{EXTERNAL}'
    hit_id = rest_class(client, "CreateHIT", "HIT", **life, Question=question).findtext("HITId")
    for number in range(3):
        scene.work(hit_id, f"A1WALK{number}")
    met = []
    for page in range(1, 4):
        found = rest_class(client, "GetAssignmentsForHIT", HITId=hit_id, PageSize="2", PageNumber=str(page))
        assert found.findtext("TotalNumResults") == "3"
        assert found.findtext("PageNumber") == str(page)
        rows = found.findall("Assignment")
        assert len(rows) == int(found.findtext("NumResults"))
        met += [each.findtext("AssignmentId") for each in rows]
    assert len(set(met)) == len(met) == 3
    both = {"Status.1": "Reviewing", "Status.2": "Reviewable", "SortProperty": "Enumeration"}
    assert rest_class(client, "GetReviewableHITs", **both).findtext("HIT/HITId") == hit_id
    rest_class(client, "SetHITAsReviewing", HITId=hit_id)
    assert rest_class(client, "GetReviewableHITs", **both).findtext("HIT/HITId") == hit_id
    assert rest_class(client, "GetReviewableHITs").find("HIT") is None
    rest_class(client, "SetHITAsReviewing", HITId=hit_id, Revert="true")
    rest_class(client, "ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="1")
    rest_class(client, "ExtendHIT", HITId=hit_id, ExpirationIncrementInSeconds="3600")
    groups = {"ResponseGroup.0": "HITDetail", "ResponseGroup.1": "HITAssignmentSummary"}
    hit = rest_class(client, "GetHIT", "HIT", HITId=hit_id, **groups)
    assert (hit.findtext("MaxAssignments"), hit.findtext("NumberOfAssignmentsCompleted")) == ("4", "0")


def test_a_class_for_every_operation_sends_a_long_question_by_post(requester):
    padded = FORM.replace("Name a colour", "Name a colour " * 2000)
    made = rest_class(requester, "CreateHIT", "HIT", **{**TASK, "Question": padded})
    assert requester.call("GetHIT", HITId=made.findtext("HITId")).findtext("Question") == padded


def test_a_class_for_every_operation_writes_without_a_subject(scene):
    client = scene.requester()
    scene.work(client.hit(), "A1MAIL")
    rest_class(client, "NotifyWorkers", MessageText="Thank you for your support!", WorkerId="A1MAIL")
    with pytest.raises(LookupError) as error:
        rest_class(client, "GetBonusPayments", HITId="NONSENSE")
    assert error.value.args == ("AWS.MechanicalTurk.HITDoesNotExist",)


# ---- Perl -------------------------------------------------------------------------------------------------------------


def test_a_message_goes_to_one_worker_without_a_number(scene):
    client = scene.requester()
    scene.work(client.hit(), "A1PERL")
    members = {"WorkerId": "A1PERL", "Subject": "Hello", "MessageText": "a\nb & c"}
    found = get(client, "NotifyWorkers", members, Version="2006-06-20").root
    assert found.findtext("NotifyWorkersResult/Request/IsValid") == "True"


def test_answers_are_found_by_their_positions_in_a_tree(scene):
    """Of the nodes below each element the texts count, too: the first answer is the second node, each next two later."""
    client = scene.requester()
    hit_id = client.hit(Question=FORM)
    scene.work(hit_id, "A1TREE", q1="first", q2="", q3="third")
    document = client.call("GetAssignmentsForHIT", HITId=hit_id).findtext("Assignment/Answer")
    root = etree.fromstring(document.encode())
    assert root.text == "\n"
    assert [each.tail for each in root] == ["\n"] * 3
    for each in root:
        assert each.text == "\n"
        assert [child.tail for child in each] == ["\n"] * 2
    assert [(each[0].text, each[1].text or "") for each in root] == [("q1", "first"), ("q2", ""), ("q3", "third")]


# ---- Ruby -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [-5, 9])
def test_a_script_signs_the_local_time_and_reads_the_first_is_valid(requester, offset):
    """`DateTime.now.xmlschema`; parameters in the address and escaped once."""
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + offset * 3600)) + f"{offset:+03d}:00"
    members = given(requester, "RegisterHITType", {**TYPE, "AutoApprovalDelayInSeconds": "0"}, when)
    query = "&".join(f"{name}={quote_plus(value)}" for name, value in members.items())
    made = requester.send("GET", "/", query.encode(), b"", {"Accept": "*/*; q=0.5, application/xml"}).root
    assert made.xpath("string(//IsValid)") == "True"
    type_id = made.xpath("string(//HITTypeId)")
    life = {"HITTypeId": type_id, "Question": EXTERNAL, "LifetimeInSeconds": "3600", "MaxAssignments": "3"}
    members = given(requester, "CreateHIT", life, when)
    made = requester.send("POST", "/", b"", urlencode(members).encode(), {}).root
    assert made.xpath("string(//HITTypeId)") == type_id
    assert requester.call("GetHIT", HITId=made.xpath("string(//HITId)")).findtext("AutoApprovalDelayInSeconds") == "0"
