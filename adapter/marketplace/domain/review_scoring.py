"""Review policies: checking their parameters, scoring answers, and the actions that follow from the scores.

Nothing here changes anything: the functions return results and intended actions, which the caller stores and executes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapter.marketplace.questions.documents import GivenAnswer

KNOWN_ANSWERS = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"
MAX_QUESTIONS = 15
MAX_ANSWER_LENGTH = 256
CHEAP_HIT_LIMIT = 9
_TRUE, _FALSE = {"t", "true", "1"}, {"f", "false", "0"}

# key -> least and greatest value
_KNOWN_ANSWER_NUMBERS = {
    "ApproveIfKnownAnswerScoreIsAtLeast": (0, 101),
    "RejectIfKnownAnswerScoreIsLessThan": (0, 101),
    "ExtendIfKnownAnswerScoreIsLessThan": (0, 101),
    "ExtendMaximumAssignments": (2, 25),
    "ExtendMinimumTimeInSeconds": (3600, 31536000),
}
_PLURALITY_NUMBERS = {
    "QuestionAgreementThreshold": (0, 100),
    "DisregardAssignmentIfKnownAnswerScoreIsLessThan": (0, 101),
    "ExtendIfHITAgreementScoreIsLessThan": (1, 100),
    "ExtendMaximumAssignments": (2, 25),
    "ExtendMinimumTimeInSeconds": (3600, 31536000),
    "ApproveIfWorkerAgreementScoreIsAtLeast": (0, 101),
    "RejectIfWorkerAgreementScoreIsLessThan": (0, 101),
}


class PolicyError(ValueError):
    """A review policy that cannot be used; the message names the parameter."""


@dataclass(frozen=True)
class Extension:
    """Add one assignment while a score is below `below`, up to `maximum`, with at least `seconds` left to live."""

    below: int
    maximum: int = 5
    seconds: int = 0


@dataclass(frozen=True)
class KnownAnswers:
    """ScoreMyKnownAnswers/2011-09-01: scores are percent of the key's questions answered as the key says."""

    answer_key: tuple[tuple[str, frozenset[str]], ...]
    approve_at_least: int | None = None
    approve_reason: str | None = None
    reject_below: int | None = None
    reject_reason: str | None = None
    extend: Extension | None = None


@dataclass(frozen=True)
class Plurality:
    """SimplePlurality/2011-09-01: scores are percent of workers, or of questions, that agree."""

    question_ids: tuple[str, ...]
    threshold: int
    disregard_rejected: bool = False
    disregard_below: int | None = None
    extend: Extension | None = None
    approve_at_least: int | None = None
    reject_below: int | None = None
    reject_reason: str | None = None


@dataclass(frozen=True)
class Submitted:
    """A submitted assignment as a policy sees it; the score is that of its known answers, if they were scored."""

    assignment_id: str
    answers: Sequence[GivenAnswer]
    status: str = "Submitted"
    known_answer_score: int | None = None


@dataclass(frozen=True)
class HitState:
    """The HIT as a policy sees it: assignments now, and at its creation."""

    hit_id: str
    max_assignments: int
    created_assignments: int


@dataclass(frozen=True)
class ReviewResult:
    """One line of a review report; `subject_type` is HIT or Assignment."""

    subject_id: str
    subject_type: str
    question_id: str | None
    key: str
    value: str


@dataclass(frozen=True)
class IntendedAction:
    """Something a policy wants done: approve, reject, extend, or review, which only reports `result`.

    An extension by no assignments is one at its maximum, which counts as success. `minimum_seconds` is the life the
    HIT must have left after an extension.
    """

    name: str
    target_id: str
    target_type: str
    reason: str | None = None
    result: str | None = None
    max_assignments_increment: int = 0
    minimum_seconds: int = 0


@dataclass(frozen=True)
class Review:
    """What a policy found, and what it wants done, in order."""

    results: Sequence[ReviewResult]
    actions: Sequence[IntendedAction]


