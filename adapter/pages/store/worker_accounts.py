"""Workers who sign in: accounts with passwords, sessions, and how often somebody has tried."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.database.rows import overwrite_deleted
from adapter.core.ids import account_id as new_worker_id
from adapter.core.store.accounts import AccountError
from adapter.marketplace.store.worker_records import find_worker, put_worker
from adapter.marketplace.store.worker_tables import workers
from adapter.pages.store.credentials import (
    MOST_NAME_CHARACTERS,
    MOST_PASSWORD_CHARACTERS,
    check_password,
    checked_name,
    compared,
    plain,
    token_hash,
)
from adapter.pages.store.tables import (
    worker_accounts,
    worker_addresses,
    worker_attempts,
    worker_hidden,
    worker_links,
    worker_sessions,
)

LEAST_PASSWORD_CHARACTERS = 8
#: A session ends this long after signing in.
SESSION_SECONDS = 30 * 24 * 3600
#: More are forgotten, the oldest first.
MOST_SESSIONS = 20
#: An address is a worker's for so long after signing in from it; of more the oldest are forgotten.
ADDRESS_SECONDS = 180 * 24 * 3600
MOST_ADDRESSES = 20
#: Failures before the first pause. The pauses double from a second on, up to the longest; a count ends when for so long
#: there was no further failure.
FREE_FAILURES = 5
LONGEST_PAUSE_SECONDS = 15 * 60
COUNT_SECONDS = 24 * 3600
#: Of more counts those are forgotten that would end first.
MOST_COUNTS = 100_000

# 16 MiB and some 50 ms for each password, as OWASP's list of equals for scrypt has it
_COST = {"n": 1 << 14, "r": 8, "p": 5}
_SALT = 16

# ISO 3166: a country, and a part of it without the country in front
_CODES = {"country": re.compile("[A-Z]{2}"), "subdivision": re.compile("[A-Z0-9]{1,3}")}
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[\w.-]{1,180}")
_CODE_HELP = {
    "country": "Write the country as two letters, such as US or IN.",
    "subdivision": "Write the state or province as its code, such as CA or NY.",
}

_find = select(worker_accounts).where(worker_accounts.c.sign_in_name == bindparam("of_name"))
_session = (
    select(workers.c.worker_id, workers.c.name, worker_accounts.c.time_zone)
    .join_from(worker_sessions, workers, worker_sessions.c.worker_id == workers.c.worker_id)
    .join(worker_accounts, worker_accounts.c.worker_id == worker_sessions.c.worker_id)
    .where(worker_sessions.c.token_hash == bindparam("of_token"), worker_sessions.c.expires_at > bindparam("now"))
)
_beyond = (
    select(worker_sessions.c.token_hash)
    .where(worker_sessions.c.worker_id == bindparam("of_worker"))
    .order_by(worker_sessions.c.created_at.desc(), worker_sessions.c.token_hash)
    .offset(MOST_SESSIONS)
)


_older_addresses = (
    select(worker_addresses.c.address)
    .where(worker_addresses.c.worker_id == bindparam("of_worker"))
    .order_by(worker_addresses.c.seen_at.desc(), worker_addresses.c.address)
    .offset(MOST_ADDRESSES)
)
_known_address = select(worker_addresses.c.seen_at).join_from(
    worker_addresses,
    worker_accounts,
    (worker_addresses.c.worker_id == worker_accounts.c.worker_id)
    & (worker_accounts.c.sign_in_name == bindparam("of_name"))
    & (worker_addresses.c.address == bindparam("of_address")),
)
_attempts = select(worker_attempts).where(worker_attempts.c.subject == bindparam("of_subject"))


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker who is signed in: the WorkerId, the name as it was given, and the time zone that times are shown in."""

    worker_id: str
    name: str
    time_zone: str | None = None

    @property
    def zone(self) -> tzinfo:
        """The time zone; UTC where none is known, or the one that was chosen is gone."""
        return zone_of(self.time_zone) or UTC


