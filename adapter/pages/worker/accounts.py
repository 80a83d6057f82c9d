"""Signing up, signing in and signing out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import ServiceUnavailable

from adapter.core.database import Store
from adapter.core.settings import Settings
from adapter.core.store.accounts import AccountError
from adapter.pages.addresses import network_of
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
from adapter.pages.worker.places import STATES, countries, state_or_province

#: So many failures to sign in, and so many sign-ups, are let pass per address in this time.
WINDOW_SECONDS = 15 * 60
MOST_FAILURES_OF_ADDRESS = 100
MOST_SIGN_UPS_OF_ADDRESS = 200
#: Passwords that a process compares at once, as each takes 16 MB, and the seconds that further ones wait for it.
PASSWORDS_AT_ONCE = 4
PASSWORD_WAIT_SECONDS = 2

_WRONG = "Name and password do not belong together."
_TOO_OFTEN = "That was tried too often. Wait {} and try again."


def add_views(site: Blueprint, settings: Settings) -> None:
    """The pages of signing up, in and out."""
    is_open = settings.worker_sign_up == "open"
    site.record_once(lambda state: state.app.extensions.update(passwords=threading.BoundedSemaphore(PASSWORDS_AT_ONCE)))

    @site.route(SIGN_IN, methods=["GET", "POST"])
    @post
    def sign_in() -> Response:
        then = own_path(request.values.get("then", ""))
        if request.method == "GET":
            return _form("sign_in.html", then, is_open=is_open)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        store = the_store()
        by_address, by_name = _subjects(name)
        known = worker_accounts.is_known_address(store, name[: worker_accounts.MOST_NAME_CHARACTERS], network())
        # counted before the password is looked at, so that many tries at once count too
        if not known and (wait := _wait(store, by_address, by_name)):
            return _form("sign_in.html", then, 429, _TOO_OFTEN.format(wait), name, is_open=is_open)
        with one_of_few():
            worker = worker_accounts.find_worker_by_password(store, name, password)
        if worker is None:
            return _form("sign_in.html", then, 403, _WRONG, name, is_open=is_open)
        if not known:
            worker_accounts.forget_attempts(store, by_name)
            # only this one: else who has an account could try others without end
            worker_accounts.take_back_attempt(store, by_address)
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
        subject = f"sign-up address {network()}"
        if worker_accounts.count_attempt(store, subject, WINDOW_SECONDS) > MOST_SIGN_UPS_OF_ADDRESS:
            return _form("sign_up.html", then, 429, _TOO_OFTEN.format("a quarter of an hour"), name, known)
        try:
            with one_of_few():
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
        answer.delete_cookie(cookie_name(SESSION_COOKIE), httponly=True, samesite="Lax", secure=request.is_secure)
        return answer


@contextlib.contextmanager
def one_of_few() -> Iterator[None]:
    """Wait until a password can be hashed. Raises ServiceUnavailable when that takes too long."""
    passwords: threading.BoundedSemaphore = current_app.extensions["passwords"]
    if not passwords.acquire(timeout=PASSWORD_WAIT_SECONDS):
        raise ServiceUnavailable
    try:
        yield
    finally:
        passwords.release()


def _subjects(name: str) -> tuple[str, str]:
    """What tries to sign in are counted by: the address, and the address together with the name."""
    compared = worker_accounts.compared(name[: worker_accounts.MOST_NAME_CHARACTERS])
    return f"sign-in address {network()}", f"sign-in {network()} as {compared}"


def _wait(store: Store, by_address: str, by_name: str) -> str:
    """Count a try to sign in; for how long it must wait instead, in words, or ''."""
    # in this order: an address that tries too many names makes no further rows
    if worker_accounts.count_attempt(store, by_address, WINDOW_SECONDS) > MOST_FAILURES_OF_ADDRESS:
        return "a quarter of an hour"
    seconds = worker_accounts.seconds_to_wait(store, by_name)
    return f"{seconds} second{'s' * (seconds > 1)}" if seconds else ""


def network() -> str:
    """Where the request comes from: the address, or of IPv6 the network of which one customer has every address."""
    return network_of(request.remote_addr or "")


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
    shown = {
        "then": then,
        "problem": problem,
        "name": name[:200],
        "known": {"country": "", "subdivision": "", "adult": False} | (known or {}),
        "is_open": is_open,
    }
    shown |= {"countries": countries(), "states": STATES, "reset": "reset" in request.args}
    return render(template, status, **shown)


def enter(worker_id: str, then: str) -> Response:
    """Sign a worker in and lead on: a new token for every sign-in, so that nobody can have laid one out before."""
    answer = go(then)
    token = worker_accounts.start_session(the_store(), worker_id, network())
    set_cookie(answer, SESSION_COOKIE, token, worker_accounts.SESSION_SECONDS)
    return answer
