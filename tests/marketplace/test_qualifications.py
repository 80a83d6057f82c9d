"""Qualification types and who holds them, through a plain boto3 client."""

from __future__ import annotations

from decimal import Decimal

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import insert, update

from adapter.core.store import accounts
from adapter.marketplace.domain.timers import run_due
from adapter.marketplace.domain.transactions import writing
from adapter.marketplace.store.tables import hit_type_requirements, hit_types, hits

WORKER = "A1B2C3D4E5F6G7"
TEST = """<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">
<Question><QuestionIdentifier>q1</QuestionIdentifier><IsRequired>true</IsRequired>
<QuestionContent><Text>2 + 2</Text></QuestionContent>
<AnswerSpecification><SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion><Selections>
<Selection><SelectionIdentifier>a</SelectionIdentifier><Text>4</Text></Selection>
<Selection><SelectionIdentifier>b</SelectionIdentifier><Text>5</Text></Selection>
</Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"""
KEY = """<AnswerKey xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/AnswerKey.xsd">
<Question><QuestionIdentifier>q1</QuestionIdentifier>
<AnswerOption><SelectionIdentifier>a</SelectionIdentifier><AnswerScore>10</AnswerScore></AnswerOption></Question>
</AnswerKey>"""


def make(mturk, name="English", **more):
    given = {"Name": name, "Description": "Reads it", "QualificationTypeStatus": "Active", **more}
    return mturk.create_qualification_type(**given)["QualificationType"]


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == "RequestError"
    return caught.value.response["TurkErrorCode"].removeprefix("AWS.MechanicalTurk.")


def message_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Message"]


def test_a_type_is_answered_as_it_was_created(mturk):
    made = make(
        mturk, Keywords="read, write", RetryDelayInSeconds=60, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=600
    )
    got = mturk.get_qualification_type(QualificationTypeId=made["QualificationTypeId"])["QualificationType"]
    assert got == made
    assert (got["Name"], got["Keywords"], got["Test"], got["AnswerKey"]) == ("English", "read, write", TEST, KEY)
    assert (got["RetryDelayInSeconds"], got["TestDurationInSeconds"]) == (60, 600)
    assert (got["AutoGranted"], got["IsRequestable"]) == (False, True)
    assert "AutoGrantedValue" not in got


def test_an_auto_granted_type_has_the_value_one_unless_told_otherwise(mturk):
    assert make(mturk, "One", AutoGranted=True)["AutoGrantedValue"] == 1
    assert make(mturk, "Zero", AutoGranted=True, AutoGrantedValue=0)["AutoGrantedValue"] == 0


def test_a_name_is_taken_once_per_account(mturk, client_for, store):
    make(mturk)
    arguments = {"Name": "English", "Description": "x", "QualificationTypeStatus": "Active"}
    assert code_of(mturk.create_qualification_type, **arguments) == "QualificationTypeAlreadyExists"
    assert "already created a QualificationType with this name" in message_of(
        mturk.create_qualification_type, **arguments
    )
    assert make(client_for(accounts.create_account(store, "Other")))["Name"] == "English"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Name": "n" * 201}, "InvalidParameterValue"),
        ({"Name": " "}, "AWS.MissingParameters"),
        ({"Description": "d" * 2001}, "InvalidParameterValue"),
        ({"Keywords": "k" * 1001}, "InvalidParameterValue"),
        ({"QualificationTypeStatus": "Asleep"}, "AWS.InvalidEnumeratedParameter"),
        ({"RetryDelayInSeconds": -1}, "AWS.ParameterOutOfRange"),
        ({"RetryDelayInSeconds": 2**31}, "AWS.ParameterOutOfRange"),
        ({"Test": TEST}, "AWS.MissingParameters"),
        ({"Test": TEST, "TestDurationInSeconds": 0}, "AWS.ParameterOutOfRange"),
        ({"Test": TEST, "TestDurationInSeconds": 60, "AutoGranted": True}, "InvalidParameterValue"),
        ({"Test": "<QuestionForm>", "TestDurationInSeconds": 60}, "XMLParseError"),
        ({"AnswerKey": KEY}, "InvalidParameterValue"),
        ({"AutoGranted": True, "AutoGrantedValue": 2**31}, "AWS.ParameterOutOfRange"),
        ({"Name": "a\x00b"}, "InvalidParameterValue"),
    ],
)
def test_a_type_outside_the_limits_is_refused_and_nothing_is_kept(mturk, wrong, code):
    given = {"Name": "N", "Description": "D", "QualificationTypeStatus": "Active", **wrong}
    assert code_of(mturk.create_qualification_type, **given) == code
    assert mturk.list_qualification_types(MustBeRequestable=True)["NumResults"] == 0


