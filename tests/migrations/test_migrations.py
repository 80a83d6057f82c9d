"""The schema and how it comes about."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from adapter.core.database import MIGRATIONS, newest_revision, open_store
from adapter.legacy.store import journal
from adapter.migrations import METADATA
from tests import processes
from tests.migrations import schema

FOLDER = Path(__file__).parent


def upgrade(store, revision):
    """Bring an empty or older database to one revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture
def older_store(any_settings):
    """A database as the first baseline makes it."""
    opened = open_store(any_settings)
    any_settings.data.mkdir(parents=True, exist_ok=True)
    upgrade(opened, "0010")
    yield opened
    opened.close()


def test_the_baseline_makes_exactly_the_tables_that_older_data_folders_have(older_store):
    with older_store.read() as connection:
        wanted = FOLDER / f"0010.{connection.dialect.name}.txt"
        assert schema.lines(connection) == wanted.read_text().splitlines()


def test_the_migrated_schema_is_the_one_the_code_describes(any_store):
    with any_store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


#: Rows of the journal as 0010 kept them: operation, token, result; then as they are now: kind, operation, token, result.
JOURNAL = [
    ("CreateHIT", "mine", "{}", "token", "CreateHIT"),
    ("ExtendHIT", "g-1", None, "extension", "ExtendHIT"),
    ("open:GrantBonus", "digest", None, "left open", "GrantBonus"),
    ("try:NotifyWorkers", "call", '{"answer": null}', "answer", "NotifyWorkers"),
]


def test_rows_of_the_journal_are_carried_over(older_store):
    with older_store.write() as connection:
        for operation, token, result, _, _ in JOURNAL:
            connection.execute(
                text("INSERT INTO journal VALUES ('A1', :operation, :token, 'call-1', '{\"a\"\\: 1}', :result, 9)"),
                {"operation": operation, "token": token, "result": result},
            )
    older_store.migrate()
    for _, token, result, kind, operation in JOURNAL:
        after = journal.JournalKey("A1", journal.Kind(kind), operation, token)
        journal.give_up(older_store, after)
        with older_store.read() as connection:
            found = connection.execute(
                text("SELECT call_id, plan, result, written_at FROM journalled_calls WHERE token = :t AND kind = :k"),
                {"t": token, "k": kind},
            ).one()
        assert tuple(found) == ("", '{"a": 1}', result, 9)


def test_a_database_of_the_baseline_becomes_the_same_as_a_new_one(older_store):
    older_store.migrate()
    with older_store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_revision_is_known_without_alembic():
    assert newest_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _migrate(settings):
    opened = open_store(settings)
    opened.migrate()
    with opened.read() as connection:
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    opened.close()
    return versions


def test_processes_that_start_at_once_migrate_once(any_settings):
    with processes.pool(3) as pool:
        versions = list(pool.map(_migrate, [any_settings] * 3))
    assert versions[0] == versions[1] == versions[2]
    assert len(versions[0]) == 1
