"""Numbered, sorted pages with true totals over the upstream's NextToken lists (docs/contract.md, Sorting and paging)."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from adapter.legacy.call import Call
from adapter.legacy.lists import kept
from adapter.legacy.lists.listing import Listing, Row, scan
from adapter.legacy.lists.walking import View
from adapter.legacy.protocol.binding import Between
from adapter.legacy.protocol.shapes import SortDirection

__all__ = ["Listing", "PageNumber", "PageSize", "Row", "page", "scan"]

#: HITs left out of a list by the database; with more the list is scanned.
MOST_HIDDEN = 1_000

PageNumber = Annotated[int, Between(1, 2**31 - 1)]
PageSize = Annotated[int, Between(1, 100)]


def page(
    call: Call,
    listing: Listing,
    number: int,
    size: int,
    sort: Enum | None = None,
    direction: SortDirection = SortDirection.Ascending,
) -> tuple[dict[str, int], list[Row]]:
    """One page: the counters NumResults, TotalNumResults, PageNumber, and its rows.

    The embedded marketplace gives a sorted slice of most lists as it is now; every other list comes from its rows, as
    adapter.operations.kept says. A page past the end is empty and valid.
    """
    sort_name = sort.value if sort is not None and sort.value in listing.keys else ""
    descending = direction is SortDirection.Descending and sort is not None and sort.value != "Enumeration"
    found = _direct(call, listing, sort_name, (number - 1) * size, size, descending=descending)
    rows, total = found or kept.page(call, listing, View(sort_name, descending, number, size))
    return {"NumResults": len(rows), "TotalNumResults": total, "PageNumber": number}, rows


def _direct(
    call: Call, listing: Listing, sort: str, offset: int, size: int, *, descending: bool
) -> tuple[list[Row], int] | None:
    """A sorted slice straight from the embedded marketplace, where it offers one for this list."""
    if listing.also or len(listing.hidden) > MOST_HIDDEN:
        return None
    return call.upstream.sorted_page(
        call.account_id, listing.method, listing.arguments, sort, descending, offset, size, listing.hidden
    )
