"""Signing in to the console by OpenID Connect."""

from __future__ import annotations

import hmac
import json
import logging
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, request

from adapter.core import clock
from adapter.core.settings import SettingsError
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import enter, own_path, render
from adapter.pages.console.openid import Issuer, OpenIdError, Pending
from adapter.pages.frame import cookie, delete_cookie, go, set_cookie
from adapter.pages.store import people

LOG = logging.getLogger("adapter.console")

#: The views that one need not be signed in for.
OPEN = ("begin_single_sign_on", "end_single_sign_on")
BACK = "/console/oidc/back"
#: Holds, encrypted, what a sign-in has to come back with, for so many seconds.
COOKIE = "adapter_oidc"
SECONDS = 600


def add_views(console: Blueprint, desk: Desk) -> None:
    """The way to the issuer, and back from it; where one is set."""
    if not desk.settings.oidc_issuer:
        return
    issuer = Issuer(desk.settings, desk.settings.address + BACK)

    @console.get("/console/oidc")
    def begin_single_sign_on() -> Response:
        try:
            address, pending = issuer.begin()
        except OpenIdError as error:
            return _refused(error)
        until = clock.milliseconds() + SECONDS * 1000
        kept = {**asdict(pending), "then": own_path(request.args.get("then", "")), "until": until}
        answer = go(address)
        set_cookie(answer, COOKIE, desk.store.home.secrets.encrypt(json.dumps(kept)), SECONDS)
        return answer

    @console.get(BACK)
    def end_single_sign_on() -> Response:
        kept = _kept(desk)
        pending = Pending(kept["state"], kept["nonce"], kept["verifier"])
        if not hmac.compare_digest(request.args.get("state", "").encode(), pending.state.encode()):
            abort(400)
        try:
            if "code" not in request.args:
                raise OpenIdError(f"the issuer said {request.args.get('error', 'nothing')[:100]!r}")
            name = issuer.name_of(pending, request.args["code"])
        except OpenIdError as error:
            return _forget(_refused(error))
        person = people.find_person(desk.store, name)
        if person is None:
            message = (
                f"You are signed in as {name[:200]}, who may not use the console. "
                "Ask whoever runs the service to invite you."
            )
            return _forget(render("error.html", 403, message=message))
        return _forget(enter(person, kept["then"]))


def _kept(desk: Desk) -> dict[str, Any]:
    """What the cookie holds; there must be one, as nobody is signed in by a link that somebody else made."""
    try:
        kept: dict[str, Any] = json.loads(desk.store.home.secrets.decrypt(cookie(COOKIE)))
        over = kept["until"] < clock.milliseconds()
    except (SettingsError, ValueError, KeyError):
        abort(400)
    if over:
        abort(400)
    return kept


def _refused(error: OpenIdError) -> Response:
    LOG.warning("single sign-on: %s", error)
    return render("error.html", 403, message="Single sign-on did not work; the log of the service says why. Try again.")


def _forget(answer: Response) -> Response:
    delete_cookie(answer, COOKIE)
    return answer
