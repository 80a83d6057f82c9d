"""What every page of the console shares: the frame around it, who is signed in, forms that only we can have made."""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, current_app, g, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from adapter.core.database import Store
from adapter.core.settings import Settings, SettingsError
from adapter.pages.formats import templates
from adapter.pages.frame import FORM_KEY, cookie, go, here, is_plain_path, set_cookie, visitor
from adapter.pages.store import people
from adapter.pages.store.people import Person

HOME = "/console"
WORKERS = "/console/workers"
SIGN_IN = "/console/signin"
#: The cookies: the session's token, and what a form of somebody who is not signed in is bound to.
SESSION_COOKIE = "adapter_person"
VISITOR_COOKIE = "adapter_visitor"

#: What the head of each page leads to. Workers are only known where the marketplace is in this process.
_PAGES = (
    (HOME, "Overview"),
    ("/console/calls", "Calls"),
    ("/console/explain", "Explain"),
    ("/console/notifications", "Notifications"),
    ("/console/accounts", "Accounts"),
    (WORKERS, "Workers"),
    ("/console/installation", "Installation"),
)

_FAILURES = {
    400: "This request cannot be understood.",
    404: "There is no such page.",
    405: "There is no such page.",
    413: "What you sent is too large. Nothing was stored.",
    503: "The service is too busy just now, or its database cannot be reached. Try again in a moment.",
}

#: No script at all, styles of our own, nobody frames the pages, and no browser keeps them.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_templates = templates("templates/console")


def render(template: str, status: int = 200, /, **values: Any) -> Response:
    """A page made from a template, which extends base.html and also knows `person`, `form_key()`, `here` and the world."""
    settings = the_store().settings
    known = {
        "person": current_person(),
        "named_by_proxy": named_by_proxy(),
        "single_sign_on": bool(settings.oidc_issuer),
        "here": here(),
        "path": request.path,
        "sandbox": settings.in_sandbox,
        "pages": [each for each in _PAGES if settings.embedded or each[0] != WORKERS],
    }
    text = _templates.get_template(template).render(form_key=form_key, **known, **values)
    return Response(text, status, SECURITY_HEADERS, content_type="text/html; charset=UTF-8")


def failed(error: Exception) -> Response:
    """The page for a request that cannot be served: no such page, too large, or something went wrong here."""
    status = error.code or 500 if isinstance(error, HTTPException) else 503
    if status >= 500:
        # the database may be what fails, so it is not asked who this is
        g.setdefault("person", None)
    message = _FAILURES.get(status, "Something went wrong here; the log says what.")
    answer = render("error.html", status, message=message)
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


def the_store() -> Store:
    """The database of the world whose console this is."""
    store: Store = current_app.extensions["console"]
    return store


def current_person() -> Person | None:
    """Who is signed in, or None: by a proxy that is trusted with it, else by a session."""
    if "person" not in g:
        token, name = cookie(SESSION_COOKIE), named_by_proxy()
        if name:
            g.person = people.find_person(the_store(), name)
        else:
            g.person = people.person_of_session(the_store(), token) if token else None
    person: Person | None = g.person
    return person


def named_by_proxy() -> str:
    """Who has signed in to a trusted proxy in front, as it says; '' where none does."""
    settings = the_store().settings
    if not (settings.console_user_header and settings.trusted_proxies and "X-Forwarded-For" in request.headers):
        return ""
    name = request.headers.get(settings.console_user_header, "")
    try:
        # a header's bytes are read as Latin-1
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name


def check_settings(settings: Settings) -> None:
    """Raise SettingsError where a header would be believed that anybody can send, or single sign-on is set by halves."""
    if settings.console_user_header and not settings.trusted_proxies:
        raise SettingsError("ADAPTER_CONSOLE_USER_HEADER: nobody is trusted with it while ADAPTER_TRUSTED_PROXIES is 0")
    if settings.oidc_issuer and not (settings.oidc_client_id and settings.oidc_client_secret):
        raise SettingsError(
            "ADAPTER_OIDC_ISSUER: ADAPTER_OIDC_CLIENT_ID and ADAPTER_OIDC_CLIENT_SECRET are missing beside it"
        )


def by_whom() -> str:
    """Who does something, for the log."""
    person = current_person()
    return f"person={person.person_id}" if person else "nobody"


def asked_for(name: str) -> str:
    """What somebody looks for, as the query of an address has it: a short text without anything that cannot be seen."""
    return "".join(filter(str.isprintable, request.args.get(name, "")[:200])).strip()


def ask_to_sign_in() -> Response:
    """Lead to the page for signing in, and from there back to this one."""
    return go(SIGN_IN + "?" + urlencode({"then": here() if request.method == "GET" else HOME}))


def own_path(text: str) -> str:
    """A path of the console as it came in a request, or its first page for whatever would lead elsewhere."""
    ours = text == HOME or text.startswith((HOME + "/", HOME + "?"))
    return text if ours and is_plain_path(text) else HOME


def form_key() -> Markup:
    """The hidden field that each posting form carries; post() asks for it."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_KEY, _form_key())


def post(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view of a form of ours: a POST without the form's key is refused, so that no other site can send it."""

    @functools.wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if request.method == "POST":
            given = request.form.get(FORM_KEY, "")
            if not given.isascii() or not hmac.compare_digest(given, _form_key()):
                message = "This form is too old or was not made by this site. Go back, reload the page and try again."
                abort(render("error.html", 403, message=message))
        return view(*arguments, **named)

    return guarded


def enter(person: Person, then: str) -> Response:
    """Sign somebody in and lead on: a new token for every sign-in, so that nobody can have laid one out before."""
    answer = go(then)
    token = people.start_session(the_store(), person.person_id)
    set_cookie(answer, SESSION_COOKIE, token, people.SESSION_SECONDS)
    return answer


def _form_key() -> str:
    bound = f"{visitor(VISITOR_COOKIE)}:{cookie(SESSION_COOKIE)}:{named_by_proxy()}"
    return hmac.digest(the_store().secrets.derive("console-forms"), bound.encode(), "sha256").hex()
