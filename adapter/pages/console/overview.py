"""The first page of the console: calls and errors of the last hour or day, and whether something waits or failed."""

from __future__ import annotations

import time

from flask import Blueprint, Response, request

from adapter.core import clock
from adapter.legacy.store import usage
from adapter.pages.console import charts
from adapter.pages.console.desk import Desk
from adapter.pages.console.frame import HOME, render

#: What is shown: its words, minutes, and minutes of one bar.
SPANS = {"hour": ("the last hour", 60, 1), "day": ("the last 24 hours", 24 * 60, 30)}


def add_views(console: Blueprint, desk: Desk) -> None:
    """The first page."""

    @console.get(HOME)
    @console.get(HOME + "/")
    def overview() -> Response:
        of = request.args.get("of", "hour")
        words, minutes, step = SPANS.get(of, SPANS["hour"])
        last = clock.milliseconds() // usage.MINUTE // step
        first = last - minutes // step + 1
        since = first * step * usage.MINUTE
        store = desk.store
        with store.read() as connection:
            slots = {int(row.slot): (int(row.calls), int(row.errors)) for row in usage.by_time(connection, since, step)}
            tables = [
                ("Operations", ("Operation",), usage.by_name(connection, since, "operation")),
                ("Versions", ("Version",), usage.by_name(connection, since, "version")),
                ("Client programs", ("Program",), usage.by_name(connection, since, "client")),
            ]
            errors = usage.by_name(connection, since, "outcome", "operation", errors=True)
        series = [(_time(each * step), *slots.get(each, (0, 0))) for each in range(first, last + 1)]
        calls, wrong = sum(each[1] for each in series), sum(each[2] for each in series)
        return render(
            "overview.html",
            of="day" if of == "day" else "hour",
            words=words,
            series=series,
            chart=charts.bars(series, f"Calls in {words}: {calls}, of them {wrong} with an error"),
            calls=calls,
            wrong=wrong,
            tables=tables,
            errors=errors,
            failed=desk.deliveries.counts(store).get("failed", 0),
        )


def _time(minute: int) -> str:
    """The time of a minute (since 1970) in UTC."""
    return time.strftime("%H:%M", time.gmtime(minute * 60))
