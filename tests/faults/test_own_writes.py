"""Lists before a foreign upstream after each write through the gateway: page 1 at once, later pages without a shift.

An upstream call lists ten rows here instead of a hundred, so that short lists take as many calls as long ones.
"""

from __future__ import annotations

import time

import pytest

from adapter.legacy.lists import changes, kept, listing
from adapter.legacy.operations import registry
from tests.faults.lists import LISTS, A_List, make_hits, make_requests, make_reviewable, make_work


@pytest.fixture(autouse=True)
def _ten_at_a_time(monkeypatch):
    monkeypatch.setattr(listing, "MOST", 10)
    monkeypatch.setattr(kept, "MOST", 10)


@pytest.fixture
def kept_list(world, request):
    make, *rest = LISTS[request.param]
    make(world)
    world.clear()
    return A_List(world, *rest)


def dispose(world, hit):
    world.there.update_expiration_for_hit(HITId=hit, ExpireAt=0)
    world.client.call("DisposeHIT", HITId=hit)


def call(operation, **members):
    """A write about one row: members that are functions take its id."""
    return lambda world, row: world.client.call(
        operation, **{name: value(row) if callable(value) else value for name, value in members.items()}
    )


def same(row):
    return row


#: Writes after which a row is no longer on the list.
LEAVING = [
    ("hits", dispose),
    ("hits", call("DisableHIT", HITId=same)),
    ("reviewable", call("SetHITAsReviewing", HITId=same)),
    ("reviewable", call("DisposeHIT", HITId=same)),
    ("submitted", call("ApproveAssignment", AssignmentId=same)),
    ("submitted", call("RejectAssignment", AssignmentId=same)),
    ("blocks", call("UnblockWorker", WorkerId=same)),
    ("types", call("DisposeQualificationType", QualificationTypeId=same)),
    (
        "holders",
        lambda world, row: world.client.call(
            "RevokeQualification", SubjectId=row, QualificationTypeId=world.noted["type"]
        ),
    ),
    ("requests", call("RejectQualificationRequest", QualificationRequestId=same)),
]


@pytest.mark.parametrize(("kept_list", "write"), LEAVING, indirect=["kept_list"])
def test_a_row_that_goes_shifts_no_later_page_and_page_1_does_without_it_at_once(kept_list, write):
    pages = [kept_list.page(number) for number in (1, 2, 3, 4)]
    rows = [row for _, page in pages for row in page]
    assert [total for total, _ in pages] == [25] * 4
    assert len(rows) == len(set(rows)) == 25
    assert kept_list.scans() <= 4
    for row in (rows[3], rows[12]):
        write(kept_list.world, row)
    assert kept_list.page(2) == (25, [*rows[10:12], *rows[13:20]])
    assert kept_list.page(3) == (25, rows[20:])
    # page 1 begins anew; nothing has to be asked for, as a row that goes brings no other
    assert kept_list.page(1) == (23, [*rows[:3], *rows[4:11]])
    assert kept_list.page(2) == (23, [rows[11], *rows[13:22]])
    assert kept_list.page(3) == (23, rows[22:])
    assert kept_list.scans() == 0


def test_granting_a_request_takes_it_off_the_list_and_makes_a_holder(world):
    make_requests(world)
    requests, holders = (A_List(world, *LISTS[name][1:]) for name in ("requests", "holders"))
    total, rows = requests.page(1)
    assert total == 25
    for row in rows[:2]:
        world.client.call("GrantQualification", QualificationRequestId=row, IntegerValue="3")
    total, later = requests.page(2)
    assert total == 25
    requests.scans()
    assert requests.page(1) == (23, [*rows[2:], *later[:2]])
    assert requests.scans() == 0
    assert holders.page(1, 1)[0] == 2


def changed(operation, element, value, **members):
    return call(operation, **members), element, value


