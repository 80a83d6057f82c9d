"""`adapter export` and `adapter erase`: what is kept about an account or a worker, and how a worker is forgotten."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from adapter.cli.support import CommandError, existing_store, progress, settings_in_force, whole_file
from adapter.core.database import Connection
from adapter.core.database.metadata import metadata
from adapter.core.database.rows import rows_about
from adapter.core.store import tables as core_tables
from adapter.legacy import usage
from adapter.legacy.store import kept_calls
from adapter.legacy.store import tables as legacy_tables
from adapter.marketplace.domain.erasure import forget_worker
from adapter.marketplace.domain.uploads import folder_of
from adapter.marketplace.errors import WorkerError
from adapter.marketplace.store import erasure, worker_tables
from adapter.marketplace.store import tables as marketplace_tables
from adapter.marketplace.store.worker_records import find_worker
from adapter.notifications.store import deliveries
from adapter.notifications.store import tables as notification_tables
from adapter.pages.store import people_tables, worker_accounts
from adapter.pages.store import tables as page_tables

#: Where the tables stand that say something about accounts and workers; importing them makes them known.
PARTS = (core_tables, marketplace_tables, worker_tables, legacy_tables, notification_tables, page_tables, people_tables)


@click.command()
@click.argument("whose", metavar="ACCOUNT_ID|WORKER")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(whose: str, file: Path) -> None:
    """Write all that is kept about an account, or a worker (a WorkerId or the name to sign in with), to the zip FILE.

    One file of JSON lines for each table, and the uploaded files. Secrets and hashes of passwords are not in it.
    """
    settings = settings_in_force()
    if file.exists():
        raise CommandError(f"{file} is there already; name a new file")
    with existing_store(settings) as store, store.read() as connection, whole_file(file) as draft:
        account = any(any(rows) for _, rows in rows_about(connection, [core_tables.accounts], "account_id", whose))
        column = "account_id" if account else "worker_id"
        value = whose if account else worker_accounts.worker_id_of(connection, whose)
        found = dict(rows_about(connection, metadata.sorted_tables, column, value))
        if account:
            found |= {"topic_subscriptions": _subscriptions(connection, value)}
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            number = sum(_write(archive, name, rows) for name, rows in found.items())
            if number == 0:
                raise CommandError(
                    f"nothing is kept about {whose}; `adapter keys list` shows the accounts, `adapter workers list` the workers"
                )
            of = {"account_id": value} if account else {"worker_id": value}
            locations = [each.location for each in erasure.uploads_of(connection, **of)]
            for location in progress(locations, "Uploaded files"):
                _add(archive, folder_of(settings), location)
    click.echo(f"{file}: {number:,} rows, {len(locations)} uploaded files")


def _subscriptions(connection: Connection, account_id: str) -> Iterator[dict[str, Any]]:
    """The endpoints of the account's topics, whose table knows only the topics."""
    for _, topics in rows_about(connection, [notification_tables.topics], "account_id", account_id):
        for topic in list(topics):
            for _, rows in rows_about(
                connection, [notification_tables.topic_subscriptions], "topic_arn", topic["topic_arn"]
            ):
                yield from rows


def _write(archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> int:
    """One table as JSON lines; returns the number of its rows."""
    number = 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as lines:
        for row in rows:
            number += 1
            lines.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return number


def _add(archive: zipfile.ZipFile, folder: Path, location: str) -> None:
    """One uploaded file; what lies in S3 is named in its row, and one may be deleted meanwhile."""
    if location.startswith("s3://"):
        return
    with contextlib.suppress(FileNotFoundError), (folder / location).open("rb") as content:
        name = zipfile.ZipInfo(f"uploads/{Path(location).name}")
        with archive.open(name, "w", force_zip64=True) as target:
            shutil.copyfileobj(content, target)


@click.command()
@click.argument("worker")
@click.option("--keep-answers", is_flag=True, help="Keep what the worker answered and uploaded, without the name.")
@click.option("--yes", is_flag=True, help="Do not ask; there is no way back.")
def erase(worker: str, keep_answers: bool, yes: bool) -> None:
    """Forget WORKER (a WorkerId or the name to sign in with): all rows get a pseudonym, and what says who it was goes.

    Work, decisions, rewards and the ledger stay as they are, so that the requesters' accounts still add up.
    """
    settings = settings_in_force()
    if not settings.embedded:
        raise CommandError("workers are known to the endpoint that ADAPTER_UPSTREAM names, and to none here")
    with existing_store(settings) as store:
        with store.read() as connection:
            worker_id = worker_accounts.worker_id_of(connection, worker)
            known = find_worker(connection, worker_id)
        if not yes:
            click.confirm(f"Forget the worker {worker_id} for good?", abort=True, err=True)
        # first of all nobody can act as this worker any more
        worker_accounts.forget(store, worker_id)
        try:
            pseudonym = forget_worker(store, worker_id, keep_answers=keep_answers)
        except WorkerError as error:
            raise CommandError(f"{error.message} `adapter workers list` shows those who sign in.") from error
        if known is not None and known.email:
            deliveries.forget_mail(store, known.email)
        if usage.keeps_calls(settings):
            # running servers still hold what was called in the last seconds
            time.sleep(usage.FLUSH_SECONDS + 1)
            kept_calls.clear(store)
    click.echo(f"the worker is forgotten; the work stays as that of {pseudonym}")


COMMANDS = (export, erase)
