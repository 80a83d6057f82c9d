"""GetAccountBalance."""

from __future__ import annotations


def test_a_new_account_has_the_balance_of_the_settings(mturk):
    assert mturk.get_account_balance()["AvailableBalance"] == "10000.00"
