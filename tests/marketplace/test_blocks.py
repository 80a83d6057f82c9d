"""CreateWorkerBlock, DeleteWorkerBlock, ListWorkerBlocks and NotifyWorkers through boto3."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import select

from adapter.core.store import accounts
from adapter.marketplace.store.worker_tables import worker_messages
from tests.marketplace.workshop import a_hit, done, worker


def code_of(function, **members):
    with pytest.raises(ClientError) as caught:
        function(**members)
    return caught.value.response["TurkErrorCode"]


def test_blocks_are_listed_in_order_and_lifted_and_may_be_repeated(mturk, client_for, store):
    for number in (3, 1, 2, 3):
        mturk.create_worker_block(WorkerId=worker(number), Reason=f"reason {number}")
    mturk.create_worker_block(WorkerId=worker(1), Reason="another")
    pages = mturk.get_paginator("list_worker_blocks").paginate(PaginationConfig={"PageSize": 2})
    assert [(each["WorkerId"], each["Reason"]) for page in pages for each in page["WorkerBlocks"]] == [
        (worker(3), "reason 3"),
        (worker(1), "another"),
        (worker(2), "reason 2"),
    ]
    mturk.delete_worker_block(WorkerId=worker(1), Reason="forgiven")
    mturk.delete_worker_block(WorkerId=worker(1))
    assert mturk.list_worker_blocks()["NumResults"] == 2
    assert client_for(accounts.create_account(store, "Other")).list_worker_blocks()["WorkerBlocks"] == []


def test_a_worker_never_seen_can_be_blocked(mturk):
    mturk.create_worker_block(WorkerId="A1WORKEREXAMPLE", Reason="spam")
    assert mturk.list_worker_blocks()["WorkerBlocks"] == [{"WorkerId": "A1WORKEREXAMPLE", "Reason": "spam"}]


@pytest.mark.parametrize("worker_id", ["B123", "a1lower", "A", "A 1", "A" * 65])
def test_a_malformed_worker_id_is_refused_everywhere(mturk, worker_id):
    invalid = "AWS.MechanicalTurk.InvalidParameterValue"
    assert code_of(mturk.create_worker_block, WorkerId=worker_id, Reason="x") == invalid
    assert code_of(mturk.delete_worker_block, WorkerId=worker_id) == invalid
    assert code_of(mturk.notify_workers, Subject="x", MessageText="x", WorkerIds=[worker_id]) == invalid
    assert mturk.list_worker_blocks()["WorkerBlocks"] == []


def test_messages_reach_those_whose_work_was_decided_and_fail_hard_for_others(mturk, store):
    hit_id = a_hit(mturk, MaxAssignments=3)
    mturk.approve_assignment(AssignmentId=done(store, hit_id, worker(1)))
    mturk.reject_assignment(AssignmentId=done(store, hit_id, worker(2)), RequesterFeedback="no")
    done(store, hit_id, worker(3))
    ids = [worker(n) for n in (1, 2, 3, 4, 1)]
    failures = mturk.notify_workers(Subject="News", MessageText="More work", WorkerIds=ids)[
        "NotifyWorkersFailureStatuses"
    ]
    assert [(each["WorkerId"], each["NotifyWorkersFailureCode"]) for each in failures] == [
        (worker(3), "HardFailure"),
        (worker(4), "HardFailure"),
    ]
    assert all(each["NotifyWorkersFailureMessage"] for each in failures)
    with store.read() as connection:
        sent = connection.execute(
            select(worker_messages.c.worker_id, worker_messages.c.subject, worker_messages.c.body).where(
                worker_messages.c.kind == "NotifyWorkers"
            )
        ).all()
    assert [tuple(row) for row in sent] == [(worker(1), "News", "More work"), (worker(2), "News", "More work")]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"WorkerIds": []}, "AWS.MissingParameters"),
        ({"WorkerIds": [worker(n) for n in range(101)]}, "AWS.MechanicalTurk.InvalidParameterValue"),
        ({"Subject": "x" * 201}, "AWS.MechanicalTurk.InvalidParameterValue"),
        ({"MessageText": "x" * 4097}, "AWS.MechanicalTurk.InvalidParameterValue"),
        ({"Subject": ""}, "AWS.MissingParameters"),
        ({"MessageText": "bell \x07"}, "AWS.MechanicalTurk.InvalidParameterValue"),
    ],
)
def test_messages_without_sense_are_refused(mturk, members, code):
    message = {"Subject": "Hello", "MessageText": "Text", "WorkerIds": [worker(1)]}
    assert code_of(mturk.notify_workers, **{**message, **members}) == code
