"""What REST clients in Perl, Ruby, R, PHP, Go, Java and Python send and need back, word for word."""

from __future__ import annotations

import re
from urllib.parse import quote_plus
from xml.etree import ElementTree as ET

import pytest

from adapter.core.store import accounts
from tests.clients.wire import Wire, clock, hit_members, matches
from tests.fixtures_live import ask
from tests.legacy_client import Scene

TURK = "AWS.MechanicalTurk."
MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


@pytest.fixture
def wire(live, live_store) -> Wire:
    """A client with an account of its own at the running server."""
    return Wire(live, accounts.create_account(live_store, "Requester"))


@pytest.fixture
def scene(live_store) -> Scene:
    """Where workers work."""
    return Scene(live_store, None)


def perl_result(root):
    """The Perl SDK takes the first child that is not OperationRequest."""
    return next(each for each in root if each.tag != "OperationRequest")


def test_perl_reads_the_first_child_that_is_not_operation_request_and_a_balance_with_a_point(wire):
    root = wire.get("GetAccountBalance", "Version=2011-10-01", TE="deflate,gzip;q=0.3", Connection="TE, close")
    assert re.fullmatch(r"\d+\.\d+", perl_result(root).findtext("AvailableBalance/Amount"))
    assert "xmlns" not in wire.text


def test_perl_asks_for_several_hits_in_one_call_and_counts_scalars(wire):
    ids = [wire.get("CreateHIT", hit_members()).findtext("HIT/HITId") for _ in range(2)]
    root = wire.get("GetHIT", f"GetHIT.1.HITId={ids[0]}&GetHIT.2.HITId={ids[1]}&GetHIT.3.HITId=NONSENSE")
    assert [each.findtext("HITId") for each in root.findall("HIT")][:2] == ids
    assert [each.text for each in root.iterfind("HIT/Request/IsValid")] == ["True", "True", "False"]
    assert wire.get("GetHIT", f"HITId.1={ids[0]}").findtext("HIT/HITId") == ids[0]


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("CreateHIT", "", "AWS.MissingParameters"),
        ("CreateHIT", hit_members(MaxAssignments="-1"), "AWS.ParameterOutOfRange"),
        ("CreateHIT", hit_members(MaxAssignments="green"), TURK + "InvalidParameterValue"),
        ("CreateHIT", "HITTypeId=asfd&LifetimeInSeconds=60&Question=x", TURK + "InvalidParameterValue"),
        ("CreateHIT", hit_members(Question="<NotXml"), TURK + "XMLParseError"),
        ("SearchHITs", "PageSize=101", "AWS.ParameterOutOfRange"),
        ("BlockWorker", "WorkerId=imaginary&Reason=x", TURK + "InvalidParameterValue"),
        ("GetHIT", "HITId=" + "X" * 30, TURK + "HITDoesNotExist"),
        ("ApproveAssignment", "AssignmentId=" + "X" * 30, TURK + "AssignmentDoesNotExist"),
        ("UpdateQualificationType", "QualificationTypeId=" + "X" * 30, TURK + "QualificationTypeDoesNotExist"),
        ("GetQualificationType", "QualificationTypeId=" + "X" * 30, TURK + "QualificationTypeDoesNotExist"),
    ],
)
def test_the_codes_that_live_tests_of_old_clients_assert(wire, operation, members, code):
    assert wire.code(operation, members) == code


def test_a_question_is_required_with_the_code_that_perl_asserts(wire):
    type_id = wire.get("RegisterHITType", hit_members()).findtext("RegisterHITTypeResult/HITTypeId")
    assert wire.code("CreateHIT", f"HITTypeId={type_id}&LifetimeInSeconds=60") == TURK + "InvalidParameterValue"


def test_an_invalid_requirement_is_told_with_one_of_the_codes_that_java_knows(wire):
    requirement = "QualificationRequirement.1.QualificationTypeId=0000000000000INVALID"
    requirement += "&QualificationRequirement.1.Comparator=GreaterThan&QualificationRequirement.1.IntegerValue=1"
    codes = {TURK + "QualificationTypeDoesNotExist", TURK + "InvalidParameterValue"}
    assert wire.code("CreateHIT", hit_members() + "&" + requirement) in codes


