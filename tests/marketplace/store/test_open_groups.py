"""Groups of open HITs: which there are, in which order, and that a page of them costs no walk over the HITs."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import event, insert, text

from adapter.core import clock
from adapter.core.database import open_store
from adapter.core.ids import entity_id
from adapter.core.settings import Settings
from adapter.core.store import accounts
from adapter.marketplace.store import open_groups
from adapter.marketplace.store.tables import hit_types, hits

NOTHING = Decimal(0)
DAY = 24 * 3600 * 1000


def fill(store, groups, each, *, dead=0):
    """Put in so many groups with so many open HITs each, and so many further ones that are not open."""
    key = accounts.create_account(store, "Requester")
    now = clock.milliseconds()
    kinds = [entity_id() for _ in range(groups + dead)]
    common = {"account_id": key.account_id, "created_at": now}
    of_type = {"description": "x", "assignment_duration": 600, "auto_approval_delay": 600, "requirements": []}
    counters = dict.fromkeys(("accepted", "submitted", "approved", "rejected"), 0)
    rows = [
        {
            "hit_id": entity_id(),
            "hit_type_id": kind,
            "question": "x",
            "max_assignments": 1,
            "created_with": 1,
            "reward": Decimal(0),
            "fee": Decimal(0),
            "status": "Assignable" if number < groups else "Reviewable",
            "review_status": "NotReviewed",
            "expires_at": now + DAY,
            **counters,
            **common,
        }
        for number, kind in enumerate(kinds)
        for _ in range(each)
    ]
    rows.sort(key=lambda row: row["hit_id"])  # these are random
    with store.write() as connection:
        connection.execute(
            insert(hit_types),
            [
                {
                    "hit_type_id": kind,
                    "hit_group_id": entity_id(),
                    "identity": kind,
                    "title": kind,
                    "reward": Decimal(0),
                    **of_type,
                    **common,
                }
                for kind in kinds
            ],
        )
        connection.execute(insert(hits), rows)
    newest = {row["hit_type_id"]: place for place, row in enumerate(rows) if row["status"] == "Assignable"}
    return sorted(newest, key=newest.__getitem__, reverse=True)


def steps(connection, ask):
    """What the database says it does for a question."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    ask(connection)
    event.remove(connection, "before_cursor_execute", note)
    statement, parameters = sent[0]
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return [str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)]


def test_every_group_with_an_open_hit_comes_once_the_newest_first(any_store):
    wanted = fill(any_store, groups=130, each=3, dead=5)
    with any_store.read() as connection:
        found = open_groups.open_groups(connection, "", clock.milliseconds(), NOTHING)
        assert [each.hit_type_id for each in found] == wanted
        assert all(each.hit_id in open_groups.offered(connection, each.hit_type_id, "", 0) for each in found)
        assert open_groups.count_each(connection, wanted[:2]) == dict.fromkeys(wanted[:2], 3)
        assert open_groups.count_each(connection, []) == {}
        assert open_groups.count_open(connection, wanted[0]) == 3
        assert len(open_groups.offered(connection, wanted[0], "A1", clock.milliseconds(), 10)) == 3
        assert open_groups.open_groups(connection, "", clock.milliseconds(), Decimal(1)) == []


def test_there_are_no_groups_where_there_are_no_open_hits(any_store):
    fill(any_store, groups=0, each=2, dead=2)
    with any_store.read() as connection:
        assert open_groups.open_groups(connection, "A1", 0, NOTHING) == []


def test_a_page_looks_into_the_index_of_open_hits_once_for_each_group(tmp_path):
    store = open_store(Settings(data=tmp_path))
    store.migrate()
    with store.read() as connection:
        plan = steps(connection, lambda c: open_groups.open_groups(c, "A1", 7, NOTHING))
        assert "SEARCH hits USING INDEX ix_hits_open (hit_type_id<?)" in plan
        walks = [
            each for each in plan if each.startswith("SCAN") and each.split()[1] in {"hits", "hit_types", "accounts"}
        ]
        # the first look takes the last entry of the index
        assert walks == ["SCAN hits USING INDEX ix_hits_open"]
        for ask in (
            lambda c: open_groups.count_open(c, "3TYPE"),
            lambda c: open_groups.offered(c, "3TYPE", "A1", 7),
            lambda c: open_groups.find_group(c, "3TYPE"),
            lambda c: open_groups.count_each(c, ["3TYPE"]),
            lambda c: open_groups.may_come_back(c, "3TYPE"),
            lambda c: open_groups.in_hand(c, "A1", 7),
        ):
            plan = steps(connection, ask)
            assert not [each for each in plan if each.startswith("SCAN") and "hits" in each.split()], plan
            assert not [each for each in plan if "TEMP B-TREE" in each], plan
    store.close()


def test_postgresql_looks_into_the_index_of_open_hits_once_for_each_group(postgresql_url, tmp_path):
    store = open_store(Settings(data=tmp_path, database_url=postgresql_url))
    store.migrate()
    fill(store, groups=50, each=40)
    with store.write() as connection:
        connection.execute(text("ANALYZE"))
    with store.read() as connection:
        plan = steps(connection, lambda c: open_groups.open_groups(c, "A1", 7, NOTHING))
    store.close()
    assert any("Index Cond: (hit_type_id < newest" in each for each in plan), plan
    assert not any("Seq Scan on hits" in each for each in plan), plan


def test_a_page_costs_the_same_however_many_hits_the_groups_have(tmp_path):
    store = open_store(Settings(data=tmp_path, sqlite_synchronous="NORMAL"))
    store.migrate()

    def instructions(groups):
        """How many instructions of SQLite's machine a page of all groups takes; PostgreSQL's plan is looked at above."""
        counted = [0]

        def count():
            counted[0] += 1

        with store.read() as connection:
            connection.connection.driver_connection.set_progress_handler(count, 1)
            assert len(open_groups.open_groups(connection, "A1", 0, NOTHING)) == groups
            connection.connection.driver_connection.set_progress_handler(None, 1)
        return counted[0]

    fill(store, groups=40, each=1)
    few = instructions(40)
    fill(store, groups=40, each=500)
    assert 0 < few < instructions(80) < 3 * few
    store.close()
