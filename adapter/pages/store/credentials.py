"""Names and passwords as people type them, and tokens of sessions and links: how each is checked, compared and kept."""

from __future__ import annotations

import hashlib
import unicodedata

from adapter.core.store.accounts import AccountError

MOST_NAME_CHARACTERS = 100
MOST_PASSWORD_CHARACTERS = 200


def compared(name: str) -> str:
    """A name as two of them are compared: without case, without regard to blanks and to how letters are composed."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold().replace("\x00", "")


def checked_name(name: str) -> str:
    """A name as it is shown. Raises AccountError, in words for people, for what is none."""
    # composing letters can take quadratic time, so what is far too long is not composed at all
    shown = " ".join(unicodedata.normalize("NFC", name[: 4 * MOST_NAME_CHARACTERS]).split())
    if not shown:
        raise AccountError("A name is needed.")
    if len(shown) > MOST_NAME_CHARACTERS or len(name) > 4 * MOST_NAME_CHARACTERS:
        raise AccountError(f"A name has at most {MOST_NAME_CHARACTERS} characters.")
    if not shown.isprintable():
        raise AccountError("The name has characters in it that cannot be shown.")
    return shown


def check_password(password: str, least: int) -> None:
    """Raise AccountError, in words for people, for a password that has too few or too many characters."""
    if len(password) < least:
        raise AccountError(f"A password has at least {least} characters.")
    if len(password) > MOST_PASSWORD_CHARACTERS:
        raise AccountError(f"A password has at most {MOST_PASSWORD_CHARACTERS} characters.")


def plain(password: str) -> bytes:
    """A password as it is hashed: typed on one machine as letters and accents, on another as accented letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def token_hash(token: str) -> str:
    """A token as it is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
