"""What one operation of the marketplace costs with many HITs stored, compared with few.

Two databases are filled, one with 1,000 HITs and 3,000 assignments, one with 100,000 and 300,000, all with their
timers. Then the same operations run on both, by turns. A ratio is the CPU time per operation with many, divided by that
with few. `--database URL` uses two schemas' worth of PostgreSQL databases: give `{}` in the URL where few and many differ.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapter.core.database import open_store
from adapter.core.ids import entity_id
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.validation import validate
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.operations import registry
from adapter.marketplace.operations.registry import run
from adapter.marketplace.questions.documents import GivenAnswer
from adapter.marketplace.store.tables import assignments, hits, timers
from bench import measure

LIMIT = 1.5
DAY = 86_400_000
QUESTION = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>https://example.com/task</ExternalURL><FrameHeight>400</FrameHeight>'
    "</ExternalQuestion>"
)
ANSWER = (
    '<QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/'
    'QuestionFormAnswers.xsd"><Answer><QuestionIdentifier>q</QuestionIdentifier><FreeText>yes</FreeText></Answer>'
    "</QuestionFormAnswers>"
)
HIT = {
    "Title": "Label this image",
    "Description": "Look at one image and choose a label",
    "Reward": "0.01",
    "MaxAssignments": 4,
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 2_592_000,
    "LifetimeInSeconds": 86_400,
    "Question": QUESTION,
}
PER_HIT = 3


@dataclass(frozen=True)
class Filled:
    """A filled store, its one requester, and the ids of all HITs."""

    store: Any
    account_id: str
    hit_ids: list[str]
    dice: random.Random

    def run(self, operation: str, **request: Any) -> dict[str, Any]:
        """One operation as the service runs it, from JSON to JSON, without HTTP and its signature."""

        request = json.loads(json.dumps(request))
        answer = run(self.store, self.account_id, operation, validate(operation, request))
        json.dumps(answer)
        return answer


def fill(store: Any, account_id: str, number: int, per_hit: int = PER_HIT) -> list[str]:
    """Put in so many HITs, each with submitted assignments and one still free, with ids as scattered as real ones."""

    first = run(store, account_id, "CreateHIT", validate("CreateHIT", HIT))["HIT"]["HITId"]
    with store.read() as connection:
        pattern = dict(connection.execute(hits.select().where(hits.c.hit_id == first)).mappings().one())
    del pattern["seq"]
    pattern["submitted"] = per_hit
    ids = [entity_id() for _ in range(number)]
    now = pattern["created_at"]
    workers = itertools.cycle([f"A{each:013d}" for each in range(1009)])
    for start in range(0, number, 2000):
        part = ids[start : start + 2000]
        worked = [
            {
                "assignment_id": entity_id(),
                "hit_id": hit_id,
                "account_id": account_id,
                "worker_id": next(workers),
                "status": "Submitted",
                "accepted_at": now,
                "deadline_at": now + 600_000,
                "submitted_at": now,
                "auto_approval_at": now + 30 * DAY,
                "answer": ANSWER,
            }
            for hit_id in part
            for _ in range(per_hit)
        ]
        due = [
            {"account_id": account_id, "kind": kind, "subject_id": subject, "due_at": now + days * DAY + offset}
            for kind, days, subjects in (
                ("expire-hit", 1, part),
                ("auto-approve", 30, [each["assignment_id"] for each in worked]),
            )
            for offset, subject in enumerate(subjects)
        ]
        with store.write(account_id) as connection:
            connection.execute(hits.insert(), [{**pattern, "hit_id": hit_id} for hit_id in part])
            if worked:
                connection.execute(assignments.insert(), worked)
            connection.execute(timers.insert(), due)
    with store.write() as connection:
        connection.exec_driver_sql("ANALYZE")
    return ids


def operations(filled: Filled) -> dict[str, Callable[[], object]]:
    """What is measured, by name."""

    def any_hit() -> str:
        return filled.dice.choice(filled.hit_ids)

    # Each HIT has one assignment left, so each is taken once.
    free: Iterator[str] = iter(filled.dice.sample(filled.hit_ids, 900))

    def work() -> None:
        worker_id = f"AWORKER{filled.dice.randrange(10**9):09d}"
        row = assignment_lifecycle.accept(filled.store, worker_id, next(free))
        assignment_lifecycle.submit(filled.store, worker_id, row.assignment_id, [GivenAnswer("q", "yes")])

    return {
        "CreateHIT": lambda: filled.run("CreateHIT", **HIT),
        "GetHIT": lambda: filled.run("GetHIT", HITId=any_hit()),
        "ListHITs, a page of 100": lambda: filled.run("ListHITs", MaxResults=100),
        "ListAssignmentsForHIT": lambda: filled.run("ListAssignmentsForHIT", HITId=any_hit(), MaxResults=100),
        "accept and submit": work,
    }


def deep(filled: Filled, page: int) -> Callable[[], object]:
    """A call that asks for a page of 100 HITs that lies so deep; walks there first."""
    token = {}
    for _ in range(page - 1):
        token = {"NextToken": filled.run("ListHITs", MaxResults=100, **token)["NextToken"]}
    return lambda: filled.run("ListHITs", MaxResults=100, **token)


def open_filled(number: int, folder: Path, url: str, seed: int) -> Filled:
    """A new store with so many HITs."""

    registry.load()
    settings = Settings(data=folder, database_url=url, sqlite_synchronous="NORMAL", initial_balance="1000000.00")
    store = open_store(settings)
    store.migrate()
    account_id = accounts.create_account(store, "bench").account_id
    started = time.perf_counter()
    ids = fill(store, account_id, number)
    print(f"{number:,} HITs and {number * PER_HIT:,} assignments stored in {time.perf_counter() - started:.0f} s")
    return Filled(store, account_id, ids, random.Random(seed))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--database", default="", help="SQLAlchemy URL with {} for the database's name: few, many")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adapter-bench-") as folder:
        stores = {
            name: open_filled(number, Path(folder) / name, chosen.database.replace("{}", name), seed=1)
            for name, number in (("few", chosen.few), ("many", chosen.many))
        }
        todo = {name: operations(filled) for name, filled in stores.items()}
        depth = chosen.many * 9 // 1000
        todo["many"][f"page {depth}"] = deep(stores["many"], depth)
        todo["few"][f"page {depth}"] = todo["many"]["ListHITs, a page of 100"]  # page 1 of the same list
        rows, kept = [], True
        for operation in todo["few"]:
            figures = measure.interleaved(
                {name: (todo[name][operation], time.process_time) for name in todo},
                calls=chosen.calls,
                rounds=chosen.rounds,
            )
            ratio = measure.median(figures["many"]) / measure.median(figures["few"])
            what = f"ListHITs, {operation} against page 1" if operation.startswith("page") else operation
            rows.append((what, *(measure.spread(figures[each]) for each in ("few", "many")), f"{ratio:.2f}"))
            kept &= ratio <= LIMIT
        for filled in stores.values():
            filled.store.close()
    measure.print_table(("operation", "with few, CPU ms", "with many, CPU ms", "ratio"), rows)
    print(f"A ratio is to be at most {LIMIT}: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
