"""The upstream's lists: what to ask for, how rows are sorted, and one scan over all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adapter.core.errors import unavailable
from adapter.legacy.call import Call

Row = dict[str, Any]

#: The most rows one upstream call lists.
MOST = 100


@dataclass(frozen=True)
class Listing:
    """One upstream list: the boto3 method, its arguments, the member that holds the rows.

    `keys` are the sort keys by SortProperty (None stands for the upstream's own order); `also` are the arguments of
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
    #: Takes the rows out of an answer in which they are no member, and those of them that the list is to have; `rows` then
    #: says in words what that is.
    take: Callable[[dict[str, Any]], list[Row]] | None = None
    only: Callable[[Row], bool] | None = None

    def name(self, sort: str) -> str:
        """What tells this list from every other of the account."""
        text = json.dumps([self.method, self.rows, self.arguments, self.also, self.without, sort], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]


def scan(call: Call, listing: Listing) -> Iterator[list[Row]]:
    """All rows of the list, one upstream call's worth at a time; see answers()."""
    for rows, _ in answers(call, listing):
        if rows:
            yield rows


def answers(call: Call, listing: Listing) -> Iterator[tuple[list[Row], bool]]:
    """The rows of each upstream call, those of hidden HITs left out, and whether there may be more.

    A token may come with the last non-empty page, so the sweep ends at the first page without a token or without rows;
    Raises LegacyError when the
    upstream hands out the same token twice.
    """
    sweeps = (listing.arguments, *listing.also)
    for number, arguments in enumerate(sweeps, 1):
        token: str | None = None
        seen: set[str] = set()
        while True:
            asked = {**arguments, "MaxResults": MOST, **({"NextToken": token} if token else {})}
            answer = getattr(call.mturk, listing.method)(**asked)
            rows: list[Row] = listing.take(answer) if listing.take else answer.get(listing.rows) or []
            token = answer.get("NextToken")
            last = not token or not rows
            shown = [row for row in rows if row.get("HITId") not in listing.hidden] if listing.hidden else rows
            if listing.only is not None:
                shown = list(filter(listing.only, shown))
            yield shown, not last or number < len(sweeps)
            if last:
                break
            if token in seen:
                raise unavailable()
            seen.add(str(token))
