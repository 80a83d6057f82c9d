"""What hand-written Python clients put on the wire, and what their parsers demand: strict trees, strict counts, strict dates."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote_plus, urlencode

import pytest
from lxml import etree

from tests.legacy_client import EXTERNAL, FORM, SERVICE, hmac_sha1, moment

ANSWERS = "{http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd}"
TASK = {
    "Title": "t",
    "Description": "d",
    "Question": EXTERNAL,
    "Reward.1.Amount": "0.05",
    "Reward.1.CurrencyCode": "USD",
    "AssignmentDurationInSeconds": "300",
    "LifetimeInSeconds": "3600",
    "Keywords": "a, b",
}


def common(client, operation, version):
    when = moment()
    return {
        "Service": SERVICE,
        "Version": version,
        "Operation": operation,
        "AWSAccessKeyId": client.key.access_key_id,
        "Timestamp": when,
        "Signature": hmac_sha1(client.key.secret_access_key, SERVICE + operation + when),
    }


# ---- a library of 2012 that knows every element by name ---------------------------------------------------------------

GROUPS = {
    f"ResponseGroup.{number}": name
    for number, name in enumerate(("Minimal", "HITQuestion", "HITDetail", "HITAssignmentSummary"))
}
#: An element of a HIT that is none of these ends the library with an error.
OF_A_HIT = set(
    "Request HITId HITTypeId HITGroupId HITLayoutId CreationTime Title Description Question Keywords HITStatus "  # noqa: SIM905
    "MaxAssignments Reward AutoApprovalDelayInSeconds Expiration AssignmentDurationInSeconds RequesterAnnotation "
    "NumberOfSimilarHITs QualificationRequirement HITReviewStatus NumberOfAssignmentsPending "
    "NumberOfAssignmentsAvailable NumberOfAssignmentsCompleted".split()
)
OF_AN_ASSIGNMENT = set(
    "AssignmentId WorkerId HITId AssignmentStatus AutoApprovalTime AcceptTime SubmitTime ApprovalTime "  # noqa: SIM905
    "RejectionTime Deadline Answer RequesterFeedback".split()
)


def strict(client, operation, **members):
    """A POST to /onca/xml with everything in the body; the result element. Error codes come as LookupError."""
    body = urlencode({**common(client, operation, "2012-03-25"), **members}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Python-urllib/2.7"}
    answer = client.send("POST", "/onca/xml", b"", body, form)
    root = answer.root
    errors = root.findall(".//Errors/Error")
    if errors:
        raise LookupError(errors[0].findtext("Code"))
    (result,) = [each for each in root if each.tag != "OperationRequest"]
    assert result.findtext("Request/IsValid") == "True"
    return result


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def strict_hit(element):
    """Every child is known, dates are in one form, and a requirement has all of its members."""
    assert {each.tag for each in element} <= OF_A_HIT
    for name in ("CreationTime", "Expiration"):
        instant(element.findtext(name))
    reward = element.find("Reward")
    assert {each.tag for each in reward} == {"Amount", "CurrencyCode", "FormattedPrice"}
    for each in element.findall("QualificationRequirement"):
        assert each.findtext("RequiredToPreview") in {"0", "1"}
        place = each.find("LocaleValue")
        assert place is None or place[0].tag == "Country"
        assert place is not None or int(each.findtext("IntegerValue")) >= 0
    return element.findtext("HITId")


REQUIREMENTS = {
    "QualificationRequirement.1.QualificationTypeId": "000000000000000000L0",
    "QualificationRequirement.1.Comparator": "GreaterThanOrEqualTo",
    "QualificationRequirement.1.IntegerValue": "95",
    "QualificationRequirement.1.RequiredToPreview": "true",
    "QualificationRequirement.2.QualificationTypeId": "00000000000000000071",
    "QualificationRequirement.2.Comparator": "EqualTo",
    "QualificationRequirement.2.LocaleValue.Country": "US",
}


def test_every_element_of_a_hit_is_one_that_the_strict_library_knows(requester):
    made = strict(requester, "CreateHIT", **TASK, **GROUPS, **REQUIREMENTS)
    hit_id = strict_hit(made)
    assert made.findtext("Question") == EXTERNAL
    assert strict_hit(strict(requester, "GetHIT", HITId=hit_id, **GROUPS)) == hit_id


def test_the_strict_library_walks_pages_until_it_has_the_total(requester):
    made = {strict_hit(strict(requester, "CreateHIT", **{**TASK, "Title": f"t{n}"}, **GROUPS)) for n in range(5)}
    met: list[str] = []
    page = 1
    while True:
        found = strict(
            requester, "SearchHITs", PageSize="2", PageNumber=str(page), SortProperty="Enumeration", **GROUPS
        )
        assert int(found.findtext("PageNumber")) == page
        hits = found.findall("HIT")
        assert len(hits) == int(found.findtext("NumResults"))
        met += map(strict_hit, hits)
        if len(met) == int(found.findtext("TotalNumResults")):
            break
        page += 1
    assert len(met) == 5
    assert set(met) == made


def test_the_strict_library_reads_work_and_pays_for_it(scene):
    client = scene.requester()
    hit_id = strict_hit(strict(client, "CreateHIT", **TASK, **GROUPS))
    assignment_id = scene.work(hit_id, "A1STRICT", q1="a <b> & c", q2="")
    found = strict(client, "GetAssignmentsForHIT", HITId=hit_id, PageSize="100", PageNumber="1")
    (row,) = found.findall("Assignment")
    assert {each.tag for each in row} <= OF_AN_ASSIGNMENT
    assert instant(row.findtext("AcceptTime")) <= instant(row.findtext("SubmitTime"))
    assert instant(row.findtext("SubmitTime")) < instant(row.findtext("AutoApprovalTime"))
    document = etree.fromstring(row.findtext("Answer").encode())
    given = {
        each.findtext(f"{ANSWERS}QuestionIdentifier"): each.findtext(f"{ANSWERS}FreeText")
        for each in document.findall(f"{ANSWERS}Answer")
    }
    assert given == {"q1": "a <b> & c", "q2": ""}
    strict(client, "ApproveAssignment", AssignmentId=assignment_id, RequesterFeedback="thanks")
    bonus = {"BonusAmount.1.Amount": "0.10", "BonusAmount.1.CurrencyCode": "USD", "Reason": "well done"}
    strict(client, "GrantBonus", WorkerId="A1STRICT", AssignmentId=assignment_id, **bonus)
    strict(client, "NotifyWorkers", **{"WorkerId.1": "A1STRICT", "Subject": "s", "MessageText": "m"})
    groups = {"ResponseGroup.0": "Minimal", "ResponseGroup.1": "AssignmentFeedback"}
    (row,) = strict(client, "GetAssignmentsForHIT", HITId=hit_id, **groups).findall("Assignment")
    assert instant(row.findtext("ApprovalTime")).year >= 2024
    assert row.findtext("RequesterFeedback") == "thanks"


def test_the_balance_has_one_amount(requester):
    """The library looks for Amount anywhere in the answer and takes it that there is one."""
    found = strict(requester, "GetAccountBalance")
    (amount,) = found.iter("Amount")
    assert Decimal(amount.text) > 0


def test_a_notification_lists_its_event_types_by_number(requester):
    made = strict(
        requester, "RegisterHITType", **{k: v for k, v in TASK.items() if k not in {"Question", "LifetimeInSeconds"}}
    )
    asked = {
        "HITTypeId": made.findtext("HITTypeId"),
        "Notification.1.Destination": "https://example.org/notify",
        "Notification.1.Transport": "REST",
        "Notification.1.Version": "2006-05-05",
        "Notification.1.EventType.1": "AssignmentSubmitted",
        "Notification.1.EventType.2": "HITReviewable",
        "Notification.1.Active": "true",
    }
    strict(requester, "SetHITTypeNotification", **asked)


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("GetHIT", {"HITId": "NONSENSE"}, "AWS.MechanicalTurk.HITDoesNotExist"),
        ("ApproveAssignment", {"AssignmentId": "NONSENSE"}, "AWS.MechanicalTurk.AssignmentDoesNotExist"),
        ("CreateHIT", {**TASK, "AssignmentDurationInSeconds": "29"}, "AWS.ParameterOutOfRange"),
        ("NoSuchThing", {}, "AWS.InvalidOperationParameter"),
    ],
)
def test_errors_are_found_under_errors_wherever_they_stand(requester, operation, members, code):
    with pytest.raises(LookupError) as error:
        strict(requester, operation, **members)
    assert error.value.args == (code,)


# ---- a class of 2008 that takes each element to be there once, with one text ------------------------------------------


def only(element, name):
    """`getElementsByTagName(name)`: exactly one, with exactly one text in it."""
    (found,) = element.iter(name)
    assert len(found) == 0
    assert found.text
    return found.text


def of_2008(client, operation, **members):
    query = urlencode({**common(client, operation, "2008-08-02"), **members}).encode()
    root = client.send("GET", "/onca/xml", query, b"", {"User-Agent": "Python-urllib/1.17"}).root
    assert only(root, "IsValid") == "True"
    return root


def test_a_class_of_2008_finds_each_element_once(scene):
    client = scene.requester()
    made = of_2008(client, "CreateHIT", **{**TASK, "Question": FORM, "MaxAssignments": "1"})
    hit_id, type_id = only(made, "HITId"), only(made, "HITTypeId")
    scene.work(hit_id, "A1TWICE", q1="blue")
    waiting = of_2008(client, "GetReviewableHITs", HITTypeId=type_id, PageSize="100")
    assert (only(waiting, "HITId"), only(waiting, "TotalNumResults")) == (hit_id, "1")
    found = of_2008(client, "GetAssignmentsForHIT", HITId=hit_id)
    answers = etree.fromstring(only(found, "Answer").encode())
    assert answers.findtext(f"{ANSWERS}Answer/{ANSWERS}FreeText") == "blue"
    of_2008(client, "ApproveAssignment", AssignmentId=only(found, "AssignmentId"))
    of_2008(client, "DisposeHIT", HITId=hit_id)
    assert re.fullmatch(r"\$[\d,]+\.\d\d", only(of_2008(client, "GetAccountBalance"), "FormattedPrice"))


def test_a_class_of_2008_reads_a_score(scene):
    client = scene.requester()
    made = of_2008(client, "CreateQualificationType", Name="Score", Description="d", QualificationTypeStatus="Active")
    type_id = only(made, "QualificationTypeId")
    of_2008(client, "AssignQualification", QualificationTypeId=type_id, WorkerId="A1SCORE", IntegerValue="7")
    found = of_2008(client, "GetQualificationScore", QualificationTypeId=type_id, SubjectId="A1SCORE")
    assert only(found, "IntegerValue") == "7"


# ---- a wrapper that sends empty members and looks for the first Request ------------------------------------------------


def first(tree, name):
    """The first value of a name, depth first, in what a dictionary parser makes of the document."""
    return next(tree.iter(name))


def wrapped(client, operation, members):
    """The Service in the address of a POST; a member without a value is sent as `Name=`."""
    text = urlencode({**common(client, operation, "2012-03-25"), **members}).encode()
    return client.send("POST", "/", f"Service={SERVICE}".encode(), text, {}).root


def test_a_wrapper_sends_members_without_a_value(requester):
    empty = {"UniqueRequestToken": "", "RequesterAnnotation": "", "HITTypeId": "", "QualificationRequirement": ""}
    made = wrapped(requester, "CreateHIT", {**TASK, **empty})
    assert first(made, "Request").findtext("IsValid") == "True"
    again = wrapped(requester, "CreateHIT", {**TASK, **empty})
    assert first(again, "HITId").text != first(made, "HITId").text


# ---- a class for Python 3 that posts with everything in the address ---------------------------------------------------


def addressed(client, operation, **members):
    """A POST without a body; the last child of the answer is the result."""
    query = "&".join(f"{k}={quote_plus(v)}" for k, v in {**common(client, operation, "2014-08-15"), **members}.items())
    return client.send("POST", "/", query.encode(), b"", {"Content-Length": "0"}).root[-1]


def test_a_post_with_everything_in_its_address_is_understood(requester):
    token = f"token-{time.time()}"
    made = addressed(requester, "CreateHIT", **TASK, UniqueRequestToken=token)
    hit_id = made.findtext("HITId")
    again = addressed(requester, "CreateHIT", **TASK, UniqueRequestToken=token)
    error = again.find("Request/Errors/Error")
    assert error.findtext("Code") == "AWS.MechanicalTurk.HITAlreadyExists"
    assert {each.findtext("Key"): each.findtext("Value") for each in error.findall("Data")}["HITId"] == hit_id
    met, page = [], 1
    while (found := addressed(requester, "SearchHITs", PageNumber=str(page), PageSize="100")).findtext(
        "NumResults"
    ) != "0":
        met += [each.findtext("HITId") for each in found.findall("HIT")]
        page += 1
    assert met == [hit_id]


# ---- a library of 2008 whose tasks pay by bonus alone -----------------------------------------------------------------


def utility(client, operation, **members):
    """Version 2008-04-01; absent values as the text None, numbers as Python writes them."""
    text = urlencode({**common(client, operation, "2008-04-01"), **members}).encode()
    root = client.send("POST", "/onca/xml", b"", text, {"User-Agent": "Python-urllib/1.17"}).root
    assert root.find(".//Errors") is None, etree.tostring(root)
    return root


def test_a_task_without_a_reward_pays_by_bonuses_up_to_a_sum(scene):
    """The library adds up what was paid by every Amount in the answer and pays the difference, a binary fraction."""

    def paid():
        return sum(
            float(each.text) for each in utility(client, "GetBonusPayments", **about, PageSize=100).iter("Amount")
        )

    client = scene.requester()
    made = utility(client, "CreateHIT", **{**TASK, "Reward.1.Amount": 0.0}, RequesterAnnotation=None, MaxAssignments=1)
    hit_id = made.findtext("HIT/HITId")
    assignment_id = scene.work(hit_id, "A1UTILITY")
    (row,) = utility(client, "GetAssignmentsForHIT", HITId=hit_id).iter("Assignment")
    assert row[0].text == assignment_id
    utility(client, "ApproveAssignment", AssignmentId=assignment_id)
    about = {"AssignmentId": assignment_id}
    for upto in (0.1, 0.3):
        more = {"BonusAmount.1.Amount": upto - paid(), "BonusAmount.1.CurrencyCode": "USD", "Reason": "right"}
        utility(client, "GrantBonus", **about, WorkerId="A1UTILITY", **more)
    assert paid() == pytest.approx(0.3)
    utility(client, "NotifyWorkers", Subject="s", MessageText="m", **{"WorkerId.0": "A1UTILITY"})


@pytest.mark.parametrize("operation", ["SearchHITs", "GetReviewableHITs"])
def test_pages_by_enumeration_are_read_until_one_is_empty(scene, operation):
    client = scene.requester()
    made = [client.hit(Title=f"t{number}") for number in range(3)]
    for hit_id in made:
        scene.work(hit_id, "A1PAGES")
    met, page = [], 1
    while found := list(
        utility(client, operation, PageSize=2, PageNumber=page, SortProperty="Enumeration").iter("HITId")
    ):
        met += [each.text for each in found]
        page += 1
    assert sorted(met) == sorted(made)
