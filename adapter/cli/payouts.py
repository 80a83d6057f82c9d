"""`adapter workers owed` and `adapter workers pay`: what workers have earned, and what of it was paid out."""

from __future__ import annotations

import csv
import sys
from decimal import Decimal
from pathlib import Path

import click

from adapter.cli.support import CommandError, existing_store, harmless, json_option, print_list
from adapter.marketplace.domain.payouts import Paid, Payout, PayoutError, amount_of, pay, pay_all
from adapter.marketplace.store import payouts
from adapter.pages.store.worker_accounts import worker_id_of

#: A CSV may be so large, which is far more than anybody pays at once.
MOST_BYTES = 64 << 20


@click.command()
@click.option("--all", "everybody", is_flag=True, help="Those who are paid up, too.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, which `adapter workers pay --csv` takes back.")
@json_option
def owed(everybody: bool, as_csv: bool, as_json: bool) -> None:
    """Show the workers who are owed money, with what they earned and what they were paid."""
    with existing_store() as store, store.read() as connection:
        found = [each for each in payouts.standings(connection) if everybody or each.owed > 0]
    rows = [(each.worker_id, each.name, each.email, each.earned, each.paid, each.owed) for each in found]
    if as_csv:
        written = csv.writer(sys.stdout, lineterminator="\n")
        written.writerow(("worker_id", "name", "email", "earned", "paid", "amount"))
        written.writerows((row[0], *map(harmless, row[1:3]), *row[3:]) for row in rows)
        return
    print_list(("WORKER ID", "NAME", "EMAIL", "EARNED", "PAID", "OWED"), rows, as_json=as_json, empty="nobody")


@click.command("pay")
@click.argument("worker", required=False)
@click.argument("amount", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody, what each is owed.")
@click.option(
    "--csv", "file", metavar="FILE", help="Those in a CSV: worker_id, amount, and reference unless given here."
)
@click.option(
    "--reference", metavar="TEXT", help="What the transfer is known by; under one reference a worker is paid once."
)
def pay_(worker: str | None, amount: str | None, everybody: bool, file: str | None, reference: str | None) -> None:
    """Note that workers were paid: WORKER (a WorkerId or name) AMOUNT, or --all, or --csv FILE. No money is moved.

    A repeat with the same reference notes nothing twice.
    """
    if [worker is not None, everybody, file is not None].count(True) != 1 or (worker is None) != (amount is None):
        raise click.UsageError("name either WORKER and AMOUNT, or --all, or --csv FILE")
    if reference is None and file is None:
        raise click.UsageError("--reference TEXT is needed: it keeps a repeat from paying twice")
    with existing_store() as store:
        try:
            if file is not None:
                outcomes = pay(store, _read(file, reference))
            elif everybody:
                outcomes = pay_all(store, reference or "")
            else:
                with store.read() as connection:
                    worker_id = worker_id_of(connection, worker or "")
                outcomes = pay(store, [Payout(worker_id, amount_of(amount or ""), reference or "")])
        except PayoutError as error:
            raise CommandError(str(error)) from error
    _tell(outcomes)


def _tell(outcomes: list[Paid]) -> None:
    new = [each for each in outcomes if each.new]
    for each in new:
        click.echo(f"{each.worker_id} is paid ${each.amount}")
    earlier = len(outcomes) - len(new)
    together = sum((each.amount for each in new), Decimal("0.00"))
    click.echo(
        f"{len(new)} payout{'s' * (len(new) != 1)}, ${together} in all"
        + (f"; {earlier} noted before" if earlier else "")
    )


def _read(file: str, reference: str | None) -> list[Payout]:
    """The lines of a CSV; one that cannot be read stops before anything is noted."""
    path = Path(file)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise OSError("it is too large")
        lines = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
        found = []
        for each in lines:
            if not (each.get("worker_id") or "").strip() or (each.get("amount") or "").strip() == "":
                raise PayoutError("a worker_id and an amount are needed")
            name = (each.get("reference") or "").strip() or reference or ""
            found.append(Payout(each["worker_id"].strip(), amount_of(each["amount"].strip()), name))
    except PayoutError as error:
        raise PayoutError(f"{file}, line {lines.line_num}: {error}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PayoutError(f"{file} cannot be read: {error}") from error
    if len({(each.worker_id, each.reference) for each in found}) < len(found):
        raise PayoutError(f"{file} names a worker twice under one reference")
    return found


COMMANDS = (owed, pay_)
