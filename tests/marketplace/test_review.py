"""Review policies: their parameters, the scores, and the actions that should follow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.marketplace.domain.review_scoring import (
    Extension,
    HitState,
    IntendedAction,
    KnownAnswers,
    Plurality,
    PolicyError,
    ReviewResult,
    Submitted,
    check_policy,
    score_known_answers,
    score_plurality,
)
from adapter.marketplace.questions.documents import GivenAnswer

HIT = HitState("HIT1", max_assignments=3, created_assignments=3)


def policy(level, **parameters):
    name = "ScoreMyKnownAnswers/2011-09-01" if level == "Assignment" else "SimplePlurality/2011-09-01"
    listed = []
    for key, value in parameters.items():
        if isinstance(value, dict):
            entries = [{"Key": k, "Values": list(v)} for k, v in value.items()]
            listed.append({"Key": key, "MapEntries": entries})
        else:
            listed.append({"Key": key, "Values": list(value) if isinstance(value, tuple) else [str(value)]})
    return {"PolicyName": name, "Parameters": listed}


def known(**parameters):
    parameters.setdefault("AnswerKey", {"q1": ("a",), "q2": ("b", "c")})
    return check_policy("Assignment", policy("Assignment", **parameters))


def plurality(**parameters):
    parameters.setdefault("QuestionIds", "q1,q2")
    parameters.setdefault("QuestionAgreementThreshold", 50)
    return check_policy("HIT", policy("HIT", **parameters))


def submitted(identifier="A1", status="Submitted", score=None, **answers):
    return Submitted(identifier, [GivenAnswer(q, text) for q, text in answers.items()], status, score)


def values(review, key):
    return {(r.subject_id, r.question_id): r.value for r in review.results if r.key == key}


def names(review):
    return [(action.name, action.target_id) for action in review.actions]


def test_every_parameter_of_known_answers_is_read():
    assert known(
        ApproveIfKnownAnswerScoreIsAtLeast=79,
        ApproveReason=" good ",
        RejectIfKnownAnswerScoreIsLessThan=101,
        RejectReason="bad",
        ExtendIfKnownAnswerScoreIsLessThan=0,
        ExtendMaximumAssignments=25,
        ExtendMinimumTimeInSeconds=3600,
    ) == KnownAnswers(
        answer_key=(("q1", frozenset("a")), ("q2", frozenset("bc"))),
        approve_at_least=79,
        approve_reason="good",
        reject_below=101,
        reject_reason="bad",
        extend=Extension(0, 25, 3600),
    )
    assert known(ExtendIfKnownAnswerScoreIsLessThan=50).extend == Extension(50, 5, 0)
    assert known().extend is None


def test_every_parameter_of_plurality_is_read():
    assert plurality(
        QuestionIds="q1, q2,q1",
        QuestionAgreementThreshold=100,
        DisregardAssignmentIfRejected="T",
        DisregardAssignmentIfKnownAnswerScoreIsLessThan=60,
        ExtendIfHITAgreementScoreIsLessThan=50,
        ExtendMaximumAssignments=7,
        ExtendMinimumTimeInSeconds=31536000,
        ApproveIfWorkerAgreementScoreIsAtLeast=80,
        RejectIfWorkerAgreementScoreIsLessThan=20,
        RejectReason="alone",
    ) == Plurality(
        question_ids=("q1", "q2"),
        threshold=100,
        disregard_rejected=True,
        disregard_below=60,
        extend=Extension(50, 7, 31536000),
        approve_at_least=80,
        reject_below=20,
        reject_reason="alone",
    )


def test_the_questions_may_come_as_the_table_or_as_the_sample_has_them():
    separate = check_policy("HIT", policy("HIT", QuestionIDs=("q1", "q2"), QuestionAgreementThreshold=1))
    assert separate.question_ids == plurality().question_ids == ("q1", "q2")
    assert plurality(DisregardAssignmentIfRejected="FALSE").disregard_rejected is False


KNOWN_RANGES = {
    "ApproveIfKnownAnswerScoreIsAtLeast": (0, 101),
    "RejectIfKnownAnswerScoreIsLessThan": (0, 101),
    "ExtendIfKnownAnswerScoreIsLessThan": (0, 101),
    "ExtendMaximumAssignments": (2, 25),
    "ExtendMinimumTimeInSeconds": (3600, 31536000),
}
PLURALITY_RANGES = {
    "QuestionAgreementThreshold": (0, 100),
    "DisregardAssignmentIfKnownAnswerScoreIsLessThan": (0, 101),
    "ExtendIfHITAgreementScoreIsLessThan": (1, 100),
    "ExtendMaximumAssignments": (2, 25),
    "ExtendMinimumTimeInSeconds": (3600, 31536000),
    "ApproveIfWorkerAgreementScoreIsAtLeast": (0, 101),
    "RejectIfWorkerAgreementScoreIsLessThan": (0, 101),
}


@pytest.mark.parametrize(
    ("build", "key", "limits"),
    [(known, key, limits) for key, limits in KNOWN_RANGES.items()]
    + [(plurality, key, limits) for key, limits in PLURALITY_RANGES.items()],
)
def test_every_number_has_a_range(build, key, limits):
    low, high = limits
    for value in (low, high):
        assert build(**{key: value})
    for value in (low - 1, high + 1, "", "x", "1.5", "٣", "9" * 20, ("50", "60"), ()):
        with pytest.raises(PolicyError) as caught:
            build(**{key: value})
        assert key in str(caught.value)


def test_the_number_of_assignments_to_extend_by_that_a_sample_sends_changes_nothing():
    assert plurality(ExtendAssignments=1) == plurality()


@pytest.mark.parametrize(
    ("level", "given", "reason"),
    [
        ("Assignment", {"PolicyName": "SimplePlurality/2011-09-01"}, "SimplePlurality"),
        ("HIT", {"PolicyName": "ScoreMyKnownAnswers/2011-09-01"}, "ScoreMyKnownAnswers"),
        ("HIT", {}, "None"),
        ("Assignment", policy("Assignment"), "AnswerKey"),
        ("Assignment", policy("Assignment", AnswerKey="a"), "AnswerKey"),
        ("Assignment", policy("Assignment", AnswerKey={"q1": ()}), "AnswerKey"),
        ("Assignment", policy("Assignment", AnswerKey={"": ("a",)}), "AnswerKey"),
        ("Assignment", policy("Assignment", AnswerKey={"q": ("a",)}, QuestionIds="q"), "QuestionIds"),
        ("HIT", policy("HIT", QuestionIds="q1"), "QuestionAgreementThreshold"),
        ("HIT", policy("HIT", QuestionAgreementThreshold=1), "QuestionIds"),
        ("HIT", policy("HIT", QuestionIds=" , ", QuestionAgreementThreshold=1), "QuestionIds"),
        ("HIT", policy("HIT", QuestionIds=",".join("abcdefghijklmnop"), QuestionAgreementThreshold=1), "15"),
        ("HIT", policy("HIT", QuestionIds="a", QuestionIDs="b", QuestionAgreementThreshold=1), "QuestionIDs"),
        (
            "HIT",
            policy("HIT", QuestionIds="a", QuestionAgreementThreshold=1, DisregardAssignmentIfRejected="maybe"),
            "DisregardAssignmentIfRejected",
        ),
    ],
)
def test_policies_that_cannot_be_used_are_refused(level, given, reason):
    with pytest.raises(PolicyError) as caught:
        check_policy(level, given)
    assert reason in str(caught.value)


def test_a_parameter_or_a_question_of_the_key_twice_is_refused():
    twice = policy("Assignment", AnswerKey={"q": ("a",)})
    twice["Parameters"].append(twice["Parameters"][0])
    with pytest.raises(PolicyError, match="twice"):
        check_policy("Assignment", twice)
    entry = {"Key": "q", "Values": ["a"]}
    doubled = {"PolicyName": "ScoreMyKnownAnswers/2011-09-01"}
    doubled["Parameters"] = [{"Key": "AnswerKey", "MapEntries": [entry, entry]}]
    with pytest.raises(PolicyError, match="twice"):
        check_policy("Assignment", doubled)


@pytest.mark.parametrize(
    ("answers", "correct", "score"),
    [
        ({"q1": "a", "q2": "b|c"}, {"q1": "1", "q2": "1"}, "100"),
        ({"q1": " a\n", "q2": "c|b"}, {"q1": "1", "q2": "1"}, "100"),
        ({"q1": "A", "q2": "b"}, {"q1": "0", "q2": "0"}, "0"),
        ({"q1": "a.", "q2": "b|c|d"}, {"q1": "0", "q2": "0"}, "0"),
        ({"q1": "a"}, {"q1": "1", "q2": "0"}, "50"),
        ({}, {"q1": "0", "q2": "0"}, "0"),
    ],
)
def test_known_answers_must_match_as_whole_sets_but_for_white_space(answers, correct, score):
    review = score_known_answers(known(), submitted(**answers), HIT)
    assert values(review, "KnownAnswerCorrect") == {("A1", question): value for question, value in correct.items()}
    assert values(review, "KnownAnswerScore") == {("A1", None): score}
    assert [action.name for action in review.actions] == ["review"]
    assert review.actions[0].result.startswith("Known answers reviewed: ")


def test_selections_match_known_answers_too():
    answers = [GivenAnswer("q1", selections=("a",)), GivenAnswer("q2", selections=("c", "b"))]
    review = score_known_answers(known(), Submitted("A1", answers), HIT)
    assert values(review, "KnownAnswerScore") == {("A1", None): "100"}


def test_the_score_is_truncated():
    three = known(AnswerKey={"q1": ("a",), "q2": ("b",), "q3": ("c",)})
    review = score_known_answers(three, submitted(q1="a", q2="b", q3="x"), HIT)
    assert values(review, "KnownAnswerScore") == {("A1", None): "66"}


@pytest.mark.parametrize(
    ("approve", "reject", "expected"),
    [
        *((50, None, "approve"), (51, None, None), (None, 50, None), (None, 51, "reject"), (50, 90, "approve")),
        *((101, 101, "reject"), (0, None, "approve"), (None, 0, None)),
    ],
)
def test_thresholds_decide_between_approval_and_rejection(approve, reject, expected):
    reasons = {"ApproveReason": "well done", "RejectReason": "sorry"}
    limits = {"ApproveIfKnownAnswerScoreIsAtLeast": approve, "RejectIfKnownAnswerScoreIsLessThan": reject}
    given_limits = {key: value for key, value in limits.items() if value is not None}
    review = score_known_answers(known(**given_limits, **reasons), submitted(q1="a"), HIT)
    decided = review.actions[1:]
    if expected is None:
        assert decided == []
    else:
        reason = {"approve": "well done", "reject": "sorry"}[expected]
        assert decided == [IntendedAction(expected, "A1", "Assignment", reason)]


@pytest.mark.parametrize(
    ("now", "created", "maximum", "increment"),
    [(3, 3, 5, 1), (5, 3, 5, 0), (6, 3, 5, 0), (8, 9, 25, 1), (9, 9, 25, 0), (10, 10, 25, 1), (25, 10, 25, 0)],
)
def test_a_low_score_adds_one_assignment_within_the_maximum_and_below_ten_for_small_hits(
    now, created, maximum, increment
):
    asked = known(
        ExtendIfKnownAnswerScoreIsLessThan=51, ExtendMaximumAssignments=maximum, ExtendMinimumTimeInSeconds=7200
    )
    review = score_known_answers(asked, submitted(q1="a"), HitState("HIT1", now, created))
    (action,) = review.actions[1:]
    assert (action.name, action.target_id, action.target_type) == ("extend", "HIT1", "HIT")
    assert action.max_assignments_increment == increment
    assert action.minimum_seconds == (7200 if increment else 0)


def test_a_score_that_is_high_enough_does_not_extend():
    asked = known(ExtendIfKnownAnswerScoreIsLessThan=50)
    assert names(score_known_answers(asked, submitted(q1="a"), HIT)) == [("review", "A1")]


def test_two_of_three_agree_at_66_percent():
    work = [submitted("A1", q1="x", q2="1"), submitted("A2", q1=" x ", q2="2"), submitted("A3", q1="y", q2="3")]
    review = score_plurality(plurality(), work, HIT)
    assert values(review, "PluralityAnswer") == {("HIT1", "q1"): "x", ("HIT1", "q2"): "1"}
    assert values(review, "PluralityLevel") == {("HIT1", "q1"): "66", ("HIT1", "q2"): "33"}
    assert values(review, "AnswerAgreementScore") == values(review, "PluralityLevel")
    assert values(review, "AgreedAnswerFound") == {("HIT1", "q1"): "true", ("HIT1", "q2"): "false"}
    assert values(review, "AgreedAnswer") == {("HIT1", "q1"): "x"}
    assert values(review, "HitAgreementScore") == {("HIT1", None): "50"}
    assert values(review, "WorkerAgreementScore") == {("A1", None): "100", ("A2", None): "100", ("A3", None): "0"}
    assert values(review, "PluralityAnswersCorrect") == {("A1", None): "1", ("A2", None): "1", ("A3", None): "0"}
    assert values(review, "PluralityAnswersIncorrect") == {("A1", None): "0", ("A2", None): "0", ("A3", None): "1"}
    assert values(review, "AgreedWithPlurality")["A3", "q1"] == "0"
    assert review.actions == []
    assert review.results[0] == ReviewResult("A1", "Assignment", "q1", "AgreedWithPlurality", "1")


@pytest.mark.parametrize(
    ("threshold", "answers", "found"),
    [(100, "xx", True), (100, "xy", False), (50, "xy", False), (49, "xy", True), (66, "xxy", False), (65, "xxy", True)],
)
def test_agreement_is_above_the_threshold_or_unanimous_at_100(threshold, answers, found):
    work = [submitted(f"A{n}", q1=answer) for n, answer in enumerate(answers)]
    review = score_plurality(plurality(QuestionIds="q1", QuestionAgreementThreshold=threshold), work, HIT)
    assert values(review, "HitAgreementScore") == {("HIT1", None): "100" if found else "0"}


def test_workers_are_approved_and_rejected_by_their_agreement():
    asked = plurality(
        ApproveIfWorkerAgreementScoreIsAtLeast=100, RejectIfWorkerAgreementScoreIsLessThan=50, RejectReason="alone"
    )
    work = [submitted("A1", q1="x", q2="1"), submitted("A2", q1="x", q2="1")]
    work += [submitted("A3", q1="y", q2="2"), submitted("A4", q1="x", q2="1"), submitted("A5", q1="x", q2="9")]
    review = score_plurality(asked, work, HIT)
    assert names(review) == [("approve", "A1"), ("approve", "A2"), ("reject", "A3"), ("approve", "A4")]
    assert review.actions[2].reason == "alone"


def test_nobody_is_rejected_while_nothing_is_agreed_on():
    asked = plurality(RejectIfWorkerAgreementScoreIsLessThan=101, ExtendIfHITAgreementScoreIsLessThan=1)
    review = score_plurality(asked, [submitted("A1", q1="x"), submitted("A2", q1="y")], HIT)
    assert names(review) == [("extend", "HIT1")]
    assert values(review, "WorkerAgreementScore") == {}


def test_rejected_and_badly_scored_work_is_disregarded_on_demand():
    work = [submitted("A1", "Rejected", q1="x"), submitted("A2", score=40, q1="x"), submitted("A3", score=90, q1="y")]
    asked = plurality(QuestionIds="q1", QuestionAgreementThreshold=60)
    assert values(score_plurality(asked, work, HIT), "PluralityAnswer") == {("HIT1", "q1"): "x"}
    asked = plurality(
        QuestionIds="q1",
        QuestionAgreementThreshold=60,
        DisregardAssignmentIfRejected="T",
        DisregardAssignmentIfKnownAnswerScoreIsLessThan=41,
        RejectIfWorkerAgreementScoreIsLessThan=101,
    )
    review = score_plurality(asked, work, HIT)
    assert values(review, "PluralityAnswer") == {("HIT1", "q1"): "y"}
    assert names(review) == [("reject", "A3")]


def test_answers_of_more_than_256_characters_count_for_nothing():
    work = [submitted("A1", q1="x" * 257), submitted("A2", q1="x" * 257), submitted("A3", q1="y" * 256)]
    review = score_plurality(plurality(QuestionIds="q1", QuestionAgreementThreshold=30), work, HIT)
    assert values(review, "PluralityAnswer") == {("HIT1", "q1"): "y" * 256}
    assert values(review, "PluralityLevel") == {("HIT1", "q1"): "33"}


def test_a_hit_without_submissions_has_no_agreement():
    review = score_plurality(plurality(), [], HIT)
    assert values(review, "HitAgreementScore") == {("HIT1", None): "0"}
    assert values(review, "AgreedAnswerFound") == {("HIT1", "q1"): "false", ("HIT1", "q2"): "false"}


@given(
    st.integers(0, 100),
    st.lists(st.dictionaries(st.sampled_from(["q1", "q2"]), st.sampled_from(["", "x", "y", "x|y"])), max_size=6),
)
def test_scores_stay_between_0_and_100_and_actions_name_known_targets(threshold, rows):
    asked = plurality(
        QuestionAgreementThreshold=threshold,
        ApproveIfWorkerAgreementScoreIsAtLeast=50,
        RejectIfWorkerAgreementScoreIsLessThan=50,
        ExtendIfHITAgreementScoreIsLessThan=100,
    )
    work = [submitted(f"A{n}", **row) for n, row in enumerate(rows)]
    review = score_plurality(asked, work, HIT)
    for key in ("PluralityLevel", "HitAgreementScore", "WorkerAgreementScore"):
        assert all(0 <= int(value) <= 100 for value in values(review, key).values())
    decided = [action.target_id for action in review.actions if action.target_type == "Assignment"]
    assert len(decided) == len(set(decided))
    assert set(decided) <= {item.assignment_id for item in work}
    assert bool(decided) == (values(review, "AgreedAnswer") != {} and work != [])