def zone_of(name: str | None) -> ZoneInfo | None:
    """A time zone by its name in the IANA database, or None."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def create_worker(store: Store, name: str, password: str, **known: Any) -> Worker:
    """A new worker who can sign in with this name, compared without case, and password.

    `known` is what Qualifications of the service itself go by: `country` and `subdivision` as ISO codes ("US", "CA"),
    `adult` and `masters`; and the `email` that messages go to. What is None or empty is not known. Raises AccountError,
    in words for people, for what cannot be used, or a name that is taken.
    """
    shown = checked_name(name)
    columns = checked_columns(known)
    hashed = checked_password(password)
    worker = Worker(new_worker_id(), shown)
    now = clock.milliseconds()
    try:
        with store.write() as connection:
            put_worker(connection, worker.worker_id, now, name=shown, **columns)
            account = {"worker_id": worker.worker_id, "sign_in_name": compared(shown), "password": hashed}
            connection.execute(insert(worker_accounts), {**account, "created_at": now})
    except IntegrityError as error:
        raise AccountError("This name is taken. Choose another one.") from error
    return worker


def set_password(store: Store, name: str, password: str) -> None:
    """Give a worker another password; sessions end, and no address is known any more. Raises AccountError."""
    hashed = checked_password(password)
    with store.write() as connection:
        put_password(connection, _id_of(connection, name), hashed)


def change_password(store: Store, worker_id: str, password: str) -> None:
    """Give the worker with this id another password; sessions end. Raises AccountError."""
    hashed = checked_password(password)
    with store.write() as connection:
        put_password(connection, worker_id, hashed)


def put_password(connection: Connection, worker_id: str, hashed: str) -> None:
    """Set a password as checked_password() gives it; sessions end, mailed links no longer work, no address is known."""
    connection.execute(update(worker_accounts).where(worker_accounts.c.worker_id == worker_id).values(password=hashed))
    for table in (worker_sessions, worker_addresses, worker_links):
        connection.execute(delete(table).where(table.c.worker_id == worker_id))


def change_worker(store: Store, name: str, **known: Any) -> str:
    """Change what is known of a worker, as create_worker() has it; the WorkerId. None leaves things as they are.

    Raises AccountError.
    """
    columns = checked_columns(known)
    with store.write() as connection:
        worker_id = _id_of(connection, name)
        put_worker(connection, worker_id, clock.milliseconds(), **columns)
    return worker_id


def _id_of(connection: Connection, name: str) -> str:
    row = connection.execute(_find, {"of_name": compared(name)}).one_or_none()
    if row is None:
        raise AccountError(f"there is no worker called {name}")
    return str(row.worker_id)


def has_password(store: Store, worker_id: str, password: str) -> bool:
    """Whether this is the password of the worker with this id."""
    if len(password) > MOST_PASSWORD_CHARACTERS:
        return False
    with store.read() as connection:
        hashed = connection.scalar(select(worker_accounts.c.password).where(worker_accounts.c.worker_id == worker_id))
    return _is(password, hashed or _NOBODY)


def find_worker_by_password(store: Store, name: str, password: str) -> Worker | None:
    """The worker whose name and password these are, or None; both take the same time."""
    if len(name) > MOST_NAME_CHARACTERS or len(password) > MOST_PASSWORD_CHARACTERS:
        return None
    query = select(worker_accounts.c.worker_id, worker_accounts.c.password, workers.c.name).join_from(
        worker_accounts, workers, worker_accounts.c.worker_id == workers.c.worker_id
    )
    with store.read() as connection:
        row = connection.execute(query.where(worker_accounts.c.sign_in_name == compared(name))).one_or_none()
    matches = _is(password, row.password if row is not None else _NOBODY)
    return Worker(row.worker_id, row.name) if row is not None and matches else None


def worker_id_of(connection: Connection, worker: str) -> str:
    """The WorkerId of a worker who is named by it, or by the name to sign in with; an unknown one as it is given.

    The WorkerId comes first: names are chosen freely, and one must not stand in for somebody else's id.
    """
    if find_worker(connection, worker) is not None:
        return worker
    row = connection.execute(_find, {"of_name": compared(worker)}).one_or_none()
    return row.worker_id if row else worker


def forget(store: Store, worker_id: str) -> None:
    """Delete the account of a worker, with sessions, addresses and what was hidden; nobody signs in with it any more."""
    with store.write() as connection:
        overwrite_deleted(connection)
        for table in (worker_sessions, worker_addresses, worker_links, worker_hidden, worker_accounts):
            connection.execute(delete(table).where(table.c.worker_id == worker_id))


def list_workers(store: Store) -> list[Any]:
    """All workers who can sign in, oldest first: worker_id, name, created_at."""
    query = select(worker_accounts.c.worker_id, workers.c.name, worker_accounts.c.created_at).join_from(
        worker_accounts, workers, worker_accounts.c.worker_id == workers.c.worker_id
    )
    with store.read() as connection:
        return list(connection.execute(query.order_by(worker_accounts.c.created_at, worker_accounts.c.worker_id)))


def start_session(store: Store, worker_id: str, address: str = "") -> str:
    """Sign a worker in and remember the address; returns the token for the cookie, which is stored only as its hash."""
    token = secrets.token_urlsafe(32)
    now = clock.milliseconds()
    row = {
        "token_hash": token_hash(token),
        "worker_id": worker_id,
        "created_at": now,
        "expires_at": now + SESSION_SECONDS * 1000,
    }
    with store.write() as connection:
        connection.execute(insert(worker_sessions), row)
        if old := connection.scalars(_beyond, {"of_worker": worker_id}).all():
            connection.execute(delete(worker_sessions).where(worker_sessions.c.token_hash.in_(old)))
        if address:
            _remember_address(connection, worker_id, token_hash(address), now)
    return token


def _remember_address(connection: Connection, worker_id: str, address: str, now: int) -> None:
    row = (worker_addresses.c.worker_id == worker_id) & (worker_addresses.c.address == address)
    if connection.execute(update(worker_addresses).where(row).values(seen_at=now)).rowcount:
        return
    # two sign-ins at once both add it, or one of them need not
    with contextlib.suppress(IntegrityError), connection.begin_nested():
        connection.execute(insert(worker_addresses), {"worker_id": worker_id, "address": address, "seen_at": now})
    if old := connection.scalars(_older_addresses, {"of_worker": worker_id}).all():
        theirs = worker_addresses.c.worker_id == worker_id
        connection.execute(delete(worker_addresses).where(theirs & worker_addresses.c.address.in_(old)))


def is_known_address(store: Store, name: str, address: str) -> bool:
    """Whether the worker of this name has signed in from this address lately."""
    of = {"of_name": compared(name), "of_address": token_hash(address)}
    with store.read() as connection:
        seen_at = connection.scalar(_known_address, of)
    return seen_at is not None and seen_at + ADDRESS_SECONDS * 1000 > clock.milliseconds()


def worker_of_session(store: Store, token: str, now: int) -> Worker | None:
    """Who is signed in with this token at `now` (epoch ms), or None."""
    with store.read() as connection:
        row = connection.execute(_session, {"of_token": token_hash(token), "now": now}).one_or_none()
    return None if row is None else Worker(row.worker_id, row.name or row.worker_id, row.time_zone)


def end_session(store: Store, token: str) -> None:
    """Sign out."""
    with store.write() as connection:
        connection.execute(delete(worker_sessions).where(worker_sessions.c.token_hash == token_hash(token)))


def count_attempt(store: Store, subject: str, seconds: int) -> int:
    """Count one more attempt of a subject; how many there were, this one included, since a count of `seconds` began."""
    now = clock.milliseconds()
    with store.write() as connection:
        row = _count_of(connection, subject, now, seconds)
        _put_count(connection, row.subject, attempts=row.attempts + 1)
        return int(row.attempts) + 1


def seconds_to_wait(store: Store, subject: str) -> int:
    """Count one more attempt of a subject, which may be made when this is 0; else how long it must wait, not counted."""
    now = clock.milliseconds()
    with store.write() as connection:
        row = _count_of(connection, subject, now, COUNT_SECONDS)
        pause = min(2 ** min(max(row.attempts - FREE_FAILURES, 0), 30), LONGEST_PAUSE_SECONDS)
        over_at = row.until_at - (COUNT_SECONDS - pause) * 1000
        if row.attempts >= FREE_FAILURES and now < over_at:
            return int(-((now - over_at) // 1000))
        _put_count(connection, row.subject, attempts=row.attempts + 1, until_at=now + COUNT_SECONDS * 1000)
    return 0


def _count_of(connection: Connection, subject: str, now: int, seconds: int) -> Any:
    """The row of a subject, which nobody else changes meanwhile; a new count ends after `seconds`."""
    _forget_attempts(connection, now)
    key = token_hash(subject)
    locked = _attempts.with_for_update()
    if (row := connection.execute(locked, {"of_subject": key}).one_or_none()) is not None:
        return row
    new = {"subject": key, "attempts": 0, "until_at": now + seconds * 1000}
    with contextlib.suppress(IntegrityError), connection.begin_nested():  # somebody else may have begun it just now
        connection.execute(insert(worker_attempts), new)
    return connection.execute(locked, {"of_subject": key}).one()


def _put_count(connection: Connection, key: str, **values: int) -> None:
    connection.execute(update(worker_attempts).where(worker_attempts.c.subject == key).values(**values))


def take_back_attempt(store: Store, subject: str) -> None:
    """Count one attempt of a subject less."""
    row = (worker_attempts.c.subject == token_hash(subject)) & (worker_attempts.c.attempts > 0)
    with store.write() as connection:
        connection.execute(update(worker_attempts).where(row).values(attempts=worker_attempts.c.attempts - 1))


def forget_attempts(store: Store, subject: str) -> None:
    """Begin a subject's count anew."""
    with store.write() as connection:
        connection.execute(delete(worker_attempts).where(worker_attempts.c.subject == token_hash(subject)))


