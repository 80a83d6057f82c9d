"""The people who look after the service: their passwords, their sessions, and links by which they set a password.

They belong to the installation, not to one of its worlds, so all of it is in the database of production.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from adapter.core import clock
from adapter.core.database import IntegrityError, Store
from adapter.core.ids import account_id as new_person_id
from adapter.core.store.accounts import AccountError
from adapter.pages.store.credentials import (
    MOST_NAME_CHARACTERS,
    MOST_PASSWORD_CHARACTERS,
    check_password,
    checked_name,
    compared,
    plain,
    token_hash,
)
from adapter.pages.store.people_tables import people, people_links, people_sessions

#: What somebody may be.
OPERATOR = "operator"
ROLES = (OPERATOR,)

LEAST_PASSWORD_CHARACTERS = 12
#: A session ends so long after signing in, and when no page was asked for in so long.
SESSION_SECONDS = 12 * 3600
IDLE_SECONDS = 3600
#: A session is written to again only when it was last seen so long ago.
SEEN_SECONDS = 60
#: A link that sets a password works for so long, once.
LINK_SECONDS = 3 * 24 * 3600

# 19 MiB and two passes, the first of OWASP's list of equals for Argon2id
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: What a password is compared with where nobody has the name: as dear as any other.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43

_by_name = select(people).where(people.c.sign_in_name == bindparam("of_name"))
_session = (
    select(people.c.person_id, people.c.name, people.c.role, people_sessions.c.seen_at)
    .join_from(people_sessions, people, people_sessions.c.person_id == people.c.person_id)
    .where(
        people_sessions.c.token_hash == bindparam("of_token"),
        people_sessions.c.expires_at > bindparam("now"),
        people_sessions.c.seen_at > bindparam("idle"),
    )
)
_link = (
    select(people.c.person_id, people.c.name, people.c.role)
    .join_from(people_links, people, people_links.c.person_id == people.c.person_id)
    .where(people_links.c.token_hash == bindparam("of_token"), people_links.c.expires_at > bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in: the id, the name as it was given, and the role."""

    person_id: str
    name: str
    role: str


def create_person(store: Store, name: str, role: str, password: str | None = None) -> Person:
    """Somebody new, who signs in with this name. Without a password a link has to set one (create_link).

    Raises AccountError, in words for people, for what cannot be used, or a name that is taken.
    """
    shown = checked_name(name)
    hashed = _hash(password) if password is not None else None
    person = Person(new_person_id(), shown, role)
    row = {
        "person_id": person.person_id,
        "name": shown,
        "sign_in_name": compared(shown),
        "role": role,
        "password": hashed,
        "created_at": clock.milliseconds(),
    }
    try:
        with store.home.write() as connection:
            connection.execute(insert(people), row)
    except IntegrityError as error:
        raise AccountError(f"there is somebody called {shown} already") from error
    return person


def find_person(store: Store, name: str) -> Person | None:
    """Who has this name, for which somebody else vouches, or None.

    Only letters of ASCII may differ in case: elsewhere a name that merely looks alike may be another person's.
    """
    if len(name) > MOST_NAME_CHARACTERS:
        return None
    with store.home.read() as connection:
        row = connection.execute(_by_name, {"of_name": compared(name)}).one_or_none()
    same = row is not None and _ascii_lower(row.name) == _ascii_lower(name)
    return Person(row.person_id, row.name, row.role) if row is not None and same else None


def _ascii_lower(name: str) -> bytes:
    # lower() of bytes changes letters of ASCII alone
    return name.encode("utf-8", "surrogatepass").lower()


def find_person_by_password(store: Store, name: str, password: str) -> Person | None:
    """Whose name and password these are, or None; both take the same time."""
    if len(name) > MOST_NAME_CHARACTERS or len(password) > MOST_PASSWORD_CHARACTERS:
        return None
    with store.home.read() as connection:
        row = connection.execute(_by_name, {"of_name": compared(name)}).one_or_none()
    known = row is not None and row.password is not None
    matches = _is(password, row.password if row is not None and known else _NOBODY)
    return Person(row.person_id, row.name, row.role) if row is not None and known and matches else None


def list_people(store: Store) -> list[Any]:
    """Everybody, oldest first: name, role, created_at, and whether a password is set (`ready`)."""
    query = select(people.c.name, people.c.role, people.c.created_at, people.c.password.is_not(None).label("ready"))
    with store.home.read() as connection:
        return list(connection.execute(query.order_by(people.c.created_at, people.c.person_id)))


