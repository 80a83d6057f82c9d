"""The groups of HITs that a worker is shown: those that fit a search, in its order, a page of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapter.core import clock
from adapter.core.database import Connection
from adapter.marketplace.domain.system_qualifications import MASTERS
from adapter.marketplace.store import open_groups
from adapter.pages.worker.requirements import Line, WorkerRecord
from adapter.pages.worker.searches import NEWEST, NUMBER, ORDERS, Search


@dataclass(frozen=True)
class Shown:
    """A group on the page: its row, the number of open HITs, what it requires and whether that is met, `mine` in hand."""

    group: Any
    number: int
    lines: Sequence[Line]
    qualified: bool
    mine: str

    @property
    def request(self) -> str:
        """The first Qualification that is missing, where all that are missing can be requested."""
        missing = [each.request for each in self.lines if each.unmet]
        return missing[0] if missing and all(missing) else ""


@dataclass(frozen=True)
class GroupPage:
    """A page of groups: how many there are on all pages, which page this is and of how many."""

    groups: Sequence[Shown]
    total: int
    number: int
    pages: int

    @property
    def numbers(self) -> list[int]:
        """The pages to link to: the first, the last, and those near this one; 0 stands for some left out."""
        near = {1, self.pages, *range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1)}
        found: list[int] = []
        for each in sorted(near):
            if found and each > found[-1] + 1:
                found.append(0)
            found.append(each)
        return found


def browse(
    connection: Connection, worker_id: str, search: Search, hidden: Collection[str], mine: Mapping[str, str]
) -> GroupPage:
    """A page of the groups that the worker (empty for a visitor) may discover and can accept a HIT of.

    `hidden` are HIT types and requesters that are passed over; `mine` tells the assignment in hand by HIT type. A page
    that is not there is the last one.
    """
    record = WorkerRecord(connection, worker_id)
    groups = open_groups.open_groups(
        connection, worker_id, clock.milliseconds(), search.least_reward, search.requester_id
    )
    found = [each for each in groups if each.hit_type_id not in hidden and each.account_id not in hidden]
    if patterns := search.patterns():
        found = [each for each in found if all(pattern.search(_text(each)) for pattern in patterns)]
    found = [each for each in found if _fits(record, each.requirements, search)]
    if search.order != NEWEST:
        _sort(connection, found, search)
    pages = max(1, -(-len(found) // search.size))
    number = min(search.number, pages)
    page = found[(number - 1) * search.size : number * search.size]
    numbers = open_groups.count_each(connection, [each.hit_type_id for each in page])
    shown = [_shown(record, each, numbers.get(each.hit_type_id, 0), mine) for each in page]
    return GroupPage(shown, len(found), number, pages)


def _sort(connection: Connection, groups: list[Any], search: Search) -> None:
    name, falling = search.order
    key = ORDERS[name]
    if name == NUMBER:
        numbers = open_groups.count_each(connection, [key(each) for each in groups])
        groups.sort(key=lambda each: numbers.get(key(each), 0), reverse=falling)
    else:
        groups.sort(key=key, reverse=falling)


def _fits(record: WorkerRecord, requirements: Sequence[dict[str, Any]], search: Search) -> bool:
    if search.masters and not any(each["QualificationTypeId"] in MASTERS for each in requirements):
        return False
    return record.meets(requirements, "Discover") and (not search.qualified or record.meets(requirements, "Accept"))


def _shown(record: WorkerRecord, group: Any, number: int, mine: Mapping[str, str]) -> Shown:
    lines = record.lines(group.requirements)
    return Shown(group, number, lines, not any(each.unmet for each in lines), mine.get(group.hit_type_id, ""))


def _text(group: Any) -> str:
    return f"{group.title}\n{group.description}\n{group.keywords or ''}\n{group.requester}".casefold()