def test_a_wrong_secret_is_an_error_of_the_request_with_status_200(wire, live):
    stranger = Wire(live, accounts.Key(wire.key.account_id, wire.key.access_key_id, "another"))
    root = stranger.get("GetAccountBalance")
    assert root.findtext("OperationRequest/Errors/Error/Code") == "AWS.NotAuthorized"
    assert [each.tag for each in root] == ["OperationRequest"]


def test_rturk_counts_from_zero_and_takes_the_whole_text_of_a_reviewable_hit_for_its_id(wire, scene):
    constant = clock("%Y-%m-%dT%H:%M:%S.321Z")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    groups = "&ResponseGroup.0=HITDetail&ResponseGroup.1=HITQuestion&ResponseGroup.2=HITAssignmentSummary"
    root = wire.get("CreateHIT", hit_members() + groups, when=constant, **form)
    hit = root.find("HIT")
    assert hit.findtext("Question").startswith("<ExternalQuestion")
    assignment_id = scene.work(hit.findtext("HITId"), "AWORKERONE1")
    listed = wire.get("GetReviewableHITs", when=constant, **form).findall("GetReviewableHITsResult/HIT")
    assert ["".join(each.itertext()).strip() for each in listed] == [hit.findtext("HITId")]
    assert wire.text.count("<IsValid>True</IsValid>") == 1
    wire.get("ApproveAssignment", f"AssignmentId={assignment_id}")
    told = "Subject=s&MessageText=t&WorkerId.0=AWORKERONE1&WorkerId.1=ANOBODY0000000"
    failures = wire.get("NotifyWorkers", told, when=constant, **form).find("NotifyWorkersResult")
    failed = [[each.tag for each in one] for one in failures.findall("NotifyWorkersFailureStatus")]
    assert failed == [["NotifyWorkersFailureCode", "NotifyWorkersFailureMessage", "WorkerId"]]


def test_the_ruby_gems_find_formatted_prices_and_whole_seconds_everywhere(wire, scene):
    hit_id = wire.get("CreateHIT", hit_members()).findtext("HIT/HITId")
    assignment_id = scene.work(hit_id, "AWORKERONE1")
    pay = f"WorkerId=AWORKERONE1&AssignmentId={assignment_id}&BonusAmount.1.Amount=0.10"
    pay += "&BonusAmount.1.CurrencyCode=USD&BonusAmount.1.FormattedPrice=%240.10&Reason=r"
    wire.get("ApproveAssignment", f"AssignmentId={assignment_id}")
    assert wire.get("GrantBonus", pay).findtext("GrantBonusResult/Request/IsValid") == "True"
    calls = {
        "GetHIT": f"HITId={hit_id}",
        "SearchHITs": "",
        "GetBonusPayments": f"HITId={hit_id}",
        "GetAccountBalance": "",
        "GetAssignmentsForHIT": f"HITId={hit_id}",
    }
    for operation, members in calls.items():
        root = wire.get(operation, members)
        for amount in root.iter("Amount"):
            price = amount.getparent()
            assert [each.tag for each in price] == ["Amount", "CurrencyCode", "FormattedPrice"], operation
            assert matches(r"^\$[\d,]+\.\d\d$", price.findtext("FormattedPrice")), operation
        moments = [each for each in root.iter() if each.tag.endswith("Time") or each.tag == "Expiration"]
        assert all(matches(MOMENT, each.text) for each in moments), operation
    hit = wire.get("GetHIT", f"HITId={hit_id}").find("HIT")
    numbers = ["Pending", "Available", "Completed"]
    assert [hit.findtext(f"NumberOfAssignments{each}") for each in numbers] == ["0", "0", "1"]


