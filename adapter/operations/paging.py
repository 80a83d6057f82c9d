"""Numbered, sorted pages with true totals over the upstream's NextToken lists (contract section (g))."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

from adapter.errors import unavailable
from adapter.operations import Call
from adapter.store import snapshots
from adapter.wire.shapes import SortDirection
from adapter.wire.types import Between

Row = dict[str, Any]

PageNumber = Annotated[int, Between(1, 2**31 - 1)]
PageSize = Annotated[int, Between(1, 100)]

#: The most rows one upstream call lists.
MOST = 100


@dataclass(frozen=True)
class Listing:
    """One upstream list: the boto3 method, its arguments, the member that holds the rows.

    `keys` are the sort keys by SortProperty (None stands for the upstream's own order); `sweep` are the arguments of
    further sweeps whose rows are appended (a modern call takes one status where the legacy one takes several).
    """

    method: str
    rows: str
    arguments: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Callable[[Row], Any]] = field(default_factory=dict)
    also: tuple[dict[str, Any], ...] = ()
    #: Large members that this answer will not show need not be kept.
    without: tuple[str, ...] = ()
    #: Ids of HITs that no list shows.
    hidden: frozenset[str] = frozenset()

    def name(self, sort: str) -> str:
        """What tells this list from every other of the account."""
        text = json.dumps(
            [self.method, self.arguments, self.also, self.without, sorted(self.hidden), sort], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()[:40]


def page(
    call: Call,
    listing: Listing,
    number: int,
    size: int,
    sort: Enum | None = None,
    direction: SortDirection = SortDirection.Ascending,
) -> tuple[dict[str, int], list[Row]]:
    """One page: the counters NumResults, TotalNumResults, PageNumber, and its rows.

    Page 1 always shows the list as it is now. When there are more pages, the whole list is kept for a while, so that
    walking all pages costs one scan and no row is met twice or missed while rows come and go. A page past the end is
    empty and valid.
    """
    sort_name = sort.value if sort is not None and sort.value in listing.keys else ""
    descending = direction is SortDirection.Descending and sort is not None and sort.value != "Enumeration"
    offset = (number - 1) * size
    if (direct := _direct(call, listing, sort_name, offset, size, descending=descending)) is not None:
        rows, total = direct
    else:
        rows, total = _from_scan(call, listing, sort_name, offset, size, descending=descending)
    return {"NumResults": len(rows), "TotalNumResults": total, "PageNumber": number}, rows


def _direct(
    call: Call, listing: Listing, sort: str, offset: int, size: int, *, descending: bool
) -> tuple[list[Row], int] | None:
    """A sorted slice straight from the embedded marketplace, where it offers one for this list."""
    if call.upstream.sorted_page is None or listing.also or listing.hidden:
        return None
    return call.upstream.sorted_page(call.account_id, listing.method, listing.arguments, sort, descending, offset, size)


def _from_scan(
    call: Call, listing: Listing, sort: str, offset: int, size: int, *, descending: bool
) -> tuple[list[Row], int]:
    name, seconds = listing.name(sort), call.settings.snapshot_seconds
    if offset:
        found = snapshots.find(call.store, call.account_id, name, seconds)
        if found is not None:
            return snapshots.page(call.store, found, offset, size, descending=descending), found.total
    with snapshots.building(call.account_id, name) as waited:
        if waited and (found := snapshots.find(call.store, call.account_id, name, 2)) is not None:
            # somebody scanned the same list while this call waited
            return snapshots.page(call.store, found, offset, size, descending=descending), found.total
        batches = scan(call, listing)
        first = next(batches, [])
        second = next(batches, None)
        key = listing.keys.get(sort) or (lambda _: 0)
        if second is None and len(first) <= max(size, 1) and not offset:
            rows = sorted(first, key=key, reverse=False)
            return (rows[::-1] if descending else rows), len(rows)
        made = snapshots.make(call.store, call.account_id, name, _keyed(listing, key, first, second, batches), seconds)
    return snapshots.page(call.store, made, offset, size, descending=descending), made.total


def _keyed(
    listing: Listing, key: Callable[[Row], Any], first: list[Row], second: list[Row] | None, rest: Iterator[list[Row]]
) -> Iterator[list[tuple[Any, Row]]]:
    """Batches as the store wants them: each row with its sort key, without the members that nobody will see."""

    def prepared(batch: list[Row]) -> list[tuple[Any, Row]]:
        keyed = [(key(row), row) for row in batch]
        for row in batch:
            for member in listing.without:
                row.pop(member, None)
        return keyed

    yield prepared(first)
    if second is not None:
        yield prepared(second)
    for batch in rest:
        yield prepared(batch)


def scan(call: Call, listing: Listing) -> Iterator[list[Row]]:
    """All rows of the list, one upstream call's worth at a time.

    A token may come with the last non-empty page, so the sweep ends at the first page without a token or without rows;
    the embedded marketplace never cuts a page short, so there a short page is the last. Raises LegacyError when the
    upstream hands out the same token twice.
    """
    for arguments in (listing.arguments, *listing.also):
        token: str | None = None
        seen: set[str] = set()
        while True:
            asked = {**arguments, "MaxResults": MOST, **({"NextToken": token} if token else {})}
            answer = getattr(call.mturk, listing.method)(**asked)
            rows: list[Row] = answer.get(listing.rows) or []
            if shown := [row for row in rows if row.get("HITId") not in listing.hidden] if listing.hidden else rows:
                yield shown
            token = answer.get("NextToken")
            if not token or not rows or (call.upstream.embedded and len(rows) < MOST):
                break
            if token in seen:
                raise unavailable()
            seen.add(token)
