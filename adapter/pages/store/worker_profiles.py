"""A worker's own account: what is known of it, changing that, and links that were mailed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapter.core import clock
from adapter.core.database import Store
from adapter.core.store import outbox
from adapter.core.store.accounts import AccountError
from adapter.core.store.outbox import Letter
from adapter.marketplace.store.worker_tables import workers
from adapter.pages.store.credentials import checked_name, compared, token_hash
from adapter.pages.store.tables import worker_accounts, worker_links
from adapter.pages.store.worker_accounts import checked_columns, checked_password, put_password

#: A mailed link works for so long, once.
LINK_SECONDS = 3600

_profile = select(
    workers, worker_accounts.c.time_zone, worker_accounts.c.sign_in_name, worker_accounts.c.password
).join_from(workers, worker_accounts, worker_accounts.c.worker_id == workers.c.worker_id)
_own = _profile.where(workers.c.worker_id == bindparam("of_worker"))
_reached = select(workers.c.worker_id, workers.c.name, workers.c.email).join_from(
    workers, worker_accounts, worker_accounts.c.worker_id == workers.c.worker_id
)
_link = select(worker_links).where(
    worker_links.c.token_hash == bindparam("of_token"), worker_links.c.expires_at > bindparam("now")
)


def find_profile(store: Store, worker_id: str) -> Row[Any]:
    """What is known of a worker who can sign in: name, email, country, subdivision, adult, time_zone."""
    with store.read() as connection:
        return connection.execute(_own, {"of_worker": worker_id}).one()


def change_profile(store: Store, worker_id: str, name: str, time_zone: str, **known: Any) -> None:
    """Change a worker's name, time zone, country, subdivision and adult; what is empty is no longer known.

    Raises AccountError, in words for people, for what cannot be used, or a name that is taken.
    """
    shown = checked_name(name)
    columns = {"country": None, "subdivision": None, "adult": False} | checked_columns(known)
    account = {"sign_in_name": compared(shown), "time_zone": time_zone or None}
    try:
        with store.write() as connection:
            connection.execute(update(workers).where(workers.c.worker_id == worker_id).values(name=shown, **columns))
            connection.execute(
                update(worker_accounts).where(worker_accounts.c.worker_id == worker_id).values(**account)
            )
    except IntegrityError as error:
        raise AccountError("This name is taken. Choose another one.") from error


def forget_email(store: Store, worker_id: str) -> None:
    """Send a worker no mail any more."""
    with store.write() as connection:
        connection.execute(update(workers).where(workers.c.worker_id == worker_id).values(email=None))
        connection.execute(delete(worker_links).where(worker_links.c.worker_id == worker_id))


def reached_by(store: Store, text: str, most: int) -> Sequence[Any]:
    """Workers with an e-mail address who sign in with this name or have this address: worker_id, name, email."""
    text = text.replace("\x00", "").strip()  # which PostgreSQL takes in no text
    named = (worker_accounts.c.sign_in_name == compared(text)) & workers.c.email.is_not(None)
    with store.read() as connection:
        return connection.execute(_reached.where(named | (workers.c.email == text)).limit(most)).all()


def mail_link(store: Store, worker_id: str, to: str, subject: str, why: str, page: str, *, confirms: bool) -> None:
    """Mail a link to a page of ours (its address), after a text that says why.

    It either confirms the address that it is mailed to, or sets a password; it takes the place of earlier ones.
    """
    token = secrets.token_urlsafe(32)
    now = clock.milliseconds()
    row = {"token_hash": token_hash(token), "worker_id": worker_id, "email": to if confirms else None}
    same = worker_links.c.email.is_not(None) if confirms else worker_links.c.email.is_(None)
    text = (
        f"{why}\n\n{page}?token={token}\n\nThe link works once, for an hour. If you did not ask for it, do nothing.\n"
    )
    with store.write() as connection:
        connection.execute(delete(worker_links).where(worker_links.c.worker_id == worker_id, same))
        connection.execute(insert(worker_links), {**row, "expires_at": now + LINK_SECONDS * 1000})
        outbox.add_letter(connection, Letter(subject, text, to), now)


def find_link(store: Store, token: str) -> Row[Any] | None:
    """The link that carries this: worker_id, email; None when there is none, or it was used, or its time is over."""
    with store.read() as connection:
        return _link_of(connection, token)


def _link_of(connection: Connection, token: str) -> Row[Any] | None:
    return connection.execute(_link, {"of_token": token_hash(token), "now": clock.milliseconds()}).one_or_none()


def confirm_email(store: Store, token: str) -> bool:
    """Mail to the address that a link was sent to from now on; False when the link does not work."""
    with store.write() as connection:
        link = _link_of(connection, token)
        if link is None or link.email is None:
            return False
        # links to set a password, too: they lie in the mailbox of the address before
        connection.execute(delete(worker_links).where(worker_links.c.worker_id == link.worker_id))
        connection.execute(update(workers).where(workers.c.worker_id == link.worker_id).values(email=link.email))
    return True


def reset_password(store: Store, token: str, password: str) -> bool:
    """Set the password of the worker whom a link was mailed to, and end all sessions; False when the link does not work.

    Raises AccountError for a password that cannot be used.
    """
    hashed = checked_password(password)
    with store.write() as connection:
        link = _link_of(connection, token)
        if link is None or link.email is not None:
            return False
        connection.execute(delete(worker_links).where(worker_links.c.token_hash == link.token_hash))
        put_password(connection, link.worker_id, hashed)
    return True
