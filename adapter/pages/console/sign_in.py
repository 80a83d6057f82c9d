"""Signing in and out of the console, and choosing a password by a link."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import ServiceUnavailable

from adapter.core.store.accounts import AccountError
from adapter.pages.addresses import network_of
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import HOME, SESSION_COOKIE, SIGN_IN, current_person, own_path, post, render, the_store
from adapter.pages.frame import cookie, cookie_name, go, set_cookie
from adapter.pages.store import people, worker_accounts

#: The views that one need not be signed in for.
OPEN = ("sign_in", "sign_out", "choose_password")
#: So many wrong passwords are let pass per address in this time.
WINDOW_SECONDS = 15 * 60
MOST_FAILURES_OF_ADDRESS = 100
#: Passwords that a process compares at once, as each takes 19 MB, and the seconds that further ones wait for it.
PASSWORDS_AT_ONCE = 4
PASSWORD_WAIT_SECONDS = 2


def add_views(console: Blueprint, _desk: Desk) -> None:
    """The pages of signing in and out, and of links that set a password."""
    passwords = threading.BoundedSemaphore(PASSWORDS_AT_ONCE)

    @contextlib.contextmanager
    def one_of_few() -> Iterator[None]:
        if not passwords.acquire(timeout=PASSWORD_WAIT_SECONDS):
            raise ServiceUnavailable
        try:
            yield
        finally:
            passwords.release()

    @console.route(SIGN_IN, methods=["GET", "POST"])
    @post
    def sign_in() -> Response:
        then = own_path(request.values.get("then", ""))
        if request.method == "GET":
            return go(then) if current_person() is not None else _form(then)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        # counted before the password is looked at, so that many tries at once count too
        if wait := _wait(by_name := _subject(name)):
            return _form(then, 429, f"That was tried too often. Wait {wait} and try again.", name)
        with one_of_few():
            person = people.find_person_by_password(the_store(), name, password)
        if person is None:
            return _form(then, 403, "Name and password do not belong together.", name)
        worker_accounts.forget_attempts(the_store().home, by_name)
        # only this one: else who has an account could try others without end
        worker_accounts.take_back_attempt(the_store().home, _address())
        answer = go(then)
        # a new token for every sign-in, so that nobody can have laid one out before
        set_cookie(answer, SESSION_COOKIE, people.start_session(the_store(), person.person_id), people.SESSION_SECONDS)
        return answer

    @console.post("/console/signout")
    @post
    def sign_out() -> Response:
        if token := cookie(SESSION_COOKIE):
            people.end_session(the_store(), token)
        answer = go(SIGN_IN)
        answer.delete_cookie(cookie_name(SESSION_COOKIE), httponly=True, samesite="Lax", secure=request.is_secure)
        return answer

    @console.route("/console/password", methods=["GET", "POST"])
    @post
    def choose_password() -> Response:
        token = request.values.get("token", "")[:100]
        person = people.person_of_link(the_store(), token)
        if person is None:
            return render("link_over.html", 404)
        shown = {"token": token, "name": person.name, "least": people.LEAST_PASSWORD_CHARACTERS}
        if request.method == "GET":
            return render("password.html", problem="", **shown)
        if request.form.get("password", "") != request.form.get("password_again", ""):
            return render("password.html", 400, problem="The two passwords differ.", **shown)
        try:
            with one_of_few():
                done = people.use_link(the_store(), token, request.form.get("password", ""))
        except AccountError as error:
            return render("password.html", 400, problem=str(error), **shown)
        return go(f"{SIGN_IN}?chosen=1") if done else render("link_over.html", 404)


def _form(then: str, status: int = 200, problem: str = "", name: str = "") -> Response:
    chosen = status == 200 and "chosen" in request.args
    shown = {"then": "" if then == HOME else then, "problem": problem, "name": name[:200], "chosen": chosen}
    return render("sign_in.html", status, **shown)


def _address() -> str:
    return f"console address {network_of(request.remote_addr or '')}"


def _subject(name: str) -> str:
    compared = worker_accounts.compared(name[: people.MOST_NAME_CHARACTERS])
    return f"console {network_of(request.remote_addr or '')} as {compared}"


def _wait(by_name: str) -> str:
    """Count a try to sign in; for how long it must wait instead, in words, or ''."""
    store = the_store().home
    # in this order: an address that tries too many names makes no further rows
    if worker_accounts.count_attempt(store, _address(), WINDOW_SECONDS) > MOST_FAILURES_OF_ADDRESS:
        return "a quarter of an hour"
    seconds = worker_accounts.seconds_to_wait(store, by_name)
    return f"{seconds} second{'s' * (seconds > 1)}" if seconds else ""