def check_policy(level: str, policy: Mapping[str, Any]) -> KnownAnswers | Plurality:
    """A review policy of the API ({PolicyName, Parameters}) as a value, for `level` Assignment or HIT.

    Every key may stand once; numbers must lie in their ranges. Raises PolicyError.
    """
    name = policy.get("PolicyName")
    wanted = KNOWN_ANSWERS if level == "Assignment" else PLURALITY
    if name != wanted:
        raise PolicyError(f"The value {str(name)[:80]} is not a review policy for the level {level}; use {wanted}.")
    parameters: dict[str, Mapping[str, Any]] = {}
    for parameter in policy.get("Parameters") or ():
        key = str(parameter.get("Key", ""))
        if key in parameters:
            raise PolicyError(f"The parameter {key[:80]} of {wanted} occurs twice.")
        parameters[key] = parameter
    return _known_answers(parameters) if level == "Assignment" else _plurality(parameters)


def score_known_answers(policy: KnownAnswers, assignment: Submitted, hit: HitState) -> Review:
    """Score one submitted assignment against the key; the score is truncated to whole percent.

    A question is correct when the whole set of its values, white space around them trimmed, equals the key's. Where
    approval and rejection both apply, the assignment is approved.
    """
    target = assignment.assignment_id
    results = []
    correct = 0
    for question, expected in policy.answer_key:
        right = expected in _readings(assignment.answers, question)
        correct += right
        results.append(ReviewResult(target, "Assignment", question, "KnownAnswerCorrect", str(int(right))))
    total = len(policy.answer_key)
    score = correct * 100 // total
    results.append(ReviewResult(target, "Assignment", None, "KnownAnswerScore", str(score)))
    actions = [
        IntendedAction("review", target, "Assignment", result=f"Known answers reviewed: {correct} of {total} correct")
    ]
    actions += _decision(policy, score, target)
    actions += _extension(policy.extend, score, hit)
    return Review(results, actions)


def score_plurality(policy: Plurality, assignments: Sequence[Submitted], hit: HitState) -> Review:
    """Score the agreement of the workers of a HIT; all scores are truncated to whole percent.

    A question's score is the share of workers who gave its most frequent answer (of equally frequent ones the one
    given first), agreed on when above the threshold, or at a threshold of 100 when unanimous. The HIT's score is the
    share of questions agreed on; a worker's is the share of those where the worker gave the agreed answer, and there
    is none while nothing is agreed on. Answers of more than 256 characters count for nothing.
    """
    counted = [assignment for assignment in assignments if not _disregarded(policy, assignment)]
    given = {a.assignment_id: {q: _one_reading(a.answers, q) for q in policy.question_ids} for a in counted}
    results: list[ReviewResult] = []
    agreed: dict[str, tuple[str, ...]] = {}
    for question in policy.question_ids:
        votes = Counter(answer for mine in given.values() if (answer := mine[question]) is not None)
        favourite, votes_for_it = votes.most_common(1)[0] if votes else (None, 0)
        level = votes_for_it * 100 // len(counted) if counted else 0
        found = favourite is not None and (level > policy.threshold or level == policy.threshold == 100)
        if found and favourite is not None:
            agreed[question] = favourite
        results += [
            ReviewResult(
                assignment, "Assignment", question, "AgreedWithPlurality", str(int(mine[question] == favourite))
            )
            for assignment, mine in given.items()
            if favourite is not None
        ]
        results += _question_results(hit.hit_id, question, favourite, level, found=found)
    score = len(agreed) * 100 // len(policy.question_ids)
    results.append(ReviewResult(hit.hit_id, "HIT", None, "HitAgreementScore", str(score)))
    actions: list[IntendedAction] = []
    for assignment, mine in given.items():
        if not agreed:
            break
        right = sum(mine[question] == answer for question, answer in agreed.items())
        mark = right * 100 // len(agreed)
        results += [
            ReviewResult(assignment, "Assignment", None, "WorkerAgreementScore", str(mark)),
            ReviewResult(assignment, "Assignment", None, "PluralityAnswersCorrect", str(right)),
            ReviewResult(assignment, "Assignment", None, "PluralityAnswersIncorrect", str(len(agreed) - right)),
        ]
        actions += _decision(policy, mark, assignment)
    actions += _extension(policy.extend, score, hit)
    return Review(results, actions)


