"""UniqueRequestToken: per account and operation, for 24 hours."""

from __future__ import annotations

from adapter.core.store import accounts
from adapter.marketplace.domain.idempotency import recall, remember
from adapter.marketplace.domain.transactions import writing
from adapter.marketplace.store import idempotency


def test_a_token_is_known_to_its_account_and_operation_for_a_day(any_store, later):
    one, two = (accounts.create_account(any_store, name).account_id for name in ("one", "two"))
    with writing(any_store, one) as call:
        assert recall(call, "CreateHIT", "t") is None
        remember(call, "CreateHIT", "t", {"HITId": "3H"})
        remember(call, "CreateHIT", None, {"HITId": "3X"})
        assert recall(call, "CreateHIT", "t") == {"HITId": "3H"}
        assert recall(call, "SendBonus", "t") is None
        assert recall(call, "CreateHIT", None) is None
    with writing(any_store, two) as call:
        assert recall(call, "CreateHIT", "t") is None
    later(24 * 3600 - 10)
    with writing(any_store, one) as call:
        assert recall(call, "CreateHIT", "t") == {"HITId": "3H"}
    later(24 * 3600 + 10)
    with writing(any_store, one) as call:
        assert recall(call, "CreateHIT", "t") is None
        remember(call, "CreateHIT", "t", {"HITId": "3N"})
        assert recall(call, "CreateHIT", "t") == {"HITId": "3N"}


def test_expired_tokens_are_swept_away(any_store):
    account_id = accounts.create_account(any_store, "x").account_id
    with any_store.write(account_id) as connection:
        idempotency.keep(connection, account_id, "a", "old", 1, 0, 10)
        idempotency.keep(connection, account_id, "a", "new", 1, 0, 20)
        assert idempotency.purge(connection, 10) == 1
        assert idempotency.find(connection, account_id, "a", "new", 10) == 1
