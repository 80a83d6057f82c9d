"""`adapter workers`: the workers who can sign in on the worker pages."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import click

from adapter.cli import payouts
from adapter.cli.support import (
    CommandError,
    existing_store,
    json_option,
    migrated_store,
    moment,
    password_file_option,
    print_list,
    read_password,
)
from adapter.core import clock
from adapter.marketplace.store import worker_messages
from adapter.pages.store import worker_accounts


@click.group()
def workers() -> None:
    """Make, list and change workers, note what they were paid, and read what they wrote."""


def _known(command: Callable[..., None]) -> Callable[..., None]:
    """The options by which HITs choose workers, and where mail goes."""
    for option in (
        click.option(
            "--masters/--no-masters", default=None, help="Whether the worker holds the Masters Qualifications."
        ),
        click.option("--adult/--no-adult", default=None, help="Whether the worker may be shown content for adults."),
        click.option("--subdivision", metavar="CODE", help="State or province, such as CA."),
        click.option("--country", metavar="CODE", help="Country as two letters, such as US."),
        click.option("--email", metavar="ADDRESS", help="Where messages to the worker are mailed, too."),
    ):
        command = option(command)
    return command


@workers.command()
@click.argument("name")
@password_file_option
@_known
def add(name: str, password_file: str | None, **known: str | bool | None) -> None:
    """Make a worker who signs in with this name, and show the WorkerId."""
    password = read_password(password_file)
    with migrated_store() as store:
        worker = worker_accounts.create_worker(store, name, password, **known)
    click.echo(f"worker {worker.worker_id} signs in as {worker.name}")


@workers.command()
@click.argument("name")
@_known
def change(name: str, **known: str | bool | None) -> None:
    """Change what is known of a worker; what is not named stays as it is."""
    with existing_store() as store:
        worker_id = worker_accounts.change_worker(store, name, **known)
    click.echo(f"worker {worker_id} is changed")


@workers.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show all workers who can sign in."""
    with existing_store() as store:
        listed = worker_accounts.list_workers(store)
    rows = [(each.worker_id, each.name, moment(each.created_at)) for each in listed]
    print_list(("WORKER ID", "NAME", "CREATED"), rows, as_json=as_json)


@workers.command()
@click.argument("name")
@password_file_option
def password(name: str, password_file: str | None) -> None:
    """Set another password for a worker, and sign the worker out everywhere."""
    new = read_password(password_file)
    with existing_store() as store:
        worker_accounts.set_password(store, name, new)
    click.echo(f"the password of {name} is set")


@workers.command()
@click.option("--all", "everything", is_flag=True, help="Those that are dealt with, too.")
@click.option("--done", metavar="NUMBER", type=click.IntRange(1, 2**63 - 1), help="Mark one as dealt with instead.")
@json_option
def reports(everything: bool, done: int | None, as_json: bool) -> None:
    """Show what workers wrote: HITs that they report as broken, and letters to requesters."""
    with existing_store() as store:
        if done is not None:
            with store.write() as connection:
                if not worker_messages.close_letter(connection, done, clock.milliseconds()):
                    raise CommandError(f"there is no report {done} that waits; `adapter workers reports` lists them")
            click.echo(f"report {done} is dealt with")
            return
        with store.read() as connection:
            found = worker_messages.list_letters(connection, everything=everything)
    rows = [
        (
            each.seq,
            moment(each.created_at),
            each.kind,
            each.worker_id,
            each.account_id,
            each.requester,
            each.hit_id or "",
            each.subject,
            each.body if as_json else textwrap.shorten(each.body, 200, placeholder=" …"),
        )
        for each in found
    ]
    head = ("NUMBER", "WRITTEN", "KIND", "WORKER ID", "ACCOUNT", "REQUESTER", "HIT", "SUBJECT", "TEXT")
    print_list(head, rows, as_json=as_json, empty="none")


for each in payouts.COMMANDS:
    workers.add_command(each)

COMMANDS = (workers,)
