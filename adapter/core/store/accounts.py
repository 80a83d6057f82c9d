"""Accounts and their access keys: create, import, list, disable, look up."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from adapter.core import clock
from adapter.core.database import IntegrityError, Store
from adapter.core.ids import access_key_id as new_access_key_id
from adapter.core.ids import account_id as new_account_id
from adapter.core.store.balances import balances, deposit
from adapter.core.store.tables import access_keys, accounts

CACHE_SECONDS = 5.0
CACHE_SIZE = 10_000
#: Of an access key id; a longer one is not looked up.
MOST_CHARACTERS = 128


class AccountError(ValueError):
    """An account or access key cannot be made, found or changed; the message says why."""


@dataclass(frozen=True)
class Key:
    """An access key as callers use it. `skew` and `skew_local` override the settings, in seconds."""

    account_id: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    enabled: bool = True
    skew: int | None = None
    skew_local: int | None = None
    upstream_access_key_id: str | None = field(default=None, repr=False)
    upstream_secret_access_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Listed:
    """One access key in a list: no secret in it. Times are epoch milliseconds."""

    account_id: str
    name: str
    access_key_id: str
    enabled: bool
    created_at: int
    balance: Decimal
    held: Decimal


_find = (
    select(access_keys, accounts.c.enabled, accounts.c.name)
    .join(accounts, accounts.c.account_id == access_keys.c.account_id)
    .where(access_keys.c.access_key_id == bindparam("id"))
)


def find_key(store: Store, access_key_id: str) -> Key | None:
    """The access key with this id, or None. May be up to five seconds old; a disabled one has `enabled` False."""
    now = time.monotonic()
    cached = store.key_cache.get(access_key_id)
    if cached is not None and cached[0] > now:
        key: Key | None = cached[1]
        return key
    if "\x00" in access_key_id or not access_key_id.isascii() or len(access_key_id) > MOST_CHARACTERS:
        return None
    with store.home.read() as connection:
        row = connection.execute(_find, {"id": access_key_id}).one_or_none()
    # an unknown id is remembered like a known one, so that asking for either costs the same
    found = _key(store.home, row) if row is not None else None
    if row is not None and store.home is not store:
        _admit(store, row.account_id, row.name)
    if len(store.key_cache) >= CACHE_SIZE:
        store.key_cache.clear()
    store.key_cache[access_key_id] = (now + CACHE_SECONDS, found)
    return found


def _key(store: Store, row: Any) -> Key:
    return Key(
        account_id=row.account_id,
        access_key_id=row.access_key_id,
        secret_access_key=store.secrets.decrypt(row.secret),
        enabled=row.enabled and row.disabled_at is None,
        skew=row.skew,
        skew_local=row.skew_local,
        upstream_access_key_id=row.upstream_access_key_id,
        upstream_secret_access_key=store.secrets.decrypt(row.upstream_secret) if row.upstream_secret else None,
    )


def find_key_of(store: Store, account_id: str) -> Key | None:
    """The oldest enabled access key of an account, for work done on its behalf; None when it has none."""
    query = (
        select(access_keys.c.access_key_id)
        .where(access_keys.c.account_id == account_id, access_keys.c.disabled_at.is_(None))
        .order_by(access_keys.c.created_at, access_keys.c.access_key_id)
        .limit(1)
    )
    with store.home.read() as connection:
        found = connection.execute(query).scalar_one_or_none()
    key = find_key(store, found) if found else None
    return key if key and key.enabled else None


def create_account(store: Store, name: str, access_key_id: str | None = None, secret: str | None = None) -> Key:
    """A new account with its first access key, which is made up unless it is given, and its initial balance.

    Raises AccountError when the access key id is taken.
    """
    key = Key(new_account_id(), access_key_id or new_access_key_id(), secret or secrets.token_urlsafe(30))
    now = clock.milliseconds()
    try:
        with store.home.write() as connection:
            _insert_account(store.home, connection, key.account_id, name, now)
            _insert_key(store, connection, key, now)
    except IntegrityError as error:
        raise AccountError(f"access key {key.access_key_id} is taken") from error
    return key


def _insert_account(store: Store, connection: Connection, account_id: str, name: str, now: int) -> None:
    connection.execute(
        insert(accounts),
        {
            "account_id": account_id,
            "name": name,
            "enabled": True,
            "created_at": now,
            "balance": Decimal(0),
            "held": Decimal(0),
        },
    )
    if amount := Decimal(store.settings.initial_balance):
        deposit(connection, account_id, amount, now)


def _admit(store: Store, account_id: str, name: str) -> None:
    """Give a requester of the installation an account in the sandbox, with its money, on first sight."""
    known = select(accounts.c.account_id).where(accounts.c.account_id == account_id)
    with store.read() as connection:
        if connection.scalar(known) is not None:
            return
    # another process may do so just now
    with contextlib.suppress(IntegrityError), store.write() as connection:
        _insert_account(store, connection, account_id, name, clock.milliseconds())


def import_key(store: Store, name: str, access_key_id: str, secret: str) -> Key:
    """The account that owns this existing access key pair; a new one unless the same pair was imported before.

    An old client's configuration so stays as it is. Raises AccountError when the id is known with another secret.
    """
    if not re.fullmatch(rf"[!-~]{{1,{MOST_CHARACTERS}}}", access_key_id):
        raise AccountError(f"an access key id is printable ASCII without blanks, at most {MOST_CHARACTERS} characters")
    if not secret:
        raise AccountError("the secret access key is empty")
    store.key_cache.pop(access_key_id, None)
    known = find_key(store, access_key_id)
    if known is None:
        try:
            return create_account(store, name, access_key_id, secret)
        except AccountError:
            # Another process imported it in between.
            store.key_cache.pop(access_key_id, None)
            known = find_key(store, access_key_id)
    if known is None or not secrets.compare_digest(known.secret_access_key.encode(), secret.encode()):
        raise AccountError(f"access key {access_key_id} exists with another secret")
    return known


def add_key(store: Store, account_id: str) -> Key:
    """One more access key for an account. Raises AccountError for an unknown account."""
    key = Key(account_id, new_access_key_id(), secrets.token_urlsafe(30))
    with store.home.write(account_id) as connection:
        if connection.scalar(select(accounts.c.account_id).where(accounts.c.account_id == account_id)) is None:
            raise AccountError(f"there is no account {account_id}")
        _insert_key(store, connection, key, clock.milliseconds())
    return key


def list_keys(store: Store) -> list[Listed]:
    """All access keys with their accounts, oldest first, and the money that these have in this world."""
    query = select(
        accounts.c.account_id,
        accounts.c.name,
        accounts.c.enabled,
        accounts.c.balance,
        accounts.c.held,
        access_keys.c.access_key_id,
        access_keys.c.disabled_at,
        access_keys.c.created_at,
    ).join_from(access_keys, accounts, accounts.c.account_id == access_keys.c.account_id)
    with store.home.read() as connection:
        rows = connection.execute(query.order_by(access_keys.c.created_at, access_keys.c.access_key_id)).all()
    money = {row.account_id: (row.balance, row.held) for row in rows}
    if store.home is not store:
        for row in rows:
            _admit(store, row.account_id, row.name)
        with store.read() as connection:
            money = {account_id: balances(connection, account_id) for account_id in money}
    return [
        Listed(
            row.account_id,
            row.name,
            row.access_key_id,
            row.enabled and row.disabled_at is None,
            row.created_at,
            *money[row.account_id],
        )
        for row in rows
    ]


def disable_key(store: Store, access_key_id: str) -> None:
    """Refuse an access key from now on, in other processes within five seconds. Raises AccountError if unknown."""
    _change_key(store, access_key_id, disabled_at=clock.milliseconds())


def enable_key(store: Store, access_key_id: str) -> None:
    """Take a disabled access key again, in other processes within five seconds. Raises AccountError if unknown."""
    _change_key(store, access_key_id, disabled_at=None)


def set_skew(store: Store, access_key_id: str, skew: int | None, skew_local: int | None) -> None:
    """Let the Timestamps of one access key differ more or less than the settings say; None keeps the settings."""
    _change_key(store, access_key_id, skew=skew, skew_local=skew_local)


def set_upstream(store: Store, access_key_id: str, upstream_access_key_id: str | None, secret: str | None) -> None:
    """The credentials that calls of this access key use at a foreign upstream; None for the settings' own way."""
    encrypted = store.home.secrets.encrypt(secret) if secret else None
    _change_key(store, access_key_id, upstream_access_key_id=upstream_access_key_id, upstream_secret=encrypted)


def _change_key(store: Store, access_key_id: str, **values: Any) -> None:
    statement = update(access_keys).where(access_keys.c.access_key_id == access_key_id).values(values)
    with store.home.write() as connection:
        if connection.execute(statement).rowcount == 0:
            raise AccountError(f"there is no access key {access_key_id}")
    store.key_cache.pop(access_key_id, None)


def _insert_key(store: Store, connection: Connection, key: Key, now: int) -> None:
    # the id may be remembered as unknown
    store.key_cache.pop(key.access_key_id, None)
    connection.execute(
        insert(access_keys),
        {
            "access_key_id": key.access_key_id,
            "account_id": key.account_id,
            "secret": store.home.secrets.encrypt(key.secret_access_key),
            "created_at": now,
        },
    )
