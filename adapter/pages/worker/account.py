"""A worker's own account: what is known of it, where mail goes, the password, and leaving."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from adapter.core import clock
from adapter.core.settings import Settings
from adapter.core.store.accounts import AccountError
from adapter.marketplace.domain import assignment_lifecycle
from adapter.marketplace.domain.erasure import forget_worker
from adapter.marketplace.errors import TurkError
from adapter.marketplace.store import assignments, payouts
from adapter.pages.attempts import TOO_OFTEN, password_slot
from adapter.pages.formats import duration, moment
from adapter.pages.frame import go, post, render, signed_in, the_store
from adapter.pages.store import worker_accounts, worker_profiles
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.accounts import country_problem, enter
from adapter.pages.worker.places import STATES, countries, state_or_province, time_zones

ACCOUNT = "/mturk/account"
LEAVE = "/mturk/account/leave"
#: Links that are mailed for one worker, and to one address, in a day.
MOST_LINKS = 5
DAY_SECONDS = 24 * 3600

#: What a form of this page says once it has worked, by the word in the address.
DONE = {
    "saved": "Your account is changed.",
    "password": "Your password is changed. You are signed out everywhere else.",
    "mail": "A link is on its way to that address. Mail goes there once you have opened the link.",
    "no-mail": "No mail is sent to you any more.",
}


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages of one's own account."""
    site.add_url_rule(ACCOUNT, "account", signed_in(account))
    site.add_url_rule(ACCOUNT, "change_account", post(signed_in(change)), methods=["POST"])
    site.add_url_rule(f"{ACCOUNT}/email", "change_email", post(signed_in(change_email)), methods=["POST"])
    site.add_url_rule(f"{ACCOUNT}/password", "change_password", post(signed_in(change_password)), methods=["POST"])
    site.add_url_rule(LEAVE, "leave", signed_in(leave))
    site.add_url_rule(LEAVE, "forget", post(signed_in(forget)), methods=["POST"])
    site.add_url_rule("/mturk/confirm", "confirm", post(confirm), methods=["GET", "POST"])


def account(worker: Worker) -> Response:
    """What is known of the worker, each part in a form of its own."""
    return _page(worker, done=DONE.get(request.args.get("done", ""), ""))


def change(worker: Worker) -> Response:
    """Take over what Qualifications and pages go by."""
    given = {name: request.form.get(name, "").strip()[:100] for name in ("country", "time_zone")}
    given["subdivision"] = state_or_province(request.form)
    name, adult = request.form.get("name", "")[:500], "adult" in request.form
    problem = country_problem(given["country"])
    if given["time_zone"] not in {"", *time_zones()} and worker_accounts.zone_of(given["time_zone"]) is None:
        problem = "Choose a time zone from the list."
    if not problem:
        known = {"country": given["country"], "subdivision": given["subdivision"], "adult": adult}
        try:
            worker_profiles.change_profile(the_store(), worker.worker_id, name, given["time_zone"], **known)
        except AccountError as error:
            problem = str(error)
    if problem:
        return _page(worker, 400, {"profile": problem}, {**given, "name": name, "adult": adult})
    return go(f"{ACCOUNT}?done=saved")


def change_email(worker: Worker) -> Response:
    """Send a link to a new address, which is used once that is opened; an empty one ends all mail."""
    if problem := _password_problem(worker):
        return _page(worker, 403, {"email": problem})
    store, text = the_store(), request.form.get("email", "")
    if not text.strip():
        worker_profiles.forget_email(store, worker.worker_id)
        return go(f"{ACCOUNT}?done=no-mail")
    try:
        email = worker_accounts.checked_email(text)
    except AccountError as error:
        return _page(worker, 400, {"email": str(error)}, email=text[:254])
    if not store.settings.smtp_url:
        return _page(worker, 400, {"email": "This site sends no e-mail."})
    if not may_mail(worker.worker_id, email):
        return _page(worker, 429, {"email": f"{MOST_LINKS} links a day can be mailed. Try again tomorrow."})
    why = f"The worker {worker.worker_id} wants messages mailed to this address. To confirm that, open"
    page = f"{store.settings.address}/mturk/confirm"
    worker_profiles.mail_link(store, worker.worker_id, email, "Confirm your e-mail address", why, page, confirms=True)
    return go(f"{ACCOUNT}?done=mail")


