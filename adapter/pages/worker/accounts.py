"""Signing up, signing in and signing out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from adapter.core.settings import Settings
from adapter.core.store.accounts import AccountError
from adapter.pages import attempts
from adapter.pages.frame import (
    SESSION_COOKIE,
    SIGN_IN,
    cookie,
    current_worker,
    delete_cookie,
    go,
    own_path,
    post,
    render,
    set_cookie,
    the_store,
)
from adapter.pages.store import worker_accounts
from adapter.pages.store.credentials import MOST_NAME_CHARACTERS
from adapter.pages.worker.places import STATES, countries, state_or_province

#: So many sign-ups are let pass per address in attempts.WINDOW_SECONDS.
MOST_SIGN_UPS_OF_ADDRESS = 200


def add_views(site: Blueprint, settings: Settings) -> None:
    """The pages of signing up, in and out."""
    is_open = settings.worker_sign_up == "open"
    attempts.bound_passwords(site)

    @site.route(SIGN_IN, methods=["GET", "POST"])
    @post
    def sign_in() -> Response:
        then = own_path(request.values.get("then", ""))
        if request.method == "GET":
            return _form("sign_in.html", then, is_open=is_open)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        store = the_store()
        subjects = attempts.subjects("sign-in", name)
        known = worker_accounts.is_known_address(store, name[:MOST_NAME_CHARACTERS], attempts.network())
        # counted before the password is looked at, so that many tries at once count too
        if not known and (wait := attempts.count_try(store, *subjects)):
            return _form("sign_in.html", then, 429, attempts.TOO_OFTEN.format(wait), name, is_open=is_open)
        with attempts.password_slot():
            worker = worker_accounts.find_worker_by_password(store, name, password)
        if worker is None:
            return _form("sign_in.html", then, 403, "Name and password do not belong together.", name, is_open=is_open)
        if not known:
            attempts.forgive(store, *subjects)
        return enter(worker.worker_id, then)

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
            "country": request.form.get("country", "").strip().upper()[:100],
            "subdivision": state_or_province(request.form),
            "adult": "adult" in request.form or None,
        }
        if password != request.form.get("password_again", ""):
            return _form("sign_up.html", then, 400, "The two passwords differ.", name, known)
        if problem := country_problem(str(known["country"])):
            return _form("sign_up.html", then, 400, problem, name, known)
        store = the_store()
        subject = f"sign-up address {attempts.network()}"
        if worker_accounts.count_attempt(store, subject, attempts.WINDOW_SECONDS) > MOST_SIGN_UPS_OF_ADDRESS:
            wait = attempts.TOO_OFTEN.format("a quarter of an hour")
            return _form("sign_up.html", then, 429, wait, name, known)
        try:
            with attempts.password_slot():
                worker = worker_accounts.create_worker(store, name, password, **known)
        except AccountError as error:
            return _form("sign_up.html", then, 400, str(error), name, known)
        return enter(worker.worker_id, then)

    @site.post("/mturk/signout")
    @post
    def sign_out() -> Response:
        if token := cookie(SESSION_COOKIE):
            worker_accounts.end_session(the_store(), token)
        answer = go("/mturk/findhits")
        delete_cookie(answer, SESSION_COOKIE)
        return answer


def country_problem(code: str) -> str:
    """What is wrong with a country that was chosen, or nothing."""
    return "" if not code or code in countries() else "Choose a country from the list."


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
    return render(
        template,
        status,
        then=then,
        problem=problem,
        name=name[:200],
        known={"country": "", "subdivision": "", "adult": False} | (known or {}),
        is_open=is_open,
        countries=countries(),
        states=STATES,
        reset="reset" in request.args,
    )


def enter(worker_id: str, then: str) -> Response:
    """Sign a worker in and lead on: a new token for every sign-in, so that nobody can have laid one out before."""
    answer = go(then)
    token = worker_accounts.start_session(the_store(), worker_id, attempts.network())
    set_cookie(answer, SESSION_COOKIE, token, worker_accounts.SESSION_SECONDS)
    return answer
