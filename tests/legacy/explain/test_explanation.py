"""A call is explained as the gateway would take it: its members, its refusals and its modern calls; and nothing happens."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from dataclasses import replace

import boto3
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapter.core.store import accounts
from adapter.legacy.explain.explanation import MOST_TRANSLATED
from adapter.legacy.explain.pasted import NothingFoundError
from adapter.legacy.operations import registry
from tests.fixtures_live import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.legacy.explain.calls import Key, all_forms, explained, form_of, message_of
from tests.legacy_client import A_HIT, HIT_TYPE, Scene, flatten, through_http

ID, WORKER = "3EXAMPLE", "A1EXAMPLE"
REST = {
    "Destination": "https://example.com/",
    "Transport": "REST",
    "Version": "2006-05-05",
    "EventType": "HITReviewable",
}
#: One call of each operation, with what it needs.
CALLS = {
    "ApproveAssignment": {"AssignmentId": ID},
    "ApproveRejectedAssignment": {"AssignmentId": ID},
    "AssignQualification": {"QualificationTypeId": ID, "WorkerId": WORKER},
    "BlockWorker": {"WorkerId": WORKER, "Reason": "Spam"},
    "ChangeHITTypeOfHIT": {"HITId": ID, "HITTypeId": ID},
    "CreateHIT": A_HIT,
    "CreateQualificationType": {"Name": "n", "Description": "d", "QualificationTypeStatus": "Active"},
    "DisableHIT": {"HITId": ID},
    "DisposeHIT": {"HITId": ID},
    "DisposeQualificationType": {"QualificationTypeId": ID},
    "ExtendHIT": {"HITId": ID, "MaxAssignmentsIncrement": "1"},
    "ForceExpireHIT": {"HITId": ID},
    "GetAccountBalance": {},
    "GetAssignment": {"AssignmentId": ID},
    "GetAssignmentsForHIT": {"HITId": ID},
    "GetBlockedWorkers": {},
    "GetBonusPayments": {"HITId": ID},
    "GetFileUploadURL": {"AssignmentId": ID, "QuestionIdentifier": "q"},
    "GetHIT": {"HITId": ID},
    "GetHITsForQualificationType": {"QualificationTypeId": ID},
    "GetQualificationRequests": {},
    "GetQualificationScore": {"QualificationTypeId": ID, "SubjectId": WORKER},
    "GetQualificationType": {"QualificationTypeId": ID},
    "GetQualificationsForQualificationType": {"QualificationTypeId": ID},
    "GetRequesterStatistic": {"Statistic": "NumberHITsCreated", "TimePeriod": "OneDay"},
    "GetRequesterWorkerStatistic": {
        "Statistic": "NumberAssignmentsApproved",
        "TimePeriod": "OneDay",
        "WorkerId": WORKER,
    },
    "GetReviewResultsForHIT": {"HITId": ID},
    "GetReviewableHITs": {},
    "GetWorkerAcceptLimit": {"LimitGroupType": "Default"},
    "GrantBonus": {"WorkerId": WORKER, "BonusAmount": HIT_TYPE["Reward"], "AssignmentId": ID, "Reason": "r"},
    "GrantQualification": {"QualificationRequestId": ID},
    "Help": {"About": "GetHIT", "HelpType": "Operation"},
    "NotifyWorkers": {"Subject": "s", "MessageText": "m", "WorkerId": WORKER},
    "RegisterHITType": HIT_TYPE,
    "RejectAssignment": {"AssignmentId": ID},
    "RejectQualificationRequest": {"QualificationRequestId": ID},
    "RevokeQualification": {"QualificationTypeId": ID, "SubjectId": WORKER},
    "SearchHITs": {},
    "SearchQualificationTypes": {"MustBeRequestable": "true"},
    "SendTestEventNotification": {"Notification": REST, "TestEventType": "HITReviewable"},
    "SetHITAsReviewing": {"HITId": ID},
    "SetHITTypeNotification": {"HITTypeId": ID, "Notification": REST, "Active": "true"},
    "SetWorkerAcceptLimit": {"MaxWorkerAcceptLimit": "1", "LimitGroupType": "Default"},
    "UnblockWorker": {"WorkerId": WORKER},
    "UpdateQualificationScore": {"QualificationTypeId": ID, "SubjectId": WORKER, "IntegerValue": "1"},
    "UpdateQualificationType": {"QualificationTypeId": ID, "Description": "d"},
}


def of(operation, settings, members=None, **more):
    return explained(form_of(operation, flatten(CALLS[operation] if members is None else members)), settings, **more)


def test_every_operation_is_explained_by_the_calls_that_it_is_made_of(settings):
    assert registry.load().keys() == CALLS.keys()
    for operation, members in CALLS.items():
        version = "2008-04-01" if "AcceptLimit" in operation else "2014-08-15"
        found = explained(form_of(operation, flatten(members)).replace("2014-08-15", version), settings)
        [request] = found.requests
        if "AcceptLimit" in operation:
            assert request.refusal.code == "AWS.InvalidOperationParameter"
            continue
        assert request.refusal is None, (operation, request.refusal)
        assert all(each.operation in found.made_of for each in request.calls), (operation, request.calls, found.made_of)
        quiet = {"Help", "GetRequesterStatistic", "GetRequesterWorkerStatistic", "SendTestEventNotification"}
        assert bool(request.calls) == (operation not in quiet), operation


def test_members_are_shown_as_bound_with_defaults_and_with_names_that_mean_nothing(settings):
    members = [
        ("title", "T"),
        ("Reward.1.Amount", "0.05"),
        ("Reward.1.CurencyCode", "USD"),
        ("Descripton", "D"),
        ("Foo", "1"),
    ]
    [request] = explained(form_of("RegisterHITType", members), settings).requests
    found = {each.name: each for each in request.members}
    assert found["Title"].value == "T"
    assert found["Reward"].value["Amount"] == "0.05"
    assert not found["AutoApprovalDelayInSeconds"].given
    assert request.passed_over == {"Reward.CurencyCode": "Reward.CurrencyCode", "Descripton": "Description", "Foo": ""}
    assert found["Description"].refusal.code == "AWS.MissingParameters"
    assert found["AssignmentDurationInSeconds"].refusal.code == "AWS.MissingParameters"
    assert request.refusal.code == "AWS.MissingParameters"
    assert not request.calls


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Operation=NoSuch", "AWS.InvalidOperationParameter"),
        ("Operation=GetHIT&Version=1999-01-01", "AWS.InvalidServiceVersion"),
        ("Operation=GetHIT&Service=AWSECommerceService", "AWS.InvalidServiceParameter"),
        ("Operation=GetHIT" + "&a=1" * 6000, "AWS.MaximumParameterRequirement"),
        ("<Envelope><Body/></Envelope>", "VersionMismatch"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><s:Envelope>&a;</s:Envelope>', "AWS.BadRequest"),
        ("<a:Envelope>" + "<a>" * 5000, "AWS.BadRequest"),
    ],
)
def test_a_refusal_of_the_whole_call_is_the_gateways(text, code, settings):
    assert explained(text, settings).refusals[0].code == code


def test_the_jsons_are_those_that_go_upstream(settings):
    [request] = of("RegisterHITType", settings).requests
    assert [(each.operation, each.json) for each in request.calls] == [
        (
            "CreateHITType",
            {
                "Title": "A task",
                "Description": "Do it",
                "Reward": "0.05",
                "AssignmentDurationInSeconds": 600,
                "AutoApprovalDelayInSeconds": 2592000,
            },
        )
    ]
    [request] = of("ForceExpireHIT", settings).requests
    assert [each.json for each in request.calls] == [{"HITId": ID, "ExpireAt": 0}]
    assert request.depends_on == ""
    assert "datetime.datetime(1970, 1, 1" in request.code


def test_each_request_of_a_message_is_explained_and_no_more_than_some(settings):
    found = explained(message_of("GetHIT", {"HITId": "3A"}, {"HITId": "no such"}, {}), settings)
    assert [each.refusal.code if each.refusal else "" for each in found.requests] == [
        "",
        "AWS.MechanicalTurk.HITDoesNotExist",
        "AWS.MissingParameters",
    ]
    many = explained(message_of("GetHIT", *[{"HITId": "3A"}] * (MOST_TRANSLATED + 1)), settings)
    assert len(many.requests) == MOST_TRANSLATED
    assert "first" in many.notes[0]


def test_a_call_that_only_validates_makes_no_modern_call(settings):
    found = explained(form_of("GetHIT", [("HITId", ID), ("Validate", "True")]), settings)
    assert found.validate
    assert not found.requests[0].calls


def test_known_differences_are_told_of_the_operation_and_of_the_members_that_it_has(settings):
    without = {each["says"] for each in of("CreateHIT", settings, HIT_TYPE).differences}
    whole = {each["says"] for each in of("CreateHIT", settings).differences}
    assert without < whole
    assert any("a week" in each for each in whole - without)


def test_a_stranger_may_ask_for_help(settings):
    found = explained("Operation=Help&About=GetHIT&HelpType=Operation", settings)
    assert (found.signing, found.refusals) == (None, [])


def test_an_endpoint_elsewhere_is_not_called_and_its_queue_is_named(settings):
    far = replace(
        settings, upstream="http://127.0.0.1:9", events_queue_url="https://sqs.us-east-1.amazonaws.com/1/queue"
    )
    [request] = of("SetHITTypeNotification", far).requests
    [call] = request.calls
    assert call.json["Notification"]["Destination"] == far.events_queue_url
    [request] = of(
        "GetRequesterStatistic", far, {"Statistic": "NumberHITsAssignable", "TimePeriod": "LifeToDate"}
    ).requests
    assert request.calls[0].operation == "ListHITs"


def test_nothing_is_written(store, settings):
    key = accounts.create_account(store, "mine")

    def rows():
        with contextlib.closing(sqlite3.connect(settings.data / "adapter.sqlite3")) as database:
            return list(database.iterdump())

    before = rows()
    for operation in ("CreateHIT", "ExtendHIT", "SetHITTypeNotification", "DisableHIT", "GrantBonus"):
        token = [("UniqueRequestToken", "t")] if operation in {"CreateHIT", "ExtendHIT", "GrantBonus"} else []
        found = explained(form_of(operation, [*flatten(CALLS[operation]), *token], key), settings, store=store)
        assert found.requests[0].calls, operation
    assert rows() == before


def test_the_boto3_code_runs_and_does_the_same(live, live_store, settings, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_MTURK", live.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    # which other tests may have made, with their keys
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def run(operation, members=None):
        [request] = of(operation, settings, members).requests
        outcome = {}
        exec(compile(request.code, operation, "exec"), outcome)  # noqa: S102 (this is what is tested)
        return outcome["answer"]

    title = {"Title": 'It\'s "quoted"\nand œ'}
    question = {
        "QualificationRequirement": {
            "QualificationTypeId": "00000000000000000040",
            "Comparator": "GreaterThan",
            "IntegerValue": "5",
        }
    }
    hit = run("CreateHIT", {**A_HIT, **title, **question})["HIT"]
    assert hit["Title"] == title["Title"]
    assert hit["QualificationRequirements"][0]["IntegerValues"] == [5]
    assert run("GetHIT", {"HITId": hit["HITId"]})["HIT"]["HITId"] == hit["HITId"]
    assert hit["HITId"] in [each["HITId"] for each in run("SearchHITs")["HITs"]]
    run("ForceExpireHIT", {"HITId": hit["HITId"]})
    run("DisposeHIT", {"HITId": hit["HITId"]})
    assert run("GetHIT", {"HITId": hit["HITId"]})["HIT"]["HITStatus"] == "Disposed"
    # the same type that a legacy call registers
    legacy = Scene(live_store, through_http(live.url)).requester()
    legacy.key = Key(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
    assert run("RegisterHITType")["HITTypeId"] == legacy.call("RegisterHITType", **HIT_TYPE).findtext("HITTypeId")
    assert re.fullmatch(r"\d+\.\d\d", run("GetAccountBalance")["AvailableBalance"])


SAMPLES = [
    text
    for each in ("CreateHIT", "SetHITTypeNotification", "SearchHITs")
    for text in all_forms(form_of(each, flatten(CALLS[each])), message_of(each, CALLS[each])).values()
]
PIECES = st.sampled_from(
    [
        "&",
        "=",
        "%",
        "<",
        ">",
        "'",
        '"',
        "\n",
        "\r\n",
        "\\",
        "curl ",
        "send: b'",
        '>> "',
        "Operation=",
        "http://[",
        "\x00",
        "\ud800",
    ]
)


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.text(max_size=5) | PIECES), max_size=4),
)
@example("send: b'\\xff GET / HTTP/1.1'", [])
@example("http://[/?Operation=GetHIT", [])
@example("Operation=GetHIT&Timestamp=9999-12-31T23:59:59Z&Signature=x&AWSAccessKeyId=\u00e9&HITId=\ud800", [])
@example('{"request_id": 1' + "[" * 50_000, [])
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_pasted_is_explained_or_refused_in_words(settings, text, changes):
    for where, removed, added in changes:
        at = int(where * len(text))
        text = text[:at] + added + text[at + removed :]
    found = None
    with contextlib.suppress(NothingFoundError):
        found = explained(text, settings, secret="a secret")
    if found is not None:
        json.dumps(found.as_object())
