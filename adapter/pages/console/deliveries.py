"""Notifications that wait or failed, and sending them again."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request

from adapter.core import clock
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import by_whom, post, render
from adapter.pages.frame import go

LOG = logging.getLogger("adapter.console")

PATH = "/console/notifications"
#: Notifications on the page.
ROWS = 200
STATES = {"open": ("pending", "sending", "failed"), "failed": ("failed",), "delivered": ("delivered",)}


def add_views(console: Blueprint, desk: Desk) -> None:
    """The list, and the forms that send again."""

    @console.get(PATH)
    def notifications() -> Response:
        of = request.args.get("of", "open")
        of = of if of in STATES else "open"
        return render(
            "notifications.html",
            of=of,
            rows=desk.deliveries.listed(desk.store, STATES[of], ROWS),
            most=ROWS,
            counts=desk.deliveries.counts(desk.store),
            again=request.args.get("again", type=int),
        )

    @console.post(PATH + "/retry")
    @post
    def retry() -> Response:
        numbers = [int(each) for each in request.form.getlist("number") if each.isascii() and each.isdigit()]
        numbers = [each for each in numbers if each < 1 << 63]
        if "all" in request.form:
            numbers = [each.seq for each in desk.deliveries.listed(desk.store, STATES["failed"], ROWS)]
        again = desk.deliveries.retry(desk.store, numbers, clock.milliseconds())
        LOG.info("%s sends %d notifications again", by_whom(), again)
        return go(f"{PATH}?again={again}")
