"""Workers who sign in: accounts with passwords, sessions, and how often somebody has tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.ids import account_id as new_worker_id
from adapter.core.store.accounts import AccountError
from adapter.marketplace.store.worker_records import put_worker
from adapter.marketplace.store.worker_tables import workers
from adapter.pages.store.tables import worker_accounts, worker_attempts, worker_sessions

MOST_NAME_CHARACTERS = 100
LEAST_PASSWORD_CHARACTERS = 8
MOST_PASSWORD_CHARACTERS = 200
#: A session ends this long after signing in.
SESSION_SECONDS = 30 * 24 * 3600
#: More are forgotten, the oldest first.
MOST_SESSIONS = 20

# 16 MiB and some 50 ms for each password, as OWASP's list of equals for scrypt has it
_COST = {"n": 1 << 14, "r": 8, "p": 5}
_SALT = 16

# ISO 3166: a country, and a part of it without the country in front
_CODES = {"country": re.compile("[A-Z]{2}"), "subdivision": re.compile("[A-Z0-9]{1,3}")}
_CODE_HELP = {
    "country": "Write the country as two letters, such as US or IN.",
    "subdivision": "Write the state or province as its code, such as CA or NY.",
}

_find = select(worker_accounts).where(worker_accounts.c.sign_in_name == bindparam("of_name"))
_session = (
    select(workers.c.worker_id, workers.c.name)
    .join_from(worker_sessions, workers, worker_sessions.c.worker_id == workers.c.worker_id)
    .where(worker_sessions.c.token_hash == bindparam("of_token"), worker_sessions.c.expires_at > bindparam("now"))
)
_beyond = (
    select(worker_sessions.c.token_hash)
    .where(worker_sessions.c.worker_id == bindparam("of_worker"))
    .order_by(worker_sessions.c.created_at.desc(), worker_sessions.c.token_hash)
    .offset(MOST_SESSIONS)
)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker who is signed in: the WorkerId, and the name as it was given at sign-up."""

    worker_id: str
    name: str


def compared(name: str) -> str:
    """A name as two of them are compared: without case, without regard to blanks and to how letters are composed."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold().replace("\x00", "")


def create_worker(store: Store, name: str, password: str, **known: Any) -> Worker:
    """A new worker who can sign in with this name, compared without case, and password.

    `known` is what Qualifications of the service itself go by: `country` and `subdivision` as ISO codes ("US", "CA"),
    `adult` and `masters`; what is None or empty is not known. Raises AccountError, in words for people, for what cannot
    be used, or a name that is taken.
    """
    shown = _shown(name)
    _check_password(password)
    columns = _columns(known)
    hashed = _hash(password)
    worker = Worker(new_worker_id(), shown)
    now = clock.milliseconds()
    try:
        with store.write() as connection:
            put_worker(connection, worker.worker_id, now, name=shown, **columns)
            connection.execute(
                insert(worker_accounts),
                {
                    "worker_id": worker.worker_id,
                    "sign_in_name": compared(shown),
                    "password": hashed,
                    "created_at": now,
                },
            )
    except IntegrityError as error:
        raise AccountError("This name is taken. Choose another one.") from error
    return worker


def set_password(store: Store, name: str, password: str) -> None:
    """Give a worker another password and end all of the worker's sessions. Raises AccountError."""
    _check_password(password)
    hashed = _hash(password)
    with store.write() as connection:
        row = connection.execute(_find, {"of_name": compared(name)}).one_or_none()
        if row is None:
            raise AccountError(f"there is no worker called {name}")
        connection.execute(
            update(worker_accounts).where(worker_accounts.c.worker_id == row.worker_id).values(password=hashed)
        )
        connection.execute(delete(worker_sessions).where(worker_sessions.c.worker_id == row.worker_id))


def change_worker(store: Store, name: str, **known: Any) -> str:
    """Change what is known of a worker, as create_worker() has it; the WorkerId. None leaves things as they are.

    Raises AccountError.
    """
    columns = _columns(known)
    with store.write() as connection:
        row = connection.execute(_find, {"of_name": compared(name)}).one_or_none()
        if row is None:
            raise AccountError(f"there is no worker called {name}")
        put_worker(connection, row.worker_id, clock.milliseconds(), **columns)
    return str(row.worker_id)


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


def list_workers(store: Store) -> list[Any]:
    """All workers who can sign in, oldest first: worker_id, name, created_at."""
    query = select(worker_accounts.c.worker_id, workers.c.name, worker_accounts.c.created_at).join_from(
        worker_accounts, workers, worker_accounts.c.worker_id == workers.c.worker_id
    )
    with store.read() as connection:
        return list(connection.execute(query.order_by(worker_accounts.c.created_at, worker_accounts.c.worker_id)))


