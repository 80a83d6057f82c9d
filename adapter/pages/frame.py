"""What every worker page shares: the frame around it, who is signed in, forms that only we can have made."""

from __future__ import annotations

import functools
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from flask import Response, abort, current_app, g, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from adapter.core import clock
from adapter.core.database import Store
from adapter.marketplace.store.worker_messages import count_unread
from adapter.pages.formats import moment, templates
from adapter.pages.store.worker_accounts import Worker, worker_of_session

#: The cookies: the session's token, and what a form of a visitor is bound to.
SESSION_COOKIE = "mturk_worker"
VISITOR_COOKIE = "mturk_visitor"
#: The hidden field that shows that a form is ours.
FORM_KEY = "form_key"
SIGN_IN = "/mturk/beginsignin"
#: What the sender of a form without its key is told.
FOREIGN_FORM = "This form is too old or was not made by this site. Go back, reload the page and try again."

_FAILURES = {
    400: "This request cannot be understood.",
    404: "There is no such page.",
    405: "There is no such page.",
    413: "What you sent is too large, or has too many fields. Nothing was stored.",
    503: "This site is too busy just now. Nothing was stored: go back in a moment, and try again.",
}
_TOKEN_CHARACTERS = 64
#: Characters before the proof in a form's key, which make each one different.
_NONCE = 16

#: Own pages: no script but our own file, nobody frames them. Frames hold what requesters wrote.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:; media-src https: http:; "
        "connect-src 'self'; frame-src 'self' https: http:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}

#: Pages that stand in a frame, of ours or of a requester's page; nothing can be done on them.
FRAME_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_templates = templates(moment=lambda milliseconds: moment(milliseconds, zone()))


def render(template: str, status: int = 200, /, **values: Any) -> Response:
    """A page made from a template, which extends base.html and also knows `worker`, `form_key()`, `unread()`, `here` and `sandbox`.

    `worker` is current_worker(), `form_key()` the hidden field for each form that posts, `here` the path of this page
    with its query, for a link that leads back; `sandbox` says whether this world is the sandbox.
    """
    known = {"worker": current_worker(), "here": here(), "sandbox": the_store().settings.in_sandbox}
    text = _templates.get_template(template).render(form_key=form_key, unread=unread, **known, **values)
    return Response(text, status, SECURITY_HEADERS, content_type="text/html; charset=UTF-8")


def fragment(template: str, /, **values: Any) -> Markup:
    """Part of a page, made from a template that knows these values alone."""
    return Markup(_templates.get_template(template).render(**values))  # noqa: S704 - a template's output


def error_page(status: int, message: str) -> Response:
    """A page that says what is wrong, in a sentence for people."""
    return render("error.html", status, message=message)


def frame_page(
    status: int, message: str, assignment_id: str = "", fields: Sequence[tuple[str, str]] = (), again: str = ""
) -> Response:
    """What a frame says about a submission; with an assignment's id it tells the page around it to look again.

    `fields` are names and values that were sent and not stored, to be copied, or sent once more to the path `again`.
    """
    alone = request.headers.get("Sec-Fetch-Dest") == "document"
    text = _templates.get_template("frame.html").render(
        message=message, good=status < 400, assignment_id=assignment_id, fields=fields, again=again, alone=alone
    )
    headers = dict(FRAME_HEADERS)
    if again:
        policy = headers["Content-Security-Policy"]
        headers["Content-Security-Policy"] = policy.replace("form-action 'none'", "form-action 'self'")
    return Response(text, status, headers, content_type="text/html; charset=UTF-8")


def refuse(status: int, message: str) -> NoReturn:
    """Leave the view with a page that says what is wrong."""
    abort(error_page(status, message))


def go(path: str) -> Response:
    """Lead on to a path of ours; the browser asks for it with GET."""
    return Response("", 303, {"Location": path, "Cache-Control": "no-store"}, content_type="text/plain; charset=UTF-8")


def failed(error: Exception) -> Response:
    """The page for a request that cannot be served: no such page, too large, or something went wrong here."""
    status = error.code or 500 if isinstance(error, HTTPException) else 503
    if status >= 500:
        # the database may be what fails, so it is not asked who this is, nor what waits for them
        g.setdefault("worker", None)
        g.failing = True
    message = _FAILURES.get(status, "Something went wrong here. Try again in a moment: nothing is ever stored twice.")
    page = frame_page if request.path.rstrip("/").endswith("/externalSubmit") else error_page
    answer = page(status, message)
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


def the_store() -> Store:
    """The database of the running application."""
    store: Store = current_app.extensions["worker_site"]
    return store


