"""`adapter people`: who may sign in to the console."""

from __future__ import annotations

import click

from adapter.cli.support import (
    existing_store,
    json_option,
    migrated_store,
    moment,
    password_file_option,
    print_list,
    read_password,
    settings_in_force,
)
from adapter.core.settings import Settings
from adapter.pages.store import people as rows

_role = click.option(
    "--role", type=click.Choice(rows.ROLES), default=rows.OPERATOR, show_default=True, help="What they may do."
)


@click.group()
def people() -> None:
    """Let people sign in to the console: add, invite, list and remove them, and set their passwords."""


@people.command()
@click.argument("name")
@_role
@password_file_option
def add(name: str, role: str, password_file: str | None) -> None:
    """Let somebody sign in as NAME (a name or an e-mail address) with a password that you choose."""
    password = read_password(password_file)
    with migrated_store() as store:
        person = rows.create_person(store, name, role, password)
    click.echo(f"{person.name} signs in as {person.role}")


@people.command()
@click.argument("name")
@_role
def invite(name: str, role: str) -> None:
    """Let somebody sign in as NAME (a name or an e-mail address), and print the link by which they choose a password."""
    settings = settings_in_force()
    with migrated_store(settings) as store:
        person = rows.create_person(store, name, role)
        click.echo(_link(settings, rows.create_link(store, person.name)))


@people.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Show all people who may sign in to the console."""
    with existing_store() as store:
        listed = rows.list_people(store)
    shown = [(each.name, each.role, moment(each.created_at), bool(each.ready)) for each in listed]
    print_list(("NAME", "ROLE", "CREATED", "HAS PASSWORD"), shown, as_json=as_json)


@people.command()
@click.argument("name")
def remove(name: str) -> None:
    """Stop letting somebody in, and sign them out everywhere."""
    with existing_store() as store:
        rows.remove_person(store, name)
    click.echo(f"{name} is removed")


@people.command()
@click.argument("name")
@click.option("--link", is_flag=True, help="Print a link by which they choose it themselves, instead.")
@password_file_option
def password(name: str, link: bool, password_file: str | None) -> None:
    """Set another password for somebody, and sign them out everywhere."""
    settings = settings_in_force()
    with existing_store(settings) as store:
        if link:
            click.echo(_link(settings, rows.create_link(store, name)))
            return
        rows.set_password(store, name, read_password(password_file))
    click.echo(f"the password of {name} is set")


def _link(settings: Settings, token: str) -> str:
    return f"{settings.home.address}/console/password?token={token}"


COMMANDS = (people,)
