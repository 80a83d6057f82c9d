"""What a worker earned, what of it was paid out, and what is still owed."""

from __future__ import annotations

from flask import Blueprint, Response

from adapter.core.settings import Settings
from adapter.marketplace.store import payouts, worker_history
from adapter.pages.frame import render, signed_in, the_store
from adapter.pages.store.worker_accounts import Worker
from adapter.pages.worker.long_lists import page

#: Payouts on the first page; the others have one of their own.
MOST_PAYOUTS = 5


def add_views(site: Blueprint, _settings: Settings) -> None:
    """The pages of earnings."""

    @site.get("/mturk/earnings")
    @signed_in
    def earnings(worker: Worker) -> Response:
        found = page(worker_history.list_bonuses, worker.worker_id)
        with the_store().read() as connection:
            rewards, extra = worker_history.earned(connection, worker.worker_id)
            paid = payouts.paid(connection, worker.worker_id)
            last = payouts.list_payouts(connection, worker.worker_id, most=MOST_PAYOUTS + 1)
        totals = {
            "Approved work": rewards,
            "Bonuses": extra,
            "Earned": rewards + extra,
            "Paid out": paid,
            "Owed to you": rewards + extra - paid,
        }
        return render("earnings.html", page=found, totals=totals, payouts=last, most=MOST_PAYOUTS)

    @site.get("/mturk/payouts")
    @signed_in
    def all_payouts(worker: Worker) -> Response:
        return render("payouts.html", page=page(payouts.list_payouts, worker.worker_id))
