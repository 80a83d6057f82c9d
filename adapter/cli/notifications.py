"""`adapter notifications`: what became of messages to receptors, mailboxes, queues and topics."""

from __future__ import annotations

import time

import click

from adapter.cli.support import existing_store, settings_in_force, table
from adapter.notifications.store import deliveries

STATES = ("pending", "sending", "failed", "delivered")


@click.group()
def notifications() -> None:
    """See what became of notifications."""


@notifications.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were delivered, too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many at most.")
def list_(everything: bool, limit: int) -> None:
    """List notifications that wait or failed, the latest change first.

    A receptor is shown by its host: the rest of its address may hold a secret.
    """
    states = STATES if everything else STATES[:-1]
    with existing_store(settings_in_force()) as store:
        rows = [
            (
                str(each.seq),
                time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each.changed_at / 1000)),
                each.state,
                each.transport,
                each.lane,
                each.account_id,
                each.hit_type_id,
                str(len(each.events)),
                str(each.attempts),
                each.error or "-",
            )
            for each in deliveries.listed(store, states, limit)
        ]
    head = ("number", "changed", "state", "transport", "to", "account", "HIT type", "events", "attempts", "why")
    click.echo(table(head, rows) if rows else "none")


COMMANDS = (notifications,)
