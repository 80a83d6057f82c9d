"""`adapter funds`: the money of accounts of the embedded marketplace, and where it went."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import click

from adapter.cli.support import (
    CommandError,
    account_of,
    account_option,
    existing_store,
    json_option,
    moment,
    print_json,
    print_list,
    settings_in_force,
)
from adapter.core import clock
from adapter.core.database import Connection, Store
from adapter.core.ids import entity_id
from adapter.core.store import balances
from adapter.core.store.balances import InsufficientFundsError
from adapter.marketplace.domain.payouts import amount_of

_REFERENCE = re.compile(r"\S(.{0,98}\S)?")
_COLUMNS = ("AVAILABLE", "HELD", "WORKERS", "FEES", "AVAILABLE THEN", "HELD THEN")
#: What a movement is called in a statement.
_KINDS = {"assignment": "reward"}

reference_option = click.option(
    "--reference",
    default=entity_id,
    metavar="TEXT",
    help="What the payment is known by, such as the number of a transfer; used again it changes nothing. By default a new one.",
)


@click.group()
def funds() -> None:
    """Show and change the money of an account of the embedded marketplace."""


@funds.command()
@account_option
@json_option
def show(account: str | None, as_json: bool) -> None:
    """Show what an account may spend, what is held for open work, and what went in and out."""
    with _account(account) as (store, account_id), store.read() as connection:
        available, held = balances.balances(connection, account_id)
        sums = balances.sums(connection, account_id)
    amounts = {
        "available": available,
        "held": held,
        "put in": -sums["deposits"],
        "to workers": sums["workers"],
        "fees": sums["fees"],
    }
    if as_json:
        print_json({"account": account_id, **{name.replace(" ", "_"): amount for name, amount in amounts.items()}})
        return
    click.echo(f"account     {account_id}")
    for name, amount in amounts.items():
        click.echo(f"{name:<12}{amount:>14,.2f}")


@funds.command()
@click.argument("amount")
@reference_option
@account_option
def deposit(amount: str, reference: str, account: str | None) -> None:
    """Put AMOUNT dollars on an account, once for a reference; a script that may be repeated gives one."""
    _move(amount, reference, account)


@funds.command()
@click.argument("amount")
@reference_option
@account_option
def withdraw(amount: str, reference: str, account: str | None) -> None:
    """Take AMOUNT dollars off what an account may spend, once for a reference."""
    _move(amount, reference, account, sign=-1)


@funds.command()
@account_option
@json_option
def ledger(account: str | None, as_json: bool) -> None:
    """Print the statement of an account: every movement, oldest first, and the balances after it.

    A hold keeps rewards and fees for open work, a release gives them back; rewards are paid out of what is held. The
    last column is the HIT of a hold, the assignment of a reward, or the reference of a deposit.
    """
    head = ("TIME", "WHAT", *_COLUMNS, "OF")
    with _account(account) as (store, account_id), store.read() as connection:
        movements = _movements(connection, account_id)
        if as_json:
            print_list(head, movements, as_json=True)
            return
        click.echo(_line("TIME", "WHAT", _COLUMNS, "OF"))
        for at, what, *changes, available, held, subject in movements:
            shown = [f"{each:+,.2f}" if each else "" for each in changes]
            click.echo(_line(at, what, (*shown, f"{available:,.2f}", f"{held:,.2f}"), subject or "-"))


def _movements(connection: Connection, account_id: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement, with the balances after each."""
    available = held = balances.ZERO
    for row in balances.statement(connection, account_id):
        available += row.available
        held += row.held
        what = "withdrawal" if row.kind == "deposit" and row.available < 0 else _KINDS.get(row.kind, row.kind)
        changes = (row.available, row.held, row.workers, row.fees)
        yield moment(row.created_at), what, *changes, available, held, row.subject_id


def _line(at: str, what: str, amounts: tuple[str, ...], subject: str) -> str:
    return f"{at:<20}  {what:<10}  " + "  ".join(f"{each:>14}" for each in amounts) + f"  {subject}"


@contextlib.contextmanager
def _account(account: str | None) -> Iterator[tuple[Store, str]]:
    settings = settings_in_force()
    if not settings.embedded:
        raise CommandError("money is kept by the endpoint that ADAPTER_UPSTREAM names, and by none here")
    with existing_store(settings) as store:
        yield store, account_of(store, account)


def _move(dollars: str, reference: str, account: str | None, *, sign: int = 1) -> None:
    """Put money on an account, or take it off, unless that was done under this reference."""
    if not _REFERENCE.fullmatch(reference):
        raise CommandError("a reference has 1 to 100 characters, and none is a line end")
    with _account(account) as (store, account_id):
        try:
            amount = sign * amount_of(dollars)
            with store.write(account_id) as connection:
                done = balances.deposit(connection, account_id, amount, clock.milliseconds(), reference)
                available, held = balances.balances(connection, account_id)
        except InsufficientFundsError:
            raise CommandError("there is not so much that may be spent: `adapter funds show` says how much") from None
        except ValueError as error:
            raise CommandError(str(error)) from error
    said = (
        f"{amount:+,.2f} under the reference {reference}" if done else f"nothing changed, {reference} was booked before"
    )
    click.echo(f"account {account_id}: {said}; {available:,.2f} available, {held:,.2f} held")


COMMANDS = (funds,)
