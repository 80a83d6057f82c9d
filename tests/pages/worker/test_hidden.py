"""What a worker hides, in both databases."""

from __future__ import annotations

from adapter.core.store import accounts
from adapter.marketplace.store import worker_records
from adapter.pages.store import hidden
from tests.marketplace.store.test_open_groups import fill


def test_what_is_hidden_is_named_the_latest_first_and_shown_again(any_store):
    (kind,) = fill(any_store, groups=1, each=1)
    lab = accounts.create_account(any_store, "A lab").account_id
    with any_store.write() as connection:
        worker_records.put_worker(connection, "A1", 0)
        worker_records.put_worker(connection, "A2", 0)
    for each in (kind, lab, kind):
        assert hidden.hide(any_store, "A1", each)
    with any_store.read() as connection:
        assert hidden.ids(connection, "A1") == {kind, lab}
        assert hidden.ids(connection, "A2") == frozenset()
        found = {row.hidden_id: (row.requester, row.title) for row in hidden.named(connection, "A1")}
        assert found == {kind: ("Requester", kind), lab: ("A lab", None)}
        there = [hidden.can_be_hidden(connection, each) for each in (kind, lab, "3NOTHING")]
        assert there == [True, True, False]
    hidden.show(any_store, "A1", kind)
    hidden.show(any_store, "A1", kind)
    with any_store.read() as connection:
        assert hidden.ids(connection, "A1") == {lab}
