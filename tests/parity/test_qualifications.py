"""Qualifications, as any client of the 2017-01-17 API sees them."""

from __future__ import annotations

import uuid

import pytest

from adapter.marketplace.domain.simulation import request
from tests.parity.clients import refusal
from tests.parity.scenes import expire, new_hit

WORKER = "A2IBQA01NR5N76"


@pytest.fixture
def type_id(call):
    made = call(
        "CreateQualificationType",
        Name=f"Parity {uuid.uuid4().hex}",
        Description="Für Prüfungen",
        QualificationTypeStatus="Active",
    )
    yield made["QualificationType"]["QualificationTypeId"]
    call("DeleteQualificationType", QualificationTypeId=made["QualificationType"]["QualificationTypeId"])


def test_a_type_is_found_changed_and_listed(call, type_id):
    found = call("GetQualificationType", QualificationTypeId=type_id)["QualificationType"]
    assert (found["Description"], found["QualificationTypeStatus"]) == ("Für Prüfungen", "Active")
    call("UpdateQualificationType", QualificationTypeId=type_id, Description="Changed", AutoGranted=False)
    listed = call("ListQualificationTypes", MustBeRequestable=False, MustBeOwnedByCaller=True, Query=found["Name"])
    assert [(each["QualificationTypeId"], each["Description"]) for each in listed["QualificationTypes"]] == [
        (type_id, "Changed")
    ]


def test_a_name_is_taken_once(call, type_id):
    name = call("GetQualificationType", QualificationTypeId=type_id)["QualificationType"]["Name"]
    refusal(
        call,
        "CreateQualificationType",
        "AWS.MechanicalTurk.QualificationTypeAlreadyExists",
        Name=name,
        Description="x",
        QualificationTypeStatus="Active",
    )


@pytest.mark.usefixtures("workforce")
def test_a_qualification_is_given_read_and_taken_away(call, type_id):
    both = {"QualificationTypeId": type_id, "WorkerId": WORKER}
    call("AssociateQualificationWithWorker", **both, IntegerValue=95, SendNotification=False)
    found = call("GetQualificationScore", **both)["Qualification"]
    assert (found["IntegerValue"], found["Status"]) == (95, "Granted")
    holders = call("ListWorkersWithQualificationType", QualificationTypeId=type_id, Status="Granted")
    assert [each["WorkerId"] for each in holders["Qualifications"]] == [WORKER]
    call("DisassociateQualificationFromWorker", **both, Reason="Over")
    refusal(call, "GetQualificationScore", "AWS.MechanicalTurk.InvalidQualificationState", **both)


def test_hits_are_found_by_the_qualification_they_require(call, type_id):
    needs = [{"QualificationTypeId": type_id, "Comparator": "GreaterThan", "IntegerValues": [50]}]
    hit_id = new_hit(call, QualificationRequirements=needs)
    listed = call("ListHITsForQualificationType", QualificationTypeId=type_id)["HITs"]
    assert [each["HITId"] for each in listed] == [hit_id]
    assert listed[0]["QualificationRequirements"][0]["IntegerValues"] == [50]
    expire(call, hit_id)


def test_requests_of_workers_are_granted_and_refused(call, type_id, workforce):
    granted, refused = (request(workforce, type_id, each) for each in (WORKER, "A3OTHERWORKER1"))
    waiting = call("ListQualificationRequests", QualificationTypeId=type_id)["QualificationRequests"]
    assert [each["WorkerId"] for each in waiting] == [WORKER, "A3OTHERWORKER1"]
    call("AcceptQualificationRequest", QualificationRequestId=granted.qualification_request_id, IntegerValue=7)
    call("RejectQualificationRequest", QualificationRequestId=refused.qualification_request_id, Reason="Not yet")
    assert call("ListQualificationRequests", QualificationTypeId=type_id)["NumResults"] == 0
    score = call("GetQualificationScore", QualificationTypeId=type_id, WorkerId=WORKER)["Qualification"]
    assert score["IntegerValue"] == 7
