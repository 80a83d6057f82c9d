"""`adapter simulate` beside a live marketplace on the same database."""

from __future__ import annotations

import pytest

from tests import processes
from tests.fixtures_live import environment
from tests.marketplace.workshop import FILE, FORM, a_hit, worker

HTML = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">'
    "<HTMLContent><![CDATA[<!DOCTYPE html><html><head><title>T</title></head><body>"
    '<form action="https://www.mturk.com/mturk/externalSubmit"><input name="mood"/><input type="submit"/></form>'
    "</body></html>]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)


@pytest.fixture
def adapter(store, tmp_path):
    def call(*arguments):
        env = environment(data=store.settings.data)
        return processes.run("-m", "adapter.cli", *arguments, cwd=tmp_path, env=env)

    return call


@pytest.mark.parametrize("question", [FORM.format(more=FILE), HTML, None], ids=["form", "html", "external"])
def test_one_worker_submits_a_question_of_any_kind(mturk, adapter, question):
    hit_id = a_hit(mturk, **({"Question": question} if question else {}))
    done = adapter("simulate", "submit", hit_id)
    assert (done.returncode, done.stderr) == (0, "")
    found = mturk.get_assignment(AssignmentId=done.stdout.strip())["Assignment"]
    assert (found["HITId"], found["AssignmentStatus"]) == (hit_id, "Submitted")
    assert "<QuestionIdentifier>" in found["Answer"]
    again = adapter("simulate", "submit", hit_id)
    assert again.returncode == 2
    assert again.stderr.startswith("adapter: No assignment of this HIT is left")


def test_worker_and_answers_can_be_chosen(mturk, adapter):
    hit_id = a_hit(mturk, Question=FORM.format(more=""))
    wrong = adapter("simulate", "submit", hit_id, "--worker", worker(1), "--answer", "q2=zebra")
    assert (wrong.returncode, "q2" in wrong.stderr) == (2, True)
    done = adapter("simulate", "submit", hit_id, "--worker", worker(1), "--answer", "q1=mauve", "--answer", "q2=b")
    found = mturk.get_assignment(AssignmentId=done.stdout.strip())["Assignment"]
    assert found["WorkerId"] == worker(1)
    assert "<FreeText>mauve</FreeText>" in found["Answer"]
    assert "<SelectionIdentifier>b</SelectionIdentifier>" in found["Answer"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("3NOTHING",), "Hit 3NOTHING does not exist."),
        (("3NOTHING", "--worker", "bob", "--answer", "x"), "write NAME=VALUE"),
    ],
)
def test_bad_input_is_one_line_on_standard_error(adapter, arguments, told):
    done = adapter("simulate", "submit", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_requirements_hold_for_scripted_workers_unless_they_are_to_be_ignored(mturk, adapter):
    adult = {"QualificationTypeId": "00000000000000000060", "Comparator": "EqualTo", "IntegerValues": [1]}
    hit_id = a_hit(mturk, QualificationRequirements=[adult])
    refused = adapter("simulate", "submit", hit_id)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--ignore-requirements" in refused.stderr
    assert adapter("simulate", "submit", hit_id, "--ignore-requirements").returncode == 0


def test_a_worker_asks_for_a_qualification(mturk, adapter):
    def qualification(name, **members):
        kind = mturk.create_qualification_type(Name=name, Description="d", QualificationTypeStatus="Active", **members)
        return kind["QualificationType"]["QualificationTypeId"]

    granted = adapter("simulate", "request", qualification("a", AutoGranted=True), "--worker", worker(7))
    assert granted.stdout == "granted\n"
    tested = qualification("b", Test=FORM.format(more=""), TestDurationInSeconds=60)
    waiting = adapter("simulate", "request", tested).stdout.strip()
    listed = mturk.list_qualification_requests(QualificationTypeId=tested)["QualificationRequests"]
    assert [each["QualificationRequestId"] for each in listed] == [waiting]
    assert "<QuestionIdentifier>q1</QuestionIdentifier>" in listed[0]["Answer"]


def test_many_workers_answer_all_open_hits_and_stop_when_idle(mturk, adapter):
    hits = [a_hit(mturk, Question=FORM.format(more=""), MaxAssignments=3) for _ in range(4)]
    done = adapter("simulate", "workers", "--count", "5", "--seed", "1", "--accuracy", "1", "--until-idle")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("12 submitted, 0 returned, 0 left to their deadline\n")
    for hit_id in hits:
        assert mturk.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
        found = mturk.list_assignments_for_hit(HITId=hit_id)["Assignments"]
        assert len({each["WorkerId"] for each in found}) == 3
        assert len({each["Answer"] for each in found}) == 1


def test_workers_who_give_up_leave_work_to_others_or_to_the_deadline(mturk, adapter):
    hit_id = a_hit(mturk, MaxAssignments=4)
    done = adapter("simulate", "workers", "--count", "6", "--seed", "3", "--abandon", "0.5", "--until-idle")
    hit = mturk.get_hit(HITId=hit_id)["HIT"]
    submitted, returned, kept = (
        int(word) for word in done.stdout.split("\n")[-2].replace(",", "").split() if word.isdigit()
    )
    assert kept == hit["NumberOfAssignmentsPending"]
    assert submitted == mturk.list_assignments_for_hit(HITId=hit_id)["NumResults"]
    assert returned + kept > 0
