"""Tables of sorted lists kept for paging: the scans, who walks through them, and what the gateway changed since."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from adapter.core.database.metadata import metadata
from adapter.core.database.types import Seq

snapshots = Table(
    "snapshots",
    metadata,
    Column("snapshot_id", Text(), primary_key=True),
    Column("account_id", Text(), nullable=False),
    # what was listed, with which filter, in which order; empty until the scan is done
    Column("listing", Text(), nullable=False),
    # the last own write that was made before the scan began
    Column("since", BigInteger, nullable=False),
    Column("total", Integer, nullable=False),
    # how much the rows take
    Column("bytes", BigInteger, nullable=False),
    # how long the scan took, in milliseconds
    Column("took", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    # positions of the rows in sorted order, four bytes each
    Column("positions", LargeBinary, nullable=False),
    # what each row is about, in the order of the positions' numbers: eight bytes of a hash each
    Column("subjects", LargeBinary, nullable=False),
    Index("snapshots_by_listing", "account_id", "listing", "made_at"),
    Index("snapshots_by_use", "used_at"),
)

snapshot_rows = Table(
    "snapshot_rows",
    metadata,
    Column("snapshot_id", Text(), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    # the last own write that the row shows, where it was read anew; else 0
    Column("seen", BigInteger, nullable=False),
    # the row as the upstream answered it: JSON, compressed
    Column("body", LargeBinary, nullable=False),
)

builders = Table(
    "snapshot_builders",
    metadata,
    Column("account_id", Text(), primary_key=True),
    Column("listing", Text(), primary_key=True),
    # the scan under way
    Column("snapshot_id", Text(), nullable=False),
    # when others may take over, unless the builder says before then that it is alive
    Column("until_at", BigInteger, nullable=False),
)

walks = Table(
    "snapshot_walks",
    metadata,
    Column("account_id", Text(), primary_key=True),
    Column("listing", Text(), primary_key=True),
    # page size and direction
    Column("walker", Text(), primary_key=True),
    # a hash of the address that the pages are asked from
    Column("caller", Text(), primary_key=True),
    Column("snapshot_id", Text(), nullable=False),
    Column("total", Integer, nullable=False),
    # the page that was shown last
    Column("page", Integer, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    # as in the snapshot, without the rows that were gone when page 1 was shown; empty: as in the snapshot
    Column("positions", LargeBinary),
    Index("snapshot_walks_by_snapshot", "snapshot_id"),
    Index("snapshot_walks_by_use", "used_at"),
)

own_writes = Table(
    "own_writes",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("account_id", Text(), nullable=False),
    # what was changed, its id, and the state that it has now; empty where that is not known
    Column("kind", Text(), nullable=False),
    Column("subject", Text(), nullable=False),
    Column("state", Text(), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("own_writes_of_account", "account_id", "seq"),
    Index("own_writes_by_subject", "account_id", "kind", "subject", "seq"),
    # a number is never used twice, also after the last rows are deleted
    sqlite_autoincrement=True,
)
