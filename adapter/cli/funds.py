"""`adapter funds`: the money of accounts of the embedded marketplace, and where it went."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from decimal import Decimal

import click

from adapter.cli.support import CommandError, account_of, account_option, existing_store, settings_in_force
from adapter.core import clock
from adapter.core.database import Store
from adapter.core.ids import entity_id
from adapter.core.store import balances
from adapter.core.store.balances import InsufficientFundsError

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?", re.ASCII)
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
def show(account: str | None) -> None:
    """Show what an account may spend, what is held for open work, and what went in and out."""
    with _account(account) as (store, account_id), store.read() as connection:
        available, held = balances.balances(connection, account_id)
        sums = balances.sums(connection, account_id)
    click.echo(f"account     {account_id}")
    for name, amount in {
        "available": available,
        "held": held,
        "put in": -sums["deposits"],
        "to workers": sums["workers"],
        "fees": sums["fees"],
    }.items():
        click.echo(f"{name:<12}{amount:>14,.2f}")


@funds.command()
@click.argument("amount")
@reference_option
@account_option
def deposit(amount: str, reference: str, account: str | None) -> None:
    """Put AMOUNT dollars on an account, once for a reference; a script that may be repeated gives one."""
    _move(_dollars(amount), reference, account)


@funds.command()
@click.argument("amount")
@reference_option
@account_option
def withdraw(amount: str, reference: str, account: str | None) -> None:
    """Take AMOUNT dollars off what an account may spend, once for a reference."""
    _move(-_dollars(amount), reference, account)


@funds.command()
@account_option
def ledger(account: str | None) -> None:
    """Print the statement of an account: every movement, oldest first, and the balances after it.

    A hold keeps rewards and fees for open work, a release gives them back; rewards are paid out of what is held. The
    last column is the HIT of a hold, the assignment of a reward, or the reference of a deposit.
    """
    with _account(account) as (store, account_id), store.read() as connection:
        available = held = balances.ZERO
        click.echo(_line("TIME", "WHAT", _COLUMNS, "OF"))
        for row in balances.statement(connection, account_id):
            available += row.available
            held += row.held
            what = "withdrawal" if row.kind == "deposit" and row.available < 0 else _KINDS.get(row.kind, row.kind)
            changes = [f"{each:+,.2f}" if each else "" for each in (row.available, row.held, row.workers, row.fees)]
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row.created_at / 1000))
            click.echo(_line(moment, what, (*changes, f"{available:,.2f}", f"{held:,.2f}"), row.subject_id or "-"))


def _line(moment: str, what: str, amounts: tuple[str, ...], subject: str) -> str:
    return f"{moment:<20}  {what:<10}  " + "  ".join(f"{each:>14}" for each in amounts) + f"  {subject}"


@contextlib.contextmanager
def _account(account: str | None) -> Iterator[tuple[Store, str]]:
    settings = settings_in_force()
    if not settings.embedded:
        raise CommandError("money is kept by the endpoint that ADAPTER_UPSTREAM names, and by none here")
    with existing_store(settings) as store:
        yield store, account_of(store, account)


def _dollars(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text) or not Decimal(text):
        raise CommandError(f"{text!r} is no amount: write dollars and cents, such as 12.50")
    return Decimal(text).quantize(Decimal("0.01"))


def _move(amount: Decimal, reference: str, account: str | None) -> None:
    """Put money on an account, or take it off, unless that was done under this reference."""
    if not _REFERENCE.fullmatch(reference):
        raise CommandError("a reference has 1 to 100 characters, and none is a line end")
    with _account(account) as (store, account_id):
        try:
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
