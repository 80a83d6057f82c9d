"""Pages of a list: keyset positions in signed, stateless tokens bound to the account and the filter."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from typing import Any

from adapter.marketplace.domain.call import ServiceCall
from adapter.marketplace.errors import TurkError, invalid_value

DEFAULT_RESULTS = 10
_POSITION = 8
_TAG = 16


def page(
    call: ServiceCall,
    operation: str,
    request: dict[str, Any],
    fetch: Callable[[int, int], Sequence[Any]],
    *,
    seq: Callable[[Any], int] = lambda row: int(row.seq),
) -> tuple[Sequence[Any], dict[str, Any]]:
    """One page of a list: its rows, and the answer's NumResults and NextToken.

    `fetch(after, most)` gives at most so many rows whose `seq` is greater than `after`, in the order of `seq`.
    NextToken comes with every page that is not empty, as the real service did. Raises TurkError for a token that is
    not one of this list's.
    """
    token = request.get("NextToken")
    after = 0 if token is None else _position(call, operation, request, token)
    rows = fetch(after, request.get("MaxResults", DEFAULT_RESULTS))
    answer: dict[str, Any] = {"NumResults": len(rows)}
    if rows:
        answer["NextToken"] = _token(call, operation, request, seq(rows[-1]))
    return rows, answer


def _token(call: ServiceCall, operation: str, request: dict[str, Any], position: int) -> str:
    packed = position.to_bytes(_POSITION)
    return base64.urlsafe_b64encode(packed + _tag(call, operation, request, packed)).decode().rstrip("=")


def _position(call: ServiceCall, operation: str, request: dict[str, Any], token: str) -> int:
    try:
        packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        packed = b""
    if len(packed) != _POSITION + _TAG:
        raise invalid_value(token, "NextToken")
    position, tag = packed[:_POSITION], packed[_POSITION:]
    if not hmac.compare_digest(tag, _tag(call, operation, request, position)):
        raise TurkError(
            "InvalidParameterValue",
            "The NextToken does not belong to this list: another account, operation or filter.",
            "NextToken",
        )
    return int.from_bytes(position)


def _tag(call: ServiceCall, operation: str, request: dict[str, Any], packed: bytes) -> bytes:
    terms = {name: value for name, value in request.items() if name not in {"NextToken", "MaxResults"}}
    bound = json.dumps([call.account_id, operation, terms], sort_keys=True).encode()
    return hmac.digest(call.store.secrets.derive("paging"), packed + bound, hashlib.sha256)[:_TAG]