#: Writes after which a row looks different: the write, the element that shows it, and its new text.
CHANGING = [
    ("hits", changed("ExtendHIT", "MaxAssignments", "7", HITId=same, MaxAssignmentsIncrement="5")),
    ("hits", changed("ForceExpireHIT", "HITStatus", "Reviewable", HITId=same)),
    ("all work", changed("ApproveAssignment", "AssignmentStatus", "Approved", AssignmentId=same)),
    ("all work", changed("RejectAssignment", "AssignmentStatus", "Rejected", AssignmentId=same)),
    (
        "types",
        changed(
            "UpdateQualificationType",
            "Description",
            "other",
            QualificationTypeId=same,
            Description="other",
            QualificationTypeStatus="Active",
        ),
    ),
    (
        "holders",
        (
            lambda world, row: world.client.call(
                "UpdateQualificationScore",
                QualificationTypeId=world.noted["type"],
                SubjectId=row,
                IntegerValue="77",
            ),
            "IntegerValue",
            "77",
        ),
    ),
]


@pytest.mark.parametrize(("kept_list", "how"), CHANGING, indirect=["kept_list"])
def test_a_row_that_changes_is_shown_as_it_is_now(kept_list, how):
    write, element, value = how
    rows = [row for number in (1, 2, 3) for row in kept_list.page(number)[1]]
    for row in (rows[3], rows[12]):
        write(kept_list.world, row)
    kept_list.scans()
    assert kept_list.page(2) == (25, rows[10:20])
    assert [number for number, text in enumerate(kept_list.elements(2, element)) if text == value] == [2]
    # the row is read anew once, and no list is
    assert kept_list.scans() == 0
    total, front = kept_list.page(1, 25 if kept_list.operation == "SearchHITs" else 30)
    assert total == 25
    assert sorted(front) == sorted(rows)
    assert kept_list.scans() >= 3
    texts = [text for number in (1, 2, 3) for text in kept_list.elements(number, element)]
    assert texts.count(value) == 2


def _bonus(world):
    assignment = world.noted["work"][7]
    world.client.call(
        "GrantBonus",
        WorkerId="A0007WORKER",
        AssignmentId=assignment,
        BonusAmount={"Amount": "0.02", "CurrencyCode": "USD"},
        Reason="again",
    )
    return assignment


def _holder(world):
    world.client.call(
        "AssignQualification", QualificationTypeId=world.noted["type"], WorkerId="A9999WORKER", IntegerValue="5"
    )
    return "A9999WORKER"


def _block(world):
    world.client.call("BlockWorker", WorkerId="A9999WORKER", Reason="r")
    return "A9999WORKER"


#: Writes that bring a row: a function that makes it and gives its id.
COMING = [
    ("hits", lambda world: world.client.hit()),
    ("bonuses", _bonus),
    ("blocks", _block),
    ("types", lambda world: world.client.qualification_type(world.noted["name"] + " new")),
    ("holders", _holder),
]


@pytest.mark.parametrize(("kept_list", "write"), COMING, indirect=["kept_list"])
def test_a_row_that_comes_is_on_page_1_at_once_and_on_no_later_page_of_an_earlier_walk(kept_list, write):
    rows = [row for number in (1, 2, 3) for row in kept_list.page(number)[1]]
    new = write(kept_list.world)
    kept_list.scans()
    assert kept_list.page(3) == (25, rows[20:])
    assert kept_list.page(4) == (25, [])
    assert kept_list.scans() == 0
    total, _ = kept_list.page(1)
    assert total == 26
    assert kept_list.scans() >= 3
    later = [row for number in (1, 2, 3) for row in kept_list.page(number)[1]]
    assert len(later) == 26
    assert sorted([*rows, new]) == sorted(later)


def test_a_decision_about_another_hit_leaves_a_list_of_work_as_it_is(world):
    make_work(world)
    work = A_List(world, *LISTS["all work"][1:])
    other = world.client.hit()
    assignment = world.scene.work(other, "A9WORKER")
    work.page(1)
    world.client.call("ApproveAssignment", AssignmentId=assignment)
    work.scans()
    assert work.page(1)[0] == 25
    assert work.scans() == 0


def test_what_is_undone_is_on_the_list_again(world):
    make_reviewable(world)
    reviewable = A_List(world, *LISTS["reviewable"][1:])
    _, rows = reviewable.page(1)
    _, later = reviewable.page(2)
    for row in (rows[0], later[0]):
        world.client.call("SetHITAsReviewing", HITId=row)
    assert reviewable.page(2) == (25, later[1:])
    for row in (rows[0], later[0]):
        world.client.call("SetHITAsReviewing", HITId=row, Revert="true")
    assert reviewable.page(2) == (25, later)
    assert reviewable.page(1)[0] == 25


