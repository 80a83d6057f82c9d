"""The schema and how it comes about."""

from __future__ import annotations

import multiprocessing

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from adapter.core.database import open_store
from adapter.migrations import METADATA


def test_the_migrated_schema_is_the_one_the_code_describes(any_store):
    with any_store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def _migrate(settings):
    opened = open_store(settings)
    opened.migrate()
    with opened.read() as connection:
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    opened.close()
    return versions


def test_processes_that_start_at_once_migrate_once(any_settings):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        versions = pool.map(_migrate, [any_settings] * 3)
    assert versions[0] == versions[1] == versions[2]
    assert len(versions[0]) == 1