def start_session(store: Store, worker_id: str) -> str:
    """Sign a worker in; returns the token for the cookie, which is stored only as its hash."""
    token = secrets.token_urlsafe(32)
    now = clock.milliseconds()
    row = {
        "token_hash": _token_hash(token),
        "worker_id": worker_id,
        "created_at": now,
        "expires_at": now + SESSION_SECONDS * 1000,
    }
    with store.write() as connection:
        connection.execute(insert(worker_sessions), row)
        if old := connection.scalars(_beyond, {"of_worker": worker_id}).all():
            connection.execute(delete(worker_sessions).where(worker_sessions.c.token_hash.in_(old)))
    return token


def worker_of_session(store: Store, token: str, now: int) -> Worker | None:
    """Who is signed in with this token at `now` (epoch ms), or None."""
    with store.read() as connection:
        row = connection.execute(_session, {"of_token": _token_hash(token), "now": now}).one_or_none()
    return None if row is None else Worker(row.worker_id, row.name or row.worker_id)


def end_session(store: Store, token: str) -> None:
    """Sign out."""
    with store.write() as connection:
        connection.execute(delete(worker_sessions).where(worker_sessions.c.token_hash == _token_hash(token)))


def count_attempt(store: Store, subject: str, seconds: int) -> int:
    """Count one more attempt of a subject; how many there were, this one included, since a count of `seconds` began."""
    now = clock.milliseconds()
    key = {"of_subject": _token_hash(subject)}
    row = worker_attempts.c.subject == bindparam("of_subject")
    with store.write() as connection:
        _forget_attempts(connection, now)
        more = update(worker_attempts).where(row).values(attempts=worker_attempts.c.attempts + 1)
        if connection.execute(more, key).rowcount == 0:
            new = {"subject": key["of_subject"], "attempts": 1, "until_at": now + seconds * 1000}
            savepoint = connection.begin_nested()
            try:
                connection.execute(insert(worker_attempts), new)
                savepoint.commit()
            except IntegrityError:  # somebody else counted the first one just now
                savepoint.rollback()
                connection.execute(more, key)
        return int(connection.scalar(select(worker_attempts.c.attempts).where(row), key) or 1)


def take_back_attempt(store: Store, subject: str) -> None:
    """Count one attempt of a subject less."""
    row = (worker_attempts.c.subject == _token_hash(subject)) & (worker_attempts.c.attempts > 0)
    with store.write() as connection:
        connection.execute(update(worker_attempts).where(row).values(attempts=worker_attempts.c.attempts - 1))


def forget_attempts(store: Store, subject: str) -> None:
    """Begin a subject's count anew."""
    with store.write() as connection:
        connection.execute(delete(worker_attempts).where(worker_attempts.c.subject == _token_hash(subject)))


def purge(connection: Connection, now: int) -> int:
    """Delete sessions and counts that are over at `now` (epoch ms); how many rows went."""
    gone = connection.execute(delete(worker_sessions).where(worker_sessions.c.expires_at <= now)).rowcount
    return gone + _forget_attempts(connection, now)


def _forget_attempts(connection: Connection, now: int) -> int:
    return connection.execute(delete(worker_attempts).where(worker_attempts.c.until_at <= now)).rowcount


def _shown(name: str) -> str:
    shown = " ".join(unicodedata.normalize("NFC", name).split())
    if not shown:
        raise AccountError("A name is needed.")
    if len(shown) > MOST_NAME_CHARACTERS:
        raise AccountError(f"A name has at most {MOST_NAME_CHARACTERS} characters.")
    if not shown.isprintable():
        raise AccountError("The name has characters in it that cannot be shown.")
    return shown


def _columns(known: dict[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in known.items() if value not in {None, ""}}
    for name, form in _CODES.items():
        if name in columns:
            columns[name] = columns[name].strip().upper()
            if not form.fullmatch(columns[name]):
                raise AccountError(_CODE_HELP[name])
    return columns


def _check_password(password: str) -> None:
    if len(password) < LEAST_PASSWORD_CHARACTERS:
        raise AccountError(f"A password has at least {LEAST_PASSWORD_CHARACTERS} characters.")
    if len(password) > MOST_PASSWORD_CHARACTERS:
        raise AccountError(f"A password has at most {MOST_PASSWORD_CHARACTERS} characters.")


def _hash(password: str) -> str:
    salt = secrets.token_bytes(_SALT)
    return "scrypt:" + base64.b64encode(salt + _scrypt(password, salt)).decode()


def _is(password: str, hashed: str) -> bool:
    raw = base64.b64decode(hashed.removeprefix("scrypt:"))
    return hmac.compare_digest(_scrypt(password, raw[:_SALT]), raw[_SALT:])


def _scrypt(password: str, salt: bytes) -> bytes:
    # typed on one machine as letters and accents, on another as accented letters
    plain = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(plain, salt=salt, dklen=32, maxmem=64 << 20, **_COST)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


#: What a password is compared with where nobody has the name.
_NOBODY = "scrypt:" + base64.b64encode(bytes(_SALT + 32)).decode()
