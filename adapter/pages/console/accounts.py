"""Accounts with their access keys, which can be disabled and enabled; and the people who may sign in here."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, request

from adapter.core.store import accounts as rows
from adapter.core.store.accounts import AccountError
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import asked_for, by_whom, post, render
from adapter.pages.frame import go
from adapter.pages.store import people

LOG = logging.getLogger("adapter.console")

PATH = "/console/accounts"
#: Access keys on the page.
ROWS = 200


def add_views(console: Blueprint, desk: Desk) -> None:
    """The page, and the form that disables and enables a key."""

    @console.get(PATH)
    def accounts() -> Response:
        asked = asked_for("name")
        found = [each for each in rows.list_keys(desk.store) if _fits(each, asked.casefold())]
        return render(
            "accounts.html",
            asked=asked,
            keys=found[-ROWS:][::-1],
            number=len(found),
            most=ROWS,
            money=desk.settings.embedded,
            people=people.list_people(desk.store),
        )

    @console.post(PATH + "/key")
    @post
    def change_key() -> Response:
        access_key_id = request.form.get("access_key_id", "").replace("\x00", "")
        change = {"enable": rows.enable_key, "disable": rows.disable_key}.get(to := request.form.get("to", ""))
        if change is None:
            abort(400)
        try:
            change(desk.store, access_key_id)
        except AccountError:
            return render("error.html", 404, message="There is no such access key.")
        LOG.info("%s %ss access key %s", by_whom(), to, access_key_id)
        return go(PATH)


def _fits(key: rows.Listed, text: str) -> bool:
    return any(text in each.casefold() for each in (key.name, key.account_id, key.access_key_id))
