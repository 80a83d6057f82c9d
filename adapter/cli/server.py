"""`adapter serve` and `adapter scheduler`: the processes that run for as long as the service does."""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from adapter.cli.support import CommandError, migrated_store, public_address, settings_in_force, warn_of_unknown
from adapter.core.database import Store, open_store
from adapter.core.egress import networks_of
from adapter.core.settings import Settings, SettingsError
from adapter.core.store import accounts
from adapter.core.worlds import worlds
from adapter.legacy.protocol import signature
from adapter.legacy.protocol.request import SERVICE

LOG = logging.getLogger("adapter.scheduler")


@click.command()
@click.option(
    "--scheduler/--no-scheduler",
    default=True,
    help="Whether what is due is done beside the server, in a process of its own; it is by default.",
)
def serve(scheduler: bool) -> None:
    """Migrate the database, then serve on ADAPTER_HOST and ADAPTER_PORT until told to stop.

    On the very first start an account is made and its key pair printed, unless ADAPTER_ROOT_ACCESS_KEY_ID brings one.
    """
    settings = settings_in_force()
    warn_of_unknown()
    with metrics_folder(settings):
        run_server(settings, scheduler=scheduler)


@contextlib.contextmanager
def metrics_folder(settings: Settings) -> Iterator[None]:
    """Where the processes keep their figures, if there are to be any. It ends with this process, not with its copies."""
    if not settings.metrics_port:
        yield
        return
    made_by = os.getpid()
    # what adapter.core.metrics counts with looks for it
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder = tempfile.mkdtemp(prefix="adapter-metrics-")
    try:
        yield
    finally:
        if os.getpid() == made_by:
            shutil.rmtree(folder, ignore_errors=True)


def run_server(settings: Settings, *, scheduler: bool) -> None:
    """Serve until told to stop; see the command."""
    # what is imported stays, and looking through it for garbage would cost each process a tenth of a second
    gc.disable()
    # other commands need not wait for these; what is imported here is so in every process, as they are copies of this one
    from adapter import app, server  # noqa: PLC0415
    from adapter.cli import doctor  # noqa: PLC0415
    from adapter.pages.console.frame import check_settings  # noqa: PLC0415
    from adapter.pages.content.host import host_pattern  # noqa: PLC0415
    from adapter.server.metrics import Endpoint  # noqa: PLC0415

    gc.freeze()
    gc.enable()

    # what cannot be used is refused here and not by every process
    networks_of(settings)
    check_settings(settings)
    if settings.root_access_key_id and not settings.root_secret_access_key:
        raise SettingsError("ADAPTER_ROOT_SECRET_ACCESS_KEY is missing beside ADAPTER_ROOT_ACCESS_KEY_ID")
    for world in worlds(settings):
        host_pattern(world)
    refuse_missing_packages(settings)
    refuse_taken_address(settings.host, settings.port)
    if settings.metrics_port:
        refuse_taken_address(settings.metrics_host, settings.metrics_port, "METRICS_HOST", "METRICS_PORT")
    for world in worlds(settings):
        with migrated_store(world) as store:
            if welcome := first_account(store, world):
                click.echo(welcome)
                sys.stdout.flush()
    made: list[Any] = []

    def make() -> Any:
        made.append(app.build(settings, doctor.findings))
        return made[-1]

    due_work = partial(run_due_jobs, settings) if scheduler else None
    endpoint = Endpoint(settings, app.figures) if settings.metrics_port else None
    try:
        server.serve(settings, make, due_work, endpoint)
    finally:
        # each server process, which is a copy of this one, ends here
        for each in made:
            app.close(each)


def refuse_missing_packages(settings: Settings) -> None:
    """Find out whether traces can be sent where they are wanted. Raises SettingsError."""
    if settings.traces_url and not find_spec("opentelemetry"):
        raise SettingsError("ADAPTER_TRACES_URL: traces need more packages: pip install 'mturk-legacy-adapter[traces]'")


def refuse_taken_address(host: str, port: int, host_setting: str = "HOST", port_setting: str = "PORT") -> None:
    """Find out whether this address can be listened on, before anything is made. Raises CommandError."""
    host = host.strip("[]")
    if host.startswith("unix:"):
        if not os.access(folder := Path(host.removeprefix("unix:")).absolute().parent, os.W_OK | os.X_OK):
            raise CommandError(f"ADAPTER_{host_setting}: no socket can be made in {folder}")
        return
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"ADAPTER_{port_setting}: {port} is taken on {host}; stop what listens there, or name another"
        elif error.errno == errno.EACCES:
            reason = f"ADAPTER_{port_setting}: this user may not listen on {port}; name a port from 1024 on"
        else:
            reason = f"ADAPTER_{host_setting}: {host!r} is no address of this machine ({error.strerror}); 0.0.0.0 is all of them"
        raise CommandError(reason) from error


def first_account(store: Store, settings: Settings) -> str:
    """Import the key pair of the settings, or make the first account; what to show when the key is new, else ''."""
    known = accounts.list_keys(store)
    if settings.root_access_key_id:
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


def run_due_jobs(settings: Settings, stopping: threading.Event) -> None:
    """Do what is due in each world, again and again, until told to stop."""
    from adapter.app import due_jobs  # noqa: PLC0415 (other commands need not wait for boto3)
    from adapter.server.scheduler import run_all  # noqa: PLC0415

    if settings.traces_url:
        from adapter.core import traces  # noqa: PLC0415 (only where they are wanted)

        traces.start(settings.traces_url)
    LOG.info("scheduler started")
    stores = {"sandbox " if each.in_sandbox else "": open_store(each) for each in worlds(settings)}
    try:
        jobs = {
            world + name: job
            for world, store in stores.items()
            for name, job in due_jobs(store.settings, store).items()
        }
        run_all(jobs, stopping)
    finally:
        for store in stores.values():
            store.close()
    LOG.info("scheduler stopped")


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def scheduler(once: bool) -> None:
    """Do what is due without a caller: expire HITs, approve what waited long enough, finish what was begun, send notifications.

    `adapter serve` runs one beside it. Several may run at once, also on several machines.
    """
    settings = settings_in_force()
    warn_of_unknown()
    refuse_missing_packages(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for world in worlds(settings):
        with migrated_store(world) as store:
            if once:
                from adapter.app import due_jobs  # noqa: PLC0415 (other commands need not wait for boto3)

                for job in due_jobs(world, store).values():
                    getattr(job, "finish", job)()
    if not once:
        with answered_metrics(settings):
            run_due_jobs(settings, stopping)


@contextlib.contextmanager
def answered_metrics(settings: Settings) -> Iterator[None]:
    """The port on which this process answers Prometheus, if it is to."""
    if not settings.scheduler_metrics_port:
        yield
        return
    refuse_taken_address(
        settings.metrics_host, settings.scheduler_metrics_port, "METRICS_HOST", "SCHEDULER_METRICS_PORT"
    )
    own = replace(settings, metrics_port=settings.scheduler_metrics_port)
    with metrics_folder(own):
        from adapter.app import figures  # noqa: PLC0415 (other commands need not wait for boto3)
        from adapter.server.metrics import Endpoint  # noqa: PLC0415

        endpoint = Endpoint(own, figures)
        endpoint.answer()
        try:
            yield
        finally:
            endpoint.close()


COMMANDS = (serve, scheduler)
