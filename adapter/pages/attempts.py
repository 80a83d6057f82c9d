"""How often, and how many at once, may try a password: by address, by address and name, and in this process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address, ip_network

from flask import Blueprint, current_app, request
from werkzeug.exceptions import ServiceUnavailable

from adapter.core.database import Store
from adapter.pages.formats import duration
from adapter.pages.store import worker_accounts
from adapter.pages.store.credentials import MOST_NAME_CHARACTERS, compared

#: So many failures to sign in are let pass per address in this time.
WINDOW_SECONDS = 15 * 60
MOST_FAILURES_OF_ADDRESS = 100
#: Passwords that a process compares at once, as each takes 16 to 19 MB, and the seconds that further ones wait for it.
PASSWORDS_AT_ONCE = 4
PASSWORD_WAIT_SECONDS = 2

TOO_OFTEN = "That was tried too often. Wait {} and try again."


def bound_passwords(pages: Blueprint) -> None:
    """Have these pages compare only so many passwords at once; see password_slot()."""
    passwords = threading.BoundedSemaphore(PASSWORDS_AT_ONCE)
    pages.record_once(lambda state: state.app.extensions.update({f"passwords of {pages.name}": passwords}))


@contextlib.contextmanager
def password_slot() -> Iterator[None]:
    """Wait until a password can be hashed: few at once, as each takes memory. Raises ServiceUnavailable after a while."""
    passwords: threading.BoundedSemaphore = current_app.extensions[f"passwords of {request.blueprint}"]
    if not passwords.acquire(timeout=PASSWORD_WAIT_SECONDS):
        raise ServiceUnavailable
    try:
        yield
    finally:
        passwords.release()


def network() -> str:
    """Where the request comes from: the address, or of IPv6 the network of which one customer has every address."""
    address = request.remote_addr or ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def subjects(what: str, name: str) -> tuple[str, str]:
    """What tries to sign in are counted by: the address, and the address together with the name."""
    return f"{what} address {network()}", f"{what} {network()} as {compared(name[:MOST_NAME_CHARACTERS])}"


def count_try(store: Store, by_address: str, by_name: str) -> str:
    """Count a try to sign in; for how long it must wait instead, in words, or ''."""
    # in this order: an address that tries too many names makes no further rows
    if worker_accounts.count_attempt(store, by_address, WINDOW_SECONDS) > MOST_FAILURES_OF_ADDRESS:
        return "a quarter of an hour"
    seconds = worker_accounts.seconds_to_wait(store, by_name)
    return duration(seconds) if seconds else ""


def forgive(store: Store, by_address: str, by_name: str) -> None:
    """Count the try that succeeded no longer, nor those before it with this name."""
    worker_accounts.forget_attempts(store, by_name)
    # only this one: else who has an account could try others without end
    worker_accounts.take_back_attempt(store, by_address)
