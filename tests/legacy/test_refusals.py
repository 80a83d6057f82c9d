"""What a refusal tells: the code, the recorded words, and the Data pairs that old clients read."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from adapter.core.errors import from_upstream
from adapter.marketplace.domain.layouts import register_layout
from tests.legacy_client import A_HIT, HIT_TYPE

TURK = "AWS.MechanicalTurk."
NO_ID = "3" + "Z" * 29


def told(client, operation, **members):
    """The code, the words without the token of milliseconds, and the Data of a call that fails."""
    client.error(operation, **members)
    error = next(client.last.root.iter("{*}Error"))
    data = {each.findtext("{*}Key"): each.findtext("{*}Value") for each in error.iter("{*}Data")}
    return error.findtext("{*}Code").removeprefix(TURK), error.findtext("{*}Message").rpartition(" (")[0], data


@pytest.mark.parametrize("identifier", [NO_ID, "no-such", "4zuEe6XG7kIVoUkUKJoLGpgK4cLYzMWnvvJLk1GJ"])
@pytest.mark.parametrize(
    ("operation", "kind", "words"),
    [
        ("GetHIT", "HIT", "Hit"),
        ("ForceExpireHIT", "HIT", "Hit"),
        ("ApproveAssignment", "Assignment", "Assignment"),
        ("GetQualificationType", "QualificationType", "QualificationType"),
        ("GrantQualification", "QualificationRequest", "QualificationRequest"),
    ],
)
def test_what_does_not_exist_is_named_in_the_same_way_whoever_found_out(requester, operation, kind, words, identifier):
    assert told(requester, operation, **{f"{kind}Id": identifier}) == (
        f"{kind}DoesNotExist",
        f"{words} {identifier} does not exist.",
        {f"{kind}Id": identifier},
    )


def test_a_layout_that_does_not_exist_is_named(requester):
    members = {name: value for name, value in A_HIT.items() if name != "Question"}
    code, _, data = told(requester, "CreateHIT", **members, HITLayoutId=NO_ID)
    assert (code, data) == ("HITLayoutDoesNotExist", {"HITLayoutId": NO_ID})


def test_missing_parameters_of_a_layout_are_named(scene):
    client = scene.requester()
    layout_id = register_layout(scene.store, client.key.account_id, "page", "<html><p>${first} and ${other}</p></html>")
    members = {name: value for name, value in A_HIT.items() if name != "Question"}
    code, words, data = told(
        client, "CreateHIT", **members, HITLayoutId=layout_id, HITLayoutParameter={"Name": "other", "Value": "x"}
    )
    assert (code, data) == ("AWS.MissingParameters", {"Parameter": "HITLayoutParameter"})
    assert words.endswith("Missing parameter names: first")


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("GetHITsForQualificationType", {"QualificationTypeId": NO_ID}, "QualificationTypeDoesNotExist"),
        ("GetQualificationsForQualificationType", {"QualificationTypeId": NO_ID}, "QualificationTypeDoesNotExist"),
        ("GetQualificationRequests", {"QualificationTypeId": NO_ID}, "QualificationTypeDoesNotExist"),
        ("GetReviewableHITs", {"HITTypeId": NO_ID}, "InvalidParameterValue"),
        ("GetAssignmentsForHIT", {"HITId": NO_ID}, "HITDoesNotExist"),
        ("GetBonusPayments", {"HITId": NO_ID}, "HITDoesNotExist"),
        ("GetBonusPayments", {"AssignmentId": NO_ID}, "AssignmentDoesNotExist"),
        ("GetReviewResultsForHIT", {"HITId": NO_ID}, "HITDoesNotExist"),
        ("GetFileUploadURL", {"AssignmentId": NO_ID, "QuestionIdentifier": "q"}, "AssignmentDoesNotExist"),
    ],
)
def test_what_belongs_to_nothing_is_an_error_and_not_empty(requester, operation, members, code):
    assert requester.error(operation, **members) == TURK + code


def test_review_results_about_an_assignment_of_nothing_or_of_another_hit_are_an_error(scene):
    client = scene.requester()
    hit_id = client.hit()
    elsewhere = scene.work(client.hit(), "A1WORKER")
    for assignment_id in (NO_ID, elsewhere):
        code = client.error("GetReviewResultsForHIT", HITId=hit_id, AssignmentId=assignment_id)
        assert code == f"{TURK}AssignmentDoesNotExist"


@pytest.mark.parametrize("operation", ["CreateHIT", "SetHITTypeNotification"])
def test_a_hit_type_that_does_not_exist_is_an_invalid_value_as_it_always_was(requester, operation):
    code, _, data = told(requester, operation, **{**A_HIT, "HITTypeId": NO_ID, "Active": "true"})
    assert (code, data) == ("InvalidParameterValue", {"Parameter": "HITTypeId"})


def test_a_score_that_is_not_there_names_the_type_and_one_that_is_revoked_its_state(requester):
    type_id = requester.qualification_type("A type")
    members = {"QualificationTypeId": type_id, "SubjectId": "A1WORKER"}
    for operation in ("GetQualificationScore", "UpdateQualificationScore", "RevokeQualification"):
        code, _, data = told(requester, operation, **members)
        assert (code, data) == ("QualificationDoesNotExist", {"QualificationTypeId": type_id})
    requester.call("AssignQualification", QualificationTypeId=type_id, WorkerId="A1WORKER")
    requester.call("RevokeQualification", **members)
    code, _, data = told(requester, "RevokeQualification", **members)
    assert (code, data) == ("InvalidQualificationState", {"CurrentState": "Revoked", "ExpectedStates": "Granted"})


def test_members_of_the_modern_api_go_by_their_legacy_names(requester):
    code, _, data = told(requester, "ExtendHIT", HITId=requester.hit(), MaxAssignmentsIncrement="9")
    assert (code, data) == ("InvalidMaximumAssignmentsIncrease", {"Parameter": "MaxAssignmentsIncrement"})
    requirement = {"QualificationTypeId": "00000000000000000040", "Comparator": "EqualTo"}
    _, words, data = told(requester, "RegisterHITType", **HIT_TYPE, QualificationRequirement=requirement)
    assert "IntegerValues" not in words
    assert data == {"Parameter": "QualificationRequirement"}


@pytest.mark.parametrize("country", ["USA", "U"])
def test_a_country_that_has_not_two_letters_is_named(requester, country):
    requirement = {
        "QualificationTypeId": "00000000000000000071",
        "Comparator": "EqualTo",
        "LocaleValue": {"Country": country},
    }
    code, _, data = told(requester, "RegisterHITType", **HIT_TYPE, QualificationRequirement=requirement)
    assert code == "InvalidParameterValue"
    assert data == {"Parameter": "QualificationRequirement.LocaleValue.Country", "Value": country}


@pytest.mark.parametrize(
    ("message", "code", "data"),
    [
        ("Hit 3X does not exist. (1624047673969)", "HITDoesNotExist", [("HITId", "3X")]),
        ("Assignment 3X does not exist. (1563504162075 s)", "AssignmentDoesNotExist", [("AssignmentId", "3X")]),
        ("This Requester has insufficient funds in their account", "InsufficientFunds", []),
        (
            "Your request is missing required parameters. Required parameters include HITLayoutParameter.",
            "AWS.MissingParameters",
            [],
        ),
        (
            "This HIT is currently in the state 'Reviewable'.  This operation can be called with a status of: Reviewing",
            "InvalidHITState",
            [("CurrentState", "Reviewable"), ("ExpectedStates", "Reviewing")],
        ),
        (
            "1 validation error detected: Value '0.9752' at 'bonusAmount' failed to satisfy constraint: Member must satisfy",
            "InvalidParameterValue",
            [("Parameter", "BonusAmount")],
        ),
        (
            "1 validation error detected: Value '' at 'qualificationRequirements.1.member.x' failed to satisfy constraint",
            "InvalidParameterValue",
            [("Parameter", "QualificationRequirement")],
        ),
        ("Something else", "InvalidParameterValue", []),
    ],
)
def test_an_error_of_the_upstream_without_a_code_is_known_by_its_recorded_words(message, code, data):
    error = ClientError({"Error": {"Code": "RequestError", "Message": message}}, "GetHIT")
    found = from_upstream(error, "reference")
    assert (found.code.removeprefix(TURK), found.message, found.data) == (code, message, data)


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("Help", "About"),
        ("NotifyWorkers", "WorkerId"),
        ("GetAssignmentsForHIT", "AssignmentStatus"),
        ("GetReviewableHITs", "Status"),
        ("GetReviewResultsForHIT", "PolicyLevel"),
    ],
)
def test_a_structure_in_the_place_of_a_list_of_values_is_an_invalid_value(requester, operation, member):
    members = {"MessageText": "m", "HITId": NO_ID, member: {"Stranger": "1"}}
    code, _, data = told(requester, operation, **members)
    assert (code, data["Parameter"]) == ("InvalidParameterValue", member)


def test_a_text_for_a_structure_is_refused_in_the_recorded_words(requester):
    locale = {"QualificationTypeId": "00000000000000000071", "Comparator": "EqualTo", "LocaleValue": "US"}
    for members, element in (({"Reward": "0.05"}, "Reward"), ({"QualificationRequirement": locale}, "LocaleValue")):
        code, words, _ = told(requester, "CreateHIT", **{**A_HIT, **members})
        assert code == "AWS.InvalidEnumeratedParameter"
        assert words == (
            f'The value "Illegal Text data found as child of: {element}" you specified for enumeration is invalid.'
        )


#: Parts of ASCII, Latin-1, of two and of three bytes in UTF-8, and beyond sixteen bits.
BEYOND = "a<é\u0416漢😀"


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("CreateHIT", {**A_HIT, "Title": BEYOND * 30}),
        ("SearchHITs", {"SortProperty": BEYOND}),
        ("SetHITTypeNotification", {"HITTypeId": NO_ID, "Notification": {"Destination": BEYOND, "Transport": "REST"}}),
        ("GetFileUploadURL", {"AssignmentId": BEYOND, "QuestionIdentifier": BEYOND}),
    ],
)
def test_errors_that_quote_what_is_not_ascii_are_ascii_and_mean_the_same(requester, operation, members):
    requester.error(operation, **members)
    assert requester.last.body.isascii()
    assert BEYOND[:5] in "".join(requester.last.root.itertext())


def test_errors_are_ascii_by_every_road(any_scene):
    client = any_scene.requester()
    _, words, data = told(client, "GetHIT", HITId=BEYOND)
    assert client.last.body.isascii()
    assert words == f"Hit {BEYOND} does not exist."
    assert data == {"HITId": BEYOND}


@pytest.mark.parametrize("name", ["Version", "Operation"])
def test_errors_of_the_whole_call_are_ascii(scene, name):
    answer = scene.send("GET", "/", urlencode({"Operation": "GetHIT", name: BEYOND}).encode(), b"", {})
    assert BEYOND[:5] in "".join(answer.root.itertext())
    assert answer.body.isascii()


def test_faults_are_ascii(any_scene):
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://soap.amazon.com"'}
    namespace = "http://schemas.xmlsoap.org/soap/envelope/"
    body = f'<e:Envelope xmlns:e="{namespace}"><e:Body><GetHIT xmlns="{BEYOND[2:]}"/></e:Body></e:Envelope>'
    answer = any_scene.send("POST", "/", b"", body.encode(), headers)
    assert answer.body.isascii()
    assert BEYOND[2:] in "".join(answer.root.itertext())


def test_a_batch_is_ascii_where_one_of_its_requests_fails_and_utf_8_where_none_does(scene):
    client = scene.requester()
    hit_id = client.hit(Title=BEYOND)
    assert BEYOND[2:] in client.soap("GetHIT", {"HITId": hit_id}).body.decode()
    both = client.soap("GetHIT", {"HITId": hit_id}, {"HITId": NO_ID})
    assert both.body.isascii()
    assert [each.text for each in both.root.iter("{*}Title")] == [BEYOND]


def test_nul_in_a_text_is_refused_by_the_legacy_name_of_the_member(requester):
    code, _, data = told(requester, "CreateHIT", **{**A_HIT, "Title": "a\0b"})
    assert (code, data["Parameter"]) == ("InvalidParameterValue", "Title")
