"""Signing up, signing in and signing out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from adapter.core.settings import Settings
from adapter.core.store.accounts import AccountError
from adapter.pages.frame import (
    SESSION_COOKIE,
    SIGN_IN,
    cookie,
    cookie_name,
    current_worker,
    go,
    own_path,
    post,
    render,
    set_cookie,
    the_store,
)
from adapter.pages.store import worker_accounts

#: So many failures to sign in are let pass per name and per address, and so many sign-ups per address, in this time.
WINDOW_SECONDS = 15 * 60
MOST_FAILURES_OF_NAME = 10
MOST_FAILURES_OF_ADDRESS = 100
MOST_SIGN_UPS_OF_ADDRESS = 200

_WRONG = "Name and password do not belong together."
_TOO_OFTEN = "That was tried too often. Wait a quarter of an hour and try again."


def add_views(site: Blueprint, settings: Settings) -> None:
    """The pages of signing up, in and out."""
    is_open = settings.worker_sign_up == "open"

    @site.route(SIGN_IN, methods=["GET", "POST"])
    @post
    def sign_in() -> Response:
        then = own_path(request.values.get("then", ""))
        if request.method == "GET":
            return _form("sign_in.html", then, is_open=is_open)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        store = the_store()
        by_name = f"sign-in name {worker_accounts.compared(name[: worker_accounts.MOST_NAME_CHARACTERS])}"
        by_address = f"sign-in address {request.remote_addr}"
        # counted before the password is looked at, so that many tries at once count too
        often = worker_accounts.count_attempt(store, by_name, WINDOW_SECONDS) > MOST_FAILURES_OF_NAME
        often |= worker_accounts.count_attempt(store, by_address, WINDOW_SECONDS) > MOST_FAILURES_OF_ADDRESS
        if often:
            return _form("sign_in.html", then, 429, _TOO_OFTEN, name, is_open=is_open)
        worker = worker_accounts.find_worker_by_password(store, name, password)
        if worker is None:
            return _form("sign_in.html", then, 403, _WRONG, name, is_open=is_open)
        worker_accounts.forget_attempts(store, by_name)
        # only this one: else who has an account could try others without end
        worker_accounts.take_back_attempt(store, by_address)
        return _enter(worker.worker_id, then)

    @site.route("/mturk/signup", methods=["GET", "POST"])
    @post
    def sign_up() -> Response:
        then = own_path(request.values.get("then", ""))
        if not is_open:
            return render("sign_up_closed.html", 403 if request.method == "POST" else 200)
        if request.method == "GET":
            return _form("sign_up.html", then)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        known = {
            "country": request.form.get("country", "").strip()[:100],
            "subdivision": request.form.get("subdivision", "").strip()[:100],
            "adult": "adult" in request.form or None,
        }
        if password != request.form.get("password_again", ""):
            return _form("sign_up.html", then, 400, "The two passwords differ.", name, known)
        store = the_store()
        subject = f"sign-up address {request.remote_addr}"
        if worker_accounts.count_attempt(store, subject, WINDOW_SECONDS) > MOST_SIGN_UPS_OF_ADDRESS:
            return _form("sign_up.html", then, 429, _TOO_OFTEN, name, known)
        try:
            worker = worker_accounts.create_worker(store, name, password, **known)
        except AccountError as error:
            return _form("sign_up.html", then, 400, str(error), name, known)
        return _enter(worker.worker_id, then)

    @site.post("/mturk/signout")
    @post
    def sign_out() -> Response:
        if token := cookie(SESSION_COOKIE):
            worker_accounts.end_session(the_store(), token)
        answer = go("/mturk/findhits")
        answer.delete_cookie(cookie_name(SESSION_COOKIE), httponly=True, samesite="Lax", secure=request.is_secure)
        return answer


def _form(
    template: str,
    then: str,
    status: int = 200,
    problem: str = "",
    name: str = "",
    known: dict[str, Any] | None = None,
    *,
    is_open: bool = True,
) -> Response:
    if current_worker() is not None:
        return go(then)
    shown = {"then": then, "problem": problem, "name": name[:200], "known": known or {}, "is_open": is_open}
    return render(template, status, **shown)


def _enter(worker_id: str, then: str) -> Response:
    """A new token for every sign-in, so that nobody can have laid one out before."""
    answer = go(then)
    token = worker_accounts.start_session(the_store(), worker_id)
    set_cookie(answer, SESSION_COOKIE, token, worker_accounts.SESSION_SECONDS)
    return answer
