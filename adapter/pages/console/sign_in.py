"""Signing in and out of the console, and choosing a password by a link."""

from __future__ import annotations

from flask import Blueprint, Response, request

from adapter.core.store.accounts import AccountError
from adapter.pages import attempts
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import (
    HOME,
    SESSION_COOKIE,
    SIGN_IN,
    current_person,
    enter,
    own_path,
    post,
    render,
    the_store,
)
from adapter.pages.frame import cookie, delete_cookie, go
from adapter.pages.store import people

#: The views that one need not be signed in for.
OPEN = ("sign_in", "sign_out", "choose_password")


def add_views(console: Blueprint, _desk: Desk) -> None:
    """The pages of signing in and out, and of links that set a password."""
    attempts.bound_passwords(console)

    @console.route(SIGN_IN, methods=["GET", "POST"])
    @post
    def sign_in() -> Response:
        then = own_path(request.values.get("then", ""))
        if request.method == "GET":
            return go(then) if current_person() is not None else _form(then)
        name, password = request.form.get("name", ""), request.form.get("password", "")
        # counted before the password is looked at, so that many tries at once count too
        store, subjects = the_store(), attempts.subjects("console", name)
        if wait := attempts.count_try(store.home, *subjects):
            return _form(then, 429, attempts.TOO_OFTEN.format(wait), name)
        with attempts.password_slot():
            person = people.find_person_by_password(store, name, password)
        if person is None:
            return _form(then, 403, "Name and password do not belong together.", name)
        attempts.forgive(store.home, *subjects)
        return enter(person, then)

    @console.post("/console/signout")
    @post
    def sign_out() -> Response:
        if token := cookie(SESSION_COOKIE):
            people.end_session(the_store(), token)
        answer = go(SIGN_IN)
        delete_cookie(answer, SESSION_COOKIE)
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
            with attempts.password_slot():
                done = people.use_link(the_store(), token, request.form.get("password", ""))
        except AccountError as error:
            return render("password.html", 400, problem=str(error), **shown)
        return go(f"{SIGN_IN}?chosen=1") if done else render("link_over.html", 404)


def _form(then: str, status: int = 200, problem: str = "", name: str = "") -> Response:
    chosen = status == 200 and "chosen" in request.args
    shown = {"then": "" if then == HOME else then, "problem": problem, "name": name[:200], "chosen": chosen}
    return render("sign_in.html", status, **shown)
