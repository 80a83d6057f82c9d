"""Who signed a call, and when: HMAC-SHA1 over the text that the protocol says (docs/contract.md, Signatures)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta, timezone

from adapter.core.errors import LegacyError, Place, not_authorized
from adapter.core.store.accounts import Key
from adapter.legacy.protocol.request import Credentials

#: xs:dateTime as clients send it: any number of fraction digits, a space for the T, an offset or Z or none.
_TIMESTAMP = re.compile(
    r"^\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s*(Z|z|UTC|GMT|[+-]\d\d:?\d\d)?\s*$"
)
#: Seconds since 1970, or milliseconds, as clients write it that sign what their clock function returns.
_EPOCH = re.compile(r"^\s*(\d{10})(\d{3})?\s*$")
#: The most characters of a time that is looked at.
LONGEST_TIME = 100
#: Takes the place of the secret of a key that does not exist, so that both cases cost the same.
_NOBODY = "no such key, and the same work"


def sign(secret: str, text: str) -> str:
    """Base64(HMAC-SHA1(secret, text)), as every legacy client computes it."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def check(credentials: Credentials, key: Key | None, now: datetime, skew: int, skew_local: int) -> None:
    """Raise LegacyError unless the signature is the key's and the time is near enough to now.

    `skew` bounds a Timestamp that carries a zone, `skew_local` one that does not (the 2006 reference asked for the
    system's local time); a key may have bounds of its own. After its window a captured call is refused for good.
    """
    if not (credentials.access_key_id and credentials.signature and credentials.timestamp):
        absent = [
            name
            for name, value in (
                ("AWSAccessKeyId", credentials.access_key_id),
                ("Timestamp", credentials.timestamp),
                ("Signature", credentials.signature),
            )
            if not value
        ]
        raise LegacyError(
            "AWS.BadCredentialSupplied",
            f"Credential is not sufficient: {', '.join(absent)} not supplied",
            place=Place.PLATFORM,
        )
    expected = sign(key.secret_access_key if key else _NOBODY, credentials.signed_text)
    # A `+` of the Base64 text that the client forgot to escape arrives as a space; at the beginning it cannot be told from
    # the white space that some clients put there, so no `+` there is compared.
    given = credentials.signature.strip().replace(" ", "+").lstrip("+")
    same = hmac.compare_digest(expected.lstrip("+").encode(), given.encode())
    if not same or key is None or not key.enabled:
        raise not_authorized()
    _check_time(credentials.timestamp, now, key.skew or skew, key.skew_local or skew_local)


def _check_time(text: str, now: datetime, skew: int, skew_local: int) -> None:
    moment, zoned = timestamp(text)
    allowed = skew if zoned else skew_local
    if moment is None or abs((now - moment).total_seconds()) > allowed:
        message = f"Request has expired. Timestamp date is {text[:64]}"
        raise LegacyError("RequestExpired", message, place=Place.PLATFORM)


def timestamp(text: str) -> tuple[datetime | None, bool]:
    """The moment that a Timestamp names, in UTC, and whether it carried a zone; (None, True) when it is no time."""
    if len(text) > LONGEST_TIME:
        # long runs of white space would keep the pattern busy for hours
        return None, True
    if epoch := _EPOCH.match(text):
        return datetime.fromtimestamp(int(epoch[1]), UTC), True
    match = _TIMESTAMP.match(text)
    if not match:
        return None, True
    year, month, day, hour, minute = (int(match[number]) for number in range(1, 6))
    try:
        moment = datetime(year, month, day, hour, minute, min(int(match[6] or 0), 59), tzinfo=UTC)
        zone = match[8]
        if zone and zone[0] in "+-":
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            moment = moment.replace(tzinfo=timezone(offset if zone[0] == "+" else -offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, True
    return moment, zone is not None
