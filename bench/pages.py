"""What a worker's page costs: CPU of the server for the list, the preview and the work page, with many HITs open.

The HITs stand in groups of several requesters, some with requirements, and the worker has done a good many. The client is
signed in and keeps its connection, as a browser does.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.api.validation import validate
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.operations import registry
from adapter.marketplace.operations.registry import run
from adapter.marketplace.questions.documents import GivenAnswer
from adapter.pages.frame import SESSION_COOKIE
from adapter.pages.store import worker_accounts
from bench import measure

#: The highest CPU time of a page, in milliseconds.
LIMIT = 30.0
LARGE = "list, 100 groups"
QUESTION = (
    '<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">'
    "<Overview><Text>{filling}</Text></Overview><Question><QuestionIdentifier>q</QuestionIdentifier>"
    "<QuestionContent><Text>What does it show?</Text></QuestionContent><AnswerSpecification><FreeTextAnswer/>"
    "</AnswerSpecification></Question></QuestionForm>"
).format(filling="Look at the image and say in one sentence what it shows. " * 30)
HTML = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">'
    "<HTMLContent><![CDATA[<!DOCTYPE html><html><head><title>x</title></head><body><crowd-form>{filling}"
    "<crowd-input name='q' label='What does series {group} show?'></crowd-input></crowd-form></body></html>]]></HTMLContent>"
    "<FrameHeight>400</FrameHeight></HTMLQuestion>"
)
APPROVED = {"QualificationTypeId": "00000000000000000040", "Comparator": "GreaterThan"}
RATE = {"QualificationTypeId": "000000000000000000L0", "Comparator": "GreaterThanOrEqualTo", "IntegerValues": [95]}
LOCALE = {"QualificationTypeId": "00000000000000000071", "Comparator": "In", "LocaleValues": [{"Country": "US"}]}
REQUIRED = ([], [], [APPROVED | {"IntegerValues": [0]}, RATE], [APPROVED | {"IntegerValues": [1000]}], [LOCALE, RATE])


def fill(folder: Path, groups: int, hits: int) -> tuple[str, dict[str, str]]:
    """Put in a worker and so many HITs; gives the session's token, and the paths of pages by their names."""
    registry.load()
    store = open_store(Settings(data=folder, sqlite_synchronous="NORMAL", initial_balance="1000000.00"))
    store.migrate()
    owners = [accounts.create_account(store, f"Laboratory {number}").account_id for number in range(20)]
    worker = worker_accounts.create_worker(store, "Bench", "correct horse battery").worker_id
    made = []
    for number in range(hits):
        group = number % groups
        members = {
            "Title": f"Describe an image of series {group}",
            "Description": "Look at one image, and say in a sentence of your own what it shows.",
            "Keywords": "image, description, english",
            "Reward": f"0.{group % 90 + 10}",
            "MaxAssignments": 3,
            "AssignmentDurationInSeconds": 3600,
            "LifetimeInSeconds": 86_400,
            "Question": HTML.format(group=group, filling="<p>Look at <b>the image</b>.</p>" * 200)
            if group % 2
            else QUESTION,
            "QualificationRequirements": REQUIRED[group % len(REQUIRED)],
            "RequesterAnnotation": str(number),
        }
        made.append(run(store, owners[group % len(owners)], "CreateHIT", validate("CreateHIT", members))["HIT"])
    free = [each for each in made if not each.get("QualificationRequirements") and "QuestionForm" in each["Question"]]
    for each in free[:200]:
        row = assignment_lifecycle.accept(store, worker, each["HITId"])
        assignment_lifecycle.submit(store, worker, row.assignment_id, [GivenAnswer("q", "A cat")])
    held = [assignment_lifecycle.accept(store, worker, each["HITId"]) for each in free[200:210]]
    token = worker_accounts.start_session(store, worker)
    store.close()
    group = free[-1]["HITGroupId"]
    return token, {
        "list": "/mturk/findhits",
        "list, sorted by number, with words": "/mturk/findhits?searchWords=image+%22of+series%22&sortType=NumHITs:1&pageNumber=4",
        "list for whom it fits": "/mturk/findhits?qualifiedFor=on&minReward=0.20",
        LARGE: "/mturk/findhits?pageSize=100",
        "preview": f"/mturk/preview?groupId={group}",
        "work page": f"/mturk/continue?assignmentId={held[0].assignment_id}",
    }


def reader(port: int, token: str, path: str) -> Callable[[], object]:
    """A call that reads a page as this worker."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"{SESSION_COOKIE}={token}", "Accept": "text/html"}

    def read() -> None:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200 or b"Sign out" not in content:
            raise RuntimeError(f"{path}: {answer.status} {content[:600]!r}")

    return read


def main() -> int:
    """Fill a database, read the pages by turns, and print what each cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--groups", type=int, default=300)
    parser.add_argument("--hits", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adapter-bench-") as folder:
        token, paths = fill(Path(folder), chosen.groups, chosen.hits)
        with measure.gateway(data=folder) as server:
            contenders = {name: (reader(server.port, token, path), server.cpu) for name, path in paths.items()}
            figures = measure.interleaved(contenders, calls=chosen.calls, rounds=chosen.rounds)
    print(f"{chosen.hits:,} open HITs in {chosen.groups} groups")
    measure.print_table(("page", "CPU ms"), [(name, measure.spread(each)) for name, each in figures.items()])
    # five pages in one may cost more
    kept = [measure.judged(name, measure.median(each), LIMIT) for name, each in figures.items() if name != LARGE]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
