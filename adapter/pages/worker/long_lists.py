"""Long lists on worker pages: a page of rows, the newest first, and where the next page begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import request

from adapter.core import clock
from adapter.marketplace.domain.transactions import reading
from adapter.marketplace.store.worker_history import LAST
from adapter.pages.frame import refuse, the_store

#: Rows on a page.
MOST = 20


class Page(NamedTuple):
    """Rows of a list; `older` and `newest` are addresses of this page's other parts, empty where there are none."""

    rows: Sequence[Any]
    older: str
    newest: str


def page(
    listed: Callable[..., Sequence[Any]],
    *of: Any,
    given: Mapping[str, str] | None = None,
    overdue: Callable[[Any, int], bool] | None = None,
) -> Page:
    """The page of a list that the address asks for by `before`, the `seq` of the last row seen.

    `listed(connection, *of, before, most)` gives at most so many rows, newest first; `given` is what else the address
    says of the list.
    Rows of which `overdue(row, now)` says that something is due are brought up to date first, with all that is due on
    their requesters' accounts. Ends the view with a page that says so when `before` is no number.
    """
    given = given or {}
    text = request.args.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        refuse(400, "There is no such page of this list. Begin with its first page.")
    before = int(text) if text else LAST

    def fetch() -> Sequence[Any]:
        with the_store().read() as connection:
            return listed(connection, *of, before, MOST + 1)

    rows = fetch()
    if overdue is not None:
        now = clock.milliseconds()
        late = {row.account_id for row in rows if overdue(row, now)}
        for account_id in sorted(late):
            with reading(the_store(), account_id):
                pass
        rows = fetch() if late else rows
    shown = rows[:MOST]
    older = {**given, "before": str(shown[-1].seq)} if len(rows) > MOST else {}
    return Page(
        shown,
        f"{request.path}?{urlencode(older)}" if older else "",
        request.path + (f"?{urlencode(given)}" if given else "") if text else "",
    )
