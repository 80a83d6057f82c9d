"""`adapter notifications`: what became of messages to receptors, mailboxes, queues and topics."""

from __future__ import annotations

import click

from adapter.cli.support import existing_store, json_option, moment, print_list, settings_in_force
from adapter.notifications.store import deliveries

STATES = ("pending", "sending", "failed", "delivered")


@click.group()
def notifications() -> None:
    """See what became of notifications."""


@notifications.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were delivered, too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many at most.")
@json_option
def list_(everything: bool, limit: int, as_json: bool) -> None:
    """List notifications that wait or failed, the latest change first.

    A receptor is shown by its host: the rest of its address may hold a secret.
    """
    states = STATES if everything else STATES[:-1]
    with existing_store(settings_in_force()) as store:
        rows = [
            (
                each.seq,
                moment(each.changed_at),
                each.state,
                each.transport,
                each.lane,
                each.account_id,
                each.hit_type_id,
                len(each.events),
                each.attempts,
                each.error,
            )
            for each in deliveries.listed(store, states, limit)
        ]
    head = ("number", "changed", "state", "transport", "to", "account", "HIT type", "events", "attempts", "why")
    print_list(head, rows, as_json=as_json, empty="none")


COMMANDS = (notifications,)
