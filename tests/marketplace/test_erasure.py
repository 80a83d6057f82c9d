"""A worker is forgotten on either database, whatever is under way, and the work goes on under the pseudonym."""

from __future__ import annotations

import pytest

from adapter import create_app
from adapter.core.database.rows import rows_about
from adapter.marketplace.domain.erasure import forget_worker
from adapter.marketplace.errors import WorkerError
from adapter.migrations import METADATA
from tests.legacy_client import Scene, through_flask

WORKER = "A1FORGETMEPLEASE"


@pytest.fixture
def scene(any_settings, any_store):
    app = create_app(any_settings)
    yield Scene(any_store, through_flask(app))
    app.extensions["adapter"].store.close()


def kept(store, worker_id):
    with store.read() as connection:
        found = rows_about(connection, METADATA.sorted_tables, "worker_id", worker_id)
        return {name: rows for name, each in found if (rows := list(each))}


def test_work_that_is_submitted_or_in_hand_goes_on_under_the_pseudonym(scene):
    client = scene.requester()
    submitted = scene.work(client.hit(), WORKER, q1="what I wrote")
    in_hand = scene.accept(client.hit(), WORKER)
    before = kept(scene.store, WORKER)
    pseudonym = forget_worker(scene.store, WORKER, keep_answers=False)
    assert kept(scene.store, WORKER) == {}
    after = kept(scene.store, pseudonym)
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    answers = {row["assignment_id"]: row["answer"] for row in after["assignments"]}
    assert answers[in_hand] is None
    assert "what I wrote" not in answers[submitted]
    assert answers[submitted].endswith("</QuestionFormAnswers>\n")
    client.call("ApproveAssignment", AssignmentId=submitted)
    counted = {row["worker_id"]: row["approved"] for row in kept(scene.store, pseudonym)["worker_counters"]}
    assert counted == {pseudonym: 1}


def test_a_worker_of_whom_nothing_is_known_is_refused(scene):
    with pytest.raises(WorkerError):
        forget_worker(scene.store, WORKER, keep_answers=False)