def remove_person(store: Store, name: str) -> None:
    """Let somebody in no more; sessions and links end. Raises AccountError."""
    with store.home.write() as connection:
        person_id = _id_of(connection, name)
        _end_all(connection, person_id)
        connection.execute(delete(people).where(people.c.person_id == person_id))


def set_password(store: Store, name: str, password: str) -> None:
    """Give somebody another password; sessions and links end. Raises AccountError."""
    hashed = _hash(password)
    with store.home.write() as connection:
        _put_password(connection, _id_of(connection, name), hashed)


def create_link(store: Store, name: str) -> str:
    """The token of a link by which somebody sets a password, once; an earlier link ends. Raises AccountError."""
    token = secrets.token_urlsafe(32)
    with store.home.write() as connection:
        person_id = _id_of(connection, name)
        connection.execute(delete(people_links).where(people_links.c.person_id == person_id))
        row = {"token_hash": token_hash(token), "person_id": person_id}
        connection.execute(insert(people_links), {**row, "expires_at": clock.milliseconds() + LINK_SECONDS * 1000})
    return token


def person_of_link(store: Store, token: str) -> Person | None:
    """For whom a link is that still works, or None."""
    with store.home.read() as connection:
        row = connection.execute(_link, {"of_token": token_hash(token), "now": clock.milliseconds()}).one_or_none()
    return None if row is None else Person(row.person_id, row.name, row.role)


def use_link(store: Store, token: str, password: str) -> bool:
    """Set the password of whom the link is for, unless it does not work any more. Raises AccountError for a bad password."""
    hashed = _hash(password)
    with store.home.write() as connection:
        row = connection.execute(_link, {"of_token": token_hash(token), "now": clock.milliseconds()}).one_or_none()
        # two who use it at once: only one of them deletes it
        gone = delete(people_links).where(people_links.c.token_hash == token_hash(token))
        if row is None or connection.execute(gone).rowcount == 0:
            return False
        _put_password(connection, row.person_id, hashed)
    return True


def start_session(store: Store, person_id: str) -> str:
    """Sign somebody in; returns the token for the cookie, which is stored only as its hash."""
    token = secrets.token_urlsafe(32)
    now = clock.milliseconds()
    row = {
        "token_hash": token_hash(token),
        "person_id": person_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + SESSION_SECONDS * 1000,
    }
    with store.home.write() as connection:
        connection.execute(insert(people_sessions), row)
    return token


def person_of_session(store: Store, token: str) -> Person | None:
    """Who is signed in with this token, or None; notes that the session is in use."""
    now = clock.milliseconds()
    key = token_hash(token)
    terms = {"of_token": key, "now": now, "idle": now - IDLE_SECONDS * 1000}
    with store.home.read() as connection:
        row = connection.execute(_session, terms).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - SEEN_SECONDS * 1000:
        with store.home.write() as connection:
            connection.execute(update(people_sessions).where(people_sessions.c.token_hash == key).values(seen_at=now))
    return Person(row.person_id, row.name, row.role)


def end_session(store: Store, token: str) -> None:
    """Sign out."""
    with store.home.write() as connection:
        connection.execute(delete(people_sessions).where(people_sessions.c.token_hash == token_hash(token)))


def purge(connection: Connection, now: int) -> int:
    """Delete sessions and links that are over at `now` (epoch ms); how many rows went."""
    over = (people_sessions.c.expires_at <= now) | (people_sessions.c.seen_at <= now - IDLE_SECONDS * 1000)
    gone = connection.execute(delete(people_sessions).where(over)).rowcount
    return gone + connection.execute(delete(people_links).where(people_links.c.expires_at <= now)).rowcount


def _id_of(connection: Connection, name: str) -> str:
    row = connection.execute(_by_name, {"of_name": compared(name)}).one_or_none()
    if row is None:
        raise AccountError(f"there is nobody called {name}; `adapter people list` shows who there is")
    return str(row.person_id)


def _put_password(connection: Connection, person_id: str, hashed: str) -> None:
    _end_all(connection, person_id)
    connection.execute(update(people).where(people.c.person_id == person_id).values(password=hashed))


def _end_all(connection: Connection, person_id: str) -> None:
    for table in (people_sessions, people_links):
        connection.execute(delete(table).where(table.c.person_id == person_id))


def _hash(password: str) -> str:
    check_password(password, LEAST_PASSWORD_CHARACTERS)
    return _HASHER.hash(plain(password))


def _is(password: str, hashed: str) -> bool:
    try:
        return _HASHER.verify(hashed, plain(password))
    except (VerificationError, InvalidHashError):
        return False
