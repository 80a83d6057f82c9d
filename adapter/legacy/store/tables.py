"""Tables of the gateway itself: the journal of calls that must not happen twice, jobs, and notification specifications."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from adapter.core.database.metadata import metadata
from adapter.core.database.types import Json

journal = Table(
    "journalled_calls",
    metadata,
    Column("account_id", Text(), primary_key=True),
    # why the call was written down: journal.Kind
    Column("kind", Text(), primary_key=True),
    Column("operation", Text(), primary_key=True),
    # what makes it known again: a client's token, the id of the call, or a digest of what it says
    Column("token", Text(), primary_key=True),
    # the legacy call that owns the token: the same for both tries of a proxy
    Column("call_id", Text(), nullable=False),
    Column("plan", Json, nullable=False),
    Column("result", Json),
    Column("written_at", BigInteger, nullable=False),
    Index("journalled_calls_by_age", "written_at"),
    Index(
        "journalled_calls_unfinished",
        "kind",
        "written_at",
        sqlite_where=text("result IS NULL"),
        postgresql_where=text("result IS NULL"),
    ),
)

disabled_hits = Table(
    "disabled_hits",
    metadata,
    Column("account_id", Text(), primary_key=True),
    Column("hit_id", Text(), primary_key=True),
    # what is still to be done: empty once the HIT is deleted upstream
    Column("next_at", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("last_error", Text()),
    Column("disabled_at", BigInteger, nullable=False),
    Index("disabled_hits_due", "next_at"),
)

list_cache = Table(
    "list_cache",
    metadata,
    Column("list_id", Text(), primary_key=True),
    Column("account_id", Text(), nullable=False),
    # what was listed, with which filter, by which sort key; and the first of these alone
    Column("listing", Text(), nullable=False),
    Column("kind", Text(), nullable=False),
    # empty until the scan is done
    Column("total", Integer),
    Column("changed", Integer, nullable=False),
    Column("scanned_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Index("list_cache_by_listing", "account_id", "listing", "scanned_at"),
    Index("list_cache_by_use", "used_at"),
)

list_cache_rows = Table(
    "list_cache_rows",
    metadata,
    Column("list_id", Text(), primary_key=True),
    # bytes that sort as the key does
    Column("sort_key", LargeBinary, primary_key=True),
    # in the upstream's order
    Column("number", Integer, primary_key=True, autoincrement=False),
    # the row as the upstream answered it: JSON
    Column("row", LargeBinary, nullable=False),
    # what it is about, and whether a write through the gateway took it off the list
    Column("subject", Text(), nullable=False),
    Column("gone", Integer, nullable=False),
    Index("list_cache_rows_by_subject", "subject"),
)

notifications = Table(
    "legacy_notifications",
    metadata,
    Column("account_id", Text(), primary_key=True),
    Column("hit_type_id", Text(), primary_key=True),
    Column("version", Text(), nullable=False),
    Column("transport", Text(), nullable=False),
    Column("destination", Text(), nullable=False),
    Column("message_version", Text(), nullable=False),
    Column("event_types", Json, nullable=False),
    Column("active", Integer, nullable=False),
    # the key that signs: the one current when the specification was set
    Column("access_key_id", Text(), nullable=False),
    Column("set_at", BigInteger, nullable=False),
    # events name the HIT type
    Index("legacy_notifications_by_type", "hit_type_id"),
)

#: What old clients use, counted by day (days since 1970): calls by who makes them with what, and how they end.
used_calls = Table(
    "used_calls",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("account_id", Text(), primary_key=True),
    Column("operation", Text(), primary_key=True),
    Column("version", Text(), primary_key=True),
    Column("protocol", Text(), primary_key=True),
    Column("client", Text(), primary_key=True),
    # the error code, or "-"
    Column("outcome", Text(), primary_key=True),
    Column("calls", BigInteger, nullable=False),
)

#: And the members that these calls had.
used_members = Table(
    "used_members",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("account_id", Text(), primary_key=True),
    Column("operation", Text(), primary_key=True),
    Column("member", Text(), primary_key=True),
    Column("calls", BigInteger, nullable=False),
)

#: The calls of the last day by the minute (minutes since 1970), also those of callers who are not known.
used_minutes = Table(
    "used_minutes",
    metadata,
    Column("minute", Integer, primary_key=True, autoincrement=False),
    Column("operation", Text(), primary_key=True),
    Column("version", Text(), primary_key=True),
    Column("client", Text(), primary_key=True),
    # the error code, or "-"
    Column("outcome", Text(), primary_key=True),
    Column("calls", BigInteger, nullable=False),
)

#: Some of the last calls in full, for the console: what was sent, what was called, what was answered; without secrets.
kept_calls = Table(
    "kept_calls",
    metadata,
    # the request id, as in the log and in the answer
    Column("call_id", Text(), primary_key=True),
    Column("happened_at", BigInteger, nullable=False),
    # none where the caller is not known
    Column("account_id", Text()),
    Column("operation", Text(), nullable=False),
    Column("version", Text(), nullable=False),
    Column("protocol", Text(), nullable=False),
    Column("client", Text(), nullable=False),
    Column("outcome", Text(), nullable=False),
    Column("status", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("details", Json, nullable=False),
    Index("kept_calls_by_age", "happened_at"),
)
