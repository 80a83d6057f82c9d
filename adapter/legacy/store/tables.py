"""Tables of the gateway itself: the journal of calls that must not happen twice, jobs, and what it counts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from adapter.core.database.metadata import metadata
from adapter.core.database.types import Json, Seq

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

facts = Table(
    "statistic_facts",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("account_id", Text(), nullable=False),
    # what happened; once per account, kind and subject
    Column("kind", Text(), nullable=False),
    Column("subject_id", Text(), nullable=False),
    Column("hit_id", Text()),
    Column("worker_id", Text()),
    # how many assignments it was about
    Column("number", BigInteger, nullable=False),
    # empty until it is looked up
    Column("cents", BigInteger),
    Column("fee", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("statistic_facts_once", "account_id", "kind", "subject_id", unique=True),
    Index("statistic_facts_by_time", "account_id", "kind", "at"),
    Index("statistic_facts_by_hit", "account_id", "hit_id", "kind"),
    Index(
        "statistic_facts_open",
        "account_id",
        "seq",
        sqlite_where=text("cents IS NULL"),
        postgresql_where=text("cents IS NULL"),
    ),
)

#: What is remembered of a HIT between two looks at it, only where there is something to remember.
hit_looks = Table(
    "statistic_hits",
    metadata,
    Column("account_id", Text(), primary_key=True),
    Column("hit_id", Text(), primary_key=True),
    # review policies: 1 of assignments, 2 of the HIT, 3 both, 0 none; empty while that is not known
    Column("policies", Integer),
    # how the HIT stood when its review results were last read
    Column("reviewed", Text()),
    # how the HIT stood when its assignments were last listed, where its counters do not tell how many wait
    Column("listed", Text()),
    # assignments in somebody's hands: [accepted after, accepted before, how many], epoch ms
    Column("opened", Json),
    # how many of these ended without a submission
    Column("released", BigInteger, nullable=False),
    # the last fact that was considered
    Column("fact", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("looked_at", BigInteger, nullable=False),
    Index(
        "statistic_hits_opened",
        "account_id",
        "looked_at",
        sqlite_where=text("opened IS NOT NULL"),
        postgresql_where=text("opened IS NOT NULL"),
    ),
)

#: Accounts whose statistics somebody asks for, and when their HITs were last looked through.
account_looks = Table(
    "statistic_accounts",
    metadata,
    Column("account_id", Text(), primary_key=True),
    Column("asked_at", BigInteger, nullable=False),
    Column("looked_at", BigInteger, nullable=False),
    # when a worker last began to look
    Column("begun_at", BigInteger, nullable=False),
)
