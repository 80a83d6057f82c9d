"""What legacy calls cost, as one table in Markdown.

E, on the embedded marketplace: CPU of the server for a legacy call, over the CPU of the same modern call altogether (a
boto3 client with its defaults, and the same server). R, in front of a remote upstream that costs nothing: CPU of the
gateway for a legacy call over that of a boto3 client that makes the modern call itself. With `--against COMMIT` also
the CPU of each legacy call over that of the same call at that commit. All that is compared runs by turns.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bench import measure

#: By legacy call: the highest figure, and the calls in a round.
Limits = Mapping[str, tuple[float, int]]
E: Limits = {
    "AssignQualification + RevokeQualification": (0.75, 30),
    "GetHIT": (0.75, 60),
    "SearchHITs, 100": (0.45, 15),
    "GetAssignmentsForHIT, 100": (0.45, 15),
    "GetAssignmentsForHIT, 10 of 125": (0.55, 40),
    # the last one, because it makes the list of HITs longer
    "CreateHIT": (0.95, 40),
}
R: Limits = {
    "RevokeQualification": (1.35, 150),
    "SearchHITs, 100": (0.50, 15),
    "GetAssignmentsForHIT, 100": (0.50, 15),
}
#: Starts of each kind; the median counts.
STARTS_MEASURED = 3
#: The most that a legacy call may cost of what it cost before.
OF_BEFORE = 0.85
QUESTION = """<QuestionForm
  xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionForm.xsd">
  <Question><QuestionIdentifier>seen</QuestionIdentifier>
    <QuestionContent><Text>What do you see in the image?</Text></QuestionContent>
    <AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>
  <Question><QuestionIdentifier>kind</QuestionIdentifier>
    <QuestionContent><Text>Which kind of image is it?</Text></QuestionContent>
    <AnswerSpecification><SelectionAnswer><Selections>
      <Selection><SelectionIdentifier>photo</SelectionIdentifier><Text>A photograph</Text></Selection>
      <Selection><SelectionIdentifier>drawing</SelectionIdentifier><Text>A drawing</Text></Selection>
    </Selections></SelectionAnswer></AnswerSpecification></Question>
