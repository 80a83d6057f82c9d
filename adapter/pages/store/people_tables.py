"""Tables of the people who look after the service: who they are, who is signed in, and links that set a password."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from adapter.core.database.metadata import metadata

#: `sign_in_name` is the name as it is compared; `password` an Argon2id hash, empty until one is chosen.
people = Table(
    "people",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sign_in_name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("password", Text),
    Column("created_at", BigInteger, nullable=False),
)

#: `token_hash` is the SHA-256 of what the cookie holds; `seen_at` is when a page was last asked for, to the minute.
people_sessions = Table(
    "people_sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("people.person_id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

#: `token_hash` is the SHA-256 of what stands in the link, which goes when it is used.
people_links = Table(
    "people_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("people.person_id"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
