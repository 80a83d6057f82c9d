"""Splits query strings and form bodies at a small cost for each byte, whatever strangers send."""

from __future__ import annotations

import binascii
import re

#: Percent signs that begin no escape, which each cost more than a byte should; in texts that people wrote they are rare.
MOST_LONE_SIGNS = 20_000
#: Separators per parameter: some clients write several in a row.
_SEPARATORS = 4

_LONE_SIGN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def split(text: bytes, most: int) -> list[tuple[bytes, bytes]]:
    """The names and values, decoded, in order; empty pieces (`&&`, a leading or trailing `&`) are passed over.

    Splits on `&` and the first `=` only. Raises ValueError, which says of what there is too much, for more than `most`.
    """
    if text.count(b"&") > _SEPARATORS * most:
        raise ValueError(f"more than {most} parameters")
    if b"%" in text:
        text, lone = _LONE_SIGN.subn(b"%25", text, count=MOST_LONE_SIGNS + 1)
        if lone > MOST_LONE_SIGNS:
            raise ValueError(f"more than {MOST_LONE_SIGNS} percent signs that begin no escape")
    pieces = [piece.partition(b"=") for piece in text.split(b"&") if piece]
    if len(pieces) > most:
        raise ValueError(f"more than {most} parameters")
    return [(_unescaped(name), _unescaped(value)) for name, _, value in pieces]


def _unescaped(raw: bytes) -> bytes:
    raw = raw.replace(b"+", b" ")
    if b"%" not in raw:
        return raw
    # quoted-printable has a decoder in C, and escapes only differ in their sign; urllib makes an object of each
    return binascii.a2b_qp(raw.replace(b"=", b"%3D").replace(b"%", b"="))
