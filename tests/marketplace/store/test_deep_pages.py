"""Pages of long lists on PostgreSQL with 100,000 rows in each table: only rows that are shown are read, however deep they lie."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import event, text

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.marketplace.store import (
    assignments,
    blocks,
    bonuses,
    hit_pages,
    qualification_types,
    qualifications,
    reviews,
)
from tests.conftest import new_database

ROWS, OWNERS, LOTS = 100_000, 20, 100

#: An account (or HIT, or type) has the rows whose number is its own modulo 20, so that its rows lie all over the table;
#: `OLD` has only the first thousand, after which the table goes on for long.
_OF = f"CASE WHEN n <= 1000 THEN 'OLD' ELSE 'O' || n % {OWNERS} END"
FILL = {
    "assignments": f"""
        (seq, assignment_id, hit_id, account_id, worker_id, status, accepted_at, deadline_at)
        SELECT n, '3A' || n, {_OF}, 'O1', 'A' || n,
               CASE WHEN n % 7 = 0 THEN 'Submitted' ELSE 'Approved' END, n, n""",
    "hit_types": """
        (seq, hit_type_id, account_id, hit_group_id, identity, title, description, reward, assignment_duration,
         auto_approval_delay, requirements, created_at)
        SELECT n, '3T' || n, 'O1', '3G' || n, n, 't' || n, 'd', 1, 60, 0, '[]', n""",
    "hits": f"""
        (seq, hit_id, account_id, hit_type_id, question, max_assignments, created_with, reward, fee, status,
         review_status, created_at, expires_at, accepted, submitted, approved, rejected)
        SELECT n, '3H' || n, {_OF}, '3T' || (n % 50 + 1), 'q', 1, 1, n * 7919 % 1009, 1,
               CASE WHEN n % 7 = 0 THEN 'Reviewable' ELSE 'Assignable' END, 'NotReviewed', n, n * 7919 % 100003,
               0, 0, 0, 0""",
    "bonuses": f"""
        (seq, account_id, assignment_id, hit_id, worker_id, amount, fee, granted_at)
        SELECT n, 'O1', {_OF}, {_OF}, 'A' || n, 1, 1, n""",
    "worker_blocks": f"(seq, account_id, worker_id, created_at) SELECT n, {_OF}, 'A' || n, n",
    "qualification_types": f"""
        (seq, qualification_type_id, account_id, name, description, searchable, status, auto_granted, is_requestable,
         created_at, deleted_at)
        SELECT n, '3Q' || n, {_OF}, 'n' || n, 'd', 'n' || n, 'Active', false, true, n, NULL""",
    "qualifications": f"""
        (seq, qualification_type_id, account_id, worker_id, value, status, granted_at)
        SELECT n, {_OF}, 'O1', 'A' || n, 1, CASE WHEN n % 7 = 0 THEN 'Revoked' ELSE 'Granted' END, n""",
    "qualification_requests": f"""
        (seq, qualification_request_id, qualification_type_id, account_id, worker_id, status, requested_at)
        SELECT n, '3R' || n, {_OF}, {_OF}, 'A' || n, CASE WHEN n % 7 = 0 THEN 'Granted' ELSE 'Pending' END, n""",
    "review_results": f"""
        (seq, account_id, hit_id, level, action_id, subject_id, subject_type, key)
        SELECT n, 'O1', {_OF}, 'HIT', 'a' || n, 's', 'HIT', 'k'""",
    "review_actions": f"""
        (seq, account_id, hit_id, level, action_id, action_name, target_id, target_type, status)
        SELECT n, 'O1', {_OF}, 'HIT', 'a' || n, 'review', 't', 'HIT', 'Succeeded'""",
}

LISTS = {
    "assignments of a HIT": lambda c, of, after: assignments.list_assignments(c, of, assignments.SHOWN, after, LOTS),
    "assignments of a HIT by status": lambda c, of, after: assignments.list_assignments(
        c, of, ["Submitted"], after, LOTS
    ),
    "bonuses of a HIT": lambda c, of, after: bonuses.list_of_hit(c, of, after, LOTS),
    "bonuses of an assignment": lambda c, of, after: bonuses.list_of_assignment(c, of, after, LOTS),
    "blocks": lambda c, of, after: blocks.list_blocks(c, of, after, LOTS),
    "Qualification types": lambda c, of, after: qualification_types.listed(c, of, after, LOTS, [], requestable=False),
    "requestable Qualification types": lambda c, of, after: qualification_types.listed(
        c, of, after, LOTS, [], requestable=True
    ),
    "holders of a Qualification": lambda c, of, after: qualifications.holders(c, of, "Granted", after, LOTS),
    "former holders": lambda c, of, after: qualifications.holders(c, of, "Revoked", after, LOTS),
    "requests of an account": lambda c, of, after: qualifications.pending_requests(c, of, None, after, LOTS),
    "requests of a type": lambda c, of, after: qualifications.pending_requests(c, "", of, after, LOTS),
    "review results": lambda c, of, after: reviews.list_results(c, of, ["HIT", "Assignment"], after, LOTS),
    "review actions": lambda c, of, after: reviews.list_actions(c, of, ["HIT", "Assignment"], after, LOTS),
}


@pytest.fixture(scope="module")
def filled(request, tmp_path_factory):
    """A PostgreSQL store with long lists, and up-to-date statistics."""
    url = request.getfixturevalue("module_postgresql_url")
    store = open_store(Settings(data=tmp_path_factory.mktemp("deep"), database_url=url))
    with store.write() as connection:
        # the rows that these would have to point to are not what is looked at
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table, rows in FILL.items():
            connection.execute(text(f"INSERT INTO {table} {rows} FROM generate_series(1, {ROWS}) AS n"))
    with store.write() as connection:
        connection.execute(text("ANALYZE"))
    yield store
    store.close()


@pytest.fixture(scope="module")
def module_postgresql_url(postgresql_server, postgresql_template):
    """The URL of a database for all tests of this module."""
    yield from new_database(postgresql_server, postgresql_template)


def read(store, ask):
    """The plan of a question with what each step read and threw away."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    with store.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        found = ask(connection)
        event.remove(connection, "before_cursor_execute", note)
        statement, parameters = sent[-1]
        plan = connection.exec_driver_sql("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters).scalar_one()
    root = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found, list(steps(root))


def steps(plan):
    yield plan
    for each in plan.get("Plans", ()):
        yield from steps(each)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(("of", "after"), [("O7", 0), ("O7", ROWS // 2), ("O7", ROWS - 2000), ("OLD", 0), ("OLD", 990)])
def test_a_page_reads_no_row_that_it_does_not_show(filled, name, of, after):
    found, plan = read(filled, lambda connection: LISTS[name](connection, of, after))

    assert found or (of, after) == ("OLD", 990)
    # rows of another status may lie between those of a list
    assert rows_read(plan) <= 10 * LOTS, plan


def rows_read(plan):
    """How many rows were taken from tables and indexes, thrown away or not."""
    return sum(
        step["Actual Loops"] * (step.get("Rows Removed by Filter", 0) + (0 if "Plans" in step else step["Actual Rows"]))
        for step in plan
    )


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize(
    ("sort", "filters"), [("Reward", {}), ("Expiration", {}), ("Expiration", {"status": "Reviewable"})]
)
def test_a_page_sorted_by_reward_or_expiration_is_not_sorted_first(filled, sort, filters, descending):
    found, plan = read(
        filled,
        lambda connection: hit_pages.sorted_hits(
            connection, "O7", filters, sort, descending=descending, offset=100, limit=50
        )[0],
    )
    assert len(found) == 50
    # the places of the 150 in the index, then three rows for each that is shown: its place, itself, its type
    assert rows_read(plan) <= 150 + 3 * 50, plan