def current_worker() -> Worker | None:
    """The worker who is signed in, or None."""
    if "worker" not in g:
        token = cookie(SESSION_COOKIE)
        g.worker = worker_of_session(the_store(), token, clock.milliseconds()) if token else None
    worker: Worker | None = g.worker
    return worker


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view for workers only: it gets the Worker as its first argument; others are asked to sign in and led back."""

    @functools.wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        worker = current_worker()
        if worker is None:
            return go(sign_in_address(here() if request.method == "GET" else _came_from()))
        return view(worker, *arguments, **named)

    return guarded


def zone() -> tzinfo:
    """The time zone in which this page shows times: the worker's, else UTC."""
    worker = current_worker()
    return worker.zone if worker is not None else UTC


def unread() -> int:
    """How many messages the worker who is signed in has not read."""
    worker = current_worker()
    if worker is None or "failing" in g:
        return 0
    with the_store().read() as connection:
        return count_unread(connection, worker.worker_id)


def sign_in_address(then: str) -> str:
    """Where one signs in, to be led to `then`, a path of ours, afterwards."""
    return SIGN_IN + "?" + urlencode({"then": then})


def here() -> str:
    """The path of this page, with its query."""
    return request.full_path.removesuffix("?")


def _came_from() -> str:
    """The path of the page that this request came from, if it is one of ours."""
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc != request.host:
        return own_path("")
    return own_path(came.path + ("?" + came.query if came.query else ""))


def own_path(text: str, otherwise: str = "/mturk/findhits") -> str:
    """A path of this site as it came in a request, or `otherwise` for whatever would lead elsewhere."""
    return text if text.startswith("/mturk/") and is_plain_path(text) else otherwise


def is_plain_path(text: str) -> bool:
    """Whether a path that came in a request has nothing in it that a browser might take for another site."""
    return (
        not text.startswith("//") and "\\" not in text and text.isascii() and text.isprintable() and len(text) <= 2000
    )


def form_key() -> Markup:
    """The hidden field that each posting form of ours carries; post() asks for it.

    Each has a value of its own, by which a form that is sent twice can be known.
    """
    value = _form_key(secrets.token_hex(_NONCE // 2))
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_KEY, value)


def post(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view of a form of ours: a POST without the form's key is refused, so that no other site can send it."""

    @functools.wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if request.method == "POST" and not has_form_key():
            refuse(403, FOREIGN_FORM)
        return view(*arguments, **named)

    return guarded


def has_form_key() -> bool:
    """Whether the form that was posted is one of ours."""
    given = request.form.get(FORM_KEY, "")
    return given.isascii() and hmac.compare_digest(given, _form_key(given[:_NONCE]))


def finish(answer: Response) -> Response:
    """Send the cookie that the forms of a page are bound to, where the browser has none yet, and log the request."""
    if "new_visitor" in g:
        name, token = g.new_visitor
        set_cookie(answer, name, token, None)
    if "record" in g:
        g.record.finish(answer.status_code)
    return answer


def set_cookie(answer: Response, name: str, value: str, seconds: int | None) -> None:
    """A cookie that scripts cannot read and other sites cannot use; without seconds it ends with the browser."""
    answer.set_cookie(
        cookie_name(name), value, max_age=seconds, httponly=True, samesite="Lax", secure=request.is_secure
    )


def delete_cookie(answer: Response, name: str) -> None:
    """Have the browser forget a cookie of ours."""
    answer.delete_cookie(cookie_name(name), httponly=True, samesite="Lax", secure=request.is_secure)


def cookie(name: str) -> str:
    """The value of a cookie of ours, or nothing."""
    return request.cookies.get(cookie_name(name), "")


def cookie_name(name: str) -> str:
    """A cookie's name in the browser: with TLS one that neither plain http nor a neighbour in our domain can lay out."""
    return f"__Host-{name}" if request.is_secure else name


def _form_key(nonce: str) -> str:
    bound = f"{nonce}:{visitor(VISITOR_COOKIE)}:{cookie(SESSION_COOKIE)}"
    return nonce + hmac.digest(the_store().secrets.derive("worker-forms"), bound.encode(), "sha256").hex()


def visitor(cookie_with_it: str) -> str:
    """What the forms of a browser are bound to: its cookie of this name, else a new token, for bind_visitor() to send."""
    given = cookie(cookie_with_it)
    if 0 < len(given) <= _TOKEN_CHARACTERS:
        return given
    if "new_visitor" not in g:
        g.new_visitor = (cookie_with_it, secrets.token_urlsafe(24))
    return str(g.new_visitor[1])
