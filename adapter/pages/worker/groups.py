"""Which groups of HITs a worker is shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Any

from adapter.core import clock
from adapter.core.database import Connection, Store
from adapter.marketplace.domain.requirements import held_values, unmet_with
from adapter.marketplace.domain.system_qualifications import Value
from adapter.marketplace.store import open_groups

#: Groups on a page.
PAGE = 20
#: So many groups are looked at for one page; a search for rare words goes on from there on the next one.
MOST_LOOKED_AT = 2000
MOST_WORDS = 10

_AMOUNT = re.compile(r"[0-9]{1,7}(\.[0-9]{0,4})?|\.[0-9]{1,4}")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Search:
    """What is looked for: words in title, description or keywords, a least reward in dollars, one requester's."""

    words: str = ""
    least_reward: Decimal = Decimal(0)
    qualified: bool = False
    requester_id: str = ""


@dataclass(frozen=True)
class Shown:
    """A group on the page: its row, how many of its HITs are open, and whether the worker may accept them."""

    group: Any
    number: int
    qualified: bool

    @property
    def many(self) -> bool:
        """Whether there are more than `number`."""
        return self.number >= open_groups.MOST_COUNTED


def amount_of(text: str) -> Decimal:
    """Dollars as somebody wrote them, in whole cents; nothing for what is no amount."""
    plain = text.strip().removeprefix("$")
    return Decimal(plain).quantize(_CENT, ROUND_UP) if _AMOUNT.fullmatch(plain) else Decimal(0)


def browse(store: Store, worker_id: str, search: Search, before: int = open_groups.LAST) -> tuple[list[Shown], int]:
    """A page of groups that the worker (empty for a visitor) may discover and has not done, the newest first.

    The second value is the `before` of the next page, 0 when there is none.
    """
    words = search.words.casefold().split()[:MOST_WORDS]
    page: list[Shown] = []
    last = before
    with store.read() as connection:
        known = Known(connection, worker_id)
        groups = open_groups.open_groups(connection, worker_id, search.least_reward, search.requester_id, before)
        for group in itertools.islice(groups, MOST_LOOKED_AT):
            if len(page) == PAGE:
                return page, last
            last = group.newest_seq
            if shown := _shown(connection, known, group, words, search):
                page.append(shown)
        return page, last if next(groups, None) is not None else 0


class Known:
    """What is known of a worker's Qualifications, looked up once for each type."""

    def __init__(self, connection: Connection, worker_id: str) -> None:
        self._connection = connection
        self.worker_id = worker_id
        self._values: dict[str, Value] = {}

    def values(self, requirements: Sequence[dict[str, Any]]) -> dict[str, Value]:
        """The worker's values of the types that these requirements name."""
        wanted = {each["QualificationTypeId"] for each in requirements} - self._values.keys()
        if wanted:
            found = held_values(self._connection, self.worker_id, wanted)
            self._values |= {each: found.get(each) for each in wanted}
        return self._values

    def meets(self, requirements: Sequence[dict[str, Any]], action: str) -> bool:
        """Whether the worker meets the requirements that guard an action: `Discover`, `Preview` or `Accept`."""
        return not unmet_with(self.values(requirements), requirements, action)


def _shown(connection: Connection, known: Known, group: Any, words: Sequence[str], search: Search) -> Shown | None:
    text = f"{group.title}\n{group.description}\n{group.keywords or ''}".casefold()
    if not all(word in text for word in words):
        return None
    if group.requirements and not known.meets(group.requirements, "Discover"):
        return None
    qualified = not group.requirements or known.meets(group.requirements, "Accept")
    if search.qualified and not qualified:
        return None
    if not open_groups.offered(connection, group.hit_type_id, known.worker_id, clock.milliseconds()):
        return None
    return Shown(group, open_groups.count_open(connection, group.hit_type_id), qualified)
