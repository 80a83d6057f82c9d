"""A forgotten password: a link by e-mail, and the page that it leads to."""

from __future__ import annotations

from flask import Blueprint, Response, request

from adapter.core.settings import Settings
from adapter.core.store.accounts import AccountError
from adapter.pages.attempts import WINDOW_SECONDS, network, password_slot
from adapter.pages.frame import SIGN_IN, go, post, render, the_store
from adapter.pages.store import worker_accounts, worker_profiles
from adapter.pages.store.credentials import MOST_NAME_CHARACTERS
from adapter.pages.worker.account import may_mail

#: Links that one address can ask for in a while; and accounts that one question mails to.
MOST_OF_ADDRESS = 20
MOST_ACCOUNTS = 5


def add_views(site: Blueprint, settings: Settings) -> None:
    """The pages of who has forgotten a password."""
    mail = bool(settings.smtp_url)

    @site.route("/mturk/forgotten", methods=["GET", "POST"])
    @post
    def forgotten() -> Response:
        if request.method == "GET" or not mail:
            return render("forgotten.html", mail=mail, sent=False, problem="")
        name = request.form.get("name", "")[:MOST_NAME_CHARACTERS]
        subject = f"forgotten address {network()}"
        if worker_accounts.count_attempt(the_store(), subject, WINDOW_SECONDS) > MOST_OF_ADDRESS:
            problem = "That was asked too often. Wait a quarter of an hour and try again."
            return render("forgotten.html", 429, mail=mail, sent=False, problem=problem)
        if name.strip():
            _mail_links(name)
        # the same in every case, so that nobody finds out who has an account
        return render("forgotten.html", mail=mail, sent=True, problem="")

    @site.route("/mturk/reset", methods=["GET", "POST"])
    @post
    def reset() -> Response:
        token = request.values.get("token", "")[:100]
        link = worker_profiles.find_link(the_store(), token)
        if link is None or link.email is not None:
            return render("link.html", 404, kind="gone", token="", problem="")
        if request.method == "GET":
            return render("link.html", kind="reset", token=token, problem="")
        new = request.form.get("new_password", "")
        problem = "" if new == request.form.get("password_again", "") else "The two passwords differ."
        if not problem:
            try:
                with password_slot():
                    done = worker_profiles.reset_password(the_store(), token, new)
                if not done:
                    return render("link.html", 404, kind="gone", token="", problem="")
            except AccountError as error:
                problem = str(error)
        if problem:
            return render("link.html", 400, kind="reset", token=token, problem=problem)
        return go(f"{SIGN_IN}?reset=1")


def _mail_links(name: str) -> None:
    store = the_store()
    for worker in worker_profiles.reached_by(store, name, MOST_ACCOUNTS):
        if not may_mail(worker.worker_id, worker.email):
            continue
        why = f"Somebody asked for a new password for the worker {worker.worker_id} ({worker.name}). To set one, open"
        page = f"{store.settings.address}/mturk/reset"
        subject = "A new password"
        worker_profiles.mail_link(store, worker.worker_id, worker.email, subject, why, page, confirms=False)