def purge(connection: Connection, now: int) -> int:
    """Delete sessions, addresses, mailed links and counts that are over at `now` (epoch ms); how many rows went."""
    gone = connection.execute(delete(worker_sessions).where(worker_sessions.c.expires_at <= now)).rowcount
    old = worker_addresses.c.seen_at <= now - ADDRESS_SECONDS * 1000
    gone += connection.execute(delete(worker_addresses).where(old)).rowcount
    gone += connection.execute(delete(worker_links).where(worker_links.c.expires_at <= now)).rowcount
    gone += _forget_attempts(connection, now)
    too_many = select(worker_attempts.c.subject).order_by(worker_attempts.c.until_at.desc()).offset(MOST_COUNTS)
    return gone + connection.execute(delete(worker_attempts).where(worker_attempts.c.subject.in_(too_many))).rowcount


def _forget_attempts(connection: Connection, now: int) -> int:
    return connection.execute(delete(worker_attempts).where(worker_attempts.c.until_at <= now)).rowcount


def checked_columns(known: dict[str, Any]) -> dict[str, Any]:
    """What is known of a worker, as create_worker() has it, without what is empty. Raises AccountError."""
    columns = {name: value for name, value in known.items() if value not in {None, ""}}
    for name, form in _CODES.items():
        if name in columns:
            columns[name] = columns[name].strip().upper()
            if not form.fullmatch(columns[name]):
                raise AccountError(_CODE_HELP[name])
    if "email" in columns:
        columns["email"] = checked_email(columns["email"])
    return columns


def checked_email(text: str) -> str:
    """An e-mail address without what stood around it. Raises AccountError for what is none."""
    if not _EMAIL.fullmatch(text.strip()):
        raise AccountError("Write one e-mail address, such as ann@example.com.")
    return text.strip()


def checked_password(password: str) -> str:
    """A password as it is stored. Raises AccountError for one that cannot be used."""
    check_password(password, LEAST_PASSWORD_CHARACTERS)
    salt = secrets.token_bytes(_SALT)
    return "scrypt:" + base64.b64encode(salt + _scrypt(password, salt)).decode()


def _is(password: str, hashed: str) -> bool:
    raw = base64.b64decode(hashed.removeprefix("scrypt:"))
    return hmac.compare_digest(_scrypt(password, raw[:_SALT]), raw[_SALT:])


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(plain(password), salt=salt, dklen=32, maxmem=64 << 20, **_COST)


#: What a password is compared with where nobody has the name.
_NOBODY = "scrypt:" + base64.b64encode(bytes(_SALT + 32)).decode()
