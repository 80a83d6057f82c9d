"""Money: every movement balances, and the sum of movements is the balance."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, StatementError

from adapter.core.database.types import to_cents
from adapter.core.store import accounts, balances
from adapter.core.store.tables import ledger as table


@pytest.mark.parametrize("amount", [0.5, 1, "0.50", None])
def test_money_is_a_decimal_and_nothing_else(amount):
    with pytest.raises(TypeError):
        to_cents(amount)


@pytest.mark.parametrize("text", ["0.001", "0.009", "1e-3"])
def test_a_fraction_of_a_cent_is_refused(text):
    with pytest.raises(ValueError, match="fraction"):
        to_cents(Decimal(text))


def test_a_float_never_reaches_the_database(any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    row = {"account_id": account_id, "transaction_id": "t", "kind": "x", "created_at": 1, "available": 0.5}
    others = {"held": Decimal(0), "workers": Decimal(0), "fees": Decimal(0), "deposits": Decimal("-0.5")}
    with pytest.raises(StatementError), any_store.write(account_id) as connection:
        connection.execute(table.insert(), row | others)


def test_a_movement_that_does_not_balance_is_refused_by_the_code_and_by_the_database(any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    with any_store.write(account_id) as connection, pytest.raises(ValueError, match="balance"):
        balances.post(connection, account_id, "x", 1, available=Decimal(1))
    names = ("held", "workers", "fees", "deposits")
    row = {"account_id": account_id, "transaction_id": "t", "kind": "x", "created_at": 1, "available": Decimal(1)}
    with pytest.raises(IntegrityError), any_store.write(account_id) as connection:
        connection.execute(table.insert(), row | dict.fromkeys(names, Decimal(0)))


AMOUNTS = st.integers(1, 600_000).map(lambda cents: Decimal(cents).scaleb(-2))
KINDS = ("hold", "release", "pay", "bonus", "deposit")


@given(moves=st.lists(st.tuples(st.sampled_from(KINDS), AMOUNTS), max_size=12))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_balances_are_the_sum_of_the_movements_and_never_negative(any_store, moves):
    account_id = accounts.create_account(any_store, "x").account_id
    for kind, amount in moves:
        legs = {
            "hold": {"available": -amount, "held": amount},
            "release": {"available": amount, "held": -amount},
            "pay": {"held": -amount, "workers": amount},
            "bonus": {"available": -amount, "workers": amount},
            "deposit": {"available": amount, "deposits": -amount},
        }[kind]
        with any_store.read() as connection:
            before = balances.balances(connection, account_id)
        try:
            with any_store.write(account_id) as connection:
                balances.post(connection, account_id, kind, 1, **legs)
            after = (before[0] + legs.get("available", 0), before[1] + legs.get("held", 0))
            assert min(after) >= 0
        except balances.InsufficientFundsError:
            after = before
        with any_store.read() as connection:
            assert balances.balances(connection, account_id) == after
            sums = balances.sums(connection, account_id)
        assert (sums["available"], sums["held"]) == after
        assert sum(sums.values()) == 0
