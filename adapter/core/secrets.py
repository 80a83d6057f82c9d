"""Encryption of stored secrets, and the key it is done with."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from adapter.core.settings import Settings, SettingsError


class Secrets:
    """Encrypts and decrypts stored secrets; derives keys for signing what leaves the process."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._fernet = Fernet(key)

    def __repr__(self) -> str:
        """Shows no key."""
        return "Secrets(…)"

    def encrypt(self, text: str) -> str:
        """The text encrypted, as text."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text of encrypt(); raises SettingsError when another key encrypted it."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SettingsError(
                "ADAPTER_ENCRYPTION_KEY is not the key that the stored secrets were encrypted with"
            ) from error

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes of its own for one purpose."""
        return hmac.digest(self._key, b"adapter:" + purpose.encode(), hashlib.sha256)


def open_secrets(settings: Settings) -> Secrets:
    """The encryption key of the settings, else the one in the data folder, which is made when it is missing.

    Raises SettingsError for a key that is no Fernet key.
    """
    key = settings.encryption_key.encode() or _key_file(settings.data)
    try:
        return Secrets(key)
    except ValueError as error:
        raise SettingsError("ADAPTER_ENCRYPTION_KEY: not a Fernet key (32 bytes, URL-safe base64)") from error


def _key_file(folder: Path) -> bytes:
    path = folder / "encryption.key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".encryption.{os.getpid()}.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
                file.flush()
                os.fsync(file.fileno())
            # A link, unlike a rename, leaves alone the key that another process may have made meanwhile.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    return path.read_bytes().strip()
