"""`adapter serve` and `adapter worker`: the processes that run for as long as the service does."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import click

from adapter.commands.support import migrated_store, settings_in_force, warn_of_unknown
from adapter.networks import networks_of
from adapter.settings import Settings, SettingsError
from adapter.store import accounts
from adapter.store.engine import Store, open_store
from adapter.wire import signature
from adapter.wire.request import SERVICE

LOG = logging.getLogger("adapter.worker")

#: Seconds between two looks for work, and the longest pause after failures.
EVERY_SECONDS = 1.0
LONGEST_PAUSE = 60.0
#: Jobs with a thread of their own, because they wait for other machines, and the seconds between two of their rounds.
APART = {"notifications": 0.3, "events": 0.01, "sweep": 1.0}


@click.command()
@click.option(
    "--worker/--no-worker", default=True, help="Whether `adapter worker` runs beside the server; it does by default."
)
def serve(worker: bool) -> None:
    """Migrate the database, then serve on ADAPTER_HOST and ADAPTER_PORT until told to stop.

    On the very first start an account is made and its key pair printed, unless ADAPTER_ROOT_ACCESS_KEY_ID brings one.
    """
    from adapter import create_app, serving  # noqa: PLC0415 (other commands need not wait for the server's imports)

    settings = settings_in_force()
    warn_of_unknown()
    networks_of(settings)  # what is no network is refused here and not by every process
    with migrated_store(settings) as store:
        if welcome := first_account(store, settings):
            click.echo(welcome)
            sys.stdout.flush()
    companion = [sys.executable, "-m", "adapter.cli", "worker", "--parent", str(os.getpid())]
    serving.serve(settings, partial(create_app, settings), companion if worker else ())


def first_account(store: Store, settings: Settings) -> str:
    """Import the key pair of the settings, or make the first account; what to show when the key is new, else ''."""
    known = accounts.list_keys(store)
    if settings.root_access_key_id:
        if not settings.root_secret_access_key:
            raise SettingsError("ADAPTER_ROOT_SECRET_ACCESS_KEY is missing beside ADAPTER_ROOT_ACCESS_KEY_ID")
        key = accounts.import_key(store, "root", settings.root_access_key_id, settings.root_secret_access_key)
        shown = ""
    elif known:
        return ""
    else:
        key = accounts.create_account(store, "first")
        shown = (
            "The first account was made. Its key pair is shown this once:\n\n"
            f"    access key id       {key.access_key_id}\n    secret access key   {key.secret_access_key}\n\n"
        )
    if any(each.access_key_id == key.access_key_id for each in known):
        return ""
    paste = sample_call(key, settings)
    return f"{shown}A signed call of 2006, to paste within 15 minutes into another terminal:\n\n    {paste}\n"


def sample_call(key: accounts.Key, settings: Settings) -> str:
    """The sample call of the 2006-10-31 reference as a curl command, signed with this key."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    signed = signature.sign(key.secret_access_key, f"{SERVICE}RevokeQualification{moment}")
    parameters = {
        "Service": SERVICE,
        "AWSAccessKeyId": key.access_key_id,
        "Version": "2006-10-31",
        "Operation": "RevokeQualification",
        "Signature": signed,
        "Timestamp": moment,
        "SubjectId": "AZ3456EXAMPLE",
        "QualificationTypeId": "789RVWYBAZW00EXAMPLE",
        "Reason": "You have not been using the site",
    }
    fields = " ".join(f"--data-urlencode '{name}={value}'" for name, value in parameters.items())
    return f"curl -sG '{public_address(settings)}/onca/xml' {fields}"


