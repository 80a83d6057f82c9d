"""Tables of the worker pages: who may sign in, who is signed in, who tries too often, what a worker does not want to see."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Table, Text

from adapter.core.database.metadata import metadata

#: `sign_in_name` is the name as it is compared: case folded, normalised. `password` is a salted scrypt hash.
#: `auto_accept` says whether the next HIT is accepted when one is submitted; nothing is no.
worker_accounts = Table(
    "worker_accounts",
    metadata,
    Column("worker_id", Text, ForeignKey("workers.worker_id"), primary_key=True),
    Column("sign_in_name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),
    # a name of the IANA database; without one, times are shown in UTC
    Column("time_zone", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("auto_accept", Boolean),
)

#: `token_hash` is the SHA-256 of what the worker's cookie holds.
worker_sessions = Table(
    "worker_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("worker_id", Text, ForeignKey("workers.worker_id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

#: From where a worker has signed in lately; `address` is hashed.
worker_addresses = Table(
    "worker_addresses",
    metadata,
    Column("worker_id", Text, ForeignKey("workers.worker_id"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("seen_at", BigInteger, nullable=False, index=True),
)

#: Attempts counted per subject (an address, alone or with a name, hashed) until a moment, after which the count starts anew.
worker_attempts = Table(
    "worker_attempts",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("attempts", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False, index=True),
)

#: Mailed links, by the SHA-256 of what they carry: with an `email` one that confirms it, else one that sets a password.
worker_links = Table(
    "worker_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("worker_id", Text, ForeignKey("workers.worker_id"), nullable=False, index=True),
    Column("email", Text),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

#: What a worker does not want to see in the list of HITs: `hidden_id` is a HIT type, or the account of a requester.
worker_hidden = Table(
    "worker_hidden",
    metadata,
    Column("worker_id", Text, ForeignKey("workers.worker_id"), primary_key=True),
    Column("hidden_id", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)
