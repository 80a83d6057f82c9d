"""Money of HITs: fees, what is held for open assignments, what approvals and bonuses pay."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapter.core.settings import Settings
from adapter.core.store.balances import ZERO, post
from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.errors import invalid_value, out_of_range
from adapter.marketplace.store.hits import Hit

CENT = Decimal("0.01")
LARGE = 10
MASTERS_PERCENT = 5
#: The most dollars one assignment or bonus may pay: keeps every sum within the database's integers.
MOST = Decimal(1_000_000)
#: The general Masters types of production and sandbox, which raise the fee; those for one kind of work do not.
MASTERS = frozenset({"2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"})

_AMOUNT = re.compile(r"[0-9]{1,9}\.?[0-9]{0,2}", re.ASCII)


def dollars(text: str, parameter: str) -> Decimal:
    """An amount as the API writes it ("5", "0.5", "0.50") with two decimals.

    Raises TurkError for another spelling and for more than $1,000,000.
    """
    if not _AMOUNT.fullmatch(text) or Decimal(text) > MOST:
        raise out_of_range(text[:32], parameter, 0, int(MOST))
    return Decimal(text).quantize(CENT)


def fee_of_assignment(
    settings: Settings, reward: Decimal, max_assignments: int, requirements: list[dict[str, Any]]
) -> Decimal:
    """The fee on each assignment, in dollars, fixed when the HIT is created.

    One percentage of the reward (the settings' fee, their further fee from 10 assignments on, 5 for Masters), rounded
    half up to cents, at least one cent. Nothing is charged on a reward of nothing, nor when the fee is set to 0.
    """
    percent = settings.fee_percent
    if max_assignments >= LARGE:
        percent += settings.fee_percent_large
    if any(each["QualificationTypeId"] in MASTERS for each in requirements):
        percent += MASTERS_PERCENT
    return _fee(settings, reward, percent)


def fee_of_bonus(settings: Settings, amount: Decimal) -> Decimal:
    """The fee on a bonus, in dollars: the settings' fee, at least one cent, nothing when it is set to 0."""
    return _fee(settings, amount, settings.fee_percent)


def _fee(settings: Settings, amount: Decimal, percent: int) -> Decimal:
    if not settings.fee_percent or not amount:
        return ZERO
    return max(CENT, (amount * percent / 100).quantize(CENT, ROUND_HALF_UP))


def hold(call: ServiceCall, old: Hit | None, new: Hit) -> None:
    """Hold or release what a change of a HIT asks for; `old` is None for a new HIT.

    Held are reward and fee of every assignment that is accepted, submitted, approved but not yet paid, or free while
    the HIT has not expired. Raises InsufficientFundsError.
    """
    change = _liability(new)
    if old is not None:
        change += (new.approved - old.approved) * (new.reward + new.fee) - _liability(old)
    if change:
        available, deposits = _from(call.settings, change)
        post(
            call.connection,
            call.account_id,
            "hold" if change > 0 else "release",
            call.now,
            available=available,
            held=change,
            deposits=deposits,
            subject_id=new.hit_id,
        )


def _from(settings: Settings, amount: Decimal) -> tuple[Decimal, Decimal]:
    """The changes of what is available and of deposits by which an amount is spent, or comes back where it is negative.

    The balance of a sandbox stays what it is, as Amazon's did: what is spent there comes in at that moment.
    """
    return (ZERO, -amount) if settings.in_sandbox else (-amount, ZERO)


def _liability(hit: Hit) -> Decimal:
    open_now = hit.accepted + hit.submitted
    if hit.expired_at is None and hit.disposed_at is None:
        open_now += hit.free
    return open_now * (hit.reward + hit.fee)


def pay_assignment(call: ServiceCall, hit: Hit, assignment_id: str) -> None:
    """Pay an approved assignment from what is held for it; once per approval, after its counters changed."""
    post(
        call.connection,
        call.account_id,
        "assignment",
        call.now,
        held=-(hit.reward + hit.fee),
        workers=hit.reward,
        fees=hit.fee,
        subject_id=assignment_id,
    )


def pay_bonus(call: ServiceCall, amount: Decimal, subject_id: str) -> Decimal:
    """Pay a bonus and its fee from what is available; returns the fee.

    Raises InsufficientFundsError, and TurkError for an amount that is not positive.
    """
    if amount <= 0:
        raise invalid_value(amount, "BonusAmount")
    fee = fee_of_bonus(call.settings, amount)
    available, deposits = _from(call.settings, amount + fee)
    post(
        call.connection,
        call.account_id,
        "bonus",
        call.now,
        available=available,
        workers=amount,
        fees=fee,
        deposits=deposits,
        subject_id=subject_id,
    )
    return fee
