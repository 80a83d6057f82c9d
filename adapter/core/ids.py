"""Identifiers as the service makes them: opaque, random, without order."""

from __future__ import annotations

import hashlib
import os
import re

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _letters(count: int) -> str:
    number = int.from_bytes(os.urandom(count * 6 // 8 + 8))
    letters = []
    for _ in range(count):
        number, index = divmod(number, 36)
        letters.append(_ALPHABET[index])
    return "".join(letters)


def entity_id() -> str:
    """A new id of a HIT, type, group, assignment, Qualification type or request: 30 characters, the first a 3."""
    return "3" + _letters(29)


def account_id() -> str:
    """A new id of an account, in the shape of a Worker's or Requester's id: A and 13 characters."""
    return "A" + _letters(13)


def access_key_id() -> str:
    """A new access key id: AKIA and 16 characters."""
    return "AKIA" + _letters(16)


_ID = re.compile("[A-Za-z0-9]{1,64}")


def is_id(text: str) -> bool:
    """Whether a text may be an id of something: ids are letters and digits."""
    return _ID.fullmatch(text) is not None


def account_number(account_id: str) -> str:
    """The twelve digits by which other services of AWS would know an account; always the same for one account."""
    return f"{int.from_bytes(hashlib.sha256(account_id.encode()).digest()[:8]) % 10**12:012}"
