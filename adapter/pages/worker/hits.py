"""Finding, previewing and accepting HITs."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from adapter.core import clock
from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.requirements import guards
from adapter.marketplace.domain.taking import GONE, MOST_IN_HAND, NO_MORE, take
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.store import assignments, open_groups
from adapter.marketplace.store.blocks import is_blocked
from adapter.marketplace.store.hits import Hit, find_hit
from adapter.pages.content.frames import question_view
from adapter.pages.frame import (
    FORM_KEY,
    current_worker,
    go,
    here,
    post,
    refuse,
    render,
    sign_in_address,
    signed_in,
    the_store,
)
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.groups import Known, Search, amount_of, browse
from adapter.pages.worker.requirements import requirements_html

#: The names that the list and the preview had over the years; each is in somebody's bookmarks.
FIND = ("findhits", "viewhits", "sorthits", "searchbar", "viewsearchbar", "sortsearchbar", "welcome", "")
PREVIEW = ("preview", "previewandaccept", "accept")


def add_views(site: Blueprint, settings: Settings) -> None:
    """The pages before a HIT is accepted."""
    for name in FIND:
        site.add_url_rule(f"/mturk/{name}", f"find {name}", find_hits)
    for name in PREVIEW:
        site.add_url_rule(f"/mturk/{name}", f"preview {name}", lambda: preview(settings), methods=["GET"])
    site.add_url_rule("/projects/<group_id>/tasks", "project", project)
    site.add_url_rule("/projects/<group_id>/tasks/<_task>", "task", project)
    site.add_url_rule("/mturk/accept", "accept", signed_in(post(accept)), methods=["POST"])


def find_hits() -> Response:
    """The list of groups; the parameters are those of the old searchbar. `before` is where a page goes on."""
    _let_in()
    given = request.args
    requester_id = given.get("requesterId", "")
    search = Search(
        given.get("searchWords", "")[:200],
        amount_of(given.get("minReward", "")),
        qualified=bool(given.get("qualifiedFor")),
        # what is no id is nobody's, and not everybody's
        requester_id=requester_id if not requester_id or is_id(requester_id) else "-",
    )
    before = given.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else open_groups.LAST
    worker = current_worker()
    page, following = browse(the_store(), worker.worker_id if worker else "", search, start)
    return render(
        "find_hits.html",
        page=page,
        search=search,
        most=open_groups.MOST_COUNTED,
        newest="" if start == open_groups.LAST else _address(search),
        more=_address(search, following) if following else "",
    )


def project(group_id: str, _task: str = "") -> Response:
    """The addresses of the newer worker site."""
    return go(f"/mturk/preview?groupId={group_id}" if is_id(group_id) else "/mturk/findhits")


def preview(settings: Settings) -> Response:
    """A HIT before it is accepted, by `groupId` (of the group or of the HIT type) or `hitId`.

    previewandaccept shows the same page: a mere link must not accept anything, as any site could send one here.
    """
    _let_in()
    worker = current_worker()
    worker_id = worker.worker_id if worker else ""
    hit_id = request.args.get("hitId", "")
    group = _group(request.args.get("groupId", ""), hit_id)
    with the_store().read() as connection:
        known = Known(connection, worker_id)
        if worker and is_blocked(connection, group.account_id, worker_id):
            refuse(403, "You cannot work for this Requester.")
        if not known.meets(group.requirements, "Discover"):
            if not worker:
                return go(sign_in_address(here()))
            refuse(404, NO_MORE)
        offered = open_groups.offered(connection, group.hit_type_id, worker_id, clock.milliseconds())
        number = open_groups.count_open(connection, group.hit_type_id)
        mine = _in_hand(connection, worker_id, group.hit_type_id)
        may_preview = known.meets(group.requirements, "Preview")
        may_accept = known.meets(group.requirements, "Accept")
    wanted = [hit_id, *offered] if may_preview else []
    hit = next((found for each in wanted if (found := _previewed(each, worker_id))), None)
    if not may_preview and not worker and any(guards(each, "Preview") for each in group.requirements):
        return go(sign_in_address(here()))
    status = 200 if hit or mine else 403 if not may_preview else 404
    return render(
        "preview.html",
        status,
        group=group,
        hit=hit,
        number=number,
        most=open_groups.MOST_COUNTED,
        requirements=requirements_html(group.requirements, worker),
        may_preview=may_preview,
        may_accept=may_accept,
        mine=mine,
        view=question_view(settings, hit) if hit else None,
        no_more=NO_MORE,
    )


def accept(worker: Worker) -> Response:
    """Take an assignment of the group: of the HIT that was shown, else of any other that is left; or several, a `number`."""
    hit_id = request.form.get("hitId", "")
    group = _group(request.form.get("groupId", ""), hit_id)
    with the_store().read() as connection:
        held = assignments.active_assignment(connection, hit_id, worker.worker_id) if is_id(hit_id) else None
    number = request.form.get("number", "1")
    most = min(int(number), MOST_IN_HAND) if number.isascii() and number.isdigit() and len(number) < 4 else 1
    if held is not None and held.status == "Accepted" and most <= 1:
        # a second click
        return go(f"/mturk/continue?assignmentId={held.assignment_id}")
    click = f"{request.form[FORM_KEY]} {group.hit_type_id} {hit_id}"
    try:
        rows = take(
            the_store(),
            worker.worker_id,
            group.hit_type_id,
            click=hashlib.sha256(click.encode()).hexdigest()[:32],
            first=hit_id,
            most=max(most, 1),
        )
    except WorkerError as error:
        gone, many = error.code.endswith(GONE), error.code.endswith("TooManyAssignments")
        refuse(404 if gone else 409 if many else 403, error.message)
    if most > 1:
        return go(f"/mturk/myhits?accepted={len(rows)}")
    return go(f"/mturk/continue?assignmentId={rows[-1].assignment_id}")


def _address(search: Search, before: int = 0) -> str:
    """Where a search is found, from its first page or from another one on."""
    given = {
        "searchWords": search.words,
        "minReward": f"{search.least_reward:f}" if search.least_reward else "",
        "qualifiedFor": "on" if search.qualified else "",
        "requesterId": search.requester_id,
        "before": str(before or ""),
    }
    return "/mturk/searchbar?" + urlencode({name: value for name, value in given.items() if value})


def _let_in() -> None:
    """Where workers cannot sign up by themselves, HITs are shown only to those who are signed in."""
    if the_store().settings.worker_sign_up != "open" and current_worker() is None:
        abort(go(sign_in_address(here())))


def _group(group_id: str, hit_id: str) -> Any:
    with the_store().read() as connection:
        if is_id(hit_id) and not group_id and (hit := find_hit(connection, None, hit_id)) is not None:
            group_id = hit.hit_type_id
        group = open_groups.find_group(connection, group_id) if is_id(group_id) else None
    if group is None:
        refuse(404, "There is no such group of HITs. The link may be incomplete, or for another site.")
    return group


def _previewed(hit_id: str, worker_id: str) -> Hit | None:
    try:
        return assignment_lifecycle.preview(the_store(), hit_id, worker_id) if is_id(hit_id) else None
    except TurkError:
        return None


def _in_hand(connection: Any, worker_id: str, hit_type_id: str) -> Any:
    """The worker's accepted assignment of a group, if there is one."""
    if not worker_id:
        return None
    now = clock.milliseconds()
    for row in assignments.list_in_hand(connection, worker_id, MOST_IN_HAND):
        hit = find_hit(connection, None, row.hit_id)
        if hit is not None and hit.hit_type_id == hit_type_id and row.deadline_at > now:
            return row
    return None
