"""`adapter report`: what old clients really use, with which programs and errors, and what of it is known to be different."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from adapter.cli.support import CommandError, existing_store, harmless, settings_in_force, table
from adapter.core import clock
from adapter.core.store import accounts
from adapter.legacy.operations.differences import DIFFERENCES
from adapter.legacy.store import usage

_SINCE = re.compile(r"([1-9][0-9]{0,3})d")
_HEAD = ("OPERATION", "VERSION", "PROTOCOL", "CLIENT", "CALLS", "ERRORS", "LAST")


@click.command()
@click.option("--since", default="30d", show_default=True, metavar="DAYS", help="How far back, such as 30d.")
@click.option("--account", metavar="ACCOUNT_ID", help="Of one account; absent: of all.")
@click.option("--csv", "form", flag_value="csv", help="One line for each way in which an operation is called.")
@click.option("--json", "form", flag_value="json", help="The same, with members and differences, for programs.")
@click.option("--html", "form", flag_value="html", help="A page to send to somebody.")
def report(since: str, account: str | None, form: str | None) -> None:
    """Show what each account uses: operations, versions, members, client programs, errors, and known differences.

    Running servers count calls and write the counts down every few seconds; days are those of UTC.
    """
    if not (days := _SINCE.fullmatch(since)):
        raise CommandError(f"--since {since}: write a number of days, such as 30d")
    settings = settings_in_force()
    start = clock.milliseconds() - (int(days[1]) - 1) * usage.DAY
    with existing_store(settings) as store:
        names = {each.account_id: each.name for each in accounts.list_keys(store)}
        with store.read() as connection:
            calls = usage.calls_since(connection, start)
            members = usage.members_since(connection, start)
    wanted = sorted({row.account_id for row in calls} & ({account} if account else {row.account_id for row in calls}))
    found = [_account(each, names.get(each, ""), calls, members) for each in wanted]
    if not found and form is None:
        off = "" if settings.usage_days else "; ADAPTER_USAGE_DAYS=0 keeps no count of them"
        click.echo(f"no call of a legacy operation in these {days[1]} days{off}")
        return
    click.echo(_FORMS[form]({"since": _day(start // usage.DAY), "accounts": found}).rstrip("\n"))


def _account(account_id: str, name: str, calls: Any, members: Any) -> dict[str, Any]:
    uses: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in calls:
        if row.account_id == account_id:
            way = (row.operation, row.version, row.protocol, row.client)
            use = uses.setdefault(
                way,
                dict(
                    zip(("operation", "version", "protocol", "client"), way, strict=True), calls=0, errors={}, last=""
                ),
            )
            use["calls"] += int(row.calls)
            use["last"] = max(use["last"], _day(row.last))
            if row.outcome != "-":
                use["errors"][row.outcome] = int(row.calls)
    used = [
        {"operation": row.operation, "member": row.member, "calls": int(row.calls)}
        for row in members
        if row.account_id == account_id
    ]
    whole = {(use["operation"], "") for use in uses.values()} | {(each["operation"], each["member"]) for each in used}
    different = [
        {"operation": operation, "member": member, "difference": each.says, "heading": each.heading}
        for operation, member in sorted(whole)
        for each in DIFFERENCES
        if each.concerns(operation, member)
    ]
    return {"account": account_id, "name": name, "uses": list(uses.values()), "members": used, "differences": different}


def _day(day: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(day * usage.DAY / 1000))


def _cells(use: dict[str, Any]) -> tuple[str, ...]:
    errors = ", ".join(f"{code} {number}" for code, number in sorted(use["errors"].items()))
    return (use["operation"], use["version"], use["protocol"], use["client"], str(use["calls"]), errors, use["last"])


def _members(account: dict[str, Any]) -> list[tuple[str, ...]]:
    """The members of each operation, the most used first."""
    by_operation: dict[str, list[tuple[int, str]]] = {}
    for each in account["members"]:
        by_operation.setdefault(each["operation"], []).append((-each["calls"], each["member"]))
    return [
        (operation, ", ".join(f"{name} {-number}" for number, name in sorted(found)))
        for operation, found in by_operation.items()
    ]


def _tables(account: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """What is said of an account: captions, heads and rows."""
    yield "Calls", _HEAD, [_cells(each) for each in account["uses"]]
    yield "Members, and calls with them", ("OPERATION", "MEMBERS, AND CALLS WITH THEM"), _members(account)
    different: list[tuple[str, ...]] = [
        (f"{each['operation']} {each['member']}".strip(), each["difference"], each["heading"])
        for each in account["differences"]
    ]
    if different:
        head = ("KNOWN DIFFERENCE OF", "WHAT", "docs/compatibility.md")
        yield "Known differences from the old service", head, different


def _text(found: dict[str, Any]) -> str:
    parts = []
    for each in found["accounts"]:
        parts += [f"account {each['account']} {each['name']}, since {found['since']}".replace(" ,", ","), ""]
        for _, head, rows in _tables(each):
            parts += [table(head, rows), ""]
    return "\n".join(parts)


def _csv(found: dict[str, Any]) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("account", *(each.lower() for each in _HEAD), "differences"))
    for account in found["accounts"]:
        for use in account["uses"]:
            says = [each["difference"] for each in account["differences"] if each["operation"] == use["operation"]]
            writer.writerow(map(harmless, (account["account"], *_cells(use), " ".join(says))))
    return lines.getvalue()


def _html(found: dict[str, Any]) -> str:
    from adapter.pages.formats import templates  # noqa: PLC0415 (the other forms need not wait for it)

    return templates().get_template("report.html").render(found, tables_of=_tables)


_FORMS: dict[str | None, Callable[[dict[str, Any]], str]] = {
    None: _text,
    "csv": _csv,
    "json": lambda found: json.dumps(found, indent=1, ensure_ascii=False),
    "html": _html,
}

COMMANDS = (report,)