def test_mturkr_begins_with_an_ampersand_and_splits_the_answer_at_request_is_valid(wire, scene):
    root = wire.post("RegisterHITType", hit_members(), start="&")
    type_id = root.findtext("RegisterHITTypeResult/HITTypeId")
    assert len(wire.text.split("<Request><IsValid>")) == 2
    assert wire.text.split("<Request><IsValid>")[1].startswith("True</IsValid></Request>")
    events = "".join(f"&Notification.1.EventType={each}" for each in ("HITExpired", "HITReviewable"))
    target = "Notification.1.Destination=http://example.com:80/x&Notification.1.Transport=REST"
    wire.post("SetHITTypeNotification", f"HITTypeId={type_id}&{target}&Notification.1.Version=2006-05-05{events}")
    assert "<IsValid>True</IsValid>" in wire.text
    wire.post("GetBlockedWorkers", "PageNumber=1&PageSize=65535", start="&")
    assert "<IsValid>True</IsValid>" in wire.text
    root = wire.post("CreateHIT", hit_members() + "&ResponseGroup0=Minimal&ResponseGroup1=HITDetail", start="&")
    assert root.findtext("HIT/HITStatus") == "Assignable"
    scene.work(root.findtext("HIT/HITId"), "AWORKERONE1")
    listed = f"HITId={root.findtext('HIT/HITId')}&AssignmentStatus=Submitted,Approved"
    assert wire.post("GetAssignmentsForHIT", listed).findtext("GetAssignmentsForHITResult/TotalNumResults") == "1"
    assert not matches(r">\s+<", wire.text.split("?>\n", 1)[1]), "no space between elements"


@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S.123456789Z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.123456"]
)
def test_times_of_php_go_and_the_oldest_boto_are_understood(wire, form):
    assert "<IsValid>True</IsValid>" in ET.tostring(wire.get("GetAccountBalance", when=clock(form)), "unicode")


def test_a_time_five_hours_west_is_the_same_moment(wire):
    when = clock("%Y-%m-%dT%H:%M:%S-05:00", -5 * 3600)
    assert wire.post("GetAccountBalance", when=when).findtext("GetAccountBalanceResult/Request/IsValid") == "True"


def test_amounts_of_a_binary_fraction_are_rounded_to_cents_and_nothing_is_a_price(wire):
    java = hit_members(**{"Reward.1.Amount": "0.05000000000000000277555756156289135105907917022705078125"})
    root = wire.get("CreateHIT", java + "&ResponseGroup.1=HITDetail")
    assert root.findtext("HIT/Reward/Amount") == "0.05"
    free = wire.get("CreateHIT", hit_members(**{"Reward.1.Amount": "0.00"}) + "&ResponseGroup.1=HITDetail")
    assert free.findtext("HIT/Reward/FormattedPrice") == "$0.00"


def test_noise_of_ptree_amt_and_mturk_does_no_harm(wire):
    noise = "&&Reward=&Reward.1=&Reward.1.CurrencyCode=USD&RequestGroup=Request%2C+Minimal&stranger=1&"
    noise += "&QualificationRequirement.1=&QualificationRequirement.1.QualificationTypeId=00000000000000000071"
    noise += "&QualificationRequirement.1.Comparator=EqualTo&QualificationRequirement.1.LocaleValue="
    noise += "&QualificationRequirement.1.LocaleValue.Country=US&autoApprovalDelayInSeconds=3600&Keywords=&"
    hit_id = wire.post("CreateHIT", hit_members() + noise).findtext("HIT/HITId")
    hit = wire.get("GetHIT", f"HITId={hit_id}").find("HIT")
    assert hit.findtext("AutoApprovalDelayInSeconds") == "3600"
    assert hit.findtext("Keywords") == ""
    assert hit.findtext("QualificationRequirement/LocaleValue/Country") == "US"


def test_raw_semicolons_and_equals_signs_stay_in_their_values(wire):
    members = hit_members().replace("Title=A+task", "Title=one;two=three;four")
    hit_id = wire.post("CreateHIT", members).findtext("HIT/HITId")
    assert wire.get("GetHIT", f"HITId={hit_id}").findtext("HIT/Title") == "one;two=three;four"


