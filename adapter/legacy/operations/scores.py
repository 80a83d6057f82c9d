"""What the review policies of a foreign upstream's HIT found, as facts for the statistics of known and plurality answers."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from adapter.core.errors import outcome_unknown
from adapter.legacy.call import Call
from adapter.legacy.operations.reviews import report_pages
from adapter.legacy.store import looks
from adapter.legacy.store.facts import Fact
from adapter.legacy.store.looks import Known

LOG = logging.getLogger("adapter.looks")

#: Review policies of a HIT: bits of a number.
OF_ASSIGNMENTS, OF_HIT = 1, 2
KNOWN = ("known_correct", "known_incorrect")
PLURALITY = ("plurality_correct", "plurality_incorrect")
#: Milliseconds after the last submission for which a service may still be reviewing.
REVIEWING = 10 * 60_000

Row = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """Review policies of a HIT, how it stood when its results were complete (else None), the results as facts."""

    policies: int
    state: str | None
    facts: list[Fact] = field(default_factory=list)
    anew: tuple[str, ...] = ()


def scored(call: Call, hit: Row, known: Known, now: int) -> Scored | None:
    """The results of a HIT's policies, where there can be new ones; None where there is nothing to read.

    They are read once each time that work was submitted or the HIT became Reviewable, and once for a HIT of which is not
    known whether it has policies.
    """
    policies = known.look.policies
    state = _state(hit, known)
    if not known.submitted or policies == 0 or known.look.reviewed == state:
        return None
    try:
        reports = list(
            report_pages(
                call,
                {
                    "HITId": hit["HITId"],
                    "PolicyLevels": ["Assignment", "HIT"],
                    "RetrieveActions": False,
                    "RetrieveResults": True,
                },
            )
        )
    except ClientError as error:
        if outcome_unknown(error):
            raise
        LOG.warning("hit=%s: its review results cannot be read: %s", hit["HITId"], error)
        return None
    if policies is None:
        policies = sum(
            bit
            for bit, name in ((OF_ASSIGNMENTS, "AssignmentReviewPolicy"), (OF_HIT, "HITReviewPolicy"))
            if any(report.get(name) for report in reports)
        )
    submissions = looks.submissions(call.store, call.account_id, hit["HITId"])
    of_hit = _results(reports, "HITReviewReport")
    first, second = _known_answers(_results(reports, "AssignmentReviewReport")), _plurality(of_hit)
    found = [
        Fact(call.account_id, kind, subject, at, hit["HITId"], worker_id, number, cents=0)
        for (kind, subject), number in (first | second).items()
        if number and subject in submissions
        for at, worker_id in [submissions[subject]]
    ]
    complete = known.last_submit + REVIEWING < now or (
        not (policies & OF_ASSIGNMENTS and {subject for _, subject in first} < submissions.keys())
        and not (policies & OF_HIT and _reviewable(hit) and not of_hit)
    )
    return Scored(policies, state if complete else None, found, KNOWN + PLURALITY)


def _state(hit: Row, known: Known) -> str:
    """How the HIT stands, as far as its review results may depend on it."""
    parts = (known.submitted, hit["MaxAssignments"], int(hit["Expiration"]), int(_reviewable(hit)))
    return "/".join(map(str, parts))


def _reviewable(hit: Row) -> bool:
    return hit.get("HITStatus") in {"Reviewable", "Reviewing"}


def _results(reports: list[Row], name: str) -> list[Row]:
    return [row for report in reports for row in (report.get(name) or {}).get("ReviewResults") or ()]


def _true(row: Row) -> bool:
    return str(row.get("Value", "")).strip().lower() in {"1", "true", "t"}


def _known_answers(rows: list[Row]) -> Counter[tuple[str, str]]:
    """Right and wrong known answers by kind and assignment (KnownAnswerCorrect, per question)."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.get("Key") == "KnownAnswerCorrect":
            found[KNOWN[not _true(row)], row["SubjectId"]] += 1
    return found


def _plurality(rows: list[Row]) -> Counter[tuple[str, str]]:
    """Answers with and against the agreed ones by kind and assignment.

    PluralityAnswersCorrect and -Incorrect say so; a service without them says AgreedWithPlurality of each question, which
    counts where an answer was agreed on.
    """
    summed: Counter[tuple[str, str]] = Counter()
    votes: list[Row] = []
    agreed: dict[str, bool] = {}
    for row in rows:
        key = row.get("Key")
        if key in {"PluralityAnswersCorrect", "PluralityAnswersIncorrect"} and str(row.get("Value", "")).isdigit():
            summed[PLURALITY[key.endswith("Incorrect")], row["SubjectId"]] += int(row["Value"])
        elif key == "AgreedWithPlurality":
            votes.append(row)
        elif key == "AgreedAnswerFound":
            agreed[row.get("QuestionId", "")] = _true(row)
    if not summed:
        for row in votes:
            if not agreed or agreed.get(row.get("QuestionId", "")):
                summed[PLURALITY[not _true(row)], row["SubjectId"]] += 1
    return summed
