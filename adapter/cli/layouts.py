"""`adapter layouts`: HIT layouts, the documents that HITLayoutId names."""

from __future__ import annotations

from pathlib import Path

import click

from adapter.cli.support import (
    CommandError,
    account_of,
    account_option,
    existing_store,
    json_option,
    moment,
    print_list,
)
from adapter.marketplace.domain.layouts import LayoutRefusedError, register_layout
from adapter.marketplace.questions.layouts import placeholders
from adapter.marketplace.store.layouts import find_layout, list_layouts


@click.group()
def layouts() -> None:
    """Register and show HIT layouts: pages with ${name} where each HIT has its own value."""


@layouts.command()
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@account_option
def add(name: str, file: Path, account: str | None) -> None:
    """Register a layout from FILE, HTML (a fragment or a page) or a question document, and print its HITLayoutId."""
    try:
        template = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text: {error}") from error
    with existing_store() as store:
        try:
            click.echo(register_layout(store, account_of(store, account), name, template))
        except LayoutRefusedError as error:
            raise CommandError(f"{file}: {error}") from error


@layouts.command("list")
@account_option
@json_option
def list_(account: str | None, as_json: bool) -> None:
    """Show the layouts of an account and their parameters."""
    with existing_store() as store:
        account_id = account_of(store, account)
        with store.read() as connection:
            listed = list_layouts(connection, account_id)
    rows = [(each.layout_id, each.name, moment(each.created_at), list(placeholders(each.template))) for each in listed]
    print_list(("HIT LAYOUT ID", "NAME", "CREATED", "PARAMETERS"), rows, as_json=as_json)


@layouts.command()
@click.argument("layout_id")
@account_option
def show(layout_id: str, account: str | None) -> None:
    """Print a layout's document."""
    with existing_store() as store:
        account_id = account_of(store, account)
        with store.read() as connection:
            found = find_layout(connection, account_id, layout_id)
    if found is None:
        raise CommandError(f"there is no layout {layout_id} of account {account_id}")
    click.echo(found.template, nl=not found.template.endswith("\n"))


COMMANDS = (layouts,)
