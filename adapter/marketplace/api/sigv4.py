"""AWS Signature Version 4 in the Authorization header, verified."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from adapter.core.database import Store
from adapter.core.store.accounts import Key, find_key
from adapter.marketplace.errors import WireError

SERVICE = "mturk-requester"
ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_SECONDS = 900

_AUTHORIZATION = re.compile(
    ALGORITHM + r"\s+Credential=([^/\s,]{1,128})/(\d{8})/([^/\s,]{1,64})/([^/\s,]{1,64})/aws4_request\s*,\s*"
    r"SignedHeaders=([a-z0-9;._-]{1,1024})\s*,\s*Signature=([0-9a-f]{64})"
)
_MOMENT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_BLANKS = re.compile(r"\s+")
#: Signs in the place of the secret of a key that does not exist, so that both cases do the same work.
_NOBODY = Key("", "", "-")


def signer_of(environ: Mapping[str, Any], body: bytes, store: Store, service: str = SERVICE) -> Key:
    """Who signed a WSGI request with this body, by the keys of a store. Raises WireError as verify() does."""
    headers = {
        name[5:].replace("_", "-").lower(): _text(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    for each in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(each):
            headers[each.replace("_", "-").lower()] = environ[each]
    return verify(
        environ["REQUEST_METHOD"],
        environ.get("QUERY_STRING", ""),
        headers,
        body,
        time.time(),
        lambda access_key_id: find_key(store, access_key_id),
        service,
    )


def _text(value: str) -> str:
    """A header as the client wrote it: WSGI hands its bytes over as latin-1."""
    return value if value.isascii() else value.encode("latin-1").decode("utf-8", "replace")


def verify(
    method: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    key_of: Callable[[str], Key | None],
    service: str = SERVICE,
) -> Key:
    """Who signed a request for the path `/` of a service. Header names are in lower case; `now` is epoch seconds.

    Raises WireError: nobody signed, the key is unknown or disabled, the time is more than 15 minutes off, or the
    signature does not fit. A session token is ignored: this service has no sessions.
    """
    authorization = headers.get("authorization")
    if authorization is None:
        raise WireError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    match = _AUTHORIZATION.fullmatch(authorization.strip())
    if match is None:
        raise WireError(
            "IncompleteSignatureException", "The Authorization header is not an AWS4-HMAC-SHA256 signature."
        )
    access_key_id, day, region, scoped, names, signature = match.groups()
    moment = _moment(headers.get("x-amz-date", ""))
    signed = names.split(";")
    if scoped != service:
        raise WireError("InvalidSignatureException", f"Credential should be scoped to correct service: '{service}'.")
    # in the query protocol of other services the operation is part of the body
    needed = ("host", "x-amz-date", "x-amz-target")[: 3 if service == SERVICE else 2]
    if any(name not in signed for name in needed):
        raise WireError("InvalidSignatureException", f"{', '.join(needed)} must be among the signed headers.")
    if len(set(signed)) < len(signed):
        raise WireError("InvalidSignatureException", "A header is named twice among the signed headers.")
    if any(name not in headers for name in signed):
        raise WireError("InvalidSignatureException", "A signed header is missing from the request.")
    digest = hashlib.sha256(body).hexdigest()
    if headers.get("x-amz-content-sha256", digest) != digest:
        raise WireError("InvalidSignatureException", "x-amz-content-sha256 is not the hash of the body.")
    key = key_of(access_key_id)
    canonical = "\n".join(
        (
            method,
            "/",
            _canonical_query(query),
            *(f"{name}:{_BLANKS.sub(' ', headers[name].strip())}" for name in signed),
            "",
            names,
            digest,
        )
    )
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join((ALGORITHM, headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    expected = _signature((key or _NOBODY).secret_access_key, day, region, service, text)
    fits = hmac.compare_digest(expected, signature)
    if key is None or not key.enabled:
        raise WireError("UnrecognizedClientException", "The security token included in the request is invalid.")
    if not fits:
        raise WireError(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        )
    if abs(now - moment.timestamp()) > SKEW_SECONDS or headers["x-amz-date"][:8] != day:
        raise WireError(
            "InvalidSignatureException",
            f"Signature expired: {headers['x-amz-date']} is not within 15 minutes of "
            f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}.",
        )
    return key


def _moment(text: str) -> datetime:
    # strptime would take a tenth of the whole verification.
    if match := _MOMENT.fullmatch(text):
        year, month, day, hour, minute, second = map(int, match.groups())
        with contextlib.suppress(ValueError):
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    raise WireError("IncompleteSignatureException", "x-amz-date is not a time such as 20170117T000000Z.")


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _signature(secret: str, day: str, region: str, service: str, text: str) -> str:
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()