</QuestionForm>"""
TASK = {
    "Title": "Label this image",
    "Description": "Look at one image and choose a label",
    "Keywords": "image, label, quick",
    "Question": QUESTION,
    "MaxAssignments": 1,
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 2_592_000,
    "LifetimeInSeconds": 86_400,
    "RequesterAnnotation": "batch 17",
}
MODERN_TASK = {**TASK, "Reward": "0.01"}
LEGACY_TASK = {**TASK, "Reward__1__Amount": "0.01", "Reward__1__CurrencyCode": "USD"}
WORKER, STUB_ID = "AZ3456EXAMPLE", "3HIT2017EXAMPLE00000000000000"

Call = Callable[[], object]


# ---- the same data behind each server ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Study:
    """An embedded marketplace with 100 HITs, one with 100 answers and one with 125, and a Qualification type."""

    server: measure.Server
    answered: str
    longer: str
    open_hit: str
    type_id: str

    def legacy(self) -> dict[str, Call]:
        """The legacy calls by name."""
        call = measure.LegacyClient(self.server.port)
        one = {"QualificationTypeId": self.type_id, "SubjectId": WORKER}

        def assign_and_revoke() -> None:
            call("AssignQualification", QualificationTypeId=self.type_id, WorkerId=WORKER, IntegerValue=7)
            call("RevokeQualification", **one)

        return {
            "AssignQualification + RevokeQualification": assign_and_revoke,
            "GetHIT": lambda: call("GetHIT", HITId=self.open_hit),
            "SearchHITs, 100": lambda: call("SearchHITs", PageSize=100),
            "GetAssignmentsForHIT, 100": lambda: call("GetAssignmentsForHIT", HITId=self.answered, PageSize=100),
            "GetAssignmentsForHIT, 10 of 125": lambda: call("GetAssignmentsForHIT", HITId=self.longer, PageSize=10),
            "CreateHIT": lambda: call("CreateHIT", **LEGACY_TASK),
        }

    def modern(self) -> dict[str, Call]:
        """The modern calls by the name of the legacy call."""
        mturk = measure.boto3_client(self.server.url)
        one = {"QualificationTypeId": self.type_id, "WorkerId": WORKER}

        def assign_and_revoke() -> None:
            mturk.associate_qualification_with_worker(**one, IntegerValue=7)
            mturk.disassociate_qualification_from_worker(**one)

        return {
            "AssignQualification + RevokeQualification": assign_and_revoke,
            "GetHIT": lambda: mturk.get_hit(HITId=self.open_hit),
            "SearchHITs, 100": lambda: mturk.list_hits(MaxResults=100),
            "GetAssignmentsForHIT, 100": lambda: mturk.list_assignments_for_hit(HITId=self.answered, MaxResults=100),
            "GetAssignmentsForHIT, 10 of 125": lambda: mturk.list_assignments_for_hit(HITId=self.longer, MaxResults=10),
            "CreateHIT": lambda: mturk.create_hit(**MODERN_TASK),
        }


@contextlib.contextmanager
def study(source: Path, **settings: object) -> Iterator[Study]:
    """A server of this source tree, with these settings and the study's data, for as long as the block lasts."""
    with measure.gateway(source=source, workers=1, **settings) as server:
        mturk = measure.boto3_client(server.url)
        answered, longer = (
            mturk.create_hit(**{**MODERN_TASK, "MaxAssignments": number})["HIT"]["HITId"] for number in (100, 125)
        )
        # through the command line, because modules have other names at other commits
        simulate = "-m adapter.cli simulate workers --count 125 --seed 1 --until-idle"
        subprocess.run(
            (sys.executable, *simulate.split()),
            cwd=source,
            env=measure.environment(source, data=server.data, **settings),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for hit_id in (answered, longer):
            if mturk.get_hit(HITId=hit_id)["HIT"]["HITStatus"] != "Reviewable":
                raise RuntimeError("the scripted workers left assignments open")
        ids = [mturk.create_hit(**MODERN_TASK)["HIT"]["HITId"] for _ in range(98)]
        kind = mturk.create_qualification_type(
            Name="Seen before", Description="Has done this study", QualificationTypeStatus="Active"
        )
        yield Study(server, answered, longer, ids[0], kind["QualificationType"]["QualificationTypeId"])


# ---- a remote upstream -------------------------------------------------------------------------------------------------


def remote_calls(server: measure.Server) -> dict[str, Call]:
    """The legacy calls of R by name."""
    call = measure.LegacyClient(server.port)
    return {
        "RevokeQualification": lambda: call("RevokeQualification", SubjectId=WORKER, QualificationTypeId=STUB_ID),
        "SearchHITs, 100": lambda: call("SearchHITs", PageSize=100),
        "GetAssignmentsForHIT, 100": lambda: call("GetAssignmentsForHIT", HITId=STUB_ID, PageSize=100),
    }


def stub_calls(upstream: measure.Server) -> dict[str, Call]:
    """The modern calls by the name of the legacy call."""
    mturk = measure.boto3_client(upstream.url)
    return {
        "RevokeQualification": lambda: mturk.disassociate_qualification_from_worker(
            WorkerId=WORKER, QualificationTypeId=STUB_ID
        ),
        "SearchHITs, 100": lambda: mturk.list_hits(MaxResults=100),
        "GetAssignmentsForHIT, 100": lambda: mturk.list_assignments_for_hit(HITId=STUB_ID, MaxResults=100),
    }


# ---- starts ------------------------------------------------------------------------------------------------------------


def help_seconds(source: Path) -> float:
    """CPU seconds of `adapter --help`."""
    before = _ended()
    subprocess.run(
        (sys.executable, "-m", "adapter.cli", "--help"),
        cwd=source,
        env=measure.environment(source),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return _ended() - before


def _ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ready_seconds(source: Path) -> float:
    """CPU seconds of `adapter serve` with its own settings on an empty folder, until it says that it is ready."""
    with measure.gateway(source, settled=False) as server:
        limit = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.url}/readyz", timeout=10):
                return server.cpu()
            if time.monotonic() > limit:
                raise RuntimeError(f"not ready: {(server.data / 'bench.log').read_text()[-3000:]}")
            time.sleep(0.05)


STARTS: dict[str, tuple[float, Callable[[Path], float]]] = {
    "`adapter --help`": (0.3, help_seconds),
    "a server, until /readyz": (2.0, ready_seconds),
}

# ---- the table ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def source_at(commit: str) -> Iterator[Path]:
    """A work tree of that commit, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="adapter-bench-") as folder:
        source = Path(folder) / "before"
        git = ("git", "-C", str(measure.ROOT), "worktree")
        subprocess.run((*git, "add", "--quiet", "--detach", str(source), commit), check=True)
        try:
            yield source
        finally:
            subprocess.run((*git, "remove", "--force", str(source)), check=True)


def figures(
    name: str,
    limits: Limits,
    servers: Sequence[measure.Server],
    legacy: Sequence[Mapping[str, Call]],
    modern: tuple[Mapping[str, Call], Callable[[], float]],
    rounds: int,
    step: Callable[[], object],
) -> Iterator[list[str]]:
    """The lines of E or R: the legacy calls of each server by turns with the modern ones and what those are charged."""
    for call, (limit, number) in limits.items():
        contenders: dict[str, measure.Contender] = {"modern": (modern[0][call], modern[1])}
        for title, server, calls in zip(("legacy", "before"), servers, legacy, strict=False):
            contenders[title] = (calls[call], server.cpu)
        measured = measure.interleaved(contenders, calls=number, rounds=rounds, after_round=step)

        def over(other: str, measured: Mapping[str, list[float]] = measured) -> float:
            return measure.median([mine / its for mine, its in zip(measured["legacy"], measured[other], strict=True)])

        line = [call, name, rated(over("modern"), limit), f"{limit:.2f}"]
        line += [f"{measure.median(measured[title]):.2f}" for title in ("legacy", "modern")]
        if "before" in measured:
            line += [f"{measure.median(measured['before']):.2f}", rated(over("before"), OF_BEFORE)]
        yield line


def rated(value: float, limit: float) -> str:
    """A figure, in bold when it is over its limit."""
    return f"{value:.2f}" if round(value, 2) <= limit else f"**{value:.2f}**"


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ("---",) * len(head), *lines))


def run(sources: Sequence[Path], rounds: int, step: Callable[[], object]) -> tuple[list[list[str]], list[list[str]]]:
    """The lines of both tables; `step` is called after each part of the work."""
    starts = []
    for name, (limit, seconds) in STARTS.items():
        measured: list[list[float]] = [[] for _ in sources]
        for _ in range(STARTS_MEASURED):
            for source, found in zip(sources, measured, strict=True):
                found.append(seconds(source))
            step()
        middle = [measure.median(found) for found in measured]
        starts.append([name, rated(middle[0], limit), f"{limit:.2f}", *(f"{each:.2f}" for each in middle[1:])])
    with contextlib.ExitStack() as stack:
        studies = [stack.enter_context(study(source)) for source in sources]
        now = studies[0]
        altogether = now.modern(), lambda: time.process_time() + now.server.cpu()
        servers, legacy = [each.server for each in studies], [each.legacy() for each in studies]
        lines = list(figures("E", E, servers, legacy, altogether, rounds, step))
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(measure.stub())
        servers = [stack.enter_context(measure.gateway(each, upstream=upstream.url, workers=1)) for each in sources]
        legacy = [remote_calls(server) for server in servers]
        lines += figures("R", R, servers, legacy, (stub_calls(upstream), time.process_time), rounds, step)
    return lines, starts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", default="", metavar="COMMIT", help="measure the legacy calls of this commit too")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the result to this file too")
    parser.add_argument("--rounds", type=int, default=11)
    chosen = parser.parse_args()
    steps = STARTS_MEASURED * len(STARTS) + (len(E) + len(R)) * (chosen.rounds + 1)
    with contextlib.ExitStack() as stack:
        sources = [measure.ROOT]
        if chosen.against:
            sources.append(stack.enter_context(source_at(chosen.against)))
        bar = stack.enter_context(click.progressbar(length=steps, label="Measuring", file=sys.stderr))
        lines, starts = run(sources, chosen.rounds, lambda: bar.update(1))
    head = ["call", "figure", "is", "at most", "legacy, ms", "modern, ms"]
    begun = ["start", "CPU s", "at most"]
    if chosen.against:
        head += [f"legacy at {chosen.against}, ms", f"of it, at most {OF_BEFORE:.2f}"]
        begun.append(f"CPU s at {chosen.against}")
    about = (
        f"CPU time, medians of {chosen.rounds} rounds on {os.cpu_count()} processors with Python "
        f"{platform.python_version()}. A figure in bold misses its limit."
    )
    result = "\n\n".join((about, table(head, lines), table(begun, starts)))
    print(result)
    if chosen.output is not None:
        chosen.output.write_text(f"{result}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
