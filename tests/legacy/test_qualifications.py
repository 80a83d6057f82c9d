"""The working day of a requester who uses Qualifications, by every road."""

from __future__ import annotations

WORKER = "A1EXAMPLEWORKER"


def test_a_qualification_is_assigned_read_changed_and_revoked(any_scene):
    client = any_scene.requester()
    type_id = client.qualification_type("Colours", Keywords="colour, sight")
    subject = {"QualificationTypeId": type_id, "SubjectId": WORKER}
    assert client.error("GetQualificationScore", **subject) == "AWS.MechanicalTurk.QualificationDoesNotExist"

    client.call("AssignQualification", QualificationTypeId=type_id, WorkerId=WORKER)
    score = client.call("GetQualificationScore", **subject)
    assert score.tag == "Qualification"
    assert [each.tag for each in score] == [
        "Request",
        "QualificationTypeId",
        "SubjectId",
        "GrantTime",
        "IntegerValue",
        "Status",
    ]
    assert score.findtext("IntegerValue") == "1"

    client.call("UpdateQualificationScore", **subject, IntegerValue="42")
    assert client.call("GetQualificationScore", **subject).findtext("IntegerValue") == "42"
    listed = client.call("GetQualificationsForQualificationType", QualificationTypeId=type_id)
    assert [each.findtext("SubjectId") for each in listed.iter("Qualification")] == [WORKER]

    revoked = client.call("RevokeQualification", **subject, Reason="You have not been using the site")
    assert [each.tag for each in revoked] == ["Request"]
    assert client.error("GetQualificationScore", **subject).startswith("AWS.MechanicalTurk.")
    assert client.error("RevokeQualification", **subject).startswith("AWS.MechanicalTurk.")


def test_a_score_of_a_worker_who_does_not_hold_it_is_not_changed(requester):
    type_id = requester.qualification_type("Numbers")
    code = requester.error("UpdateQualificationScore", QualificationTypeId=type_id, SubjectId=WORKER, IntegerValue="3")
    assert code == "AWS.MechanicalTurk.QualificationDoesNotExist"
    listed = requester.call("GetQualificationsForQualificationType", QualificationTypeId=type_id)
    assert listed.findtext("TotalNumResults") == "0"


def test_a_name_is_used_once_and_the_refusal_names_the_existing_type(any_scene):
    client = any_scene.requester()
    type_id = client.qualification_type("Only once")
    assert (
        client.error("CreateQualificationType", Name="Only once", Description="d", QualificationTypeStatus="Active")
        == "AWS.MechanicalTurk.QualificationTypeAlreadyExists"
    )
    text = client.last.body.decode()
    assert "already created a QualificationType with this name" in text
    assert type_id in text


def test_types_are_found_by_name_without_regard_to_case_in_descending_order(any_scene):
    client = any_scene.requester()
    for name in ("Apple pie", "Banana pie", "Cherry pie"):
        client.qualification_type(name)
    found = client.call(
        "SearchQualificationTypes", Query="PIE", MustBeRequestable="true", MustBeOwnedByCaller="true", PageSize="2"
    )
    assert [each.tag for each in found][:4] == ["Request", "NumResults", "TotalNumResults", "PageNumber"]
    assert [each.findtext("Name") for each in found.iter("QualificationType")] == ["Cherry pie", "Banana pie"]
    assert found.findtext("TotalNumResults") == "3"
    last = client.call(
        "SearchQualificationTypes", Query="PIE", MustBeOwnedByCaller="true", PageSize="2", PageNumber="2"
    )
    assert [each.findtext("Name") for each in last.iter("QualificationType")] == ["Apple pie"]
    past = client.call("SearchQualificationTypes", Query="PIE", MustBeOwnedByCaller="true", PageNumber="7")
    assert past.findtext("NumResults") == "0"
    assert past.findtext("TotalNumResults") == "3"


def test_a_type_is_changed_read_and_disposed(any_scene):
    client = any_scene.requester()
    type_id = client.qualification_type("Changing", AutoGranted="true", AutoGrantedValue="7")
    made = client.call("GetQualificationType", QualificationTypeId=type_id)
    assert made.tag == "QualificationType"
    assert made.findtext("AutoGranted") == "1"
    assert made.findtext("AutoGrantedValue") == "7"
    changed = client.call(
        "UpdateQualificationType", QualificationTypeId=type_id, QualificationTypeStatus="Inactive", Description="new"
    )
    assert changed.findtext("QualificationTypeStatus") == "Inactive"
    assert changed.findtext("Description") == "new"
    client.call("DisposeQualificationType", QualificationTypeId=type_id)
    assert client.error("GetQualificationType", QualificationTypeId=type_id).startswith("AWS.MechanicalTurk.")


def test_a_delay_of_many_years_is_taken_as_no_reference_bounds_it(requester):
    type_id = requester.qualification_type("Once", RetryDelayInSeconds="2147483647")
    shown = requester.call("GetQualificationType", QualificationTypeId=type_id)
    assert shown.findtext("RetryDelayInSeconds") == "2147483647"


def test_one_account_neither_sees_nor_changes_what_another_owns(any_scene):
    mine, theirs = any_scene.requester(), any_scene.requester()
    type_id = mine.qualification_type("Private")
    code = theirs.error("AssignQualification", QualificationTypeId=type_id, WorkerId=WORKER)
    assert code.startswith("AWS.MechanicalTurk.")
    found = theirs.call("SearchQualificationTypes", Query="Private", MustBeRequestable="false")
    assert found.findtext("TotalNumResults") == "0"


def test_the_balance_has_three_decimals_and_a_formatted_price(any_scene):
    balance = any_scene.requester().call("GetAccountBalance").find("AvailableBalance")
    assert [each.tag for each in balance] == ["Amount", "CurrencyCode", "FormattedPrice"]
    assert [each.text for each in balance] == ["10000.000", "USD", "$10,000.00"]


def test_help_tells_what_an_operation_takes_without_any_credentials(scene):
    body = b"Operation=Help&About=RevokeQualification&HelpType=Operation"
    answer = scene.send("POST", "/", b"", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.root[1].tag == "Information"
    assert answer.root.findtext(".//RequiredParameters/Parameter") or "SubjectId" in answer.body.decode()
