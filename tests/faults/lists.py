"""Legacy lists of 25 rows each, made behind the gateway's back, and how their pages are read."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from adapter.marketplace.domain import qualification_tests
from tests.legacy_client import A_HIT

NUMBERS = count()


@dataclass
class A_List:  # noqa: N801
    """A legacy list of 25 rows and more: how its rows are named, and the modern call behind it."""

    world: Any
    operation: str
    row: str
    modern: str
    members: dict

    def page(self, number, size=10):
        members = {name: value(self.world) if callable(value) else value for name, value in self.members.items()}
        found = self.world.client.call(self.operation, PageNumber=str(number), PageSize=str(size), **members)
        rows = [each.text for each in found.iter(self.row)]
        assert found.findtext("NumResults") == str(len(rows))
        return int(found.findtext("TotalNumResults")), rows

    def elements(self, number, name):
        members = {name: value(self.world) if callable(value) else value for name, value in self.members.items()}
        found = self.world.client.call(self.operation, PageNumber=str(number), PageSize="10", **members)
        return [each.text for each in found.iter(name)]

    def scans(self):
        """Upstream calls for lists since the last look."""
        found = self.world.calls(self.modern)
        self.world.clear()
        return found


def make_hits(world, number=25):
    made = [
        world.there.create_hit(
            Title=f"Task {each % 7}",
            Description="d",
            Reward="0.05",
            AssignmentDurationInSeconds=600,
            LifetimeInSeconds=36_000 + each,
            MaxAssignments=2,
            Question=A_HIT["Question"],
        )["HIT"]["HITId"]
        for each in range(number)
    ]
    world.noted["hits"] = made


def make_reviewable(world):
    make_hits(world)
    for hit in world.noted["hits"]:
        world.there.update_expiration_for_hit(HITId=hit, ExpireAt=0)


def make_work(world):
    hit = world.there.create_hit(
        Title="t",
        Description="d",
        Reward="0.01",
        AssignmentDurationInSeconds=600,
        LifetimeInSeconds=3600,
        MaxAssignments=30,
        Question=A_HIT["Question"],
    )["HIT"]["HITId"]
    world.noted["hit"] = hit
    world.noted["work"] = [world.scene.work(hit, f"A{each:04d}WORKER") for each in range(25)]


def make_bonuses(world):
    make_work(world)
    for number, assignment in enumerate(world.noted["work"]):
        world.there.send_bonus(
            WorkerId=f"A{number:04d}WORKER",
            AssignmentId=assignment,
            BonusAmount="0.01",
            Reason="r",
            UniqueRequestToken=f"b{number}",
        )


def make_blocks(world):
    for each in range(25):
        world.there.create_worker_block(WorkerId=f"A{each:04d}WORKER", Reason="r")


def make_types(world):
    world.noted["name"] = f"colours{next(NUMBERS)}x"
    world.noted["types"] = [
        world.there.create_qualification_type(
            Name=f"{world.noted['name']} {each}", Description="d", QualificationTypeStatus="Active"
        )["QualificationType"]["QualificationTypeId"]
        for each in range(25)
    ]


def make_type(world):
    world.noted["type"] = world.there.create_qualification_type(
        Name="One", Description="d", QualificationTypeStatus="Active"
    )["QualificationType"]["QualificationTypeId"]


def make_holders(world):
    make_type(world)
    for each in range(25):
        world.there.associate_qualification_with_worker(
            QualificationTypeId=world.noted["type"],
            WorkerId=f"A{each:04d}WORKER",
            IntegerValue=1,
            SendNotification=False,
        )


def make_requests(world):
    make_type(world)
    for each in range(25):
        qualification_tests.request_qualification(world.scene.store, f"A{each:04d}WORKER", world.noted["type"])


OF_TYPE = {"QualificationTypeId": lambda world: world.noted["type"]}
OF_HIT = {"HITId": lambda world: world.noted["hit"]}
LISTS = {
    "hits": (make_hits, "SearchHITs", "HITId", "ListHITs", {}),
    "reviewable": (make_reviewable, "GetReviewableHITs", "HITId", "ListReviewableHITs", {}),
    "submitted": (
        make_work,
        "GetAssignmentsForHIT",
        "AssignmentId",
        "ListAssignmentsForHIT",
        {**OF_HIT, "AssignmentStatus": "Submitted"},
    ),
    "all work": (make_work, "GetAssignmentsForHIT", "AssignmentId", "ListAssignmentsForHIT", OF_HIT),
    "bonuses": (make_bonuses, "GetBonusPayments", "AssignmentId", "ListBonusPayments", OF_HIT),
    "blocks": (make_blocks, "GetBlockedWorkers", "WorkerId", "ListWorkerBlocks", {}),
    "types": (
        make_types,
        "SearchQualificationTypes",
        "QualificationTypeId",
        "ListQualificationTypes",
        {"Query": lambda world: world.noted["name"], "MustBeOwnedByCaller": "true"},
    ),
    "holders": (
        make_holders,
        "GetQualificationsForQualificationType",
        "SubjectId",
        "ListWorkersWithQualificationType",
        OF_TYPE,
    ),
    "requests": (
        make_requests,
        "GetQualificationRequests",
        "QualificationRequestId",
        "ListQualificationRequests",
        OF_TYPE,
    ),
}