def _question_results(
    hit_id: str, question: str, favourite: tuple[str, ...] | None, level: int, *, found: bool
) -> list[ReviewResult]:
    """Both sets of keys that the reference uses: that of its sample and that of its table."""
    answer = None if favourite is None else "|".join(favourite)
    values = {
        "PluralityAnswer": answer,
        "PluralityLevel": str(level),
        "AgreedAnswerFound": "true" if found else "false",
        "AgreedAnswer": answer if found else None,
        "AnswerAgreementScore": str(level),
    }
    return [ReviewResult(hit_id, "HIT", question, key, value) for key, value in values.items() if value is not None]


def _disregarded(policy: Plurality, assignment: Submitted) -> bool:
    if policy.disregard_rejected and assignment.status == "Rejected":
        return True
    known = assignment.known_answer_score
    return policy.disregard_below is not None and known is not None and known < policy.disregard_below


def _decision(policy: KnownAnswers | Plurality, score: int, target: str) -> list[IntendedAction]:
    if policy.approve_at_least is not None and score >= policy.approve_at_least:
        reason = policy.approve_reason if isinstance(policy, KnownAnswers) else None
        return [IntendedAction("approve", target, "Assignment", reason)]
    if policy.reject_below is not None and score < policy.reject_below:
        return [IntendedAction("reject", target, "Assignment", policy.reject_reason)]
    return []


def _extension(extend: Extension | None, score: int, hit: HitState) -> list[IntendedAction]:
    """One more assignment where the score is too low; a HIT created below 10 assignments never reaches 10."""
    if extend is None or score >= extend.below:
        return []
    cheap = hit.created_assignments <= CHEAP_HIT_LIMIT
    most = min(extend.maximum, CHEAP_HIT_LIMIT) if cheap else extend.maximum
    increment = int(hit.max_assignments < most)
    seconds = extend.seconds if increment else 0
    return [IntendedAction("extend", hit.hit_id, "HIT", max_assignments_increment=increment, minimum_seconds=seconds)]


def _texts(answers: Sequence[GivenAnswer], question: str) -> list[str]:
    return [text.strip() for answer in answers if answer.question == question for text in answer.texts]


def _readings(answers: Sequence[GivenAnswer], question: str) -> tuple[frozenset[str], frozenset[str]]:
    """The values given to a question, as they stand, and with the values that a form joined by "|" taken apart."""
    texts = _texts(answers, question)
    return frozenset(texts), frozenset(part.strip() for text in texts for part in text.split("|"))


def _one_reading(answers: Sequence[GivenAnswer], question: str) -> tuple[str, ...] | None:
    """The values given to a question in a fixed order, None where there are none or one is too long."""
    texts = {part.strip() for text in _texts(answers, question) for part in text.split("|")} - {""}
    if not texts or any(len(text) > MAX_ANSWER_LENGTH for text in texts):
        return None
    return tuple(sorted(texts))


def _known_answers(parameters: Mapping[str, Mapping[str, Any]]) -> KnownAnswers:
    numbers = _numbers(parameters, _KNOWN_ANSWER_NUMBERS, {"AnswerKey", "ApproveReason", "RejectReason"})
    entries = parameters.get("AnswerKey", {}).get("MapEntries") or ()
    key: dict[str, frozenset[str]] = {}
    for entry in entries:
        question = str(entry.get("Key", "")).strip()
        values = frozenset(str(value).strip() for value in entry.get("Values") or ())
        if not question or not values:
            raise PolicyError("A MapEntry of the parameter AnswerKey lacks its Key or its Values.")
        if question in key:
            raise PolicyError(f"The question {question[:80]} occurs twice in the parameter AnswerKey.")
        key[question] = values
    if not key:
        # the Java SDK's own tests look for these words
        raise PolicyError("The AnswerKey parameter is mandatory. It needs at least one MapEntry.")
    return KnownAnswers(
        answer_key=tuple(key.items()),
        approve_at_least=numbers.get("ApproveIfKnownAnswerScoreIsAtLeast"),
        approve_reason=_text(parameters, "ApproveReason"),
        reject_below=numbers.get("RejectIfKnownAnswerScoreIsLessThan"),
        reject_reason=_text(parameters, "RejectReason"),
        extend=_extend(numbers, "ExtendIfKnownAnswerScoreIsLessThan"),
    )


