"""What docs/compatibility.md promises and no other test holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import pytest

from adapter.core import clock
from adapter.core.versions import VERSIONS
from tests.legacy_client import A_HIT, EXTERNAL, HIT_TYPE, SERVICE, flatten, hmac_sha1, moment, signed

TURK = "AWS.MechanicalTurk."


@pytest.mark.parametrize("version", [*VERSIONS, ""])
def test_every_version_is_served_and_none_means_the_newest(scene, version):
    client = scene.requester(version=version)
    hit = client.call("GetHIT", HITId=client.hit())
    newer = (version or "2014-08-15") >= "2011-10-01"
    assert (hit.find("HITGroupId") is not None) is newer


def test_members_of_a_newer_version_are_understood(scene):
    client = scene.requester(version="2007-06-21")
    requirement = {
        "QualificationTypeId": "00000000000000000071",
        "Comparator": "In",
        "LocaleValue": [{"Country": "US", "Subdivision": "NY"}, {"Country": "CA"}],
    }
    hit_id = client.hit(QualificationRequirement=requirement)
    assert client.call("GetHIT", HITId=hit_id).find("QualificationRequirement") is None
    newest = client.at("2014-08-15").call("GetHIT", HITId=hit_id).find("QualificationRequirement")
    assert newest.findtext("Comparator") == "In"
    assert newest.findtext("LocaleValue/Subdivision") == "NY"
    before = client.at("2013-11-15").call("GetHIT", HITId=hit_id).find("QualificationRequirement")
    assert before.findtext("LocaleValue/Country") == "US"
    assert before.find("LocaleValue/Subdivision") is None


def test_in_with_one_value_is_shown_to_older_versions_as_equal_to(scene):
    client = scene.requester()
    one = {"QualificationTypeId": "00000000000000000071", "Comparator": "NotIn", "LocaleValue": [{"Country": "US"}]}
    hit_id = client.hit(QualificationRequirement=one)
    shown = client.at("2012-03-25").call("GetHIT", HITId=hit_id).find("QualificationRequirement")
    assert shown.findtext("Comparator") == "NotEqualTo"


def test_an_operation_that_a_version_did_not_have_is_refused(scene):
    answer = scene.requester(version="2007-06-21").raw("GetBlockedWorkers")
    assert answer.code == "AWS.InvalidOperationParameter"
    assert "2007-06-21" in answer.body.decode()


def test_wrong_case_and_strangers_do_no_harm(requester):
    answer = requester.raw("GetHIT", [("hitid", requester.hit()), ("Stranger", "x"), ("ResponseGroup.1", "Nonsense")])
    assert answer.code == ""
    assert answer.root.findtext("HIT/Title") == "A task"


def test_the_text_none_is_absent_where_a_member_is_optional(requester):
    hit = requester.call("GetHIT", HITId=requester.hit(Keywords="None", RequesterAnnotation="None"))
    assert hit.findtext("Keywords") == ""
    assert hit.find("RequesterAnnotation") is None


def test_parameters_may_be_split_over_query_and_body_in_latin_1(scene):
    key, when = scene.requester().key, moment()
    query = (
        f"Service={SERVICE}&Operation=CreateHIT&AWSAccessKeyId={key.access_key_id}&Timestamp={quote(when)}&Signature="
    )
    query += quote(hmac_sha1(key.secret_access_key, f"{SERVICE}CreateHIT{when}"), safe="")
    body = "&Title=caf%E9&Description=d&Reward.Amount=0.5&Reward.CurrencyCode=USD&Reward.1.CurrencyCode=USD&&"
    body += f"AssignmentDurationInSeconds=60&LifetimeInSeconds=60&ResponseGroup0=HITDetail&Question={quote(EXTERNAL)}"
    answer = scene.send("POST", "/", query.encode(), body.encode(), {"Content-Type": "text/plain"})
    assert answer.code == ""
    assert answer.root.findtext("HIT/Title") == "café"
    assert answer.root.findtext("HIT/Reward/Amount") == "0.50"


def test_a_description_that_is_absent_is_made_up(requester):
    members = {name: value for name, value in A_HIT.items() if name != "Description"}
    hit = requester.call("CreateHIT", **members, ResponseGroup=["HITDetail"])
    assert hit.findtext("Description") == "(no description)"


def test_a_hit_of_a_type_ignores_the_members_of_the_type(requester):
    type_id = requester.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId")
    members = [
        ("HITTypeId", type_id),
        ("Question", EXTERNAL),
        ("Title", "another"),
        ("Keywords", ""),
        ("Reward.1.CurrencyCode", "USD"),
        ("AssignmentDurationInSeconds", "green"),
        ("ResponseGroup", "HITDetail"),
    ]
    hit = requester.raw("CreateHIT", members).root.find("HIT")
    assert hit.findtext("Title") == HIT_TYPE["Title"]
    assert hit.findtext("HITTypeId") == type_id


@pytest.mark.parametrize("seconds", ["60", "1800", "31536000"])
@pytest.mark.parametrize("expired", [False, True])
def test_an_extension_may_last_from_a_minute_to_a_year(requester, seconds, expired):
    hit_id = requester.hit()
    if expired:
        requester.call("ForceExpireHIT", HITId=hit_id)
    before = requester.call("GetHIT", HITId=hit_id).findtext("Expiration")
    requester.call("ExtendHIT", HITId=hit_id, ExpirationIncrementInSeconds=seconds)
    hit = requester.call("GetHIT", HITId=hit_id)
    longer = datetime.fromisoformat(hit.findtext("Expiration")) - datetime.fromisoformat(before)
    assert int(seconds) <= longer.total_seconds() < int(seconds) + 30
    assert hit.findtext("HITStatus") == "Assignable"


def test_a_hit_under_review_is_open_again_when_it_is_extended(scene):
    client = scene.requester()
    hit_id = client.hit()
    scene.work(hit_id, "A1WORKER")
    client.call("SetHITAsReviewing", HITId=hit_id)
    client.call("ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="1")
    assert client.call("GetHIT", HITId=hit_id).findtext("HITStatus") == "Assignable"


@pytest.mark.parametrize(
    ("operation", "member", "low", "high"),
    [
        ("ExtendHIT", "ExpirationIncrementInSeconds", 60, 31536000),
        ("ExtendHIT", "MaxAssignmentsIncrement", 1, 1000000000),
        ("GetReviewResultsForHIT", "PageSize", 1, 65535),
        ("GetAssignmentsForHIT", "PageSize", 1, 100),
    ],
)
def test_a_number_beyond_its_range_is_told_the_range(requester, operation, member, low, high):
    hit_id = requester.hit()
    for number in (low - 1, high + 1):
        assert requester.error(operation, HITId=hit_id, **{member: str(number)}) == "AWS.ParameterOutOfRange"
        message = next(requester.last.root.iter("Message")).text
        assert f"The value {number} is invalid for {member}. Valid values range from {low} to {high}." in message


@pytest.mark.parametrize("size", ["1", "65535"])
def test_review_results_come_in_pages_of_one_to_65535(requester, size):
    requester.call("GetReviewResultsForHIT", HITId=requester.hit(), PageSize=size)


@pytest.mark.parametrize(
    ("type_id", "counts", "passed_over"),
    [
        ("00000000000000000071", "LocaleValue", "IntegerValue"),
        ("00000000000000000040", "IntegerValue", "LocaleValue"),
    ],
)
def test_of_a_number_and_a_place_the_one_that_fits_the_type_counts(any_scene, type_id, counts, passed_over):
    client = any_scene.requester()
    both = {"IntegerValue": "25", "LocaleValue": {"Country": "US"}}
    required = {"QualificationTypeId": type_id, "Comparator": "EqualTo", **both}
    kept = client.call("GetHIT", HITId=client.hit(QualificationRequirement=required)).find("QualificationRequirement")
    assert kept.find(counts) is not None
    assert kept.find(passed_over) is None
    # the one alone that does not fit is refused as ever
    del required[counts]
    refused = client.error("CreateHIT", **A_HIT, QualificationRequirement=required)
    assert refused == TURK + "InvalidParameterValue"


def test_an_extension_by_nothing_succeeds(requester):
    requester.call("ExtendHIT", HITId=requester.hit())


def test_request_asked_alone_shows_the_request_alone(requester):
    hit = requester.call("GetHIT", HITId=requester.hit(), ResponseGroup="Request")
    assert [each.tag for each in hit] == ["Request"]
    assert hit.find("Request/GetHITRequest/HITId") is not None


def test_a_list_walked_by_pages_meets_every_row_once_while_others_come_and_go(requester):
    made = [requester.hit(Title=f"Task {number:02}") for number in range(25)]
    met = []
    for number in (1, 2, 3):
        page = requester.call("SearchHITs", SortProperty="Title", PageSize="10", PageNumber=str(number))
        met += [each.findtext("HITId") for each in page.iter("HIT")]
        assert page.findtext("NumResults") == str(len(list(page.iter("HIT"))))
        requester.hit(Title="Task 99 which sorts last")
    assert met[:25] == made
    again = requester.call("SearchHITs", SortProperty="Title", PageSize="10")
    assert again.findtext("TotalNumResults") == "28"


def test_whatever_is_another_accounts_does_not_exist(scene):
    mine, theirs = scene.requester(), scene.requester()
    hit_id = mine.hit()
    assert theirs.error("GetHIT", HITId=hit_id) == TURK + "HITDoesNotExist"
    assert theirs.error("ForceExpireHIT", HITId=hit_id) == TURK + "HITDoesNotExist"
    assignment_id = scene.work(hit_id, "A1WORKER")
    assert theirs.error("ApproveAssignment", AssignmentId=assignment_id) == TURK + "AssignmentDoesNotExist"


def test_a_disposed_hit_is_answered_and_not_listed(requester):
    hit_id = requester.hit()
    requester.call("ForceExpireHIT", HITId=hit_id)
    requester.call("DisposeHIT", HITId=hit_id)
    assert requester.call("GetHIT", HITId=hit_id).findtext("HITStatus") == "Disposed"
    assert requester.call("SearchHITs").findtext("TotalNumResults") == "0"
    assert requester.call("GetReviewableHITs").findtext("TotalNumResults") == "0"


def test_a_disabled_hit_is_hidden_at_once_and_disabled_again_without_complaint(scene):
    client = scene.requester()
    hit_id = client.hit(MaxAssignments="2")
    scene.accept(hit_id, "A1WORKER")
    client.call("DisableHIT", HITId=hit_id)
    client.call("DisableHIT", HITId=hit_id)
    assert client.call("SearchHITs").findtext("TotalNumResults") == "0"
    assert client.call("GetHIT", HITId=hit_id).findtext("HITStatus") == "Disposed"
    assert client.error("ExtendHIT", HITId=hit_id, MaxAssignmentsIncrement="1") == TURK + "HITDoesNotExist"


def test_what_nobody_took_of_an_expired_hit_still_counts_as_available(requester):
    hit_id = requester.hit(MaxAssignments="3")
    requester.call("ForceExpireHIT", HITId=hit_id)
    hit = requester.call("GetHIT", HITId=hit_id)
    assert hit.findtext("NumberOfAssignmentsAvailable") == "3"


def test_a_bare_ampersand_in_an_external_url_is_refused(requester):
    question = EXTERNAL.replace("https://example.com/task", "https://example.com/task?a=1&b=2")
    assert requester.error("CreateHIT", **{**A_HIT, "Question": question}) == TURK + "XMLParseError"


def test_a_retired_operation_says_what_to_do_instead(scene):
    client = scene.requester(version="2007-06-21")
    code = client.error("SetWorkerAcceptLimit", WorkerId="A1", WorkerAcceptLimit="5")
    assert code
    assert len(client.last.root.findtext(".//Message")) > 60


def test_a_reward_of_nothing_and_one_with_noise(requester):
    hit_id = requester.hit(Reward={"Amount": "0.05000000000000000277", "CurrencyCode": "USD"})
    assert requester.call("GetHIT", HITId=hit_id).findtext("Reward/Amount") == "0.05"
    assert requester.call("GetHIT", HITId=requester.hit(Reward={"Amount": "0.00"})).findtext("Reward/Amount") == "0.00"
    assert requester.error("CreateHIT", **{**A_HIT, "Reward": {"Amount": "0.055"}}) == TURK + "InvalidParameterValue"


def test_a_hit_of_a_type_without_a_lifetime_takes_a_week(requester):
    type_id = requester.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId")
    hit = requester.call("CreateHIT", HITTypeId=type_id, Question=EXTERNAL, ResponseGroup=["HITDetail"])
    created, expires = (datetime.fromisoformat(hit.findtext(name)) for name in ("CreationTime", "Expiration"))
    assert expires - created == timedelta(days=7)


@pytest.mark.parametrize("name", ["UpdateQualificationType", "DisposeQualificationType", "GetQualificationScore"])
def test_an_unknown_type_is_told_by_its_code(requester, name):
    members = {"QualificationTypeId": "0000000000000INVALID", "SubjectId": "A1WORKER", "Description": "d"}
    assert requester.error(name, **members) == TURK + "QualificationTypeDoesNotExist"


def test_a_requirement_of_an_unknown_type_is_refused(requester):
    requirement = {"QualificationTypeId": "0000000000000INVALID", "Comparator": "Exists"}
    code = requester.error("CreateHIT", **A_HIT, QualificationRequirement=requirement)
    assert code in {TURK + "QualificationTypeDoesNotExist", TURK + "InvalidParameterValue"}


def test_every_member_that_old_clients_read_is_on_a_hit(requester):
    groups = ["Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary"]
    made = requester.call("CreateHIT", **A_HIT, RequesterAnnotation="a", ResponseGroup=groups)
    for hit in (
        made,
        requester.call("GetHIT", HITId=made.findtext("HITId")),
        requester.call("SearchHITs", ResponseGroup=groups).find("HIT"),
    ):
        assert [each.tag for each in hit if each.tag != "Request"] == [
            "HITId",
            "HITTypeId",
            "HITGroupId",
            "CreationTime",
            "Title",
            "Description",
            "Question",
            "Keywords",
            "HITStatus",
            "MaxAssignments",
            "Reward",
            "AutoApprovalDelayInSeconds",
            "Expiration",
            "AssignmentDurationInSeconds",
            "RequesterAnnotation",
            "HITReviewStatus",
            "NumberOfAssignmentsPending",
            "NumberOfAssignmentsAvailable",
            "NumberOfAssignmentsCompleted",
        ]
    assert len(list(requester.call("SearchHITs").iter("IsValid"))) == 1


def test_a_search_without_a_sort_gives_the_oldest_first_and_descending_the_newest(requester, monkeypatch):
    made = []
    for seconds in range(3):
        moment_ = clock.milliseconds() + seconds * 1000
        monkeypatch.setattr(clock, "milliseconds", lambda moment_=moment_: moment_)
        made.append(requester.hit())
    found = [each.findtext("HITId") for each in requester.call("SearchHITs").iter("HIT")]
    newest = [each.findtext("HITId") for each in requester.call("SearchHITs", SortDirection="Descending").iter("HIT")]
    assert found == made
    assert newest == made[::-1]


def test_listed_reviewable_hits_hold_nothing_but_their_ids(requester):
    hit_id = requester.hit()
    requester.call("ForceExpireHIT", HITId=hit_id)
    hit = requester.call("GetReviewableHITs", PageSize="100").find("HIT")
    assert [(each.tag, each.text) for each in hit] == [("HITId", hit_id)]


@pytest.mark.parametrize("scheme", ["0", "soap"])
@pytest.mark.parametrize("text", ["true", "T", "1", "yes", "whatever"])
def test_a_call_that_asks_to_be_validated_does_nothing(scene, scheme, text):
    client = scene.requester(scheme=scheme)
    if scheme == "soap":
        answer = client.soap("CreateHIT", A_HIT, wrapper=f"<Validate>{text}</Validate>")
    else:
        answer = client.raw("CreateHIT", [*flatten(A_HIT), ("Validate", text)])
    assert answer.root.findtext(".//{*}IsValid") == "True"
    assert answer.root.find(".//{*}HITId") is None
    assert client.call("SearchHITs").findtext("TotalNumResults") == "0"


@pytest.mark.parametrize("text", ["", "false", "False", "0"])
def test_a_call_that_denies_to_be_validated_is_done(requester, text):
    assert requester.raw("CreateHIT", [*flatten(A_HIT), ("Validate", text)]).root.find("HIT/HITId") is not None


@pytest.mark.parametrize("path", ["//onca/xml", "/onca/xml/", "//", "/onca//soap"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_slash_too_many_does_no_harm(in_process, requester, method, path):
    app, _ = in_process
    query = urlencode(signed(requester.key, "GetAccountBalance", [])).encode()
    # the test client would take what follows two slashes for a host
    environ = {"PATH_INFO": path, "QUERY_STRING": query.decode()}
    answer = app.test_client().open("/", method=method, environ_overrides=environ)
    assert answer.status_code == 200
    assert b"<Amount>10000.000</Amount>" in answer.data


def test_smart_quotes_of_windows_clients_come_back(scene):
    client = scene.requester()
    pairs = signed(client.key, "CreateHIT", [(name, text) for name, text in flatten(A_HIT) if name != "Title"])
    body = urlencode(pairs).encode() + b"&Title=\x93caf\xe9\x94%85"
    made = client.send("POST", "/", b"", body, {"Content-Type": "application/x-www-form-urlencoded"})
    hit = client.call("GetHIT", HITId=made.root.findtext("HIT/HITId"))
    assert hit.findtext("Title") == "\u201ccaf\u00e9\u201d\u2026"


def test_a_new_type_says_whether_it_is_granted_automatically(requester):
    made = requester.call("CreateQualificationType", Name="n", Description="d", QualificationTypeStatus="Active")
    assert made[-1].tag == "AutoGranted"
    assert made[-1].text == "0"
    granted = requester.call(
        "CreateQualificationType", Name="m", Description="d", QualificationTypeStatus="Active", AutoGranted="true"
    )
    assert [(each.tag, each.text) for each in granted[-2:]] == [("AutoGranted", "1"), ("AutoGrantedValue", "1")]