def public_address(settings: Settings) -> str:
    """The address that a client on this machine uses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 (read, not bound)
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"


@click.command()
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer the parent.")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def worker(parent: int | None, once: bool) -> None:
    """Do what is due without a caller: expire HITs, approve what waited long enough, finish what was begun, send notifications.

    `adapter serve` runs one beside it. Several may run at once, also on several machines.
    """
    settings = settings_in_force()
    if parent is None:
        warn_of_unknown()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if not once:
        LOG.info("worker started")
    store = open_store(settings)
    try:
        store.migrate()
        work = jobs(settings, store)
        if once:
            for job in work.values():
                getattr(job, "finish", job)()
            return
        run_all(work, stopping, lambda: parent is not None and os.getppid() != parent)
    finally:
        store.close()
    LOG.info("worker stopped")


def jobs(settings: Settings, store: Store) -> dict[str, Callable[[], object]]:
    """What the worker does, by name. Each job is short, and safe to run in several processes at once."""
    from adapter.application import upstream_of  # noqa: PLC0415 (other commands need not wait for boto3)
    from adapter.bridge.delivery import Dispatcher  # noqa: PLC0415
    from adapter.bridge.inbox import Inbox  # noqa: PLC0415
    from adapter.bridge.sweep import Sweep  # noqa: PLC0415
    from adapter.marketplace.leftovers import Leftovers  # noqa: PLC0415
    from adapter.marketplace.timers import run_due  # noqa: PLC0415
    from adapter.operations import disabling, extending, ledger, looks  # noqa: PLC0415
    from adapter.store.upkeep import Upkeep  # noqa: PLC0415

    upstream = upstream_of(settings, store)
    work: dict[str, Callable[[], object]] = {
        "disabling": partial(disabling.run_due, store, settings, upstream),
        "extensions": partial(extending.run_due, store, settings, upstream),
        "upkeep": Upkeep(store, settings.snapshot_seconds),
        "notifications": Dispatcher(store, settings),
    }
    if settings.embedded:
        work["timers"] = partial(run_due, store)
        work["leftovers"] = Leftovers(store)
    else:
        work["ledger"] = partial(ledger.run_due, store, settings, upstream)
        work["looks"] = looks.Looker(store, settings, upstream)
        if settings.events_queue_url:
            work["events"] = Inbox(store, settings, upstream, observers=[ledger.observe])
        elif settings.notification_poll_seconds:
            work["sweep"] = Sweep(store, settings, upstream)
    return work


def run_all(work: dict[str, Callable[[], object]], stopping: threading.Event, orphaned: Callable[[], bool]) -> None:
    """Run the jobs until told to stop; those that wait for others' machines in threads of their own.

    What a job has under way is waited for at the end, except for a long poll, which may be cut off at any time.
    """
    apart = {name: job for name, job in work.items() if name in APART}
    threads = {}
    for name, job in apart.items():
        arguments = ({name: job}, stopping, orphaned, APART[name])
        threads[name] = threading.Thread(target=run, args=arguments, name=name, daemon=True)
        threads[name].start()
    run({name: job for name, job in work.items() if name not in apart}, stopping, orphaned)
    stopping.set()
    for name, job in apart.items():
        if close := getattr(job, "close", None):
            # its round must be over, or it would begin what nobody waits for
            threads[name].join()
            close()


def run(
    work: dict[str, Callable[[], object]],
    stopping: threading.Event,
    orphaned: Callable[[], bool],
    every: float = EVERY_SECONDS,
) -> None:
    """Run the jobs again and again until told to stop; a job that fails is tried again after a growing pause."""
    pauses = dict.fromkeys(work, 0.0)
    resume = dict.fromkeys(work, 0.0)
    while not stopping.is_set() and not orphaned():
        for name, job in work.items():
            if stopping.is_set() or resume[name] > time.monotonic():
                continue
            try:
                job()
            except Exception:
                pauses[name] = min(max(pauses[name] * 2, EVERY_SECONDS), LONGEST_PAUSE)
                resume[name] = time.monotonic() + pauses[name]
                LOG.exception("%s failed; tried again in %.0f seconds", name, pauses[name])
            else:
                pauses[name] = 0.0
        stopping.wait(every)


COMMANDS = (serve, worker)
