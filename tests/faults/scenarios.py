"""Every operation that changes something: how to prepare it, what to send, and how often it took effect."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapter.marketplace.domain import qualification_tests
from tests.legacy_client import A_HIT, HIT_TYPE

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Scenario:
    """`prepare(world)` gives the members to send; `effects(world, members)` counts how often the call took effect.

    `settled`: a lost answer can be made up by reading the state or by token. `absolute`: a repeat sets the same again.
    """

    operation: str
    modern: str
    prepare: Callable[[Any], dict]
    effects: Callable[[Any, dict], int] | None = None
    settled: bool = True
    absolute: bool = False
    tokened: bool = False

    def count(self, world, members) -> int:
        if self.effects is None:
            return world.executed(self.modern)
        return self.effects(world, members)


def fresh(prefix: str) -> str:
    return f"{prefix}{next(_numbers):06d}"


def _submitted(world) -> dict:
    worker = fresh("AWORKER")
    return {"AssignmentId": world.scene.work(world.client.hit(), worker)}


def _rejected(world) -> dict:
    members = _submitted(world)
    world.there.reject_assignment(AssignmentId=members["AssignmentId"], RequesterFeedback="no")
    return members


def _bonus(world) -> dict:
    worker = fresh("AWORKER")
    assignment_id = world.scene.work(world.client.hit(), worker)
    amount = {"Amount": "0.30", "CurrencyCode": "USD"}
    return {"WorkerId": worker, "AssignmentId": assignment_id, "BonusAmount": amount, "Reason": "good"}


def _bonuses(world, members) -> int:
    rows = world.there.list_bonus_payments(AssignmentId=members["AssignmentId"], MaxResults=100)
    return len(rows["BonusPayments"])


def _state(expected: str) -> Callable[[Any, dict], int]:
    def effects(world, members):
        found = world.there.get_assignment(AssignmentId=members["AssignmentId"])["Assignment"]
        return int(found["AssignmentStatus"] == expected)

    return effects


def _expired(world) -> dict:
    hit_id = world.client.hit()
    world.there.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    return {"HITId": hit_id}


def _status(expected: str) -> Callable[[Any, dict], int]:
    return lambda world, members: int(world.hit(members["HITId"])["HITStatus"] == expected)


def _new_hit(**more: str) -> Callable[[Any], dict]:
    def prepare(world):
        hit_id = world.client.hit()
        world.noted[hit_id] = world.hit(hit_id)["Expiration"]
        return {"HITId": hit_id, **more}

    return prepare


def _prolonged(world, members) -> int:
    extra = (world.hit(members["HITId"])["Expiration"] - world.noted[members["HITId"]]).total_seconds()
    # the modern API takes whole seconds
    assert -1 < extra - 7200 * round(extra / 7200) <= 0
    return round(extra / 7200)


def _enlarged(world, members) -> int:
    extra = world.hit(members["HITId"])["MaxAssignments"] - 1
    assert extra % 2 == 0
    return extra // 2


def _other_type(world) -> dict:
    other = world.there.create_hit_type(
        Title=fresh("T"), Description="d", Reward="0.07", AssignmentDurationInSeconds=60
    )
    return {"HITId": world.client.hit(), "HITTypeId": other["HITTypeId"]}


def _of_type(world) -> dict:
    made = world.there.create_hit_type(Title=fresh("T"), Description="d", Reward="0.07", AssignmentDurationInSeconds=60)
    return {"HITTypeId": made["HITTypeId"], "Question": A_HIT["Question"], "LifetimeInSeconds": "3600"}


def _hits(world, _members) -> int:
    return world.there.list_hits(MaxResults=100)["NumResults"]


def _a_type(world) -> str:
    return world.client.qualification_type(fresh("Qualification "))


def _held(world) -> dict:
    type_id, worker = _a_type(world), fresh("AWORKER")
    world.there.associate_qualification_with_worker(QualificationTypeId=type_id, WorkerId=worker, IntegerValue=1)
    return {"QualificationTypeId": type_id, "SubjectId": worker}


def _value(expected: int) -> Callable[[Any, dict], int]:
    def effects(world, members):
        rows = world.there.list_workers_with_qualification_type(QualificationTypeId=members["QualificationTypeId"])
        return sum(row["IntegerValue"] == expected for row in rows["Qualifications"])

    return effects


def _asked(world) -> dict:
    type_id = _a_type(world)
    qualification_tests.request_qualification(world.scene.store, fresh("AWORKER"), type_id)
    rows = world.there.list_qualification_requests(QualificationTypeId=type_id)["QualificationRequests"]
    world.noted["asked"] = type_id
    return {"QualificationRequestId": rows[0]["QualificationRequestId"]}


def _decided(world, _members) -> int:
    rows = world.there.list_qualification_requests(QualificationTypeId=world.noted["asked"])["QualificationRequests"]
    return int(not rows)


def _named(world, members) -> int:
    rows = world.there.list_qualification_types(
        Query=members["Name"], MustBeRequestable=False, MustBeOwnedByCaller=True
    )
    return len(rows["QualificationTypes"])


def _described(world, members) -> int:
    found = world.there.get_qualification_type(QualificationTypeId=members["QualificationTypeId"])["QualificationType"]
    return int(found["Description"] == "new")


def _blocked(world, members) -> int:
    rows = world.there.list_worker_blocks()["WorkerBlocks"]
    return sum(row["WorkerId"] == members["WorkerId"] for row in rows)


def _a_block(world) -> dict:
    worker = fresh("AWORKER")
    world.there.create_worker_block(WorkerId=worker, Reason="r")
    return {"WorkerId": worker}


def _known_worker(world) -> dict:
    worker = fresh("AWORKER")
    world.scene.work(world.client.hit(), worker)
    return {"WorkerId": worker, "MessageText": "m", "Subject": "s"}


SQS = {
    "Destination": "https://sqs.us-east-1.amazonaws.com/123456789012/q",
    "Transport": "SQS",
    "Version": "2006-05-05",
    "EventType": "HITExpired",
}


def _notification(world) -> dict:
    type_id = world.there.create_hit_type(Title="N", Description="d", Reward="0.07", AssignmentDurationInSeconds=60)
    return {"HITTypeId": type_id["HITTypeId"], "Notification": SQS, "Active": "true"}


SCENARIOS = [
    Scenario("RegisterHITType", "CreateHITType", lambda _: HIT_TYPE, lambda *_: 1, settled=False, absolute=True),
    Scenario("CreateHIT", "CreateHIT", lambda _: A_HIT, _hits, tokened=True),
    Scenario("CreateHIT", "CreateHITWithHITType", _of_type, _hits, tokened=True),
    Scenario(
        "ChangeHITTypeOfHIT",
        "UpdateHITTypeOfHIT",
        _other_type,
        lambda world, members: int(world.hit(members["HITId"])["HITTypeId"] == members["HITTypeId"]),
    ),
    Scenario("SetHITAsReviewing", "UpdateHITReviewStatus", _expired, _status("Reviewing")),
    Scenario("DisposeHIT", "DeleteHIT", _expired, _status("Disposed")),
    Scenario("ForceExpireHIT", "UpdateExpirationForHIT", _new_hit(), _status("Reviewable"), absolute=True),
    Scenario(
        "ExtendHIT",
        "CreateAdditionalAssignmentsForHIT",
        _new_hit(MaxAssignmentsIncrement="2"),
        _enlarged,
        tokened=True,
    ),
    Scenario(
        "ExtendHIT",
        "UpdateExpirationForHIT",
        _new_hit(ExpirationIncrementInSeconds="7200"),
        _prolonged,
        absolute=True,
    ),
    Scenario("ApproveAssignment", "ApproveAssignment", _submitted, _state("Approved")),
    Scenario("RejectAssignment", "RejectAssignment", _submitted, _state("Rejected")),
    Scenario("ApproveRejectedAssignment", "ApproveAssignment", _rejected, _state("Approved")),
    Scenario("GrantBonus", "SendBonus", _bonus, _bonuses, tokened=True),
    Scenario(
        "AssignQualification",
        "AssociateQualificationWithWorker",
        lambda world: {"QualificationTypeId": _a_type(world), "WorkerId": fresh("AW"), "IntegerValue": "7"},
        _value(7),
    ),
    Scenario(
        "UpdateQualificationScore",
        "AssociateQualificationWithWorker",
        lambda world: {**_held(world), "IntegerValue": "8"},
        _value(8),
    ),
    Scenario(
        "RevokeQualification",
        "DisassociateQualificationFromWorker",
        _held,
        lambda world, members: int(not _value(1)(world, members)),
    ),
    Scenario("GrantQualification", "AcceptQualificationRequest", _asked, _decided),
    Scenario("RejectQualificationRequest", "RejectQualificationRequest", _asked, _decided),
    Scenario(
        "CreateQualificationType",
        "CreateQualificationType",
        lambda _: {"Name": fresh("New "), "Description": "d", "QualificationTypeStatus": "Active"},
        _named,
    ),
    Scenario(
        "UpdateQualificationType",
        "UpdateQualificationType",
        lambda world: {"QualificationTypeId": _a_type(world), "Description": "new"},
        _described,
    ),
    Scenario(
        "DisposeQualificationType", "DeleteQualificationType", lambda world: {"QualificationTypeId": _a_type(world)}
    ),
    Scenario("NotifyWorkers", "NotifyWorkers", _known_worker, settled=False),
    Scenario(
        "BlockWorker",
        "CreateWorkerBlock",
        lambda _: {"WorkerId": fresh("AWORKER"), "Reason": "r"},
        _blocked,
        absolute=True,
    ),
    Scenario(
        "UnblockWorker",
        "DeleteWorkerBlock",
        _a_block,
        lambda world, members: int(not _blocked(world, members)),
        absolute=True,
    ),
    Scenario("SetHITTypeNotification", "UpdateNotificationSettings", _notification, settled=False),
    Scenario(
        "SendTestEventNotification",
        "SendTestEventNotification",
        lambda _: {"Notification": SQS, "TestEventType": "Ping"},
        settled=False,
    ),
]