def change_password(worker: Worker) -> Response:
    """Set another password; this browser stays signed in."""
    if problem := _password_problem(worker):
        return _page(worker, 403, {"password": problem})
    new = request.form.get("new_password", "")
    if new != request.form.get("password_again", ""):
        return _page(worker, 400, {"password": "The two new passwords differ."})
    try:
        with password_slot():
            worker_accounts.change_password(the_store(), worker.worker_id, new)
    except AccountError as error:
        return _page(worker, 400, {"password": str(error)})
    return enter(worker.worker_id, f"{ACCOUNT}?done=password")


def leave(worker: Worker, status: int = 200, problem: str = "") -> Response:
    """Say what happens to the work and the pay of who leaves."""
    with the_store().read() as connection:
        owed = payouts.owed(connection, worker.worker_id)
        number, amount = payouts.pending(connection, worker.worker_id)
        held = assignments.list_in_hand(connection, worker.worker_id, 100)
    return render("leave.html", status, owed=owed, pending=number, amount=amount, held=len(held), problem=problem)


def forget(worker: Worker) -> Response:
    """Give back what is in hand, and forget who did the work; the answers stay with the requesters."""
    if "sure" not in request.form:
        return leave(worker, 400, "Tick the box if you want to leave.")
    if problem := _password_problem(worker):
        return leave(worker, 403, problem)
    store = the_store()
    with store.read() as connection:
        held = assignments.list_in_hand(connection, worker.worker_id)
    for row in held:
        try:
            assignment_lifecycle.return_assignment(store, worker.worker_id, row.assignment_id)
        except TurkError:
            continue  # its time is over, or another window gave it back
    worker_accounts.forget(store, worker.worker_id)
    forget_worker(store, worker.worker_id, keep_answers=True)
    return go("/mturk/findhits")


def confirm() -> Response:
    """Where the link of a new address leads; opening it alone does nothing, as mail programs open links themselves."""
    token = request.values.get("token", "")[:100]
    store = the_store()
    if request.method == "POST" and worker_profiles.confirm_email(store, token):
        return render("link.html", kind="confirmed", token="", problem="")
    link = worker_profiles.find_link(store, token)
    if link is None or link.email is None:
        return render("link.html", 404, kind="gone", token="", problem="")
    return render("link.html", kind="confirm", token=token, email=link.email, problem="")


def may_mail(worker_id: str, address: str) -> bool:
    """Count a link that is to be mailed; False when there were too many of this worker, or to this address."""
    subjects = (f"links of {worker_id}", f"links to {address.casefold()}")
    return all(worker_accounts.count_attempt(the_store(), each, DAY_SECONDS) <= MOST_LINKS for each in subjects)


def _password_problem(worker: Worker) -> str:
    """Whether the form holds the worker's password; wrong ones are counted, so that nobody tries many."""
    store, counted = the_store(), f"password of {worker.worker_id}"
    if wait := worker_accounts.seconds_to_wait(store, counted):
        return TOO_OFTEN.format(duration(wait))
    with password_slot():
        right = worker_accounts.has_password(store, worker.worker_id, request.form.get("password", ""))
    if not right:
        return "That is not your password."
    worker_accounts.forget_attempts(store, counted)
    return ""


def _page(
    worker: Worker,
    status: int = 200,
    problems: dict[str, str] | None = None,
    given: dict[str, Any] | None = None,
    done: str = "",
    email: str | None = None,
) -> Response:
    store = the_store()
    known = worker_profiles.find_profile(store, worker.worker_id)
    return render(
        "account.html",
        status,
        known=known,
        given=given or known._mapping,  # noqa: SLF001 - SQLAlchemy's public name
        email=known.email or "" if email is None else email,
        problems=problems or {},
        done=done,
        mail=bool(store.settings.smtp_url),
        countries=countries(),
        states=STATES,
        zones=time_zones(),
        now=moment(clock.milliseconds(), worker.zone),
    )
