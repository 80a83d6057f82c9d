"""Hiding groups and requesters from the list of HITs, and showing them again."""

from __future__ import annotations

from flask import Blueprint, Response, request

from adapter.core.ids import is_id
from adapter.core.settings import Settings
from adapter.pages.frame import go, own_path, post, refuse, render, signed_in, the_store
from adapter.pages.store import hidden
from adapter.pages.store.worker_accounts import Worker

PAGE = "/mturk/hidden"


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The page of what is hidden, and the two buttons."""

    @site.get(PAGE)
    @signed_in
    def hidden_hits(worker: Worker) -> Response:
        with the_store().read() as connection:
            rows = hidden.named(connection, worker.worker_id)
        return render("hidden.html", rows=rows)

    @site.post("/mturk/hide")
    @post
    @signed_in
    def hide(worker: Worker) -> Response:
        if not hidden.hide(the_store(), worker.worker_id, _chosen()):
            refuse(
                409, f"You have hidden {hidden.MOST} groups and requesters, and more is not possible. Show some again."
            )
        return go(own_path(request.form.get("then", "")))

    @site.post("/mturk/unhide")
    @post
    @signed_in
    def show(worker: Worker) -> Response:
        hidden.show(the_store(), worker.worker_id, _chosen())
        return go(PAGE)


def _chosen() -> str:
    """The HIT type or the requester that a button stands for."""
    chosen = request.form.get("hide", "")
    with the_store().read() as connection:
        there = is_id(chosen) and hidden.can_be_hidden(connection, chosen)
    if not there:
        refuse(404, "There is no such group of HITs, and no such requester.")
    return chosen
