"""Paying out: what the operator has transferred to workers is noted, each transfer once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from adapter.core import clock
from adapter.core.database import Connection, Store
from adapter.marketplace.store import payouts
from adapter.marketplace.store.worker_records import lock_worker

LONGEST_REFERENCE = 100
#: Workers noted in one transaction, so that nobody waits long.
AT_ONCE = 100

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?", re.ASCII)


class PayoutError(ValueError):
    """A payout cannot be noted; the message is for the operator."""


class Payout(NamedTuple):
    """What a worker was paid under a reference; `amount` None stands for all that is owed."""

    worker_id: str
    amount: Decimal | None
    reference: str


class Paid(NamedTuple):
    """What became of a payout: `new` is False where it had been noted before."""

    worker_id: str
    amount: Decimal
    new: bool


def amount_of(text: str) -> Decimal:
    """An amount of dollars as people write it, such as 12.50. Raises PayoutError."""
    if not _AMOUNT.fullmatch(text) or not Decimal(text):
        raise PayoutError(f"{text[:32]!r} is no amount; write dollars and cents, such as 12.50")
    return Decimal(text).quantize(Decimal("0.01"))


def pay(store: Store, wanted: Sequence[Payout]) -> list[Paid]:
    """Note payouts. One that is noted already, by its worker and reference, stays as it is, so that a repeat pays nobody twice.

    Raises PayoutError for an unknown worker, more than is owed, or a reference that paid the worker something else; what
    stood before it in the list may then be noted, and a repeat goes on from there.
    """
    for each in wanted:
        if not 0 < len(each.reference) <= LONGEST_REFERENCE or not each.reference.isprintable():
            raise PayoutError(f"a reference has 1 to {LONGEST_REFERENCE} printable characters")
    outcomes: list[Paid] = []
    for start in range(0, len(wanted), AT_ONCE):
        with store.write() as connection:
            part = wanted[start : start + AT_ONCE]
            # in one order, so that two who pay at once wait for each other and never both
            outcomes += [_pay(connection, each) for each in sorted(part, key=lambda each: each.worker_id)]
    return outcomes


def _pay(connection: Connection, wanted: Payout) -> Paid:
    worker_id, amount, reference = wanted
    if not lock_worker(connection, worker_id):
        raise PayoutError(
            f"there is no worker {worker_id}; `adapter workers owed` lists those who have earned anything"
        )
    if (before := payouts.find_payout(connection, worker_id, reference)) is not None:
        if amount not in {None, before.amount}:
            raise PayoutError(f"{worker_id} was paid ${before.amount} under {reference}, and not ${amount}")
        return Paid(worker_id, before.amount, new=False)
    owed = payouts.owed(connection, worker_id)
    if amount is None:
        amount = max(owed, Decimal("0.00"))
    if amount > owed:
        raise PayoutError(f"{worker_id} is owed ${owed}, which is less than ${amount}")
    if amount:
        payouts.add_payout(connection, worker_id, amount, reference, clock.milliseconds())
    return Paid(worker_id, amount, new=bool(amount))


def pay_all(store: Store, reference: str) -> list[Paid]:
    """Note that everybody was paid what is owed, under one reference; who was paid under it before is left out."""
    with store.read() as connection:
        wanted = [Payout(each.worker_id, None, reference) for each in payouts.standings(connection) if each.owed > 0]
    return pay(store, wanted)
