"""The queries of HITs use their indexes on both databases, however many HITs there are."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal

import pytest
from sqlalchemy import event, insert, text

from adapter.core.store import accounts
from adapter.marketplace.store import hits
from adapter.marketplace.store import tables as schema
from adapter.marketplace.store.sorted_pages import HITS as LISTED
from adapter.marketplace.store.sorted_pages import Part, sorted_rows

OWNERS, TYPES, HITS = 20, 40, 12_000


@pytest.fixture
def filled(any_store):
    """A store with the HITs of twenty accounts, a tenth of them Reviewable, and up-to-date statistics."""
    owners = [accounts.create_account(any_store, name).account_id for name in map(str, range(OWNERS))]
    with any_store.write() as connection:
        connection.execute(
            insert(schema.hit_types),
            [
                {
                    "hit_type_id": f"3T{number:03d}",
                    "account_id": owners[number % OWNERS],
                    "hit_group_id": f"3G{number:03d}",
                    "identity": str(number),
                    "title": f"{'aZä '[number // 20 % 4]}{number}",
                    "description": "d",
                    "reward": Decimal("0.10"),
                    "assignment_duration": 60,
                    "auto_approval_delay": 0,
                    "requirements": [],
                    "created_at": 0,
                }
                for number in range(TYPES)
            ],
        )
        connection.execute(
            insert(schema.hit_type_requirements),
            [
                {"hit_type_id": f"3T{number:03d}", "qualification_type_id": f"3Q{number % 20}"}
                for number in range(TYPES)
            ],
        )
        connection.execute(
            insert(schema.hits),
            [
                {
                    "hit_id": f"3H{number:05d}",
                    "account_id": owners[number % OWNERS],
                    "hit_type_id": f"3T{number % TYPES:03d}",
                    "question": "q" * 500,
                    "max_assignments": 1,
                    "created_with": 1,
                    "reward": Decimal("0.10"),
                    "fee": Decimal("0.02"),
                    "status": "Disposed" if number % 7 == 0 else "Reviewable" if number % 10 == 0 else "Assignable",
                    "review_status": "NotReviewed",
                    "created_at": number,
                    "expires_at": number,
                    "disposed_at": 1 if number % 7 == 0 else None,
                }
                for number in range(HITS)
            ],
        )
        connection.execute(text("ANALYZE"))
    any_store.owner = owners[0]
    return any_store


def plan_of(store, ask):
    """What the database does for the first statement of a function of the store: a list, and not its length."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    explain = "EXPLAIN QUERY PLAN " if store.sqlite else "EXPLAIN (COSTS OFF) "
    with store.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        assert ask(connection)
        statement, parameters = sent[0]
        rows = connection.exec_driver_sql(explain + statement, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


def sorted_hits(connection, owner, filters, part):
    alive = {} if "status" in filters else {"alive": True}
    rows, total = sorted_rows(connection, LISTED, {"account_id": owner, **alive, **filters}, part)
    return hits.hits_of(rows), total


def sorted_page(sort, filters):
    return lambda connection, owner: sorted_hits(connection, owner, filters, Part(sort, True, 300, 10))[0]


PAGES = {
    "ListHITs": (lambda connection, owner: hits.list_hits(connection, owner, 3000, 10), "ix_hits_listed"),
    "ListReviewableHITs": (
        lambda connection, owner: hits.list_hits_by_status(connection, owner, None, "Reviewable", 3000, 10),
        "ix_hits_account_id_status_seq",
    ),
    "ListReviewableHITs of a type": (
        lambda connection, owner: hits.list_hits_by_status(connection, owner, "3T020", "Reviewable", 3000, 10),
        "ix_hits_hit_type_id_status_seq",
    ),
    "ListHITsForQualificationType": (
        lambda connection, owner: hits.list_hits_by_qualification_type(connection, owner, "3Q0", 3000, 10),
        "ix_hits_listed",
    ),
    "sorted by creation": (sorted_page("CreationTime", {}), "ix_hits_listed"),
}


#: PostgreSQL takes these where a list is long enough (see test_deep_pages).
SORTED = {
    "sorted by reward": (sorted_page("Reward", {}), "ix_hits_by_reward"),
    "sorted by expiration": (sorted_page("Expiration", {}), "ix_hits_by_expiration"),
    "Reviewable ones sorted by expiration": (
        lambda connection, owner: sorted_hits(
            connection, owner, {"status": "Reviewable"}, Part("Expiration", True, 20, 10)
        )[0],
        "ix_hits_by_status_and_expiration",
    ),
}


def test_a_page_is_read_in_the_order_of_its_index_and_nothing_is_sorted(filled):
    for name, (ask, index) in {**PAGES, **(SORTED if filled.sqlite else {})}.items():
        plan = plan_of(filled, lambda connection, ask=ask: ask(connection, filled.owner))
        assert index in plan, name
        assert not re.search("SCAN hits(?! USING)|Seq Scan on hits", plan), name


def test_a_hit_is_found_by_its_id(filled):
    plan = plan_of(filled, lambda connection: hits.find_hit(connection, filled.owner, "3H00020"))
    assert re.search("sqlite_autoindex_hits|hits_hit_id_key|uq_hits_hit_id", plan)
    assert not re.search("SCAN|Seq Scan on hits", plan)


def test_saving_from_stale_values_changes_nothing(filled):
    with filled.write() as connection:
        old = hits.find_hit(connection, None, "3H00020")
        newer = old._replace(accepted=1)
        assert hits.save_hit(connection, old, newer)
        assert not hits.save_hit(connection, old, old._replace(submitted=1))
        assert hits.find_hit(connection, None, "3H00020") == newer


SORTS = {
    "Title": lambda hit: hit.title,
    "Reward": lambda hit: hit.reward,
    "Expiration": lambda hit: hit.expires_at,
    "CreationTime": lambda hit: hit.seq,
}


def test_both_databases_sort_alike_and_count_the_same(filled):
    for sort, filters in itertools.product(SORTS, [{}, {"status": "Reviewable"}, {"hit_type_id": "3T020"}]):
        with filled.read() as connection:

            def page(offset, limit, *, descending=False, connection=connection, sort=sort, filters=filters):
                return sorted_hits(connection, filled.owner, filters, Part(sort, descending, offset, limit))

            everything, total = page(0, HITS)
            assert everything == sorted(everything, key=lambda hit, key=SORTS[sort]: (key(hit), hit.seq))
            assert len(everything) == total > 50
            assert page(20, 30, descending=True) == (everything[::-1][20:50], total)
            assert page(total, 30) == ([], total)
