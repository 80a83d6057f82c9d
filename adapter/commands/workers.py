"""`adapter workers`: the workers who can sign in on the worker pages."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from adapter.commands.support import migrated_store, settings_in_force, table
from adapter.store import worker_accounts


@click.group()
def workers() -> None:
    """Make and list workers, and set their passwords."""


@workers.command()
@click.argument("name")
@click.option("--password-file", metavar="FILE", help="Where the password stands; `-` is standard input.")
def add(name: str, password_file: str | None) -> None:
    """Make a worker who signs in with this name, and show the WorkerId."""
    password = _password(password_file)
    with migrated_store(settings_in_force()) as store:
        worker = worker_accounts.create_worker(store, name, password)
    click.echo(f"worker {worker.worker_id} signs in as {worker.name}")


@workers.command("list")
def list_() -> None:
    """Show all workers who can sign in."""
    with migrated_store(settings_in_force()) as store:
        listed = worker_accounts.list_workers(store)
    rows = [
        (each.worker_id, each.name, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each.created_at / 1000)))
        for each in listed
    ]
    click.echo(table(("WORKER ID", "NAME", "CREATED"), rows))


@workers.command()
@click.argument("name")
@click.option("--password-file", metavar="FILE", help="Where the password stands; `-` is standard input.")
def password(name: str, password_file: str | None) -> None:
    """Set another password for a worker, and sign the worker out everywhere."""
    new = _password(password_file)
    with migrated_store(settings_in_force()) as store:
        worker_accounts.set_password(store, name, new)
    click.echo(f"the password of {name} is set")


def _password(file: str | None) -> str:
    """A password from a file, else asked for twice; never an argument, which other users of the machine could read."""
    if file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    if file is not None:
        return Path(file).read_text(encoding="utf-8").strip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer


COMMANDS = (workers,)
