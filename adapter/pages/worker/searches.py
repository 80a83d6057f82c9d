"""What a worker looks for in the list of HITs, as it stands in the address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from adapter.core.ids import is_id

LIST = "/mturk/findhits"
MOST_CHARACTERS = 200
MOST_WORDS = 10
SIZES = (20, 50, 100)
NUMBER = "NumHITs"
#: By what of a group a list can be sorted, under the names of the old searchbar; their numbers of HITs are counted apart.
ORDERS: dict[str, Callable[[Any], Any]] = {
    "LastUpdatedTime": lambda group: group.newest_seq,
    "Reward": lambda group: group.reward,
    NUMBER: lambda group: group.hit_type_id,
    "Title": lambda group: group.title.casefold(),
    "Requester": lambda group: group.requester.casefold(),
    "LatestExpiration": lambda group: group.expires_at,
    "AssignmentDurationInSeconds": lambda group: group.assignment_duration,
}
NEWEST = ("LastUpdatedTime", True)
#: The orders that the list offers in its form, by their names in an address.
OFFERED = (
    ("LastUpdatedTime:1", "Newest first"),
    ("Reward:1", "Highest reward"),
    ("NumHITs:1", "Most HITs"),
    ("Title:0", "Title"),
    ("Requester:0", "Requester"),
    ("LatestExpiration:0", "Ending soon"),
    ("AssignmentDurationInSeconds:0", "Shortest time"),
)
#: Columns that a first click sorts from A to Z; in the others the largest comes first.
RISING = ("Title", "Requester")

_AMOUNT = re.compile(r"[0-9]{1,7}(\.[0-9]{0,4})?|\.[0-9]{1,4}")
_CENT = Decimal("0.01")
_PHRASE = re.compile(r'"([^"]*)"?|([^\s"]+)')
# writing without spaces between words begins here: Thai, Chinese, Japanese
_UNSPACED = "\u0e00"


@dataclass(frozen=True)
class Search:
    """What is looked for: words, a least reward in dollars, one requester's HITs, for whom.

    `order` is one of ORDERS and whether the largest comes first; `number` the page, from 1 on, of `size` groups.
    """

    words: str = ""
    least_reward: Decimal = Decimal(0)
    qualified: bool = False
    masters: bool = False
    requester_id: str = ""
    order: tuple[str, bool] = NEWEST
    size: int = SIZES[0]
    number: int = 1

    @property
    def narrows(self) -> bool:
        """Whether anything but order and page is asked for."""
        return bool(self.words.strip() or self.least_reward or self.qualified or self.masters or self.requester_id)

    @property
    def sort_type(self) -> str:
        """The order as it stands in an address."""
        return f"{self.order[0]}:{self.order[1]:d}"

    def address(self, **changes: Any) -> str:
        """Where this search is found, with these changes; on its first page unless they name one."""
        new = replace(self, **{"number": 1, **changes})
        given = {
            "searchWords": new.words,
            "minReward": f"{new.least_reward:f}" if new.least_reward else "",
            "qualifiedFor": "on" if new.qualified else "",
            "requiresMasterQual": "on" if new.masters else "",
            "requesterId": new.requester_id,
            "sortType": "" if new.order == NEWEST else new.sort_type,
            "pageSize": "" if new.size == SIZES[0] else str(new.size),
            "pageNumber": "" if new.number == 1 else str(new.number),
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{LIST}?{query}" if query else LIST

    def sorted_by(self, column: str) -> str:
        """Where the same list is found sorted by a column; the other way round when it is sorted by it already."""
        falling = not self.order[1] if self.order[0] == column else column not in RISING
        return self.address(order=(column, falling))

    def direction(self, column: str) -> str:
        """What `aria-sort` says of a column."""
        return "none" if self.order[0] != column else "descending" if self.order[1] else "ascending"

    def patterns(self) -> list[re.Pattern[str]]:
        """What a text must have: each word as a whole word, what is in quotation marks as a phrase; in any case."""
        found = (quoted or word for quoted, word in _PHRASE.findall(self.words.casefold()))
        return [_pattern(each.split()) for each in found if each.strip()][:MOST_WORDS]


def read(given: Mapping[str, str]) -> Search:
    """The search that an address asks for, in the words of the old searchbar; what it says wrongly is passed over."""
    requester_id = given.get("requesterId", "")
    return Search(
        given.get("searchWords", "")[:MOST_CHARACTERS],
        amount_of(given.get("minReward", "")),
        qualified=_is_on(given.get("qualifiedFor", "")),
        masters=_is_on(given.get("requiresMasterQual", "")),
        # what is no id is nobody's, and not everybody's
        requester_id=requester_id if not requester_id or is_id(requester_id) else "-",
        order=_order(given.get("sortType", "")),
        size=min(max(_number(given.get("pageSize", ""), SIZES[0]), 10), SIZES[-1]),
        number=max(_number(given.get("pageNumber", ""), 1), 1),
    )


def amount_of(text: str) -> Decimal:
    """Dollars as somebody wrote them, in whole cents; nothing for what is no amount."""
    plain = text.strip().removeprefix("$")
    return Decimal(plain).quantize(_CENT, ROUND_UP) if _AMOUNT.fullmatch(plain) else Decimal(0)


def _is_on(text: str) -> bool:
    return text not in ("", "off", "false", "0")


def _order(text: str) -> tuple[str, bool]:
    name, _, falling = text.partition(":")
    return (name, falling != "0") if name in ORDERS else NEWEST


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


def _pattern(words: list[str]) -> re.Pattern[str]:
    phrase = r"\s+".join(re.escape(each) for each in words)
    before, after = (
        r"\b" if (edge.isalnum() or edge == "_") and edge < _UNSPACED else "" for edge in (words[0][0], words[-1][-1])
    )
    return re.compile(before + phrase + after)
