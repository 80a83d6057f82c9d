"""Numbered, sorted pages with true totals over the upstream's NextToken lists (docs/contract.md, Sorting and paging)."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Any

from adapter.core import clock
from adapter.core.errors import unavailable
from adapter.legacy.call import Call
from adapter.legacy.lists.listing import Listing, Row, answers, removed, scan
from adapter.legacy.protocol.binding import Between
from adapter.legacy.protocol.shapes import SortDirection
from adapter.legacy.store import list_cache

LOG = logging.getLogger("adapter.lists")

PageNumber = Annotated[int, Between(1, 2**31 - 1)]
PageSize = Annotated[int, Between(1, 100)]

#: Bytes of a sort key that count; PostgreSQL's indexes take no more than 2,700 bytes a row.
KEY_BYTES = 1_000
#: What stands where a modern call has its answer.
_READ_DIRECTLY = b"no modern call: the marketplace read this page of its own list"
#: Seconds for which a thread waits for another one's scan.
WAIT_SECONDS = 10.0
#: Which lists (account, name) are being scanned in this process: one thread does it, others that want it wait.
_SCANNED_NOW: set[tuple[str, str]] = set()
_SCAN_ENDED = threading.Condition()


def page(
    call: Call,
    listing: Listing,
    number: int,
    size: int,
    sort: str = "",
    direction: SortDirection = "Ascending",
) -> tuple[dict[str, int], list[Row]]:
    """One page: the counters NumResults, TotalNumResults, PageNumber, and its rows.

    An upstream that can sort gives the slice as it is now. Any other one's list is scanned once and kept for the later
    pages, so that a walk upwards meets every row once, whatever is written meanwhile. A page past the end is empty and
    valid.
    """
    sort_name = sort if sort in listing.keys else ""
    descending = direction == "Descending" and sort not in {"", "Enumeration"}
    offset = (number - 1) * size
    arguments = {**listing.arguments, **listing.narrower}
    found = call.upstream.sorted_page(
        call.account_id, listing.method, arguments, sort_name, descending, offset, size, listing.hidden
    )
    if found is not None and call.record.transcript is not None:
        what = {"method": listing.method, **arguments, "sort": sort_name, "from": offset, "rows": size}
        call.record.transcript.note("sorted page", json.dumps(what, default=str).encode(), None, _READ_DIRECTLY)
    rows, total = found or scanned_page(call, listing, sort_name, offset, size, descending=descending)
    return {"NumResults": len(rows), "TotalNumResults": total, "PageNumber": number}, rows


def changed(call: Call, operation: str = "", arguments: dict[str, Any] | None = None) -> None:
    """Note after a write that page 1 of the account's kept lists is to be read anew; a failure spoils no answer.

    With the operation that succeeded and its arguments, what it took off lists is left out of their later pages too.
    """
    if not call.outcome.possible or call.upstream.sorts:
        return
    try:
        list_cache.mark_changed(call.store, call.account_id, *removed(operation, arguments or {}))
    except Exception:
        LOG.exception("request_id=%s: kept lists do not know of a write", call.record.request_id)


def scanned_page(
    call: Call, listing: Listing, sort: str, offset: int, size: int, *, descending: bool
) -> tuple[list[Row], int]:
    """A page of a list that the upstream cannot sort, and the list's total.

    Page 1 is from a scan of the last seconds, made after the account's last write here; later pages are from the last
    scan, for as long as somebody reads it.
    """
    name, first = listing.name(sort), offset == 0
    found = _kept(call, name)
    if found is None or not _serves(call, found, first=first):
        with _scanning((call.account_id, name)) as waited:
            found = _kept(call, name) if waited else found
            if found is None or not (waited and _serves(call, found, first=first)):
                if first and (found is None or found.total <= size):
                    short = _short(call, listing, sort, size)
                    if short is not None:
                        return short[::-1] if descending else short, len(short)
                found = _scan(call, listing, sort, name)
    rows = list_cache.rows(call.store, found, offset, size, descending=descending)
    return [row for row in rows if row.get("HITId") not in listing.hidden], found.total


@contextmanager
def _scanning(of: tuple[str, str]) -> Iterator[bool]:
    """The right to scan a list, and whether it was waited for.

    Raises LegacyError (503) when that takes too long: old clients come again by themselves, and then find the list.
    """
    with _SCAN_ENDED:
        waited = of in _SCANNED_NOW
        if not _SCAN_ENDED.wait_for(lambda: of not in _SCANNED_NOW, WAIT_SECONDS):
            raise unavailable()
        _SCANNED_NOW.add(of)
    try:
        yield waited
    finally:
        with _SCAN_ENDED:
            _SCANNED_NOW.remove(of)
            _SCAN_ENDED.notify_all()


def _kept(call: Call, name: str) -> list_cache.CachedList | None:
    since = clock.milliseconds() - call.settings.snapshot_seconds * 1000
    return list_cache.find(call.store, call.account_id, name, since)


def _serves(call: Call, found: list_cache.CachedList, *, first: bool) -> bool:
    """Whether a kept list may answer: page 1 only as long as it shows what the account wrote."""
    fresh = found.scanned_at >= clock.milliseconds() - call.settings.list_fresh_seconds * 1000
    return not first or (fresh and not found.changed)


def _short(call: Call, listing: Listing, sort: str, enough: int) -> list[Row] | None:
    """The sorted rows of a list of at most `enough`, which has no later page and is not kept; None of a longer one."""
    found: list[Row] = []
    for rows, more in answers(call, listing):
        found += rows
        if more or len(found) > enough:
            return None
    return sorted(found, key=_key(listing, sort))


def _scan(call: Call, listing: Listing, sort: str, name: str) -> list_cache.CachedList:
    """Scan a list and keep it.

    It is begun before its first upstream call: so a write that a call came too early to see marks it, whichever process
    the write goes through. The rows that _short() read to learn the list's length are read again for the same reason.
    """
    key = _key(listing, sort)
    list_id, total = list_cache.begin(call.store, call.account_id, name, listing.kind), 0
    try:
        for rows in scan(call, listing):
            kept = [(_sortable(key(row)), listing.subject(row), _slim(listing, row)) for row in rows]
            list_cache.add(call.store, list_id, total, kept)
            total += len(rows)
    except Exception:
        # while the upstream fails, lists that were begun must not push out those that are kept
        list_cache.drop(call.store, list_id)
        raise
    list_cache.finish(call.store, list_id, total)
    now = clock.milliseconds()
    return list_cache.CachedList(list_id, total, now, now, changed=False)


def _key(listing: Listing, sort: str) -> Callable[[Row], Any]:
    return listing.keys.get(sort) or (lambda _: 0)


def _slim(listing: Listing, row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in listing.without} if listing.without else row


def _sortable(key: Any) -> bytes:
    """Bytes that sort as a text or a number that is not negative does."""
    if isinstance(key, str):
        return key.encode("utf-8", "surrogatepass")[:KEY_BYTES]
    return format(Decimal(str(key + 0)), "040.9f").encode()