def test_an_update_changes_what_it_names_and_only_that(mturk):
    made = make(mturk, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=600)
    of = made["QualificationTypeId"]
    got = mturk.update_qualification_type(
        QualificationTypeId=of, Description="New", QualificationTypeStatus="Inactive", RetryDelayInSeconds=5
    )["QualificationType"]
    assert got == {**made, "Description": "New", "QualificationTypeStatus": "Inactive", "RetryDelayInSeconds": 5}


def test_a_replaced_test_loses_its_answer_key_unless_that_comes_along(mturk):
    made = make(mturk, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=600)
    of = made["QualificationTypeId"]
    assert code_of(mturk.update_qualification_type, QualificationTypeId=of, Test=TEST) == "AWS.MissingParameters"
    assert code_of(mturk.update_qualification_type, QualificationTypeId=of, AnswerKey=KEY) == "InvalidParameterValue"
    assert code_of(mturk.update_qualification_type, QualificationTypeId=of, AutoGranted=True) == "InvalidParameterValue"
    got = mturk.update_qualification_type(QualificationTypeId=of, Test=TEST, TestDurationInSeconds=60)[
        "QualificationType"
    ]
    assert "AnswerKey" not in got
    assert got["TestDurationInSeconds"] == 60


def test_nobody_sees_the_types_of_another_account(mturk, client_for, store):
    of = make(mturk)["QualificationTypeId"]
    stranger = client_for(accounts.create_account(store, "Stranger"))
    calls = {
        stranger.get_qualification_type: {},
        stranger.update_qualification_type: {"Description": "mine"},
        stranger.delete_qualification_type: {},
        stranger.associate_qualification_with_worker: {"WorkerId": WORKER},
        stranger.disassociate_qualification_from_worker: {"WorkerId": WORKER},
        stranger.get_qualification_score: {"WorkerId": WORKER},
        stranger.list_workers_with_qualification_type: {},
        stranger.list_qualification_requests: {},
    }
    for call, arguments in calls.items():
        assert code_of(call, QualificationTypeId=of, **arguments) == "QualificationTypeDoesNotExist"
    assert stranger.list_qualification_types(MustBeRequestable=True)["NumResults"] == 0


def test_system_types_are_seen_by_everyone_and_changed_by_nobody(mturk):
    locale = "00000000000000000071"
    assert mturk.get_qualification_type(QualificationTypeId=locale)["QualificationType"]["Name"] == "Worker_Locale"
    arguments = {"QualificationTypeId": locale, "WorkerId": WORKER}
    assert code_of(mturk.associate_qualification_with_worker, **arguments) == "PermissionDeniedException"
    found = mturk.list_qualification_types(MustBeRequestable=False, Query="locale")["QualificationTypes"]
    assert [each["QualificationTypeId"] for each in found] == [locale]
    mine = mturk.list_qualification_types(MustBeRequestable=False, MustBeOwnedByCaller=True)
    assert mine["NumResults"] == 0