def test_the_assignments_that_a_hit_counts_are_right_on_page_1_after_a_decision(world):
    make_hits(world)
    hit = world.noted["hits"][0]
    assignment = world.scene.work(hit, "A1WORKER")
    hits = A_List(world, *LISTS["hits"][1:])
    assert hits.elements(1, "NumberOfAssignmentsCompleted")[0] == "0"
    world.client.call("ApproveAssignment", AssignmentId=assignment)
    assert hits.elements(1, "NumberOfAssignmentsCompleted")[0] == "1"


def test_what_workers_do_is_seen_when_the_list_has_had_its_seconds(world, monkeypatch):
    make_work(world)
    work = A_List(world, *LISTS["submitted"][1:])
    assert work.page(1)[0] == 25
    world.scene.work(world.noted["hit"], "A9999WORKER")
    monkeypatch.setattr(kept, "_is_fresh", lambda *_: False)
    assert work.page(1)[0] == 26


def test_a_list_polled_at_page_1_is_scanned_once_in_its_seconds(world):
    make_hits(world)
    hits = A_List(world, *LISTS["hits"][1:])
    for _ in range(5):
        assert hits.page(1)[0] == 25
    assert hits.scans() <= 4


def test_a_write_that_ended_in_doubt_is_looked_at_before_the_row_is_shown(world):
    make_hits(world)
    hits = A_List(world, *LISTS["hits"][1:])
    rows = [row for number in (1, 2, 3) for row in hits.page(number)[1]]
    world.there.update_expiration_for_hit(HITId=rows[12], ExpireAt=0)
    world.faulty.faults["DeleteHIT"] = ["after"]
    world.faulty.faults["GetHIT"] = ["before"] * 9
    world.client.answer("DisposeHIT", HITId=rows[12])
    assert world.client.last.code == "AWS.ServiceUnavailable"
    world.clear()
    assert hits.page(2) == (25, [*rows[10:12], *rows[13:20]])
    assert hits.page(1)[0] == 24


def test_one_hit_less_than_a_page_ends_the_walk_of_before(world):
    """Page 1 that holds everything leaves no later page of an earlier walk behind."""
    make_hits(world, 9)
    hits = A_List(world, *LISTS["hits"][1:])
    world.noted["more"] = [world.client.hit() for _ in range(3)]
    assert hits.page(1)[0] == 12
    assert len(hits.page(2)[1]) == 2
    for hit in world.noted["more"]:
        dispose(world, hit)
    assert hits.page(1)[0] == 9
    assert hits.page(2) == (9, [])


def test_a_list_that_fits_on_its_page_is_kept_nowhere(world):
    make_hits(world, 8)
    hits = A_List(world, *LISTS["hits"][1:])
    hits.page(1)
    with world.store.read() as connection:
        found = connection.exec_driver_sql(
            f"SELECT count(*) FROM snapshots WHERE account_id = '{world.key.account_id}'"  # noqa: S608
        ).scalar()
    assert found == 0
    dispose(world, world.noted["hits"][0])
    with world.store.read() as connection:
        assert (
            connection.exec_driver_sql(
                f"SELECT count(*) FROM own_writes WHERE account_id = '{world.key.account_id}'"  # noqa: S608
            ).scalar()
            == 0
        )


#: Writes that no list shows.
UNLISTED = {
    "RegisterHITType",
    "NotifyWorkers",
    "SetHITTypeNotification",
    "SendTestEventNotification",
    "SetWorkerAcceptLimit",
}


def test_every_write_is_known_to_change_a_list_or_not_to():
    registry.load()
    writes = {name for name, each in registry.OPERATIONS.items() if each.writes}
    assert changes.CHANGES.keys() <= writes
    assert writes - changes.CHANGES.keys() == UNLISTED


def test_a_walk_goes_on_while_it_takes_longer_than_a_list_is_fresh(world, monkeypatch):
    make_hits(world)
    hits = A_List(world, *LISTS["hits"][1:])
    rows = [row for number in (1, 2, 3) for row in hits.page(number)[1]]
    hits.page(1)
    later = time.time() + 600
    monkeypatch.setattr("adapter.legacy.store.walks.milliseconds", lambda: int(later * 1000))
    hits.scans()
    for number in (2, 3):
        assert hits.page(number) == (25, rows[(number - 1) * 10 : number * 10])
        later += 600
    assert hits.scans() == 0
