"""How both databases answer what is asked of assignments all the time: by an index, in its order, without sorting."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from adapter.core.database import open_store
from adapter.core.settings import Settings
from adapter.marketplace.store import assignments, blocks, bonuses, open_hits, reviews, uploads

LOTS = 100
QUESTIONS = {
    "ListAssignmentsForHIT": lambda c: assignments.list_assignments(c, "3HIT", assignments.SHOWN, 5, LOTS),
    "ListAssignmentsForHIT by status": lambda c: assignments.list_assignments(c, "3HIT", ["Approved"], 5, LOTS),
    "an assignment": lambda c: assignments.find_assignment(c, "3ASSIGNMENT"),
    "the worker's assignment of a HIT": lambda c: assignments.active_assignment(c, "3HIT", "A1"),
    "whether a worker worked for an account": lambda c: assignments.has_worked(c, "ACCOUNT", "A1"),
    "ListBonusPayments of a HIT": lambda c: bonuses.list_of_hit(c, "3HIT", 5, LOTS),
    "ListBonusPayments of an assignment": lambda c: bonuses.list_of_assignment(c, "3ASSIGNMENT", 5, LOTS),
    "ListWorkerBlocks": lambda c: blocks.list_blocks(c, "ACCOUNT", 5, LOTS),
    "whether a worker is blocked": lambda c: blocks.is_blocked(c, "ACCOUNT", "A1"),
    "ListReviewPolicyResultsForHIT, results": lambda c: reviews.list_results(c, "3HIT", ["HIT"], 5, LOTS),
    "ListReviewPolicyResultsForHIT, actions": lambda c: reviews.list_actions(c, "3HIT", ["HIT"], 5, LOTS),
    "an uploaded file": lambda c: uploads.find_upload(c, "3ASSIGNMENT", "q"),
    "open HITs": lambda c: open_hits.list_open(c, 7, 5, LOTS),
}


def asked(connection, question):
    """The SQL and parameters that a question sends."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    question(connection)
    event.remove(connection, "before_cursor_execute", note)
    return sent[0]


@pytest.mark.parametrize("name", QUESTIONS)
def test_sqlite_reads_an_index_in_order(store, name):
    with store.read() as connection:
        statement, parameters = asked(connection, QUESTIONS[name])
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters).all()
    steps = [row[3] for row in plan]
    assert all("USING INDEX" in each or "USING COVERING INDEX" in each or "PRIMARY KEY" in each for each in steps), (
        steps
    )
    assert not any("TEMP B-TREE" in each for each in steps), steps


def test_postgresql_reads_an_index(postgresql_url, tmp_path):
    store = open_store(Settings(data=tmp_path, database_url=postgresql_url))
    store.migrate()
    for question in QUESTIONS.values():
        with store.read() as connection:
            statement, parameters = asked(connection, question)
            # an empty table is cheapest read whole; with many rows an index is what remains
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = [row[0] for row in connection.exec_driver_sql("EXPLAIN " + statement, parameters)]
        assert not any("Seq Scan" in line for line in plan), plan
    store.close()