def test_types_are_found_by_words_of_name_description_and_keywords_whatever_the_case(mturk):
    make(mturk, "Übersetzung 100%_sure", Description="German", Keywords="translate")
    make(mturk, "Other")
    for query in ("ÜBERSETZUNG", "german", "TRANSLATE übersetzung", "100%_sure"):
        found = mturk.list_qualification_types(MustBeRequestable=True, Query=query)["QualificationTypes"]
        assert [each["Name"] for each in found] == ["Übersetzung 100%_sure"], query
    assert mturk.list_qualification_types(MustBeRequestable=True, Query="100x_sure")["NumResults"] == 0


def test_pages_hold_every_type_once_in_order_while_types_come_and_go(mturk):
    names = [f"T{number:02}" for number in range(7)]
    ids = [make(mturk, name)["QualificationTypeId"] for name in names]
    first = mturk.list_qualification_types(MustBeRequestable=True, MaxResults=3)
    mturk.delete_qualification_type(QualificationTypeId=ids[0])
    make(mturk, "late")
    seen, page = [each["Name"] for each in first["QualificationTypes"]], first
    tokens = set()
    while page["NumResults"]:
        assert page["NextToken"] not in tokens
        tokens.add(page["NextToken"])
        page = mturk.list_qualification_types(MustBeRequestable=True, MaxResults=3, NextToken=page["NextToken"])
        seen += [each["Name"] for each in page["QualificationTypes"]]
    assert "NextToken" not in page
    assert seen == [*names, "late"]


def test_a_token_of_another_list_or_account_is_refused(mturk, client_for, store):
    for number in range(3):
        make(mturk, f"T{number}")
    token = mturk.list_qualification_types(MustBeRequestable=True, MaxResults=1)["NextToken"]
    stranger = client_for(accounts.create_account(store, "Stranger"))
    for client, arguments in (
        (mturk, {"MustBeRequestable": False, "NextToken": token}),
        (mturk, {"MustBeRequestable": True, "NextToken": "x" + token[1:]}),
        (mturk, {"MustBeRequestable": True, "NextToken": "!!"}),
        (stranger, {"MustBeRequestable": True, "NextToken": token}),
    ):
        assert code_of(client.list_qualification_types, **arguments) == "InvalidParameterValue"


def test_a_worker_holds_what_was_assigned_until_it_is_revoked(mturk):
    of = make(mturk)["QualificationTypeId"]
    both = {"QualificationTypeId": of, "WorkerId": WORKER}
    assert code_of(mturk.get_qualification_score, **both) == "QualificationDoesNotExist"
    assert code_of(mturk.disassociate_qualification_from_worker, **both) == "QualificationDoesNotExist"
    mturk.associate_qualification_with_worker(**both)
    first = mturk.get_qualification_score(**both)["Qualification"]
    assert (first["IntegerValue"], first["Status"], first["WorkerId"]) == (1, "Granted", WORKER)
    mturk.associate_qualification_with_worker(**both, IntegerValue=-7, SendNotification=False)
    assert mturk.get_qualification_score(**both)["Qualification"] == {**first, "IntegerValue": -7}
    mturk.disassociate_qualification_from_worker(**both, Reason="Too slow")
    assert code_of(mturk.get_qualification_score, **both) == "InvalidQualificationState"
    assert "This operation can be called with a status of: Granted (" in message_of(
        mturk.get_qualification_score, **both
    )
    assert code_of(mturk.disassociate_qualification_from_worker, **both) == "InvalidQualificationState"
    revoked = mturk.list_workers_with_qualification_type(QualificationTypeId=of, Status="Revoked")["Qualifications"]
    assert [(each["WorkerId"], each["IntegerValue"]) for each in revoked] == [(WORKER, -7)]
    mturk.associate_qualification_with_worker(**both, IntegerValue=2)
    again = mturk.list_workers_with_qualification_type(QualificationTypeId=of)["Qualifications"]
    assert [(each["IntegerValue"], each["Status"]) for each in again] == [(2, "Granted")]
    assert again[0]["GrantTime"] > first["GrantTime"]


