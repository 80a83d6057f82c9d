"""Every movement of money: one balanced ledger row, and the balances it changes, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from adapter.core.database.types import Money
from adapter.core.ids import entity_id
from adapter.core.store.tables import accounts, ledger

ZERO = Decimal("0.00")

_move = (
    update(accounts)
    .where(accounts.c.account_id == bindparam("of"))
    .values(
        balance=accounts.c.balance + bindparam("more", type_=Money),
        held=accounts.c.held + bindparam("kept", type_=Money),
    )
    .returning(accounts.c.balance, accounts.c.held)
)
#: Of deposits the subject is the reference that was given.
_with_reference = select(ledger.c.available).where(
    ledger.c.subject_id == bindparam("reference"), ledger.c.account_id == bindparam("of"), ledger.c.kind == "deposit"
)
_statement = (
    select(ledger)
    .where(ledger.c.account_id == bindparam("of"), ledger.c.seq > bindparam("after"))
    .order_by(ledger.c.seq)
    .limit(1000)
)
_below = select(func.count()).where(accounts.c.enabled, accounts.c.balance < bindparam("amount", type_=Money))
_balances = select(accounts.c.balance, accounts.c.held).where(accounts.c.account_id == bindparam("of"))


class InsufficientFundsError(Exception):
    """The account does not have the money; the transaction must be rolled back."""


def post(
    connection: Connection,
    account_id: str,
    kind: str,
    at: int,
    *,
    available: Decimal = ZERO,
    held: Decimal = ZERO,
    workers: Decimal = ZERO,
    fees: Decimal = ZERO,
    deposits: Decimal = ZERO,
    subject_id: str | None = None,
    transaction_id: str | None = None,
) -> None:
    """Write one movement and change the account's balances by it.

    The five amounts are changes, in dollars, and add up to nothing: `available` is what the requester may spend,
    `held` is kept for assignments that may still be approved, `workers` and `fees` went out, `deposits` is negative
    for money that came in. Raises ValueError when they do not add up, InsufficientFundsError when a balance would
    fall below zero.
    """
    if available + held + workers + fees + deposits != 0:
        raise ValueError(f"{kind}: the movement does not balance")
    row = connection.execute(_move, {"of": account_id, "more": available, "kept": held}).one()
    if (available < 0 and row.balance < 0) or (held < 0 and row.held < 0):
        raise InsufficientFundsError(account_id)
    connection.execute(
        insert(ledger),
        {
            "account_id": account_id,
            "transaction_id": transaction_id or entity_id(),
            "kind": kind,
            "subject_id": subject_id,
            "created_at": at,
            "available": available,
            "held": held,
            "workers": workers,
            "fees": fees,
            "deposits": deposits,
        },
    )


def deposit(connection: Connection, account_id: str, amount: Decimal, at: int, reference: str | None = None) -> bool:
    """Put money on an account; a negative amount takes it off. False when the reference was used for this before.

    The transaction must hold the account, so that of two with one reference the second sees the first. Raises
    InsufficientFundsError, and ValueError for a reference that was used for another amount.
    """
    if reference is not None:
        before = connection.execute(_with_reference, {"of": account_id, "reference": reference}).first()
        if before is not None and before.available != amount:
            raise ValueError(f"the reference {reference} was used for {before.available:+.2f} dollars")
        if before is not None:
            return False
    post(connection, account_id, "deposit", at, available=amount, deposits=-amount, subject_id=reference)
    return True


def statement(connection: Connection, account_id: str) -> Iterator[Row[Any]]:
    """All movements of an account, oldest first, as rows of the ledger."""
    after = 0
    while page := connection.execute(_statement, {"of": account_id, "after": after}).all():
        yield from page
        after = page[-1].seq


def balances(connection: Connection, account_id: str) -> tuple[Decimal, Decimal]:
    """What the account may spend and what is held, in dollars."""
    row = connection.execute(_balances, {"of": account_id}).one()
    return row.balance, row.held


def sums(connection: Connection, account_id: str) -> dict[str, Decimal]:
    """The sum of each column of the account's ledger, in dollars; `available` and `held` equal its balances."""
    names = ("available", "held", "workers", "fees", "deposits")
    columns: list[Any] = [func.coalesce(func.sum(ledger.c[name]), ZERO, type_=Money).label(name) for name in names]
    row = connection.execute(select(*columns).where(ledger.c.account_id == account_id)).one()
    return {name: getattr(row, name) for name in names}


def count_below(connection: Connection, amount: Decimal) -> int:
    """How many enabled accounts may spend less than this amount of dollars."""
    return int(connection.execute(_below, {"amount": amount}).scalar_one())
