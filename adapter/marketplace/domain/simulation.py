"""Scripted workers: they accept, answer and abandon by the rules of real ones, so that studies can be rehearsed."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.ids import account_id as new_worker_id
from adapter.marketplace.domain import assignment_lifecycle, qualification_tests
from adapter.marketplace.domain.uploads import store_upload
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.questions.check import check_question
from adapter.marketplace.questions.documents import GivenAnswer, Question, Selection
from adapter.marketplace.questions.plausible import plausible_answers
from adapter.marketplace.store.hits import Hit, find_hit
from adapter.marketplace.store.open_hits import list_open

#: How many open HITs are looked at together, and how long an idle worker waits, in seconds.
BATCH = 200
IDLE_SECONDS = 0.5
#: How many refusals are remembered, so that nobody asks again in vain; forgetting them only costs time.
MOST_REFUSED = 200_000


@dataclass(frozen=True)
class Habits:
    """How scripted workers behave.

    `rate` is submissions per minute of all together (0: as fast as they can), `accuracy` and `abandon` are shares of 1:
    how often the answer is the one that accurate workers agree on, how often work that was accepted is given up.
    """

    workers: int = 10
    rate: float = 0.0
    accuracy: float = 0.9
    abandon: float = 0.0
    ignore_requirements: bool = False


@dataclass(frozen=True)
class Step:
    """One thing a scripted worker did: `what` is Submitted, Returned or Kept (accepted, to be abandoned)."""

    what: str
    worker_id: str
    hit_id: str
    assignment_id: str


def submit_one(
    store: Store,
    hit_id: str,
    worker_id: str | None = None,
    given: Mapping[str, str] | None = None,
    *,
    seed: int | None = None,
    ignore_requirements: bool = False,
) -> str:
    """One worker, by default a new one, accepts the HIT and submits; returns the assignment's id.

    Questions named in `given` are answered with its values (for a selection: the SelectionIdentifier), the others
    plausibly. Raises WorkerError, with the assignment returned when the answers do not fit the question.
    """
    rng = random.Random(seed)  # noqa: S311 (made-up answers, not secrets)
    worker_id = worker_id or new_worker_id()
    hit = _hit(store, hit_id)
    question = assignment_lifecycle.question_of(hit.question)
    row = assignment_lifecycle.accept(store, worker_id, hit_id, ignore_requirements=ignore_requirements)
    assignment_id: str = row.assignment_id
    try:
        _submit(store, worker_id, assignment_id, question, plausible_answers(question, rng), given or {})
    except TurkError:
        assignment_lifecycle.return_assignment(store, worker_id, assignment_id)
        raise
    return assignment_id


def request(
    store: Store, qualification_type_id: str, worker_id: str | None = None
) -> qualification_tests.RequestOutcome:
    """A worker, by default a new one, asks for a Qualification and takes its test with plausible answers.

    Raises TurkError as request_qualification() does.
    """
    worker_id = worker_id or new_worker_id()
    outcome = qualification_tests.request_qualification(store, worker_id, qualification_type_id)
    if outcome.status != "Testing":
        return outcome
    test = check_question(outcome.test or "", allow_html=False, what="Test")
    answers = plausible_answers(test, random.Random())  # noqa: S311
    return qualification_tests.submit_test(store, worker_id, outcome.qualification_request_id, answers)


def keep_working(store: Store, habits: Habits, seed: int | None = None, *, until_idle: bool = False) -> Iterator[Step]:
    """Scripted workers answer open HITs one after another, forever or until none of them finds anything to do.

    The same seed gives the same workers, choices and answers for the same HITs.
    """
    rng = random.Random(seed)  # noqa: S311
    workers = [_worker_id(rng) for _ in range(habits.workers)]
    refused: set[tuple[str, str]] = set()
    pause = 60 / habits.rate if habits.rate else 0.0
    due = time.monotonic()
    after = 0
    busy = False
    while True:
        with store.read() as connection:
            found = list_open(connection, clock.milliseconds(), after, BATCH)
        for _, hit_id in found:
            step = _take(store, rng, workers, hit_id, habits, refused)
            if step is None:
                continue
            busy = True
            yield step
            due = max(due + pause, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
        # A HIT with free assignments stays where it is until its turn comes again; the end of the list is the start.
        after = found[-1][0] if len(found) == BATCH else 0
        if len(refused) > MOST_REFUSED:
            refused.clear()
        if after:
            continue
        if not busy and until_idle:
            return
        if not busy:
            time.sleep(IDLE_SECONDS)
        busy = False


def _take(
    store: Store,
    rng: random.Random,
    workers: Sequence[str],
    hit_id: str,
    habits: Habits,
    refused: set[tuple[str, str]],
) -> Step | None:
    """The first worker, in random order, who gets the HIT works on it; None when nobody does."""
    for worker_id in rng.sample(workers, len(workers)):
        if (worker_id, hit_id) in refused:
            continue
        try:
            row = assignment_lifecycle.accept(store, worker_id, hit_id, ignore_requirements=habits.ignore_requirements)
        except WorkerError as error:
            if error.code.endswith(("InvalidHITState", "HITDoesNotExist")):
                return None
            refused.add((worker_id, hit_id))
            continue
        refused.add((worker_id, hit_id))
        return _work(store, rng, habits, row)
    return None


def _work(store: Store, rng: random.Random, habits: Habits, row: Any) -> Step:
    assignment_id, worker_id, hit_id = row.assignment_id, row.worker_id, row.hit_id
    if rng.random() < habits.abandon:
        if rng.random() < 0.5:
            assignment_lifecycle.return_assignment(store, worker_id, assignment_id)
            return Step("Returned", worker_id, hit_id, assignment_id)
        return Step("Kept", worker_id, hit_id, assignment_id)
    hit = _hit(store, hit_id)
    question = assignment_lifecycle.question_of(hit.question)
    accurate = rng.random() < habits.accuracy
    # Whoever works accurately draws with the HIT's own dice, so that their answers agree.
    drawn = plausible_answers(question, random.Random(hit_id) if accurate else random.Random(rng.random()))  # noqa: S311
    given = _known_answers(hit) if accurate else {}
    try:
        _submit(store, worker_id, assignment_id, question, drawn, given)
    except WorkerError:
        with suppress(WorkerError):
            _submit(store, worker_id, assignment_id, question, drawn, {})
            return Step("Submitted", worker_id, hit_id, assignment_id)
        with suppress(WorkerError):
            assignment_lifecycle.return_assignment(store, worker_id, assignment_id)
        return Step("Returned", worker_id, hit_id, assignment_id)
    return Step("Submitted", worker_id, hit_id, assignment_id)


def _submit(
    store: Store,
    worker_id: str,
    assignment_id: str,
    question: Question,
    answers: Sequence[GivenAnswer],
    given: Mapping[str, str],
) -> None:
    fields: list[tuple[str, str]] = []
    for answer in answers:
        if answer.question in given:
            continue
        if answer.file_size is not None:
            key, size = store_upload(
                store,
                worker_id,
                assignment_id,
                answer.question,
                f"{answer.question}.txt",
                "text/plain",
                io.BytesIO(b"." * answer.file_size),
            )
            fields += [(answer.question, key), (f"{answer.question}.size", str(size))]
        elif answer.free_text is not None:
            fields.append((answer.question, answer.free_text))
        else:
            fields += [(answer.question, each) for each in answer.selections]
            if answer.other_text is not None:
                fields.append((f"{answer.question}.other", answer.other_text))
    if given and question.kind == "ExternalQuestion":
        fields = []  # its page is not known: what is given is all there is
    selections = {asked.identifier for asked in question.questions if isinstance(asked.answer, Selection)}
    for name, value in given.items():
        fields += [(name, each) for each in (value.split("|") if name in selections else [value])]
    assignment_lifecycle.submit_form(store, worker_id, assignment_id, fields)


def _known_answers(hit: Hit) -> dict[str, str]:
    """The answers that the HIT's own review policy takes for right; several values as a form would join them."""
    known: dict[str, str] = {}
    for parameter in (hit.assignment_review_policy or {}).get("Parameters", ()):
        if parameter.get("Key") == "AnswerKey":
            known |= {entry["Key"]: "|".join(entry["Values"]) for entry in parameter.get("MapEntries", ())}
    return known


def _hit(store: Store, hit_id: str) -> Hit:
    with store.read() as connection:
        hit = find_hit(connection, None, hit_id)
    if hit is None:
        raise WorkerError("HITDoesNotExist", f"Hit {hit_id[:80]} does not exist.")
    return hit


def _worker_id(rng: random.Random) -> str:
    return "A" + "".join(rng.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=13))
