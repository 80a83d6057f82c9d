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
    qualification_types,
    qualifications,
    reviews,
    sorted_pages,
)
from adapter.marketplace.store.sorted_pages import Part, sorted_rows
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
def filled(module_postgresql_url, tmp_path_factory):
    """A PostgreSQL store with long lists, and up-to-date statistics."""
    store = open_store(Settings(data=tmp_path_factory.mktemp("deep"), database_url=module_postgresql_url))
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
    """The plan of a question (of the list, where its length is asked for, too) with what each step read and threw away."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    with store.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        found = ask(connection)
        event.remove(connection, "before_cursor_execute", note)
        statement, parameters = sent[0]
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
    values = {"account_id": "O7", **(filters or {"alive": True})}
    found, plan = numbered(filled, sorted_pages.HITS, values, Part(sort, descending, 100, 50))
    assert len(found) == 50
    # the places of the 150 in the index, then three rows for each that is shown: its place, itself, its type
    assert rows_read(plan) <= 150 + 3 * 50, plan


def numbered(store, listed, values, part):
    return read(store, lambda connection: sorted_rows(connection, listed, values, part)[0])


#: Lists in their own order, by their name here.
OWN_ORDER = {
    "bonuses of a HIT": (sorted_pages.BONUSES, {"hit_id": "O7"}),
    "bonuses of an assignment": (sorted_pages.BONUSES, {"assignment_id": "O7"}),
    "blocks": (sorted_pages.BLOCKS, {"account_id": "O7"}),
    "holders of a Qualification": (
        sorted_pages.QUALIFICATIONS,
        {"qualification_type_id": "O7", "status": "Granted"},
    ),
    "review results": (sorted_pages.REVIEW_RESULTS, {"hit_id": "O7", "levels": ["HIT"]}),
    "review actions": (sorted_pages.REVIEW_ACTIONS, {"hit_id": "O7", "levels": ["HIT"]}),
}


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("name", OWN_ORDER)
def test_a_numbered_page_reads_no_row_behind_it(filled, name, descending):
    listed, values = OWN_ORDER[name]
    found, plan = numbered(filled, listed, values, Part("", descending, 500, 50))
    assert len(found) == 50
    # the places of the 550 in the index, then the place and the row of each that is shown
    assert rows_read(plan) <= 550 + 2 * 50, plan


#: Lists that no index sorts.
SORTED = {
    **{
        f"assignments by {sort}": (sorted_pages.ASSIGNMENTS, {"hit_id": "O7", "statuses": assignments.SHOWN}, sort)
        for sort in sorted_pages.ASSIGNMENTS.keys
    },
    "Qualification types by Name": (sorted_pages.QUALIFICATION_TYPES, {"account_id": "O7", "alive": True}, "Name"),
    **{
        f"requests of an account by {sort}": (
            sorted_pages.QUALIFICATION_REQUESTS,
            {"account_id": "O7", "status": "Pending"},
            sort,
        )
        for sort in sorted_pages.QUALIFICATION_REQUESTS.keys
    },
    "requests of a type by SubmitTime": (
        sorted_pages.QUALIFICATION_REQUESTS,
        {"qualification_type_id": "O7", "status": "Pending"},
        "SubmitTime",
    ),
    "HITs to review and under review by Expiration": (
        sorted_pages.HITS_IN_TWO_STATUSES,
        {"account_id": "O7", "statuses": ["Reviewable", "Reviewing"], "first": "Reviewable"},
        "Expiration",
    ),
}


@pytest.mark.parametrize("name", SORTED)
def test_a_sorted_page_reads_no_rows_of_other_lists(filled, name):
    listed, values, sort = SORTED[name]
    found, plan = numbered(filled, listed, values, Part(sort, True, 500, 50))
    assert len(found) == 50
    # a twentieth of the table is on the list
    assert rows_read(plan) <= ROWS // OWNERS + 3 * 50, plan