def test_the_paginator_of_boto3_walks_all_holders(mturk):
    of = make(mturk)["QualificationTypeId"]
    workers = [f"A{number:013}" for number in range(25)]
    for worker in workers:
        mturk.associate_qualification_with_worker(QualificationTypeId=of, WorkerId=worker)
    pages = mturk.get_paginator("list_workers_with_qualification_type").paginate(QualificationTypeId=of)
    assert [each["WorkerId"] for page in pages for each in page["Qualifications"]] == workers


def test_a_deleted_type_is_gone_and_its_name_is_free(mturk):
    of = make(mturk)["QualificationTypeId"]
    mturk.delete_qualification_type(QualificationTypeId=of)
    assert code_of(mturk.get_qualification_type, QualificationTypeId=of) == "QualificationTypeDoesNotExist"
    assert make(mturk)["QualificationTypeId"] != of


def test_a_type_that_a_live_hit_needs_is_deleted_when_the_hit_is_gone(mturk, store, key):
    of = make(mturk)["QualificationTypeId"]
    with writing(store, key.account_id) as call:
        given = {"account_id": key.account_id, "created_at": call.now, "reward": Decimal(0)}
        hit_type = {
            **given,
            "hit_type_id": "3T",
            "hit_group_id": "3G",
            "identity": "i",
            "title": "t",
            "description": "d",
            "assignment_duration": 60,
            "auto_approval_delay": 0,
            "requirements": [],
        }
        hit = {
            **given,
            "hit_id": "3H",
            "hit_type_id": "3T",
            "question": "q",
            "max_assignments": 1,
            "created_with": 1,
            "fee": Decimal(0),
            "status": "Assignable",
            "review_status": "NotReviewed",
            "expires_at": call.now,
        }
        call.connection.execute(insert(hit_types), hit_type)
        call.connection.execute(insert(hit_type_requirements), {"hit_type_id": "3T", "qualification_type_id": of})
        call.connection.execute(insert(hits), hit)
    mturk.delete_qualification_type(QualificationTypeId=of)
    mturk.delete_qualification_type(QualificationTypeId=of)
    got = mturk.get_qualification_type(QualificationTypeId=of)["QualificationType"]
    assert got["QualificationTypeStatus"] == "Inactive"
    both = {"QualificationTypeId": of, "WorkerId": WORKER}
    assert code_of(mturk.associate_qualification_with_worker, **both) == "InvalidQualificationTypeState"
    arguments = {"Name": "English", "Description": "x", "QualificationTypeStatus": "Active"}
    assert code_of(mturk.create_qualification_type, **arguments) == "QualificationTypeAlreadyExists"
    with writing(store, key.account_id) as call:
        call.connection.execute(update(hits).values(disposed_at=call.now))
        later = call.now + 600_000
    assert run_due(store, later) == 1
    assert code_of(mturk.get_qualification_type, QualificationTypeId=of) == "QualificationTypeDoesNotExist"


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_qualification_score", {"QualificationTypeId": "x y", "WorkerId": WORKER}),
        ("get_qualification_score", {"QualificationTypeId": "3" * 65, "WorkerId": WORKER}),
        ("get_qualification_score", {"QualificationTypeId": "3X", "WorkerId": "worker"}),
        ("get_qualification_score", {"QualificationTypeId": "3X", "WorkerId": "B123"}),
        ("list_workers_with_qualification_type", {"QualificationTypeId": "3X", "Status": "Held"}),
        ("list_workers_with_qualification_type", {"QualificationTypeId": "3X", "MaxResults": 101}),
        ("list_qualification_types", {"MustBeRequestable": True, "Query": "q" * 201}),
    ],
)
def test_a_value_outside_its_constraint_is_refused_with_a_known_code(mturk, operation, arguments):
    known = {"InvalidParameterValue", "AWS.ParameterOutOfRange", "AWS.InvalidEnumeratedParameter"}
    assert code_of(getattr(mturk, operation), **arguments) in known
