"""`adapter operations` and `adapter settings`: what there is, from the code itself, also as the pages of docs/."""

from __future__ import annotations

from dataclasses import fields

import click

from adapter.cli.support import json_option, markdown_table, print_list, settings_in_force
from adapter.core.settings import Settings, variable
from adapter.core.versions import NEWEST, VERSIONS


@click.command()
@click.option("--markdown", is_flag=True, help="Print docs/operations.md.")
@json_option
def operations(markdown: bool, as_json: bool) -> None:
    """List the legacy operations and the modern calls that each is made of."""
    if markdown:
        click.echo(operations_page())
        return
    print_list(*_operations(), as_json=as_json)


@click.command()
@click.option("--markdown", is_flag=True, help="Print docs/settings.md.")
@json_option
def settings(markdown: bool, as_json: bool) -> None:
    """List the settings and the values in force; of secrets only whether they are set."""
    if markdown:
        click.echo(settings_page())
        return
    values = settings_in_force()
    rows = []
    for each in fields(Settings):
        value = getattr(values, each.name)
        shown = ("(set)" if value else "(not set)") if each.metadata["secret"] else str(value)
        rows.append((variable(each.name), shown, value != each.default))
    print_list(("SETTING", "VALUE", "CHANGED"), rows, as_json=as_json)


def operations_page() -> str:
    """The text of docs/operations.md."""
    head, rows = _operations()
    return (
        "# Operations\n\n"
        "Every operation of the legacy API, the versions that have it, and the calls of the 2017-01-17 API that it is\n"
        "made of. This page is printed by `adapter operations --markdown`; do not edit it.\n\n"
        + markdown_table(head, rows)
    )


def settings_page() -> str:
    """The text of docs/settings.md."""
    rows = []
    for each in fields(Settings):
        default = "" if each.default == "" else f"`{each.default}`"
        secret = (
            " Secret; may be read from the file that `" + variable(each.name) + "_FILE` names."
            if each.metadata["secret"]
            else ""
        )
        rows.append((f"`{variable(each.name)}`", default, each.metadata["help"] + secret))
    table_of_settings = markdown_table(("Setting", "Default", "Meaning"), rows)
    return (
        "# Settings\n\n"
        "A setting is an environment variable; else a line `NAME=value` of the file that ADAPTER_SETTINGS_FILE names;\n"
        "else its default holds. `adapter settings` shows the values in force. This page is printed by\n"
        "`adapter settings --markdown`; do not edit it.\n\n" + table_of_settings
    )


def _operations() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from adapter.legacy.operations.registry import load  # noqa: PLC0415 (the other command need not wait for it)

    rows: list[tuple[str, ...]] = []
    for name, each in sorted(load().items()):
        versions = f"{'' if each.since == VERSIONS[0] else each.since} - {'' if each.until == NEWEST else each.until}"
        rows.append((name, "all" if versions == " - " else versions.strip(), *each.summary))
    return ("Operation", "Versions", "What it does", "Modern calls"), rows


COMMANDS = (operations, settings)