def _plurality(parameters: Mapping[str, Mapping[str, Any]]) -> Plurality:
    # the reference's table and its sample spell this key differently
    ids_key = "QuestionIDs" if "QuestionIDs" in parameters and "QuestionIds" not in parameters else "QuestionIds"
    # a sample of the Ruby SDK sends ExtendAssignments, which no reference names; an extension is by one assignment
    texts = {ids_key, "DisregardAssignmentIfRejected", "RejectReason", "ExtendAssignments"}
    numbers = _numbers(parameters, _PLURALITY_NUMBERS, texts)
    listed = [part.strip() for value in _values(parameters, ids_key) for part in value.split(",")]
    questions = tuple(dict.fromkeys(part for part in listed if part))
    if not 1 <= len(questions) <= MAX_QUESTIONS:
        raise PolicyError(f"The parameter {ids_key} must name 1 to {MAX_QUESTIONS} questions.")
    if "QuestionAgreementThreshold" not in numbers:
        raise PolicyError("The parameter QuestionAgreementThreshold is required.")
    disregard = (_text(parameters, "DisregardAssignmentIfRejected") or "F").lower()
    if disregard not in _TRUE | _FALSE:
        raise PolicyError("The parameter DisregardAssignmentIfRejected must be T or F.")
    return Plurality(
        question_ids=questions,
        threshold=numbers["QuestionAgreementThreshold"],
        disregard_rejected=disregard in _TRUE,
        disregard_below=numbers.get("DisregardAssignmentIfKnownAnswerScoreIsLessThan"),
        extend=_extend(numbers, "ExtendIfHITAgreementScoreIsLessThan"),
        approve_at_least=numbers.get("ApproveIfWorkerAgreementScoreIsAtLeast"),
        reject_below=numbers.get("RejectIfWorkerAgreementScoreIsLessThan"),
        reject_reason=_text(parameters, "RejectReason"),
    )


def _extend(numbers: Mapping[str, int], key: str) -> Extension | None:
    if key not in numbers:
        return None
    seconds = numbers.get("ExtendMinimumTimeInSeconds", 0)
    return Extension(numbers[key], numbers.get("ExtendMaximumAssignments", 5), seconds)


def _numbers(
    parameters: Mapping[str, Mapping[str, Any]], ranges: Mapping[str, tuple[int, int]], others: set[str]
) -> dict[str, int]:
    """The whole numbers among the parameters, each in its range; refuses keys that are neither numbers nor `others`."""
    numbers = {}
    for key in parameters:
        if key in ranges:
            low, high = ranges[key]
            text = _text(parameters, key) or ""
            if not text.isascii() or not text.isdigit() or len(text) > 10 or not low <= int(text) <= high:
                raise PolicyError(f"The parameter {key} must be a whole number from {low} to {high}.")
            numbers[key] = int(text)
        elif key not in others:
            raise PolicyError(f"The parameter {key[:80]} is not known to this review policy.")
    return numbers


def _text(parameters: Mapping[str, Mapping[str, Any]], key: str) -> str | None:
    """The one value of a parameter; None where it is absent."""
    if key not in parameters:
        return None
    values = _values(parameters, key)
    if len(values) != 1:
        raise PolicyError(f"The parameter {key} must have one value.")
    return values[0].strip()


def _values(parameters: Mapping[str, Mapping[str, Any]], key: str) -> list[str]:
    return [str(value) for value in parameters.get(key, {}).get("Values") or ()]