def test_an_error_in_a_question_is_not_taken_for_an_error_of_the_call(wire):
    page = "<![CDATA[<html><body><Errors></Errors></body></html>]]>"
    question = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
    document = (
        f'<HTMLQuestion xmlns="{question}"><HTMLContent>{page}</HTMLContent><FrameHeight>1</FrameHeight></HTMLQuestion>'
    )
    root = wire.get("CreateHIT", hit_members(Question=document) + "&ResponseGroup.1=HITQuestion")
    assert "<Errors>" not in wire.text, "boto looks for these letters"
    assert "<![CDATA[" not in wire.text, "npm mturk's parser drops CDATA sections"
    assert root.findtext("HIT/Question") == document


def test_the_oldest_boto_says_action_and_authorization_and_absolute_targets(wire):
    body = wire.credentials("GetAccountBalance").replace("Operation=", "Action=").encode()
    target = b"POST http://mechanicalturk.sandbox.amazonaws.com:80/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    headers = b"Authorization: AWS AKIA:abc=\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    answer = ask(wire.live, target + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"<IsValid>True</IsValid>" in answer


def test_simple_amt_and_dallinger_ask_for_pages_until_one_is_empty(wire):
    ids = {wire.get("CreateHIT", hit_members(Title=f"Task {n}")).findtext("HIT/HITId") for n in range(3)}
    met, page = set(), 1
    while True:
        root = wire.get("SearchHITs", f"PageSize=2&PageNumber={page}").find("SearchHITsResult")
        assert root.findtext("PageNumber") == str(page)
        assert root.findtext("TotalNumResults") == "3"
        assert root.findtext("NumResults") == str(len(root.findall("HIT")))
        if not root.findall("HIT"):
            break
        met |= {each.findtext("HITId") for each in root.findall("HIT")}
        page += 1
    assert met == ids
    assert page == 3


def test_java_finds_no_question_in_a_minimal_search_and_a_question_in_a_get(wire):
    wire.get("CreateHIT", hit_members())
    assert wire.get("SearchHITs", "ResponseGroup.1=Minimal").find("SearchHITsResult/HIT/Question") is None
    assert wire.get("SearchHITs").find("SearchHITsResult/HIT/HITStatus") is not None


def test_goamz_and_crowds_read_answers_as_escaped_documents(wire, scene):
    hit_id = wire.get("CreateHIT", hit_members()).findtext("HIT/HITId")
    scene.work(hit_id, "AWORKERONE1", q1="a & <b>")
    root = wire.get("GetAssignmentsForHIT", f"HITId={hit_id}&AssignmentStatus=Submitted,Approved,Rejected")
    text = root.findtext("GetAssignmentsForHITResult/Assignment/Answer")
    names = {"a": "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"}
    answers = ET.fromstring(text.encode())
    assert answers.findtext("a:Answer/a:FreeText", namespaces=names) == "a & <b>"
    assert "&lt;QuestionFormAnswers xmlns=" in wire.text


def test_a_locale_with_a_subdivision_and_several_values_come_in_both_spellings(wire):
    for locale in (
        "LocaleValue.1.Country=US&{0}LocaleValue.1.Subdivision=CA",
        "LocaleValue.Country=US&{0}IntegerValue=",
    ):
        name = "QualificationRequirement.1."
        requirement = f"{name}QualificationTypeId=00000000000000000071&{name}Comparator=EqualTo&{name}"
        wire.get("CreateHIT", f"{hit_members()}&{requirement}{locale.format(name)}&{name}RequiredToPreview=true")
        assert "<IsValid>True</IsValid>" in wire.text, wire.text


def test_a_question_of_64_kb_fits_into_a_get(wire):
    page = "<html><body>" + "x" * 60_000 + "</body></html>"
    question = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
    document = f'<HTMLQuestion xmlns="{question}"><HTMLContent>{page.replace("<", "&lt;")}</HTMLContent>'
    document += "<FrameHeight>1</FrameHeight></HTMLQuestion>"
    rest = hit_members().partition("&Question=")[0]
    root = wire.get("CreateHIT", f"{rest}&Question={quote_plus(document)}")
    assert root.findtext("HIT/Request/IsValid") == "True"


def test_crowds_and_mturkr_join_lists_by_commas_and_spell_booleans_as_numbers(wire):
    hit_id = wire.get("CreateHIT", hit_members()).findtext("HIT/HITId")
    type_id = wire.get("GetHIT", f"HITId={hit_id}").findtext("HIT/HITTypeId")
    target = (
        "Notification.1.Destination=me%40example.com&Notification.1.Transport=Email&Notification.1.Version=2006-05-05"
    )
    wire.get(
        "SetHITTypeNotification", f"HITTypeId={type_id}&{target}&Notification.1.EventType=HITExpired,HITReviewable"
    )
    assert "<IsValid>True</IsValid>" in wire.text
    told = wire.get("NotifyWorkers", "Subject=s&MessageText=t&WorkerId=ANOBODY0000001,ANOBODY0000002")
    failed = told.iterfind("NotifyWorkersResult/NotifyWorkersFailureStatus/WorkerId")
    assert [each.text for each in failed] == ["ANOBODY0000001", "ANOBODY0000002"]
    for members in (
        "",
        "MustBeRequestable=1",
        "MustBeRequestable=0&MustBeOwnedByCaller=True",
        "MustBeRequestable=false",
    ):
        root = wire.get("SearchQualificationTypes", members)
        assert root.findtext("SearchQualificationTypesResult/Request/IsValid") == "True", members


@pytest.mark.parametrize("path", ["/", "/onca/xml", "/onca/soap"])
def test_every_path_that_old_clients_post_to_answers(wire, path):
    root = wire.get("GetAccountBalance", path=path)
    assert root.findtext("GetAccountBalanceResult/Request/IsValid") == "True"
    root = wire.post("GetAccountBalance", path=f"{path}?Service=AWSMechanicalTurkRequester")
    assert root.findtext("GetAccountBalanceResult/Request/IsValid") == "True"


def test_what_psiturk_and_boto_make_of_none_is_nothing(wire):
    root = wire.get("SearchQualificationTypes", "Query=None&MustBeRequestable=True")
    assert root.findtext("SearchQualificationTypesResult/Request/IsValid") == "True"
    root = wire.get("CreateHIT", hit_members(Description="None", Keywords="None") + "&ResponseGroup.1=HITDetail")
    assert root.findtext("HIT/Request/IsValid") == "True"
    assert root.findtext("HIT/Keywords") != "None"
    extended = wire.get("ExtendHIT", f"HITId={root.findtext('HIT/HITId')}")
    assert extended.findtext("ExtendHITResult/Request/IsValid") == "True"


def test_amt_finds_the_newest_first_with_a_direction_and_no_property(wire):
    ids = [wire.get("CreateHIT", hit_members(Title=title)).findtext("HIT/HITId") for title in "bac"]
    found = wire.get("SearchHITs", "SortDirection=Descending").iterfind("SearchHITsResult/HIT/HITId")
    assert next(each.text for each in found) == ids[-1]


def test_a_type_registered_twice_is_one_type_and_a_name_taken_twice_is_told_in_dallingers_words(wire):
    twice = {wire.get("RegisterHITType", hit_members()).findtext("RegisterHITTypeResult/HITTypeId") for _ in range(2)}
    assert len(twice) == 1
    skill = "Name=Skill&Description=d&QualificationTypeStatus=Active"
    assert wire.get("CreateQualificationType", skill).findtext("QualificationType/Request/IsValid") == "True"
    assert wire.code("CreateQualificationType", skill) == TURK + "QualificationTypeAlreadyExists"
    assert "already created a QualificationType with this name" in wire.text
    found = wire.get("SearchQualificationTypes", "Query=SKILL&MustBeOwnedByCaller=true&MustBeRequestable=true")
    assert found.findtext("SearchQualificationTypesResult/QualificationType/Name") == "Skill"
