"""The results of review policies, a page after the other, on a foreign upstream."""

from __future__ import annotations

import pytest

from tests.legacy_client import A_HIT

QUESTIONS, WORKERS = 40, 6
#: A result for each question that a worker answers, and one for the whole assignment, of which two things follow.
RESULTS, ACTIONS = WORKERS * (QUESTIONS + 1), WORKERS * 2


@pytest.fixture(scope="module")
def long_report(ground):
    """A HIT whose assignments are scored by many known answers, done by some workers."""
    world = ground.world()
    keys = [f"q{number}" for number in range(QUESTIONS)]
    world.noted["hit"] = world.there.create_hit(
        Title="t",
        Description="d",
        Reward="0.01",
        AssignmentDurationInSeconds=600,
        LifetimeInSeconds=3600,
        MaxAssignments=WORKERS + 1,
        Question=A_HIT["Question"],
        AssignmentReviewPolicy={
            "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
            "Parameters": [
                {"Key": "AnswerKey", "MapEntries": [{"Key": each, "Values": ["yes"]} for each in keys]},
                {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["50"]},
            ],
        },
    )["HIT"]["HITId"]
    world.noted["work"] = [
        world.scene.work(world.noted["hit"], f"A{number:04d}WORKER", **dict.fromkeys(keys, "yes"))
        for number in range(WORKERS)
    ]
    return world


def page(world, number, **more):
    found = world.client.call(
        "GetReviewResultsForHIT", HITId=world.noted["hit"], PageNumber=str(number), PageSize="100", **more
    )
    report = found.find("AssignmentReviewReport")
    lines = [*report.iter("ReviewResult"), *report.iter("ReviewAction")]
    assert report.findtext("NumResults") == str(len(lines))
    told = [
        tuple(line.findtext(name) for name in ("ActionName", "SubjectId", "ObjectId", "QuestionId", "Key"))
        for line in lines
    ]
    assert found.find("AssignmentReviewPolicy") is not None
    return int(report.findtext("TotalNumResults")), told


def test_all_pages_of_a_report_meet_every_line_once_results_first(long_report):
    long_report.clear()
    pages = [page(long_report, number) for number in range(1, 5)]
    walked = [line for _, lines in pages for line in lines]
    assert {total for total, _ in pages} == {RESULTS + ACTIONS}
    assert len(walked) == len(set(walked)) == RESULTS + ACTIONS
    assert [bool(name) for name, *_ in walked] == [False] * RESULTS + [True] * ACTIONS
    # each page asks whether the report is long, and all of them share a scan
    assert long_report.calls("ListReviewPolicyResultsForHIT") <= 2 * len(pages) + RESULTS // 100 + 3


def test_the_lines_about_one_assignment_are_found_in_a_long_report(long_report):
    work = long_report.noted["work"][3]
    total, lines = page(long_report, 1, AssignmentId=work)
    assert total == len(lines) == QUESTIONS + 3
    assert {subject or target for _, subject, target, *_ in lines} == {work}


def test_a_report_without_results_or_without_actions_is_paged_too(long_report):
    assert page(long_report, 1, RetrieveResults="false")[0] == ACTIONS
    assert page(long_report, 3, RetrieveActions="false") == (RESULTS, page(long_report, 3)[1][: RESULTS - 200])
