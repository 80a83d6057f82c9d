"""`adapter simulate`: scripted workers, so that a whole study can be rehearsed without people."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator

import click

from adapter.cli.support import CommandError, existing_store, settings_in_force
from adapter.core import clock
from adapter.core.database import Connection, Store
from adapter.core.worlds import worlds
from adapter.marketplace.domain import simulation
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.operations import registry
from adapter.marketplace.store import qualification_types
from adapter.marketplace.store.hits import find_hit
from adapter.marketplace.store.open_hits import count_slots

worker_option = click.option("--worker", metavar="WORKER_ID", help="Who does it; by default a new worker.")
ignore_option = click.option(
    "--ignore-requirements", is_flag=True, help="Let workers accept HITs whose Qualifications they do not have."
)


@click.group()
def simulate() -> None:
    """Let scripted workers use the embedded marketplace, also beside a running server."""


@simulate.command()
@click.argument("hit_id")
@worker_option
@click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="Answer this question so; repeatable.")
@click.option("--seed", type=int, help="The same seed gives the same answers.")
@ignore_option
def submit(
    hit_id: str, worker: str | None, answers: tuple[str, ...], seed: int | None, ignore_requirements: bool
) -> None:
    """One worker accepts HIT_ID and submits plausible answers; prints the AssignmentId."""
    with _marketplace(lambda connection: find_hit(connection, None, hit_id)) as store:
        click.echo(
            simulation.submit_one(
                store, hit_id, worker, _pairs(answers), seed=seed, ignore_requirements=ignore_requirements
            )
        )


@simulate.command()
@click.argument("qualification_type_id")
@worker_option
def request(qualification_type_id: str, worker: str | None) -> None:
    """One worker asks for a Qualification; prints `granted`, or the QualificationRequestId that waits for you."""
    with _marketplace(lambda connection: qualification_types.find(connection, qualification_type_id)) as store:
        outcome = simulation.request(store, qualification_type_id, worker)
    click.echo("granted" if outcome.status == "Granted" else outcome.qualification_request_id)


@simulate.command()
@click.option("--count", type=click.IntRange(1, 10_000), default=10, show_default=True, help="How many workers.")
@click.option(
    "--rate", type=click.FloatRange(0), default=0.0, help="Submissions per minute of all together; 0 for no limit."
)
@click.option(
    "--accuracy",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="Share of answers that agree with those of other accurate workers, and with known answers.",
)
@click.option("--abandon", type=click.FloatRange(0, 1), default=0.0, help="Share of accepted work given up.")
@click.option("--seed", type=int, help="The same seed gives the same workers and answers.")
@click.option("--until-idle", is_flag=True, help="Stop when nobody finds anything to do.")
@ignore_option
def workers(
    count: int,
    rate: float,
    accuracy: float,
    abandon: float,
    seed: int | None,
    until_idle: bool,
    ignore_requirements: bool,
) -> None:
    """Keep scripted workers answering open HITs until interrupted."""
    habits = simulation.Habits(count, rate, accuracy, abandon, ignore_requirements)
    done: Counter[str] = Counter()
    with _marketplace() as store:
        steps = simulation.keep_working(store, habits, seed, until_idle=until_idle)
        with store.read() as connection:
            length = count_slots(connection, clock.milliseconds()) if until_idle else None
        with (
            contextlib.suppress(KeyboardInterrupt),
            click.progressbar(steps, length=length, label="Answering HITs", show_pos=True) as bar,
        ):
            for step in bar:
                done[step.what] += 1
    click.echo(f"{done['Submitted']} submitted, {done['Returned']} returned, {done['Kept']} left to their deadline")


@contextlib.contextmanager
def _marketplace(find: Callable[[Connection], object] = lambda _: True) -> Iterator[Store]:
    """The store of the embedded marketplace; refusals of the marketplace become the command's own.

    What `find` does not find in production (None) may be in the sandbox: ids are of one world only, so that nothing can
    be mistaken.
    """
    settings = settings_in_force()
    sandboxes = [each for each in worlds(settings)[1:] if each.embedded]
    if not settings.embedded:
        raise CommandError("scripted workers need the embedded marketplace (ADAPTER_UPSTREAM=embedded)")
    registry.load()
    with contextlib.ExitStack() as opened:
        store = opened.enter_context(existing_store(settings))
        if sandboxes and not _has(store, find):
            beside = opened.enter_context(existing_store(sandboxes[0]))
            store = beside if _has(beside, find) else store
        try:
            yield store
        except TurkError as error:
            hint = ""
            if error.code.endswith("DoesNotMeetRequirements"):
                hint = "; --ignore-requirements lets them"
            reasons = error.reasons if isinstance(error, WorkerError) else {}
            told = " ".join(f"{name}: {reason}" for name, reason in reasons.items()) or error.message
            raise CommandError(f"{told} [{error.code}]{hint}") from None


def _has(store: Store, find: Callable[[Connection], object]) -> bool:
    with store.read() as connection:
        return find(connection) is not None


def _pairs(answers: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for each in answers:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise CommandError(f"--answer {each}: write NAME=VALUE")
        pairs[name] = value
    return pairs


COMMANDS = (simulate,)
