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
from adapter.marketplace.domain.taking import GONE, MOST_IN_HAND, take
from adapter.marketplace.errors import TurkError, WorkerError
from adapter.marketplace.store import assignments, open_groups
from adapter.marketplace.store.hits import Hit, find_hit
from adapter.pages.content.frames import can_be_shown, question_view
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
from adapter.pages.store import hidden
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker import searches
from adapter.pages.worker.groups import browse
from adapter.pages.worker.next_hit import can_be_done
from adapter.pages.worker.requirements import WorkerRecord
from adapter.pages.worker.standing import ANOTHER, ANOTHER_DONE, Standing, standing

#: The names that the list and the preview had over the years; each is in somebody's bookmarks.
FIND = ("findhits", "viewhits", "sorthits", "searchbar", "viewsearchbar", "sortsearchbar", "welcome", "")
PREVIEW = ("preview", "previewandaccept", "accept", "notqualified")

_NO_SUCH_GROUP = "There is no such group of HITs. The link may be incomplete, or for another site."


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages before a HIT is accepted."""
    for name in FIND:
        site.add_url_rule(f"/mturk/{name}", f"find {name}", find_hits)
    for name in PREVIEW:
        site.add_url_rule(f"/mturk/{name}", f"preview {name}", preview, methods=["GET"])
    for name in ("accept", "acceptseveral"):
        site.add_url_rule(f"/mturk/{name}", f"take {name}", signed_in(post(accept)), methods=["POST"])
    site.add_url_rule("/projects/<group_id>/tasks", "project", project)
    site.add_url_rule("/projects/<group_id>/tasks/<task_id>", "task", project)


def find_hits() -> Response:
    """The list of groups; the parameters are those of the old searchbar."""
    _let_in()
    search = searches.read(request.args)
    if request.args.get("selectedSearchType", "").startswith("qual"):
        # the old searchbar looked for either
        return go("/mturk/findquals?" + urlencode({"searchWords": search.words}))
    worker = current_worker()
    worker_id = worker.worker_id if worker else ""
    now = clock.milliseconds()
    with the_store().read() as connection:
        passed_over = hidden.ids(connection, worker_id) if worker else frozenset()
        mine = open_groups.in_hand(connection, worker_id, now) if worker else {}
        listing = browse(connection, worker_id, search, passed_over, mine)
        shown = open_groups.questions(connection, [each.group.hit_id for each in listing.groups])
        requester = open_groups.requester_name(connection, search.requester_id) if search.requester_id else ""
    return render(
        "find_hits.html",
        listing=listing,
        search=search,
        requester=requester,
        undoable={each.hit_id for each in shown if not can_be_shown(each.question)},
        hidden=len(passed_over),
        orders=searches.OFFERED,
        sizes=sorted({*searches.SIZES, search.size}),
        most=open_groups.MOST_COUNTED,
        now=now,
    )


def project(group_id: str, task_id: str = "") -> Response:
    """The addresses of the newer worker site; one with an assignment in hand leads to it."""
    assignment_id = request.args.get("assignment_id", "")
    if is_id(assignment_id):
        return go(f"/mturk/continue?assignmentId={assignment_id}")
    if not is_id(group_id):
        return go(searches.LIST)
    of_hit = f"&hitId={task_id}" if is_id(task_id) else ""
    return go(f"/mturk/preview?groupId={group_id}{of_hit}")


def preview() -> Response:
    """A HIT before it is accepted, by `groupId` (of the group or of the HIT type) or `hitId`; not the one to `skip`.

    previewandaccept shows the same page: a mere link must not accept anything, as any site could send one here.
    """
    _let_in()
    hit_id = request.args.get("hitId", "")
    group = _group(request.args.get("groupId", ""), hit_id)
    return _preview_page(group, hit_id, skipped=request.args.get("skip", ""))


def _preview_page(group: Any, hit_id: str, refused: str = "", status: int = 0, skipped: str = "") -> Response:
    worker = current_worker()
    worker_id = worker.worker_id if worker else ""
    with the_store().read() as connection:
        stands = standing(WorkerRecord(connection, worker_id), group, hit_id, skipped)
    if not worker and (stands.closed or not stands.may_preview):
        return go(sign_in_address(here()))
    if stands.closed:
        return render("closed.html", stands.status, reason=stands.closed)
    hit = _shown(stands, group, hit_id, worker_id)
    other = hit is not None and is_id(hit_id) and hit.hit_id != hit_id and not stands.mine
    return render(
        "preview.html",
        status or stands.status,
        group=group,
        hit=hit,
        stands=stands,
        note=(ANOTHER_DONE if stands.did else ANOTHER) if other else "" if stands.reason else refused,
        most=open_groups.MOST_COUNTED,
        queue=MOST_IN_HAND,
        view=question_view(hit) if hit else None,
    )


def accept(worker: Worker) -> Response:
    """Take an assignment of the group: of the HIT that was shown, else of any other that is left; or several, a `number`."""
    hit_id = request.form.get("hitId", "")
    group = _group(request.form.get("groupId", ""), hit_id)
    with the_store().read() as connection:
        asked = find_hit(connection, None, hit_id) if is_id(hit_id) else None
    if asked is None or asked.hit_type_id != group.hit_type_id:
        hit_id = ""
    elif held := _held(hit_id, worker.worker_id):
        # a second click
        return go(f"/mturk/continue?assignmentId={held.assignment_id}")
    if asked is not None and not can_be_shown(asked.question):
        # the preview says why nobody can do it
        return go(f"/mturk/preview?hitId={asked.hit_id}")
    # the key of the form is another one each time that it is shown
    click = hashlib.sha256(f"{request.form[FORM_KEY]} {group.hit_type_id} {hit_id}".encode()).hexdigest()
    most = _number(request.form.get("number", ""))
    store, kind = the_store(), group.hit_type_id
    try:
        rows = take(store, worker.worker_id, kind, click=click, first=hit_id, most=most, can_be_done=can_be_done)
    except WorkerError as error:
        if error.code.endswith("TooManyAssignments"):
            refuse(409, error.message)
        gone = error.code.endswith(GONE)
        return _preview_page(group, hit_id, "" if gone else error.message, 404 if gone else 403)
    if most > 1:
        return go(f"/mturk/myhits?accepted={len(rows)}")
    return go(f"/mturk/continue?assignmentId={rows[-1].assignment_id}")


def _number(text: str) -> int:
    """How many HITs are wanted: one, unless it says otherwise."""
    plain = text.isascii() and text.isdigit() and len(text) < 4
    return min(max(int(text), 1), MOST_IN_HAND) if plain else 1


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
        abort(render("closed.html", 404, reason=_NO_SUCH_GROUP))
    return group


def _previewed(hit_id: str, worker_id: str) -> Hit | None:
    try:
        return assignment_lifecycle.preview(the_store(), hit_id, worker_id) if is_id(hit_id) else None
    except TurkError:
        return None


def _shown(stands: Standing, group: Any, hit_id: str, worker_id: str) -> Hit | None:
    """The HIT to show: the one that the link names, unless the worker has done it, else another to take."""
    if not stands.may_preview:
        return None
    wanted = [] if stands.did or not hit_id else [hit_id]
    found = (_previewed(each, worker_id) for each in (*wanted, *stands.offered))
    return next((each for each in found if each is not None and each.hit_type_id == group.hit_type_id), None)


def _held(hit_id: str, worker_id: str) -> Any:
    with the_store().read() as connection:
        row = assignments.active_assignment(connection, hit_id, worker_id)
    return row if row is not None and row.status == "Accepted" else None
