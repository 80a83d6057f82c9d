"""The steps by which the schema came about, run by Alembic from within the program."""

from __future__ import annotations

from adapter.core.database.metadata import metadata
from adapter.core.store import tables as core_tables
from adapter.legacy.store import tables as legacy_tables
from adapter.marketplace.store import tables as marketplace_tables
from adapter.marketplace.store import worker_tables
from adapter.notifications.store import tables as notification_tables
from adapter.pages.store import people_tables
from adapter.pages.store import tables as page_tables

#: The modules whose tables make up the schema; importing them puts the tables on METADATA.
PARTS = (core_tables, marketplace_tables, worker_tables, legacy_tables, notification_tables, page_tables, people_tables)
METADATA = metadata
