"""The addresses that applications and bookmarks have of Amazon's own sites, and where each leads here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.pages.content.frames import site_address
from adapter.pages.frame import go, render
from adapter.pages.worker import searches
from adapter.pages.worker.hits import project

#: Addresses of the worker site in its two ages.
_LEADING = {
    "/tasks": "/mturk/myhits",
    "/mturk/viewmyhits": "/mturk/myhits",
    "/mturk/sortmyhits": "/mturk/myhits",
    "/dashboard": "/mturk/dashboard",
    "/mturk/status": "/mturk/dashboard",
    "/earnings": "/mturk/earnings",
    "/mturk/transferearnings": "/mturk/earnings",
    "/direct_deposit": "/mturk/earnings",
    "/payment_schedule": "/mturk/earnings",
    "/qualifications": "/mturk/myquals",
    "/qualifications/assigned": "/mturk/myquals",
    "/qualifications/pending": "/mturk/pendingquals",
    "/mturk/viewquals": "/mturk/findquals",
}
#: Addresses of the requester site, which applications print when they have made a HIT.
_REQUESTER = (
    "/mturk/manageHITs",
    "/mturk/manageHIT",
    "/mturk/youraccount",
    "/mturk/bulk/<path:_rest>",
    "/bulk/<path:_rest>",
    "/batches",
    "/batches/<path:_rest>",
    "/create/projects",
    "/create/projects/<path:_rest>",
    "/manage",
    "/manage/<path:_rest>",
    "/developer",
    "/developer/<path:_rest>",
)
#: Parameters of the newer site's letters, of which the first that is given says what the letter is about.
_LETTERS = {
    "assignment_message[assignment_id]": "assignmentId",
    "assignment_message[hit_id]": "hitId",
    "hit_type_message[requester_id]": "requesterId",
    "assignment_message[requester_id]": "requesterId",
}
#: What the list of the newer site called what the older one's searchbar asks for.
_FILTERS = {
    "filters[search_term]": "searchWords",
    "filters[min_reward]": "minReward",
    "filters[qualified]": "qualifiedFor",
    "filters[masters]": "requiresMasterQual",
    "page_size": "pageSize",
    "page_number": "pageNumber",
}
_ORDERS = {"updated": "LastUpdatedTime", "reward": "Reward", "num_hits": "NumHITs"}


def add_views(site: Blueprint, _settings: Settings) -> None:
    """Lead each of these addresses on, or say what takes the place of its page."""

    def requester(**_: str) -> Response:
        return render("requester.html", address=site_address())

    views: dict[str, Callable[..., Response]] = {
        "/projects": lambda: go(find_path(request.args)),
        "/projects/<group_id>": project,
        "/projects/<group_id>/tasks/<task_id>/accept": project,
        "/requesters/<requester_id>/projects": lambda requester_id: go(find_path(request.args, requester_id)),
        "/qualifications/<type_id>": _qualification,
        # both sites had this address
        "/account": lambda: go("/mturk/account") if is_worker_host(request.host) else requester(),
        "/status_details/<day>": lambda day: go(f"/mturk/dashboard/{quote(day)}"),
        "/mturk/statusdetail": _day,
        "/contact_requester/<_about>/new": _contact,
        **{path: partial(_lead, target) for path, target in _LEADING.items()},
        **dict.fromkeys(_REQUESTER, requester),
    }
    for path, view in views.items():
        site.add_url_rule(path, path, view, methods=["GET"], strict_slashes=False)


def find_path(given: Mapping[str, str], requester_id: str = "") -> str:
    """The list of HITs that a query of the newer worker site asks for."""
    asked = {new: given[old] for old, new in _FILTERS.items() if given.get(old)}
    column, _, direction = given.get("sort", "").rpartition("_")
    if column in _ORDERS:
        asked["sortType"] = f"{_ORDERS[column]}:{direction != 'asc':d}"
    if requester_id:
        asked["requesterId"] = requester_id
    search = searches.read(asked)
    return search.address(number=search.number)


def is_worker_host(host: str) -> bool:
    """Whether this is a name of Amazon's newer worker site, which had its list at `/` and no API."""
    return host.lower().partition(":")[0] in {"worker.mturk.com", "workersandbox.mturk.com"}


def _lead(target: str, **_: str) -> Response:
    return go(target)


def _qualification(type_id: str) -> Response:
    return go(f"/mturk/requestqualification?qualificationId={type_id}" if is_id(type_id) else "/mturk/findquals")


def _contact(_about: str) -> Response:
    found = [(name, request.args[old]) for old, name in _LETTERS.items() if request.args.get(old)]
    return go("/mturk/contact" + ("?" + urlencode(found[:1]) if found else ""))


def _day() -> Response:
    """The older site's page of a day, which it wrote as MMDDYYYY."""
    day = request.args.get("encodedDate", "")
    if len(day) != len("MMDDYYYY") or not (day.isascii() and day.isdigit()):
        return go("/mturk/dashboard")
    return go(f"/mturk/dashboard/{day[4:]}-{day[:2]}-{day[2:4]}")
