"""Paying out: never twice, never more than is owed, whoever repeats it and whoever else pays at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal

import pytest
from sqlalchemy import event

from adapter.core.database import open_store
from adapter.core.store import accounts
from adapter.marketplace.api.service import Marketplace
from adapter.marketplace.domain import payouts as payout_rules
from adapter.marketplace.domain.erasure import forget_worker
from adapter.marketplace.domain.payouts import Payout, PayoutError, amount_of, pay, pay_all
from adapter.marketplace.store import payouts
from tests.conftest import mturk_client
from tests.marketplace.workshop import a_hit, done, worker


@pytest.fixture
def earning(any_store, any_settings):
    """Lets a worker earn so many dollars."""
    mturk = mturk_client(Marketplace(any_settings, any_store), accounts.create_account(any_store, "Requester"))

    def earn(worker_id, reward, bonus=None):
        assignment_id = done(any_store, a_hit(mturk, Reward=reward), worker_id)
        mturk.approve_assignment(AssignmentId=assignment_id)
        if bonus:
            mturk.send_bonus(WorkerId=worker_id, AssignmentId=assignment_id, BonusAmount=bonus, Reason="Good")

    return earn


def standings(store):
    with store.read() as connection:
        return {each.worker_id: (each.earned, each.paid, each.owed) for each in payouts.standings(connection)}


def dollars(*texts):
    return tuple(Decimal(each) for each in texts)


def test_rewards_and_bonuses_are_owed_until_they_are_paid(any_store, earning):
    earning(worker(1), "1.10", "0.07")
    earning(worker(1), "2.00")
    earning(worker(2), "0.01")
    assert standings(any_store) == {worker(1): dollars("3.17", "0", "3.17"), worker(2): dollars("0.01", "0", "0.01")}
    pay(any_store, [Payout(worker(1), Decimal("3.00"), "May")])
    assert standings(any_store)[worker(1)] == dollars("3.17", "3.00", "0.17")


def test_a_repeated_reference_pays_nobody_twice_even_when_more_was_earned_meanwhile(any_store, earning):
    for number in (1, 2):
        earning(worker(number), "1.00")
    assert {each.new for each in pay_all(any_store, "May")} == {True}
    earning(worker(1), "5.00")
    assert [each.new for each in pay_all(any_store, "May")] == [False]
    assert standings(any_store)[worker(1)] == dollars("6.00", "1.00", "5.00")
    assert [each.amount for each in pay_all(any_store, "June")] == [Decimal("5.00")]


def test_what_contradicts_the_books_is_refused(any_store, earning):
    earning(worker(1), "1.00")
    pay(any_store, [Payout(worker(1), Decimal("0.40"), "May")])
    for wanted, problem in (
        (Payout(worker(1), Decimal("0.50"), "May"), r"was paid \$0.40 under May"),
        (Payout(worker(1), Decimal("0.61"), "June"), r"is owed \$0.60"),
        (Payout("A0NOBODY", Decimal("0.01"), "June"), "no worker A0NOBODY"),
        (Payout(worker(1), Decimal("0.01"), ""), "a reference has"),
        (Payout(worker(1), Decimal("0.01"), "x" * 101), "a reference has"),
        (Payout(worker(1), Decimal("0.01"), "a\nb"), "a reference has"),
    ):
        with pytest.raises(PayoutError, match=problem):
            pay(any_store, [wanted])
    assert standings(any_store)[worker(1)] == dollars("1.00", "0.40", "0.60")


@pytest.mark.parametrize("text", ["", "0", "0.00", "-1", "1.001", "1e3", "1,5", "NaN", "\u0661", "10000000000", "$5"])
def test_only_dollars_and_cents_are_an_amount(text):
    with pytest.raises(PayoutError):
        amount_of(text)


def test_two_who_pay_everybody_at_once_pay_everything_once(any_store, any_settings, earning, monkeypatch):
    monkeypatch.setattr(payout_rules, "AT_ONCE", 2)
    for number in range(5):
        earning(worker(number), "1.00")
    second = open_store(any_settings)
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(pay_all, (any_store, second), ("one", "two")))
    finally:
        second.close()
    assert set(standings(any_store).values()) == {dollars("1.00", "1.00", "0.00")}


def test_the_books_still_add_up_when_a_worker_is_forgotten(any_store, earning):
    earning(worker(1), "1.00")
    pay(any_store, [Payout(worker(1), Decimal("0.40"), "May")])
    pseudonym = forget_worker(any_store, worker(1), keep_answers=False)
    assert standings(any_store) == {pseudonym: dollars("1.00", "0.40", "0.60")}


def test_a_worker_who_is_paid_while_being_forgotten_is_not_owed_it_again(any_store, any_settings, earning):
    earning(worker(1), "1.00")
    second, under_way = open_store(any_settings), []

    def pay_now(_connection, _cursor, statement, *_):
        if statement.startswith("UPDATE payouts"):
            under_way.append(pool.submit(pay, second, [Payout(worker(1), Decimal("1.00"), "May")]))
            wait(under_way, 1)

    try:
        with ThreadPoolExecutor(1) as pool:
            event.listen(any_store.engine, "after_cursor_execute", pay_now)
            pseudonym = forget_worker(any_store, worker(1), keep_answers=True)
        with pytest.raises(PayoutError, match="no worker"):
            under_way[0].result()
    finally:
        second.close()
    assert standings(any_store) == {pseudonym: dollars("1.00", "0", "1.00")}
